"""The scoreboard: what is used today beside Tamga, on the same orders, labels and splits."""
