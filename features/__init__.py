"""What is known about an order at its own moment: pure, typed, no I/O but its reference data."""
