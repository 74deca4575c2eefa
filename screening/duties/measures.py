"""How much of a supply counts towards a limit: from at least so much to at most so much, and why the two differ.

Nothing is assumed. Where density, share or base weight are not stated, the bounds stay apart and say what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

from features.reference.duties import Duty
from features.reference.regimes import Threshold
from screening.duties.supply import Supply

Missing = Literal["density", "unit", "concentration", "base_weight"]


@dataclass(frozen=True, slots=True)
class Counted:
    """What counts of a supply, in micro-units of the limit's dimension. `high` None: no bound is known."""

    low: int
    high: int | None
    missing: Missing | None = None


def counted(supply: Supply, duty: Duty, limit: Threshold) -> Counted:
    """How much of a supply counts towards a limit of mass or volume under a duty's rules."""
    stated = in_dimension(supply, limit.kind)
    if stated is None:
        return Counted(0, None, "unit" if supply.dimension == "pieces" else "density")
    if supply.salt and duty.salts == "base":
        return Counted(0, stated, "base_weight")
    whole = limit.form == "solution" or supply.substance_id in duty.whole_mixture
    if whole or not supply.mixed:
        return Counted(stated, stated)
    if supply.concentration_pct is None or limit.kind == "volume":
        return Counted(0, stated, "concentration" if supply.concentration_pct is None else "density")
    share = _share(stated, supply.concentration_pct)
    return Counted(share, share)


def in_dimension(supply: Supply, kind: str) -> int | None:
    """The quantity in a dimension: as stated, or by the stated density of the substance where the goods are it."""
    if supply.dimension != kind and supply.mixed:
        return None
    return supply.kilograms_micro if kind == "mass" else supply.litres_micro


def _share(micro: int, percent: Decimal) -> int:
    return int((Decimal(micro) * percent / 100).to_integral_value(rounding=ROUND_HALF_EVEN))
