"""How many red flags an order raises, by simple documented rules: what a checklist would count.

A flag of `redflags.csv` is raised where a feature that measures it, and can only raise the risk, stands at or above
the level of its unit. No model takes part; of labels only those that a checklist knows (a party confirmed before).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.catalogue import CATALOGUE

# A flag is raised from here on: yes; three times the usual (the DEA formula's factor); half of all; twice; serious.
RAISED_FROM = {"flag": 1.0, "ratio": 3.0, "share": 0.5, "count": 2.0, "level": 2.0}


def rules() -> dict[str, list[tuple[int, float]]]:
    """Columns and levels by red-flag id."""
    found: dict[str, list[tuple[int, float]]] = {}
    for column, entry in enumerate(CATALOGUE):
        if entry.monotone == 1 and entry.unit in RAISED_FROM:
            for flag in entry.flags:
                found.setdefault(flag, []).append((column, RAISED_FROM[entry.unit]))
    return found


def red_flags(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Number of different red flags raised by each row of (n, n_features); (n,)."""
    counted = np.zeros(values.shape[0])
    for columns in rules().values():
        raised = np.zeros(values.shape[0], dtype=np.bool_)
        for column, level in columns:
            raised |= values[:, column] >= level
        counted += raised
    return counted
