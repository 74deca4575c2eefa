"""Which goods a duty speaks of: classes of lists, and mixtures that their concentration exempts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from features.reference.duties import Duty, Law
from features.reference.regimes import Threshold
from features.reference.substances import Substance
from features.reference.tables import in_force
from screening.duties.supply import Supply

Mixture = Literal["covered", "exempt", "unknown"]
MEDICINE = "medicine"


def speaks_of(duty: Duty, supply: Supply, substance: Substance, on: date) -> bool:
    """Whether any class of the duty holds the goods on a day. Medicines are goods of their own in the EU and UN."""
    return any(_holds(goods, supply, substance, on) for goods in duty.goods)


def _holds(goods: str, supply: Supply, substance: Substance, on: date) -> bool:
    kind, _, name = goods.partition(":")
    medicine = supply.form == MEDICINE
    if kind == MEDICINE:
        return medicine and substance.id == name
    if kind == "us":
        return substance.dea_list == name and (substance.dea_from is None or substance.dea_from <= on)
    if medicine:
        return False
    if kind == "id":
        return substance.id == name
    if kind == "eu":
        return substance.eu_status == "in_force" and (substance.eu_category or "").startswith(name)
    if kind == "un":
        return substance.incb_table == name
    raise ValueError(f"duty goods: unknown class {goods}")


def limits_of(law: Law, regimes: tuple[str, ...], substance: Substance, on: date) -> tuple[Threshold, ...]:
    """Limits of these regimes for a substance on a day."""
    return tuple(
        row
        for row in law.thresholds
        if row.regime in regimes and row.covers(substance) and in_force(row.valid_from, row.valid_to, on)
    )


def mixture(duty: Duty, supply: Supply, limits: tuple[Threshold, ...]) -> Mixture:
    """Whether the goods' concentration keeps them under a duty; 'unknown' for a mixture that does not state it."""
    percent = next((Decimal(str(row.percent)) for row in limits if row.kind == "concentration"), None)
    if percent is None:
        return "covered"
    stated = supply.concentration_pct
    if stated is None:
        return "unknown" if supply.mixed else "covered"
    held = stated >= percent if duty.mixture_from == "at" else stated > percent
    return "covered" if held else "exempt"
