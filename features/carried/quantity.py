"""Quantity that the order states, and the thresholds and needs it is held against. Kilograms."""

from __future__ import annotations

from datetime import date
from math import log2
from typing import Any

from features.batch import NO_PRICE, PRICE_STEPS
from features.carried.core import NAN, carried, flag, known, over
from features.subject import NEAR_FROM, MassLimits, mass_limits


@known("lead.substance", "rules_of", "countries")
def limits(substance: str | None, on: date, countries: tuple[str, ...]) -> MassLimits:
    """Mass thresholds of the leading goods on the order's day."""
    return mass_limits(substance, on, countries) if substance else MassLimits()


@known("limits", "lead_micro")
def near(limits: MassLimits, mass: int | None) -> int:
    """1 where the leading goods weigh between 80 % of a threshold and that threshold."""
    return int(mass is not None and any(NEAR_FROM * limit <= mass < limit for limit in limits.every))


@carried("lead_micro", arithmetic=True)
def order_kilograms(micro: Any) -> Any:
    return micro / 1e6


@carried("total_micro")
def total_kilograms(micro: int) -> float:
    return micro / 1e6 or NAN


@carried("limits")
def threshold_kilograms(limits: MassLimits) -> float:
    return limits.lowest / 1e6 if limits.lowest else NAN


@carried("limits", "lead_micro", "near")
def near_threshold(limits: MassLimits, mass: int | None, near: int) -> float:
    return float(near) if limits.every and mass is not None else NAN


@carried("customer.annual_need_kg", arithmetic=True)
def annual_need_kilograms(need: Any) -> Any:
    return need


@carried("customer.storage_capacity_kg", arithmetic=True)
def storage_kilograms(capacity: Any) -> Any:
    return capacity


@carried("declaration.monthly_use_kg", arithmetic=True)
def declared_monthly_kilograms(use: Any) -> Any:
    return use


@carried("lead_micro")
def round_quantity(mass: int | None) -> float:
    """Share of the written digits of a mass that are trailing zeros, 0 to 1."""
    if not mass:
        return NAN
    digits = str(mass)
    return (len(digits) - len(digits.rstrip("0"))) / len(digits)


@carried("order.requested_ship_date", "day", arithmetic=True)
def lead_days(requested: Any, day: Any) -> Any:
    return requested - day


@carried("order.service_level")
def urgent(level: str | None) -> float:
    return flag(level == "urgent") if level else NAN


@known("lead.unit_price", "lead.quantity", "lead.micro", arithmetic=True)
def per_kilogram(price: Any, quantity: Any, micro: Any) -> Any:
    """Price of one kilogram of the leading line; NaN where the line has no mass."""
    return over(price * quantity, micro / 1e6)


@known("per_kilogram")
def price(per_kilogram: float | None) -> int:
    """round(1024 log2 of the price per kilogram), NO_PRICE where there is none."""
    return round(log2(per_kilogram) * PRICE_STEPS) if per_kilogram and per_kilogram > 0 else NO_PRICE


@carried("per_kilogram", arithmetic=True)
def price_per_kilogram(per_kilogram: Any) -> Any:
    """In the order's own currency."""
    return per_kilogram


@carried("order.value", arithmetic=True)
def value(stated: Any) -> Any:
    """In the order's own currency."""
    return stated
