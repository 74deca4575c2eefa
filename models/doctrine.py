"""What the field holds without any label: a firm that takes many times what it began with, for good and beyond its
declared need, is looked at (21 CFR 1301.74(b), "unusual size").

A model learns this only where its labels hold such firms, and few do. So a few fixed cuts on one feature are appended
to the booster as trees of one split, like the tails of `models.unseen`: margin, contributions and reasons stay exact.
They are left out where later orders speak against them (`bears_out`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from features.catalogue import feature_names
from models.unseen import Tails

FloatArray = NDArray[np.float64]

FEATURE = "lasting_surge"
# From so many times on the margin gains so much, over all that is passed.
CUTS = ((5.0, 1.0), (8.0, 1.0), (12.0, 1.2), (18.0, 1.8))
SHARES = (0.02, 0.009, 0.004, 0.002)  # of orders beyond, for the expectation of an explanation
HARM = 0.95


def cuts() -> Tails:
    """The fixed cuts in the form of tails."""
    size = len(CUTS)
    return Tails(
        column=np.full(size, feature_names().index(FEATURE), dtype=np.int64),
        direction=np.ones(size, dtype=np.int64),
        threshold=np.array([threshold for threshold, _ in CUTS], dtype=np.float32),
        gain=np.array([gain for _, gain in CUTS], dtype=np.float64),
        share=np.array(SHARES),
        orders=100_000,
    )


def bears_out(margins: FloatArray, added: FloatArray, confirmed: NDArray[np.bool_]) -> bool:
    """Whether later orders do not speak against it: the average precision of (n,) margins falls by 5 % at most."""
    if not confirmed.any() or not added.any():
        return True
    without, beside = (average_precision_score(confirmed, each) for each in (margins, margins + added))
    return bool(beside >= HARM * without)
