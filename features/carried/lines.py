"""Lines of goods: what each names, how closely that is controlled, how much of it there is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache

from features.arrival import goods_key_of
from features.carried.core import of_line
from features.reference import substances, units
from features.subject import severity

# No line weighs more than this many micro-kilograms, so that the sum of all lines fits 64 bits.
LINE_LIMIT = 10**17
MICRO = 1_000_000


@of_line("name", "trade_name")
def written(name: str | None, trade_name: str | None) -> str | None:
    return name or trade_name


@of_line("written", "cas", "hs")
def identified(
    written: str | None, cas: str | None, hs: str | None
) -> tuple[str | None, float | None, float, tuple[str, ...]]:
    """(substance, its density, confidence, conflicts). An HS code alone hints; it identifies nothing."""
    match = substances.identify(written, cas, hs)
    if match.substance is None or match.matched_by == "hs":
        return None, None, match.confidence, match.conflicts
    return match.substance.id, match.substance.density_kg_per_l, match.confidence, match.conflicts


@of_line("identified")
def substance(identified: tuple[str | None, float | None, float, tuple[str, ...]]) -> str | None:
    return identified[0]


@of_line("identified")
def confidence(identified: tuple[str | None, float | None, float, tuple[str, ...]]) -> float:
    return identified[2]


@of_line("identified")
def conflict_count(identified: tuple[str | None, float | None, float, tuple[str, ...]]) -> int:
    return len(identified[3])


@of_line("identified")
def false_cas(identified: tuple[str | None, float | None, float, tuple[str, ...]]) -> int:
    return int("cas_check_digit" in identified[3])


@of_line("substance", "cas", "hs", "written", "item_type")
def goods_key(substance: str | None, cas: str | None, hs: str | None, written: str | None, item_type: str) -> str:
    return goods_key_of(substance, cas, hs, written, item_type)


@of_line("substance")
def control(substance: str | None) -> int:
    """4 INCB Table I, 3 Table II, 2 otherwise listed, 1 watched, 0 none."""
    return severity(substances.by_id(substance))


@of_line("control")
def controlled(control: int) -> int:
    return int(control >= 1)


@of_line("substance")
def listed_on(substance: str | None) -> date | None:
    """When the substance's present listing began."""
    found = substances.by_id(substance)
    return found.valid_from if found else None


@of_line("identified")
def density(identified: tuple[str | None, float | None, float, tuple[str, ...]]) -> float | None:
    return identified[1]


@of_line("quantity", "unit", "density")
def micro(quantity: Decimal, unit: str, density: float | None) -> int | None:
    """Mass in micro-kilograms; from a volume only through a stated density."""
    if unit == "kg" and (whole := quantity * MICRO) == (mass := int(whole)):
        return min(mass, LINE_LIMIT)  # what `measure` says of most lines, at a tenth of its cost
    return _measured(quantity, unit, density)


@lru_cache(maxsize=65536)
def _measured(quantity: Decimal, unit: str, density: float | None) -> int | None:
    mass = units.measure(quantity, unit, density).kilograms_micro
    return None if mass is None else min(mass, LINE_LIMIT)


@lru_cache(maxsize=65536)
def named_substance(name: str) -> str | None:
    """The substance that a name on a paper, or a CAS number, stands for."""
    match = substances.identify(name, name if name[:1].isdigit() else None, None)
    return match.substance.id if match.substance else None
