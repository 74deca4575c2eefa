"""Re-live one assessment: the stored vector through the stored model gives the stored margin, to the bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from sqlmodel import Session

from models.scorer import Scorer
from screening.tables.orders import Assessment


@dataclass(frozen=True, slots=True)
class Replayed:
    """Stored and computed again. `equal` holds only when margin and every contribution agree bit for bit."""

    order_version_id: UUID
    model_version: str | None
    stored_margin: float | None
    margin: float | None
    equal: bool
    differing_contributions: int


def replay(session: Session, version_id: UUID, load: Callable[[str], Scorer]) -> Replayed:
    """Score the stored vector of a version again; `load` gives the model of a stored version name."""
    stored = session.get_one(Assessment, version_id)
    if stored.model_version is None or stored.margin is None or stored.contributions is None:
        return Replayed(version_id, stored.model_version, stored.margin, None, False, 0)
    again = load(stored.model_version).assess(np.frombuffer(stored.vector, dtype="<f4").astype(np.float32))
    kept = np.frombuffer(stored.contributions, dtype="<f4")
    differing = int((kept.view(np.uint32) != again.contributions.astype("<f4").view(np.uint32)).sum())
    equal = differing == 0 and np.float64(stored.margin).tobytes() == np.float64(again.margin).tobytes()
    return Replayed(version_id, stored.model_version, stored.margin, again.margin, equal, differing)
