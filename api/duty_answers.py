"""Duties and permits as the API writes them: exact quantities as decimal text, never rounded."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from api.duty_bodies import (
    ContributionOut,
    DrawOut,
    DutiesOut,
    DutyOut,
    NotificationOut,
    OrderDrawOut,
    PermitOut,
    PermitWholeOut,
    SumOut,
)  # fmt: skip
from screening.duties.engine import Found
from screening.duties.reading import OrderDuties
from screening.duties.sums import Contribution, Sum
from screening.permits import Drawn
from screening.tables.duties import Notification, Permit


def plain(micro: Decimal | int) -> str:
    """Micro-units as a decimal of whole units: 1500000 is '1.5'."""
    written = f"{Decimal(int(micro)).scaleb(-6):f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def duties_out(known: OrderDuties) -> DutiesOut:
    return DutiesOut(
        order_id=known.order.id,
        reference=known.order.reference,
        version=known.order.version,
        duties=[_duty(found) for found in known.found],
        permits=[
            OrderDrawOut(permit=permit_out(permit), line=drawn.position, amount=plain(drawn.amount_micro))
            for permit, drawn in known.draws
        ],
        notification=notification_out(known.notification, known.standing) if known.notification else None,
    )


def notification_out(notification: Notification, standing: str | None = None) -> NotificationOut:
    """The notification; `standing` is its state by the clock."""
    return NotificationOut(
        state=standing or notification.state, deadline=notification.deadline, changed_at=notification.changed_at
    )


def _duty(found: Found) -> DutyOut:
    duty, act = found.duty, found.act
    return DutyOut(
        id=duty.id,
        act=act.code,
        act_en=act.name_en,
        act_ru=act.name_ru,
        kind=duty.kind,
        status=found.status,
        substance=found.substance.name,
        lines=list(found.positions),
        direction=found.direction,
        on=found.on,
        en=duty.text_en,
        ru=duty.text_ru,
        reference=duty.reference,
        source=duty.source,
        confidence=duty.confidence,
        missing=list(found.missing),
        concentration_limit=found.concentration_limit,
        paper=found.paper,
        prior_supplies=found.prior_supplies,
        due_on=found.due_on,
        keep_until=found.keep_until,
        sums=[_sum(each) for each in found.sums],
    )


def _sum(total: Sum) -> SumOut:
    limit = total.limit
    return SumOut(
        limit=plain(limit.amount_micro or 0),
        unit=unit_of(limit.kind),
        limit_as_written=f"{limit.regime}: {limit.scope}",
        period=limit.period,
        starts=total.start,
        ends=total.end,
        zone=total.zone,
        at_least=plain(total.low),
        at_most=None if total.high is None else plain(total.high),
        of_the_party=plain(total.party_low),
        contributions=[_contribution(each) for each in total.contributions],
    )


def _contribution(each: Contribution) -> ContributionOut:
    counted, supply = each.counted, each.supply
    return ContributionOut(
        order_id=supply.order_id,
        reference=supply.reference,
        line=supply.position,
        counted_at=supply.counted_at,
        site=supply.site,
        tie=each.tie,
        amount=plain(counted.low) if counted.missing is None else None,
        at_most=None if counted.high is None else plain(counted.high),
        missing=counted.missing,
    )


def unit_of(dimension: str) -> Literal["kg", "l"]:
    return "kg" if dimension == "mass" else "l"


def permit_out(permit: Permit) -> PermitOut:
    return PermitOut.model_validate(
        {
            **permit.model_dump(include={"id", "kind", "number", "authority", "valid_from", "valid_to"}),
            "substance": permit.substance_id,
            "unit": unit_of(permit.dimension),
            "granted": plain(permit.granted_micro),
            "drawn": plain(permit.drawn_micro),
            "left": plain(permit.granted_micro - permit.drawn_micro),
        }
    )


def permit_whole(permit: Permit, draws: list[Drawn]) -> PermitWholeOut:
    return PermitWholeOut(
        **permit_out(permit).model_dump(),
        draws=[
            DrawOut(
                order_id=each.order_id,
                reference=each.reference,
                line=each.position,
                amount=plain(each.amount_micro),
                drawn_at=each.drawn_at,
                released_at=each.released_at,
            )
            for each in draws
        ],
    )
