"""Regimes and their thresholds: dated rows, each with its source and confidence. Data, never constants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Literal, cast

from features.reference.substance_rows import Substance, by_id
from features.reference.tables import Row, in_force, optional_date, optional_text, rows
from features.reference.units import measure

Kind = Literal["mass", "volume", "concentration"]
Period = Literal["calendar_month", "calendar_year", "transaction", "any", "none"]
Trade = Literal["any", "domestic", "cross_border", "export"]
EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A quantity or concentration at which a duty begins.

    `amount_micro`: micro-kilograms for 'mass', micro-litres for 'volume', None for 'concentration', where
    `percent` (by mass) is set instead. Zero: every quantity. `group` names the rule's class of substances where
    it is not one substance; `form` narrows it to 'anhydrous' or 'solution'; `trade` to a direction, where
    'domestic' is within the regime's own territory and 'cross_border' import or export.
    """

    regime: str
    substance_id: str | None
    group: Literal["eu_category_1", "incb_table_1"] | None
    form: str | None
    kind: Kind
    amount_micro: int | None
    percent: float | None
    unit: str
    period: Period
    trade: Trade
    scope: str
    source: str
    confidence: str
    valid_from: date | None
    valid_to: date | None

    def covers(self, substance: Substance) -> bool:
        """Whether the row speaks of the substance, itself or as one of its class."""
        if self.group == "eu_category_1":
            return substance.eu_category == "1" and substance.eu_status == "in_force"
        if self.group == "incb_table_1":
            return substance.incb_table == "I"
        return self.substance_id == substance.id


@dataclass(frozen=True, slots=True)
class Regime:
    """A body of rules; `applies_to` is a country, a group of countries such as 'EU', or '*'."""

    code: str
    applies_to: str
    name_en: str
    name_ru: str
    source: str
    confidence: str
    valid_from: date | None
    valid_to: date | None


@cache
def thresholds() -> tuple[Threshold, ...]:
    """Every row of the threshold table."""
    return read_thresholds(rows("thresholds"))


def read_thresholds(table: tuple[Row, ...]) -> tuple[Threshold, ...]:
    """Thresholds of rows in the form of thresholds.csv. Raises KeyError or ValueError where they are malformed."""
    return tuple(_threshold(row) for row in table)


@cache
def regimes() -> Mapping[str, Regime]:
    """Every regime by its code."""
    return {row["regime"]: _regime(row) for row in rows("regimes")}


@cache
def thresholds_for(substance_id: str, on: date) -> tuple[Threshold, ...]:
    """The rows in force on a day for a substance, those of its class included. Unknown substance: none."""
    substance = by_id(substance_id)
    if substance is None:
        return ()
    return tuple(row for row in thresholds() if row.covers(substance) and in_force(row.valid_from, row.valid_to, on))


@cache
def regimes_of(country: str | None, on: date | None = None) -> tuple[str, ...]:
    """Codes of the regimes that hold in a country (ISO 3166-1 alpha-2) on a day; UN-1988 holds everywhere."""
    return tuple(
        regime.code
        for regime in regimes().values()
        if in_force(regime.valid_from, regime.valid_to, on) and _applies(regime, country, on)
    )


@cache
def members(group: str, on: date | None = None) -> frozenset[str]:
    """Countries of a group ('EU', 'EAEU', 'CARICC') on a day; without a day, those of today's table."""
    return frozenset(
        row["country"]
        for row in rows("country_groups")
        if row["group"] == group
        and (
            in_force(optional_date(row["valid_from"]), optional_date(row["valid_to"]), on)
            if on
            else not row["valid_to"]
        )
    )


def _applies(regime: Regime, country: str | None, on: date | None) -> bool:
    return regime.applies_to == EVERYWHERE or (
        country is not None and (regime.applies_to == country or country in members(regime.applies_to, on))
    )


def _threshold(row: Row) -> Threshold:
    kind = cast(Kind, row["kind"])
    return Threshold(
        regime=row["regime"],
        substance_id=optional_text(row["substance_id"]),
        group=cast(Literal["eu_category_1", "incb_table_1"] | None, optional_text(row["group"])),
        form=optional_text(row["form"]),
        kind=kind,
        amount_micro=_amount_micro(kind, row["amount"], row["unit"]),
        percent=float(row["amount"]) if kind == "concentration" else None,
        unit=row["unit"],
        period=cast(Period, row["period"]),
        trade=cast(Trade, row["trade"]),
        scope=row["scope"],
        source=row["source"],
        confidence=row["confidence"],
        valid_from=optional_date(row["valid_from"]),
        valid_to=optional_date(row["valid_to"]),
    )


def _amount_micro(kind: Kind, amount: str, unit: str) -> int | None:
    if kind == "concentration":
        return None
    measured = measure(Decimal(amount), unit, None)
    return measured.kilograms_micro if kind == "mass" else measured.litres_micro


def _regime(row: Row) -> Regime:
    return Regime(
        code=row["regime"],
        applies_to=row["applies_to"],
        name_en=row["name_en"],
        name_ru=row["name_ru"],
        source=row["source"],
        confidence=row["confidence"],
        valid_from=optional_date(row["valid_from"]),
        valid_to=optional_date(row["valid_to"]),
    )
