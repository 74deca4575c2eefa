"""The assessment that stands for a version: its first, or the latest that a later model made of it.

Rows are never changed: a reassessment stands beside the first assessment, and here it is read over it.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, literal
from sqlmodel import Session, col, select

from screening.tables.modelling import Reassessment
from screening.tables.orders import Assessment

TAKEN = ("model_version", "contributions", "margin", "probability", "band", "explanation")


def assessment(session: Session, version_id: UUID) -> Assessment:
    """What stands for this version; not a row of the session where a later model spoke."""
    first = session.get_one(Assessment, version_id)
    return _over(first, _latest(session, [version_id]).get(version_id))


def standing(session: Session, firsts: Iterable[Assessment]) -> dict[UUID, Assessment]:
    """What stands for each of several versions, in one query."""
    found = {first.order_version_id: first for first in firsts}
    later = _latest(session, list(found))
    return {version: _over(first, later.get(version)) for version, first in found.items()}


def ever_high(session: Session, version_id: UUID) -> bool:
    """Whether any model scored this version high: its release then takes two people."""
    if session.get_one(Assessment, version_id).band == "high":
        return True
    later = select(Reassessment.id).where(Reassessment.order_version_id == version_id, Reassessment.band == "high")
    return session.exec(later).first() is not None


def _latest(session: Session, versions: list[UUID]) -> dict[UUID, Reassessment]:
    wanted = any_(literal(versions, ARRAY(Uuid())))  # one parameter, however many there are
    query = select(Reassessment).where(col(Reassessment.order_version_id) == wanted)
    ordered = query.order_by(col(Reassessment.created_at), col(Reassessment.id))
    return {each.order_version_id: each for each in session.exec(ordered)}


def _over(first: Assessment, later: Reassessment | None) -> Assessment:
    if later is None:
        return first
    kept = first.model_dump() | {name: getattr(later, name) for name in TAKEN} | {"failure": None}
    return Assessment(**kept)
