"""The order as its features look at it: its goods taken together, the leading goods, its day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from features.intake import LineIn, OrderIn
from features.records import LineRecord, OrderRecord
from features.reference import regimes, substances
from features.reference.substances import Substance

NEAR_FROM = 0.8


@dataclass(frozen=True, slots=True)
class Goods:
    """All lines of one kind of goods. Masses are micro-kilograms; None where no line gives a mass."""

    key: str
    substance: Substance | None
    kilograms_micro: int | None
    line: LineIn
    record: LineRecord


@dataclass(frozen=True, slots=True)
class Subject:
    """An order ready to be described: `goods[0]` leads, being the most controlled and then the heaviest."""

    record: OrderRecord
    body: OrderIn
    goods: tuple[Goods, ...]
    day: date

    @property
    def lead(self) -> Goods:
        return self.goods[0]

    @property
    def substance(self) -> Substance | None:
        return self.goods[0].substance

    @property
    def kilograms_micro(self) -> int:
        """Known mass of the whole order."""
        return sum(goods.kilograms_micro or 0 for goods in self.goods)

    @property
    def countries(self) -> tuple[str, ...]:
        """Countries of seller, customer and destination, each once, in that order."""
        seller = self.record.seller.country if self.record.seller else None
        found = (seller, self.record.customer.country, self.record.destination)
        return tuple(dict.fromkeys(country for country in found if country))


def severity(substance: Substance | None) -> int:
    """How closely goods are controlled: 4 INCB Table I, 3 Table II, 2 otherwise listed, 1 watched, 0 none."""
    if substance is None:
        return 0
    if substance.scheduled:
        return 4 if substance.incb_table == "I" else 3
    return 2 if substance.controlled else 1 if substance.watch else 0


def _together(key: str, members: list[tuple[LineIn, LineRecord]]) -> Goods:
    known = [record.kilograms_micro for _, record in members if record.kilograms_micro is not None]
    line, record = members[0]
    substance = substances.by_id(record.substance_id) if record.substance_id else None
    return Goods(key, substance, sum(known) if known else None, line, record)


def subject_of(record: OrderRecord) -> Subject:
    """Group the lines by goods and put the leading goods first."""
    groups: dict[str, list[tuple[LineIn, LineRecord]]] = {}
    for line, line_record in zip(record.body.lines, record.lines, strict=True):
        groups.setdefault(line_record.goods_key, []).append((line, line_record))
    goods = [_together(key, members) for key, members in groups.items()]
    goods.sort(key=lambda each: (-severity(each.substance), -(each.kilograms_micro or 0), each.key))
    return Subject(record, record.body, tuple(goods), record.received_at.date())


@dataclass(frozen=True, slots=True)
class MassLimits:
    """Positive mass thresholds, micro-kg, ascending; `cumulative` are those of a month or year."""

    every: tuple[int, ...] = ()
    cumulative: tuple[int, ...] = ()

    @property
    def lowest(self) -> int | None:
        """The threshold that sums over time are held against: cumulative where there is one."""
        return next(iter(self.cumulative or self.every), None)


@lru_cache(maxsize=65536)
def mass_limits(substance_id: str, on: date, countries: tuple[str, ...]) -> MassLimits:
    """Thresholds of the regimes that apply in these countries, else of every regime."""
    rows = [row for row in regimes.thresholds_for(substance_id, on) if row.kind == "mass" and row.amount_micro]
    applying = {regime for country in countries for regime in regimes.regimes_of(country, on)}
    chosen = [row for row in rows if row.regime in applying] or rows
    cumulative = [row for row in chosen if row.period in ("calendar_month", "calendar_year")]
    return MassLimits(_amounts(chosen), _amounts(cumulative))


def _amounts(rows: list[regimes.Threshold]) -> tuple[int, ...]:
    return tuple(sorted({int(row.amount_micro or 0) for row in rows}))


def limits_of(subject: Subject) -> MassLimits:
    """Mass thresholds of the leading goods on the order's day."""
    if subject.substance is None:
        return MassLimits()
    return mass_limits(subject.substance.id, subject.day, subject.countries)


def near_limit(subject: Subject) -> bool:
    """Whether the leading goods weigh between 80 % of a threshold and that threshold."""
    mass = subject.lead.kilograms_micro
    return mass is not None and any(NEAR_FROM * limit <= mass < limit for limit in limits_of(subject).every)
