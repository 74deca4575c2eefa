"""Repeat hits of a pattern that an officer cleared: they are let pass on record, and open no case again.

A pattern is customer, consignee and goods. An officer clears it out of a case that was held for an elevated score
alone and released; until the clearance's day an order of the same pattern passes where

    its score is elevated and nothing else holds it: no legal stop, no watch, no missing score, no high score
    its reasons are among those of the cleared order, its quantity within the stated factor of that order's
    the policy is still the same, and it is a new order, no amendment

Anything else is held as ever. Who refuses an order of the pattern ends the clearance. Policy may turn all of it off.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from features.batch import KEY
from features.encode import EncodedOrder, encode
from screening.errors import Conflict, Text
from screening.ids import utc_now
from screening.policy import REPEATS, PolicyTable, Ruling
from screening.tables.clearances import Clearance
from screening.tables.orders import Decision, OrderVersion
from screening.versions import record_of

HELD_FOR = ("risk_elevated",)
PASSED = "cleared_before"
CUSTOMER, CONSIGNEE = KEY["customer"], KEY["consignee"]


class NotToClear(Conflict):
    code = "not_to_clear"
    detail = Text(
        "Only a released case that an elevated score alone had held, of known customer, goods and weight, is cleared.",
        "Снять с проверки можно только отпущенное дело, задержанное лишь из-за повышенной оценки, с известными "
        "клиентом, товаром и весом.",
    )


class ClearancesOff(Conflict):
    code = "clearances_off"
    detail = Text("The policy lets no repeat hits pass.", "Политика не пропускает повторные срабатывания.")


class AlreadyCleared(Conflict):
    code = "already_cleared"
    detail = Text("This pattern is cleared already.", "Этот шаблон уже снят с проверки.")
    remedy = Text("End that clearance first.", "Сначала отмените прежнее разрешение.")


@dataclass(frozen=True, slots=True)
class Known:
    """A standing clearance as an order finds it: the most it may weigh, in millionths of a kilogram, and why."""

    id: UUID
    limit_micro: int
    reasons: frozenset[str]
    policy_version: int

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Known:
        reasons = frozenset(row["reasons"])
        return cls(UUID(row["id"]), row["limit_micro"], reasons, row["policy_version"])


def terms(policy: PolicyTable) -> tuple[int, float]:
    """Longest days of a clearance, 0 where there are none, and the factor by which quantity may grow."""
    said = REPEATS | policy.rules.get("clearances", {})
    return int(said["days"]), float(said["factor"])


def pattern_of(order: EncodedOrder) -> str | None:
    """Customer, consignee and goods as one hash; None where nothing identifies customer or goods."""
    goods = sorted({key for key, _ in order.goods})
    if not order.keys[CUSTOMER] or not goods or not all(goods):
        return None
    told = f"{order.keys[CUSTOMER]}:{order.keys[CONSIGNEE]}:{goods}"
    return hashlib.sha256(told.encode()).hexdigest()


def weight_of(order: EncodedOrder) -> int | None:
    """Its whole weight in millionths of a kilogram; None where that of some goods is not known."""
    weights = [micro for _, micro in order.goods]
    return sum(weights) if weights and all(weights) else None


def passes(known: Known, policy: PolicyTable, order: EncodedOrder, ruling: Ruling, codes: Collection[str]) -> bool:
    """Whether a standing clearance lets this order pass; `codes` are the reasons of its score."""
    weight = weight_of(order)
    return (
        terms(policy)[0] > 0
        and policy.version == known.policy_version
        and ruling.reasons == HELD_FOR
        and not ruling.stops
        and not ruling.refer
        and weight is not None
        and weight <= known.limit_micro
        and known.reasons.issuperset(codes)
    )


def let_pass(ruling: Ruling) -> Ruling:
    """The ruling on an order that a clearance lets pass; what would have held it stays readable."""
    return replace(ruling, disposition="release", reasons=(*ruling.reasons, PASSED))


def end_for(session: Session, version_id: UUID, why: str) -> None:
    """End what was cleared of the pattern of an order that is refused."""
    version = session.get_one(OrderVersion, version_id)
    pattern = pattern_of(encode(record_of(version)))
    standing = (col(Clearance.organisation_id) == version.organisation_id, col(Clearance.pattern) == pattern)
    session.execute(
        update(Clearance).where(*standing, col(Clearance.ended_at).is_(None)).values(ended_at=utc_now(), end_reason=why)
    )


def used(session: Session, clearance_id: UUID) -> int:
    """How many orders it has let pass."""
    return session.exec(select(func.count()).where(Decision.clearance_id == clearance_id)).one()
