"""Datasets that do not change: orders, features and labels as known at a date, with their hashes and a data card."""
