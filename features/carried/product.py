"""Product: what the order says of its goods, whether names and codes agree, and whether they suit the buyer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from features.carried.core import NAN, carried, flag, known, over
from features.reference import regimes, substances

LABEL_WORDS = (
    "neutral label", "no label", "without label", "relabel", "без этикет", "без маркиров", "нейтральн", "переклеи",
)  # fmt: skip
HIGH_GRADES = ("pharma", "reagent")
LABORATORY_DIVISIONS = frozenset({"20", "21", "71", "72", "85", "86"})
MEDICINE_DIVISIONS = frozenset({"21", "46", "47", "86"})
INDUSTRIAL_MICRO = 200_000_000


@carried("lead.control")
def severity(control: int) -> float:
    return float(control)


@carried("lead.substance")
def unknown_goods(substance: str | None) -> float:
    return flag(substance is None)


@carried("lead.confidence")
def match_confidence(confidence: float) -> float:
    return confidence


@carried("goods.conflict_count", arithmetic=True)
def code_conflicts(count: Any) -> Any:
    return count


@carried("goods.false_cas")
def bad_cas(count: float) -> float:
    return flag(count > 0)


@carried("lead.control", "lead.cas?")
def cas_missing(control: int, stated: bool) -> float:
    return flag(not stated) if control else NAN


@carried("lead.substance")
def designer(substance: str | None) -> float:
    found = substances.by_id(substance)
    return flag(found.designer) if found else NAN


@carried("lead.substance")
def watched(substance: str | None) -> float:
    found = substances.by_id(substance)
    return flag(found.watch and not found.scheduled) if found else NAN


@carried("kinds", arithmetic=True)
def goods_kinds(kinds: Any) -> Any:
    return kinds


@carried("goods.controlled", arithmetic=True)
def controlled_kinds(kinds: Any) -> Any:
    return kinds


@carried("lines.*.item_type")
def equipment_with_chemicals(types: tuple[str, ...]) -> float:
    return flag("chemical" in types and len(set(types)) > 1)


@known("order.notes")
def asks_for_labels(notes: str | None) -> bool:
    return notes is not None and any(word in notes.casefold() for word in LABEL_WORDS)


@carried("order.neutral_labels", "asks_for_labels")
def neutral_labels(stated: bool | None, asked: bool) -> float:
    return flag(bool(stated) or asked)


@carried("division", "lead.grade")
def grade_above_industry(division: str | None, grade: str | None) -> float:
    if division is None or grade is None:
        return NAN
    return flag(grade in HIGH_GRADES and division not in LABORATORY_DIVISIONS)


@carried("division", "lead.form")
def medicine_outside_pharmacy(division: str | None, form: str | None) -> float:
    if form != "medicine":
        return 0.0
    return flag(division not in MEDICINE_DIVISIONS) if division else NAN


@carried("lead.concentration_pct", "lead.substance", "rules_of")
def near_concentration_limit(stated: Decimal | None, substance: str | None, on: date) -> float:
    """Whether a stated concentration is between 90 % and 100 % of a control limit."""
    if stated is None or substance is None:
        return NAN
    rows = regimes.thresholds_for(substance, on)
    limits = [row.percent for row in rows if row.kind == "concentration" and row.percent]
    return flag(any(0.9 * limit <= float(stated) < limit for limit in limits))


@carried("lead.package_count", "lead_micro")
def pack_kilograms(count: int | None, mass: int | None) -> float:
    return mass / 1e6 / count if count and mass else NAN


@carried("lead.gross_kg", "lead.micro", arithmetic=True)
def gross_over_net(gross: Any, micro: Any) -> Any:
    """Gross over net mass of the leading line; NaN where either is not stated."""
    return over(gross, micro / 1e6)


@carried("lead.package_type", "lead_micro")
def small_packs(kind: str | None, mass: int | None) -> float:
    if kind is None or mass is None:
        return NAN
    return flag(kind in ("bottle", "ampoule", "box") and mass >= INDUSTRIAL_MICRO)


@carried("day", "lead.listed_on", arithmetic=True)
def days_since_listing(day: Any, listed: Any) -> Any:
    """Days since the leading substance's present listing began; negative before it."""
    return day - listed
