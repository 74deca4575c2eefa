"""Duties that the law ties to an order: dated rows with their text's reference. Data, never constants.

A change of law is a row with another `valid_from`: no code names an act, a quantity or a term.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, cast
from zoneinfo import ZoneInfo

from features.reference.regimes import EVERYWHERE, Threshold, members, read_thresholds, thresholds
from features.reference.tables import Row, in_force, listed, optional_date, optional_text, read_csv, rows

Kind = Literal[
    "licence", "registration", "declaration", "authorisation", "notification", "declaration_486",
    "return_declaration", "records", "labels", "identity", "annual_report", "suspicion",
]  # fmt: skip
Direction = Literal["domestic", "export", "import"]
Paper = Literal["licence", "declaration", "authorisation", "notification"]
Condition = Literal["suspicion", "listed_destination"]


@dataclass(frozen=True, slots=True)
class Act:
    """An act of law. `zone`: in whose local time its months and years end; `applies_to` as in `Regime`."""

    code: str
    applies_to: str
    zone: ZoneInfo
    name_en: str
    name_ru: str
    source: str
    confidence: str
    valid_from: date | None
    valid_to: date | None

    def direction(self, exporter: str | None, importer: str | None, on: date) -> Direction | None:
        """What a movement is to this act on a day; None where neither end lies within it or one is not known."""
        if exporter is None or importer is None:
            return None
        if self.applies_to == EVERYWHERE:
            return "domestic" if exporter == importer else "export"
        leaves, enters = self._within(exporter, on), self._within(importer, on)
        if leaves and enters:
            return "domestic"
        return "export" if leaves else "import" if enters else None

    def _within(self, country: str, on: date) -> bool:
        return country == self.applies_to or country in members(self.applies_to, on)


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty and what triggers it.

    `goods`: classes such as 'eu:1', 'un:II', 'us:I', 'medicine:ephedrine', 'id:acetone', of which any suffices.
    `trade`: directions it holds for. `thresholds`: regimes of the quantities at which it begins; none, or `unlisted`
    'applies' for goods without a row: every quantity. `compare` 'over' the quantity or 'at_least'. `sum_over` the
    customer's supplies or all of the operator's. `salts`: weighed 'as_written', or by their 'base'. `mixtures`: regime
    of concentration limits, in force 'at' or 'over' the limit; of a mixture its share of the substance counts, for
    `whole_mixture` all of it. `supplies` in `supplies_months` must come before a declaration may cover several
    transactions.
    """

    id: str
    act: str
    kind: Kind
    goods: tuple[str, ...]
    trade: frozenset[str]
    thresholds: tuple[str, ...]
    unlisted: Literal["applies", "skip"]
    compare: Literal["over", "at_least"]
    sum_over: Literal["customer", "operator"]
    salts: Literal["as_written", "base"]
    mixtures: str | None
    mixture_from: Literal["at", "over"]
    whole_mixture: frozenset[str]
    condition: Condition | None
    paper: Paper | None
    supplies: int | None
    supplies_months: int | None
    retention_years: int | None
    retention_from: Literal["calendar_year_end", "transaction"] | None
    deadline: int | None
    deadline_unit: Literal["calendar_days", "working_days"] | None
    deadline_from: str | None
    text_en: str
    text_ru: str
    reference: str
    source: str
    confidence: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Law:
    """Acts, duties and limits together, as one state of the tables."""

    acts: dict[str, Act]
    duties: tuple[Duty, ...]
    thresholds: tuple[Threshold, ...]

    def in_force(self, on: date) -> tuple[Duty, ...]:
        """Duties in force on a day under acts in force on it."""
        return tuple(
            duty
            for duty in self.duties
            if in_force(duty.valid_from, duty.valid_to, on)
            and in_force(self.acts[duty.act].valid_from, self.acts[duty.act].valid_to, on)
        )


@cache
def law() -> Law:
    """The packaged tables."""
    return _law(rows("acts"), rows("duties"), (*thresholds(), *read_thresholds(rows("limits"))))


def read_law(folder: Path) -> Law:
    """The tables of a folder: acts.csv, duties.csv, thresholds.csv and limits.csv in the packaged form, unverified.

    Raises OSError where one is missing, KeyError or ValueError where one is malformed.
    """
    limits = (*read_csv(folder / "thresholds.csv"), *read_csv(folder / "limits.csv"))
    return _law(read_csv(folder / "acts.csv"), read_csv(folder / "duties.csv"), read_thresholds(limits))


def _law(acts: tuple[Row, ...], duties: tuple[Row, ...], limits: tuple[Threshold, ...]) -> Law:
    known = {row["act"]: _act(row) for row in acts}
    return Law(known, tuple(_duty(row, known) for row in duties), limits)


def _act(row: Row) -> Act:
    return Act(
        code=row["act"],
        applies_to=row["applies_to"],
        zone=ZoneInfo(row["zone"]),
        name_en=row["name_en"],
        name_ru=row["name_ru"],
        source=row["source"],
        confidence=row["confidence"],
        valid_from=optional_date(row["valid_from"]),
        valid_to=optional_date(row["valid_to"]),
    )


def _duty(row: Row, acts: dict[str, Act]) -> Duty:
    if row["act"] not in acts:
        raise ValueError(f"duty {row['id']}: unknown act {row['act']}")
    return Duty(
        id=row["id"],
        act=row["act"],
        kind=cast(Kind, row["kind"]),
        goods=listed(row["goods"]),
        trade=frozenset(("domestic", "export", "import") if row["trade"] == "any" else listed(row["trade"])),
        thresholds=listed(row["thresholds"]),
        unlisted=cast(Literal["applies", "skip"], row["unlisted"]),
        compare=cast(Literal["over", "at_least"], row["compare"]),
        sum_over=cast(Literal["customer", "operator"], row["sum_over"]),
        salts=cast(Literal["as_written", "base"], row["salts"]),
        mixtures=optional_text(row["mixtures"]),
        mixture_from=cast(Literal["at", "over"], row["mixture_from"]),
        whole_mixture=frozenset(listed(row["whole_mixture"])),
        condition=cast(Condition | None, optional_text(row["condition"])),
        paper=cast(Paper | None, optional_text(row["paper"])),
        supplies=_number(row["supplies"]),
        supplies_months=_number(row["supplies_months"]),
        retention_years=_number(row["retention_years"]),
        retention_from=cast(Literal["calendar_year_end", "transaction"] | None, optional_text(row["retention_from"])),
        deadline=_number(row["deadline"]),
        deadline_unit=cast(Literal["calendar_days", "working_days"] | None, optional_text(row["deadline_unit"])),
        deadline_from=optional_text(row["deadline_from"]),
        text_en=row["text_en"],
        text_ru=row["text_ru"],
        reference=row["reference"],
        source=row["source"],
        confidence=row["confidence"],
        valid_from=optional_date(row["valid_from"]),
        valid_to=optional_date(row["valid_to"]),
    )


def _number(text: str) -> int | None:
    return int(text) if text else None
