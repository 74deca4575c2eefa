"""Quantities of every accepted unit as whole micro-units: exact factors, one rounding, half to even."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from types import MappingProxyType

MICRO = Decimal(1_000_000)
EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)

# International avoirdupois pound and ounce; US liquid and imperial gallon (legal definitions, exact).
KILOGRAMS = MappingProxyType(
    {
        "kg": Decimal(1),
        "g": Decimal("0.001"),
        "mg": Decimal("0.000001"),
        "ug": Decimal("0.000000001"),
        "t": Decimal(1000),
        "lb": Decimal("0.45359237"),
        "oz": Decimal("0.028349523125"),
    }
)
LITRES = MappingProxyType(
    {
        "l": Decimal(1),
        "ml": Decimal("0.001"),
        "m3": Decimal(1000),
        "us_gal": Decimal("3.785411784"),
        "uk_gal": Decimal("4.54609"),
    }
)
PIECES = frozenset({"piece", "tablet"})
UNITS = frozenset(KILOGRAMS) | frozenset(LITRES) | PIECES


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity in each dimension it is known in. None: not known, never zero."""

    kilograms_micro: int | None
    litres_micro: int | None
    pieces_micro: int | None


def measure(amount: Decimal, unit: str, density_kg_per_l: float | None) -> Measure:
    """Mass, volume or count of `amount` `unit`, as whole micro-units.

    With a density (kg/l) mass and volume follow from each other; without one the other stays None.
    Raises ValueError for a unit outside `UNITS`, a negative or endless amount, a density that is not above zero.
    """
    _check(amount, density_kg_per_l)
    density = None if density_kg_per_l is None else Decimal(str(density_kg_per_l))
    if unit in KILOGRAMS:
        kilograms = EXACT.multiply(amount, KILOGRAMS[unit])
        litres = None if density is None else EXACT.divide(kilograms, density)
        return Measure(_micro(kilograms), None if litres is None else _micro(litres), None)
    if unit in LITRES:
        litres = EXACT.multiply(amount, LITRES[unit])
        mass = None if density is None else EXACT.multiply(litres, density)
        return Measure(None if mass is None else _micro(mass), _micro(litres), None)
    if unit in PIECES:
        return Measure(None, None, _micro(amount))
    raise ValueError(f"unknown unit {unit!r}")


def _check(amount: Decimal, density: float | None) -> None:
    if not amount.is_finite() or amount < 0:
        raise ValueError("an amount is a finite number of at least zero")
    if density is not None and not 0 < density < 100:
        raise ValueError("a density lies above 0 and below 100 kg/l")


def _micro(value: Decimal) -> int:
    return int(EXACT.multiply(value, MICRO).to_integral_value(rounding=ROUND_HALF_EVEN))
