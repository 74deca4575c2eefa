"""A seeded world of companies and trade, and the orders it produces, some of them diverted."""
