"""Typed look-ups over the project's own reference data: substances, regimes, places, names, units."""
