"""Sums over a calendar month or year of the act's local time, across sites and sister firms, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from features.reference.duties import Act, Duty
from features.reference.regimes import Threshold
from screening.duties.measures import Counted, counted
from screening.duties.supply import Supply, tie_to


@dataclass(frozen=True, slots=True)
class Contribution:
    """One line in a sum; `tie` says how it belongs: 'this', 'party', 'operator', or the key that sisters share."""

    supply: Supply
    tie: str
    counted: Counted


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum against one limit. `low` to `high` in micro-units (`high` None: unbounded); `party_low` without sisters.

    `start` and `end` bound the period, end excluded; None where only this order counts.
    """

    limit: Threshold
    start: datetime | None
    end: datetime | None
    zone: str
    contributions: tuple[Contribution, ...]

    @property
    def low(self) -> int:
        return sum(each.counted.low for each in self.contributions)

    @property
    def high(self) -> int | None:
        highs = [each.counted.high for each in self.contributions]
        return None if None in highs else sum(high for high in highs if high is not None)

    @property
    def party_low(self) -> int:
        return sum(each.counted.low for each in self.contributions if each.tie in ("this", "party"))

    @property
    def missing(self) -> tuple[str, ...]:
        """What would have to be stated for the bounds to meet."""
        return tuple(dict.fromkeys(each.counted.missing for each in self.contributions if each.counted.missing))


def period(limit: Threshold, at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """Start and end (excluded) of the limit's month or year around a moment, in the act's zone."""
    local = at.astimezone(zone)
    if limit.period == "calendar_year":
        return datetime(local.year, 1, 1, tzinfo=zone), datetime(local.year + 1, 1, 1, tzinfo=zone)
    if limit.period == "calendar_month":
        after = (local.year + 1, 1) if local.month == 12 else (local.year, local.month + 1)
        return datetime(local.year, local.month, 1, tzinfo=zone), datetime(*after, 1, tzinfo=zone)
    return None


@dataclass(frozen=True, slots=True)
class Asked:
    """A sum that is asked for: of these lines of an order, with what came before it, under one duty of one act."""

    act: Act
    duty: Duty
    lines: tuple[Supply, ...]
    earlier: tuple[Supply, ...]

    @property
    def ties(self) -> frozenset[str]:
        """Every key by which the customer is known, from this order or an earlier one of its own."""
        party = self.lines[0].party
        return self.lines[0].ties.union(*(each.ties for each in self.earlier if each.party == party))


def add_up(asked: Asked, limit: Threshold) -> Sum:
    """The sum against one limit; `asked.earlier` holds only what the duty speaks of, this order's lines excluded."""
    first = asked.lines[0]
    bounds = period(limit, first.counted_at, asked.act.zone)
    found = [Contribution(line, "this", counted(line, asked.duty, limit)) for line in asked.lines]
    if bounds is not None:
        ties = asked.ties
        for other in asked.earlier:
            tie = "operator" if asked.duty.sum_over == "operator" else tie_to(first.party, ties, other)
            if tie and bounds[0] <= other.counted_at < bounds[1] and _same_trade(asked.act, limit, other):
                found.append(Contribution(other, tie, counted(other, asked.duty, limit)))
    start, end = bounds or (None, None)
    return Sum(limit, start, end, asked.act.zone.key, tuple(found))


def _same_trade(act: Act, limit: Threshold, other: Supply) -> bool:
    direction = act.direction(other.exporter, other.importer, other.counted_at.astimezone(act.zone).date())
    return direction is not None and fits_trade(limit, direction)


def fits_trade(limit: Threshold, direction: str) -> bool:
    """Whether a limit holds for a direction; 'cross_border' is import or export."""
    if limit.trade == "cross_border":
        return direction in ("import", "export")
    return limit.trade in ("any", direction)
