"""Which duties has this order? Every duty in force that speaks of its goods and movement, with the sum behind it.

    applies       the duty holds: at any quantity, or its limit is reached even by the least that is known
    below         even the most that can be meant stays under the limit
    exempt        the mixture's concentration takes the goods out of the duty
    unresolved    something is not stated (density, share, base weight) or a person has to look up a list
    conditional   the duty begins with a suspicion, which a person has to have

A later order changes nothing: sums take what had arrived before the order as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from features.intake import OrderIn
from features.reference.duties import Act, Direction, Duty, Law
from features.reference.regimes import Threshold
from features.reference.substances import Substance, by_id
from screening.duties.clocks import due_on, keep_until
from screening.duties.goods import limits_of, mixture, speaks_of
from screening.duties.papers import PaperState, Stated, paper_state, prior_supplies
from screening.duties.sums import Asked, Sum, add_up, fits_trade
from screening.duties.supply import Supply

Status = Literal["applies", "below", "exempt", "unresolved", "conditional"]


@dataclass(frozen=True, slots=True)
class Subject:
    """An order to be judged: its lines, all that had arrived before it, and a notification kept for it."""

    order: OrderIn
    lines: tuple[Supply, ...]
    earlier: tuple[Supply, ...] = ()
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One duty of an order for one substance. `sums`: each limit that was compared, the decisive one first."""

    duty: Duty
    act: Act
    substance: Substance
    positions: tuple[int, ...]
    direction: Direction
    on: date
    status: Status
    missing: tuple[str, ...]
    sums: tuple[Sum, ...]
    concentration_limit: float | None
    paper: PaperState | None
    prior_supplies: int | None
    due_on: date | None
    keep_until: date | None


@dataclass(frozen=True, slots=True)
class _Case:
    """One duty before its answer: the lines it speaks of, in whose company, on which day."""

    law: Law
    act: Act
    duty: Duty
    substance: Substance
    direction: Direction
    on: date
    lines: tuple[Supply, ...]
    subject: Subject


def duties_of(subject: Subject, law: Law) -> tuple[Found, ...]:
    """Every duty of the order under these tables, in their order; goods the tables do not know have none."""
    cases = (case for act in law.acts.values() for case in _cases(subject, law, act))
    answers = (answer for case in cases if (answer := _answer(case)))
    rank = {duty.id: place for place, duty in enumerate(law.duties)}
    return tuple(sorted(answers, key=lambda found: (rank[found.duty.id], found.positions)))


def summed_whole(subject: Subject, law: Law) -> frozenset[str]:
    """Substances of the order for which some duty sums all that the company supplies, not one customer's share."""
    cases = (case for act in law.acts.values() for case in _cases(subject, law, act))
    return frozenset(case.substance.id for case in cases if case.duty.sum_over == "operator")


def _cases(subject: Subject, law: Law, act: Act) -> Iterator[_Case]:
    for substance_id in dict.fromkeys(line.substance_id for line in subject.lines):
        lines = tuple(line for line in subject.lines if line.substance_id == substance_id)
        substance = by_id(substance_id)
        assert substance is not None
        on = lines[0].counted_at.astimezone(act.zone).date()
        direction = act.direction(lines[0].exporter, lines[0].importer, on)
        if direction is None:
            continue
        for duty in law.in_force(on):
            if duty.act == act.code and direction in duty.trade:
                meant = tuple(line for line in lines if speaks_of(duty, line, substance, on))
                if meant:
                    yield _Case(law, act, duty, substance, direction, on, meant, subject)


def _answer(case: _Case) -> Found | None:
    concentrations = limits_of(case.law, (case.duty.mixtures or "",), case.substance, case.on)
    kinds = {line: mixture(case.duty, line, concentrations) for line in case.lines}
    covered = tuple(line for line in case.lines if kinds[line] != "exempt")
    sums = _sums(case, covered, concentrations) if covered else ()
    if case.duty.thresholds and not sums and covered and not _without_limit(case):
        return None
    status, missing = _status(case, covered, sums)
    if status == "applies" and all(kinds[line] == "unknown" for line in covered):
        status, missing = "unresolved", ("concentration",)
    due = status in ("applies", "unresolved")
    prior = prior_supplies(case.duty, case.act, case.lines[0], case.subject.earlier)
    stated = Stated(case.subject.order, case.lines[0], case.on, case.direction, prior, case.subject.notice)
    return Found(
        duty=case.duty,
        act=case.act,
        substance=case.substance,
        positions=tuple(line.position for line in case.lines),
        direction=case.direction,
        on=case.on,
        status=status,
        missing=missing,
        sums=sums,
        concentration_limit=next((row.percent for row in concentrations), None),
        paper=paper_state(case.duty, stated) if due else None,
        prior_supplies=prior if case.duty.supplies is not None else None,
        due_on=due_on(case.duty, _begins(case), _office(case)) if due else None,
        keep_until=keep_until(case.duty, case.on) if due else None,
    )


def _sums(case: _Case, lines: tuple[Supply, ...], concentrations: tuple[Threshold, ...]) -> tuple[Sum, ...]:
    """The sum against every limit that fits goods and direction, the one nearest to or furthest over it first."""
    fitting = [
        limit
        for limit in limits_of(case.law, case.duty.thresholds, case.substance, case.on)
        if limit.kind != "concentration" and fits_trade(limit, case.direction) and _fits_form(limit, lines)
    ]
    stated = {line.dimension for line in lines}
    if len(stated) == 1 and (own := [limit for limit in fitting if limit.kind in stated]):
        fitting = own  # weight and volume are one limit in two words: goods sold by weight are held against weight
    earlier = tuple(
        each
        for each in case.subject.earlier
        if each.substance_id == case.substance.id
        and speaks_of(case.duty, each, case.substance, case.on)
        and mixture(case.duty, each, concentrations) != "exempt"
    )
    asked = Asked(case.act, case.duty, lines, earlier)
    sums = [add_up(asked, limit) for limit in fitting]
    return tuple(sorted(sums, key=lambda each: -each.low / (each.limit.amount_micro or 1)))


def _without_limit(case: _Case) -> bool:
    """Whether the duty holds at any quantity for want of a limit; other limits of the goods would have to fit them."""
    listed = limits_of(case.law, case.duty.thresholds, case.substance, case.on)
    return case.duty.unlisted == "applies" and not listed


def _fits_form(limit: Threshold, lines: tuple[Supply, ...]) -> bool:
    if limit.form is None:
        return True
    return any(limit.form == ("solution" if line.mixed else "anhydrous") for line in lines)


def _status(case: _Case, lines: tuple[Supply, ...], sums: tuple[Sum, ...]) -> tuple[Status, tuple[str, ...]]:
    duty = case.duty
    if not lines:
        return "exempt", ()
    if duty.condition == "suspicion":
        return "conditional", ()
    status, missing = _against(duty, sums) if sums else ("applies", ())
    if status == "applies" and duty.condition == "listed_destination":
        return "unresolved", ("destination_list",)
    return status, missing


def _against(duty: Duty, sums: tuple[Sum, ...]) -> tuple[Status, tuple[str, ...]]:
    """Several limits of one rule are one limit in several words: reached in one it is reached, clear of one clear."""
    if any(_reached(duty, each.limit, each.low) for each in sums):
        return "applies", ()
    if any(each.high is not None and not _reached(duty, each.limit, each.high) for each in sums):
        return "below", ()
    return "unresolved", tuple(dict.fromkeys(reason for each in sums for reason in each.missing))


def _reached(duty: Duty, limit: Threshold, micro: int) -> bool:
    amount = limit.amount_micro or 0
    if amount == 0:
        return True
    return micro >= amount if duty.compare == "at_least" else micro > amount


def _office(case: _Case) -> str | None:
    """The country whose authority's working days count: where the goods leave, or enter for a duty of imports."""
    line = case.lines[0]
    return line.importer if case.direction == "import" else line.exporter


def _begins(case: _Case) -> date | None:
    """The day a deadline counts from, where the order states it."""
    order = case.subject.order
    if case.duty.deadline_from == "shipment":
        return order.requested_ship_date
    if case.duty.deadline_from == "notification" and order.notification and order.notification.sent_at:
        return order.notification.sent_at.astimezone(case.act.zone).date()
    return None
