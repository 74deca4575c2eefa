"""The duties of an order as its page shows them: what holds first, each with its text's reference and its sums."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from api.duty_answers import plain
from api.workbench import formats
from api.workbench.citations import cite
from api.workbench.texts import text
from api.workbench.words import goods, word
from screening.duties.engine import Found
from screening.duties.reading import OrderDuties
from screening.duties.sums import Contribution, Sum
from screening.errors import Language

FIRST = ("applies", "unresolved")


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of a sum."""

    order_id: UUID
    what: str
    counted: str
    amount: str
    tie: str


@dataclass(frozen=True, slots=True)
class SumRow:
    """One sum: what it comes to against its limit, over which period, and its lines."""

    said: str
    period: str
    lines: tuple[LineRow, ...]


@dataclass(frozen=True, slots=True)
class DutyRow:
    """One duty in the reader's words. `notes`: paper, what is missing, deadline, term of keeping."""

    status: str
    kind: str
    goods: str
    said: str
    reference: str
    confidence: str
    act: str
    notes: tuple[str, ...]
    sums: tuple[SumRow, ...]


@dataclass(frozen=True, slots=True)
class Duties:
    """The section: what applies or is unresolved, the rest, draws from permits and the notification."""

    first: tuple[DutyRow, ...]
    rest: tuple[DutyRow, ...]
    permits: tuple[str, ...]
    notification: str


def section(language: Language, known: OrderDuties) -> Duties:
    """The duties of an order for its page."""
    rows = tuple(_row(language, found) for found in known.found)
    return Duties(
        first=tuple(row for row in rows if row.status in FIRST),
        rest=tuple(row for row in rows if row.status not in FIRST),
        permits=tuple(
            text(
                language,
                "duty.permit",
                number=permit.number,
                amount=_quantity(language, drawn.amount_micro, permit.dimension),
                left=_quantity(language, permit.granted_micro - permit.drawn_micro, permit.dimension),
                granted=_quantity(language, permit.granted_micro, permit.dimension),
            )
            for permit, drawn in known.draws
        ),
        notification=_notification(language, known),
    )


def _notification(language: Language, known: OrderDuties) -> str:
    if known.notification is None:
        return ""
    said = text(language, f"notification.{known.standing}")
    until = known.notification.deadline
    return f"{said} · {text(language, 'duty.answer_by', day=_day(language, until))}" if until else said


def _row(language: Language, found: Found) -> DutyRow:
    duty = found.duty
    return DutyRow(
        status=found.status,
        kind=text(language, f"duty.kind.{duty.kind}"),
        goods=goods(language, found.substance.name),
        said=duty.text_ru if language == "ru" else duty.text_en,
        reference=cite(duty.reference, language),
        confidence=text(language, "duty.confidence", level=text(language, f"confidence.{duty.confidence}")),
        act=found.act.name_ru if language == "ru" else found.act.name_en,
        notes=_notes(language, found),
        sums=tuple(_sum(language, each) for each in found.sums),
    )


def _notes(language: Language, found: Found) -> tuple[str, ...]:
    percent = found.concentration_limit
    notes = (
        text(language, f"duty.paper.{found.paper}") if found.paper else "",
        *(text(language, f"duty.missing.{each}") for each in found.missing),
        "" if found.prior_supplies is None else text(language, "duty.prior", count=found.prior_supplies),
        ""
        if percent is None
        else text(language, "duty.limit_percent", percent=formats.percent(language, percent / 100)),
        text(language, "duty.due", day=_day(language, found.due_on)) if found.due_on else "",
        text(language, "duty.keep", day=_day(language, found.keep_until)) if found.keep_until else "",
    )
    return tuple(note for note in notes if note)


def _sum(language: Language, total: Sum) -> SumRow:
    kind = total.limit.kind
    low = _quantity(language, total.low, kind)
    if total.high is None:
        amount = text(language, "duty.at_least", low=low)
    elif total.high != total.low:
        amount = text(language, "duty.from_to", low=low, high=_quantity(language, total.high, kind))
    else:
        amount = low
    said = text(language, "duty.sum", amount=amount, limit=_quantity(language, total.limit.amount_micro or 0, kind))
    if total.party_low != total.low:
        said += f" ({text(language, 'duty.own', amount=_quantity(language, total.party_low, kind))})"
    return SumRow(said, _period(language, total), tuple(_line(language, each, kind) for each in total.contributions))


def _period(language: Language, total: Sum) -> str:
    if total.start is None or total.end is None:
        return ""
    last = date.fromordinal(total.end.date().toordinal() - 1)
    return f"{_day(language, total.start.date())} – {_day(language, last)}, {total.zone}"


def _line(language: Language, each: Contribution, kind: str) -> LineRow:
    counted, supply = each.counted, each.supply
    missing = text(language, f"duty.missing.{counted.missing}") if counted.missing else ""
    site = f" · {supply.site}" if supply.site else ""
    return LineRow(
        order_id=supply.order_id,
        what=f"{supply.reference}, {supply.position + 1}{site}",
        counted=formats.moment(language, supply.counted_at),
        amount=missing or _quantity(language, counted.low, kind),
        tie=text(language, f"duty.tie.{each.tie}"),
    )


def _quantity(language: Language, micro: Decimal | int, dimension: str) -> str:
    unit = word(language, "unit", "kg" if dimension == "mass" else "l")
    return f"{formats.exact(language, plain(micro))}{formats.SPACE}{unit}"


def _day(language: Language, day: date) -> str:
    return formats.day(language, day.isoformat())
