"""Which duties an order has: the rule, its text's reference, and the sum behind it."""
