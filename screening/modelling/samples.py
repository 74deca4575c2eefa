"""Stored orders as arrays, for whoever compares models: vectors, what was said of them, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlmodel import Session

from features.catalogue import FINGERPRINT, feature_names

# Scored orders by the number they took, the newest first; of one model, or of all.
SCORED = text(
    """
    SELECT v.sequence, a.vector, a.margin, a.probability, a.band FROM order_version v
    JOIN assessment a ON a.order_version_id = v.id
    WHERE v.sequence > :low AND v.sequence <= :high AND a.catalogue = :catalogue AND a.margin IS NOT NULL
        AND (CAST(:version AS text) IS NULL OR a.model_version = :version)
    ORDER BY v.sequence DESC LIMIT :most
    """
)
# What counts as known of an order now, of those judged lately.
JUDGED = text(
    """
    SELECT DISTINCT ON (l.order_id) a.vector, l.outcome FROM label l
    JOIN assessment a ON a.order_version_id = l.order_version_id
    WHERE l.counts AND l.known_at > now() - make_interval(days => :days) AND a.catalogue = :catalogue
        AND l.outcome IN ('diverted', 'attempted', 'legitimate')
    ORDER BY l.order_id, l.known_at DESC LIMIT :most
    """
)
EVER = 2**62


@dataclass(frozen=True, slots=True)
class Sample:
    """n orders, the newest first: sequence (n,), vectors (n, features), margin and probability (n,), bands."""

    sequence: NDArray[np.int64]
    values: NDArray[np.float32]
    margin: NDArray[np.float64]
    probability: NDArray[np.float64]
    band: Sequence[str]

    @property
    def size(self) -> int:
        return int(self.sequence.size)


def scored(session: Session, most: int, version: str | None = None, low: int = 0, high: int = EVER) -> Sample:
    """The newest `most` orders with a number above `low` up to `high`, scored by this version where one is named."""
    asked = {"low": low, "high": high, "catalogue": FINGERPRINT, "version": version, "most": most}
    rows = session.execute(SCORED, asked).all()
    return Sample(
        np.array([row.sequence for row in rows], dtype=np.int64), vectors([row.vector for row in rows]),
        np.array([row.margin for row in rows], dtype=np.float64),
        np.array([row.probability for row in rows], dtype=np.float64), [row.band for row in rows],
    )  # fmt: skip


def judged(session: Session, days: int, most: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Vectors (n, features) and confirmed (n,) of the orders whose outcome became known in the last `days`."""
    rows = session.execute(JUDGED, {"days": days, "catalogue": FINGERPRINT, "most": most}).all()
    confirmed: Any = np.array([row.outcome != "legitimate" for row in rows], dtype=np.bool_)
    return vectors([row.vector for row in rows]), confirmed


def vectors(stored: Sequence[bytes]) -> NDArray[np.float32]:
    """Stored vectors as rows (n, features)."""
    joined = np.frombuffer(b"".join(bytes(each) for each in stored), dtype="<f4")
    return joined.astype(np.float32).reshape(-1, len(feature_names()))
