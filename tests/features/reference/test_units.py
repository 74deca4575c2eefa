"""Units are exact, rounded once half to even, and grow with the amount."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.reference.units import KILOGRAMS, LITRES, UNITS, Measure, measure

AMOUNTS = st.decimals(min_value=0, max_value=10**10, places=9, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("amount", "unit", "expected"),
    [
        ("1", "kg", Measure(1_000_000, None, None)),
        ("1", "lb", Measure(453_592, None, None)),
        ("100", "lb", Measure(45_359_237, None, None)),
        ("16", "oz", Measure(453_592, None, None)),
        ("250", "us_gal", Measure(None, 946_352_946, None)),
        ("1", "uk_gal", Measure(None, 4_546_090, None)),
        ("0.5", "ug", Measure(0, None, None)),
        ("1500", "ug", Measure(2, None, None)),
        ("2500", "ug", Measure(2, None, None)),
        ("2.5", "t", Measure(2_500_000_000, None, None)),
        ("12", "tablet", Measure(None, None, 12_000_000)),
    ],
)
def test_known_quantities(amount: str, unit: str, expected: Measure) -> None:
    assert measure(Decimal(amount), unit, None) == expected


def test_density_leads_from_volume_to_mass_and_back() -> None:
    assert measure(Decimal(100), "l", 1.082) == Measure(108_200_000, 100_000_000, None)
    assert measure(Decimal("108.2"), "kg", 1.082) == Measure(108_200_000, 100_000_000, None)


@given(AMOUNTS, st.sampled_from(sorted(UNITS)))
def test_a_measure_is_the_exact_product_rounded(amount: Decimal, unit: str) -> None:
    found = measure(amount, unit, None)
    value = next(v for v in (found.kilograms_micro, found.litres_micro, found.pieces_micro) if v is not None)
    factor = (KILOGRAMS | LITRES).get(unit, Decimal(1))
    assert value == round(Fraction(amount) * Fraction(factor) * 1_000_000)


@given(AMOUNTS, AMOUNTS, st.sampled_from(sorted(UNITS)), st.none() | st.floats(0.5, 2))
def test_more_is_never_measured_as_less(a: Decimal, b: Decimal, unit: str, density: float | None) -> None:
    low, high = (measure(amount, unit, density) for amount in sorted((a, b)))
    for field in ("kilograms_micro", "litres_micro", "pieces_micro"):
        smaller, larger = getattr(low, field), getattr(high, field)
        assert (smaller is None) == (larger is None)
        assert smaller is None or smaller <= larger


@pytest.mark.parametrize(
    ("amount", "unit", "density"),
    [("1", "bushel", None), ("-1", "kg", None), ("NaN", "kg", None), ("Infinity", "l", None), ("1", "l", 0.0)],
)
def test_what_cannot_be_measured_is_refused(amount: str, unit: str, density: float | None) -> None:
    with pytest.raises(ValueError, match=r"unit|amount|density"):
        measure(Decimal(amount), unit, density)
