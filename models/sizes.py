"""Size of a booster where none is asked for: apart from the booster, because commands show it and import quickly."""

TREES = 200
DEPTH = 3
