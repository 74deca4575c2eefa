"""Pre-export notifications of orders: drafted, sent by the authority, answered or not. Silence is never consent.

    state          send  acknowledge   more_time  no_objection  object    expire   withdraw
    drafted        sent  -             -          -             -         -        withdrawn
    sent           -     acknowledged  more_time  no_objection  objected  expired  withdrawn
    acknowledged   -     -             more_time  no_objection  objected  expired  withdrawn
    more_time      -     -             more_time  no_objection  objected  expired  withdrawn
    expired        -     -             more_time  no_objection  objected  -        withdrawn
    no_objection   -     -             -          -             objected  -        -
    objected       -     -             -          no_objection  -         -        -
    withdrawn      sent  -             -          -             -         -        -

The authority of the exporting State sends and receives; the company writes down what it is told. `expire` is the
clock's alone: from the day after the deadline the state is `expired`, whether or not the sweep has run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from sqlmodel import Session, col, select

from features.reference.duties import law
from screening.access import Principal, require
from screening.audit import AuditEntry, record
from screening.duties.clocks import due_on
from screening.errors import Conflict, FieldFault, Invalid, NotFound, Text
from screening.ids import utc_now
from screening.tables.duties import Notification, NotificationEvent
from screening.tables.orders import Order

Action = Literal["draft", "send", "acknowledge", "more_time", "no_objection", "object", "withdraw"]
NEXT_STATE: dict[tuple[str, str], str] = {
    ("drafted", "send"): "sent",
    ("drafted", "withdraw"): "withdrawn",
    ("sent", "acknowledge"): "acknowledged",
    **{
        (state, action): after
        for state in ("sent", "acknowledged", "more_time", "expired")
        for action, after in (
            ("more_time", "more_time"),
            ("no_objection", "no_objection"),
            ("object", "objected"),
            ("withdraw", "withdrawn"),
        )
    },
    **{(state, "expire"): "expired" for state in ("sent", "acknowledged", "more_time")},
    ("no_objection", "object"): "objected",
    ("objected", "no_objection"): "no_objection",
    ("withdrawn", "send"): "sent",
}
WAITING = ("sent", "acknowledged", "more_time")


class NotNow(Conflict):
    code = "notification_state"
    detail = Text(
        "The notification is {state}; this step does not follow from it.",
        "Уведомление в состоянии {state}; этот шаг из него не следует.",
    )


class Objected(Conflict):
    code = "notification_objected"
    detail = Text(
        "The importing State objected to the pre-export notification.",
        "Государство-импортёр возразило против предварительного уведомления.",
    )
    remedy = Text(
        "Refuse the order, or write down that the objection was lifted.", "Откажите или отметьте снятие возражения."
    )


@dataclass(frozen=True, slots=True)
class Step:
    """What is written down. `deadline`: the answer's last day, where the authority names one."""

    action: Action
    deadline: date | None = None
    note: str | None = None


def standing(notification: Notification, on: date) -> str:
    """The state on a day: a deadline that has passed makes a waiting notification `expired`."""
    late = notification.deadline is not None and notification.deadline < on
    return "expired" if late and notification.state in WAITING else notification.state


def of_order(session: Session, order_id: UUID) -> Notification | None:
    """The order's notification, None where none is kept."""
    return session.exec(select(Notification).where(col(Notification.order_id) == order_id)).first()


def take(session: Session, principal: Principal, order_id: UUID, step: Step) -> Notification:
    """Write one step down. Raises Forbidden, NotFound, NotNow, Invalid (more time without a day)."""
    require(principal, "officer", "supervisor")
    owned = (col(Order.id) == order_id, col(Order.organisation_id) == principal.organisation_id)
    if session.exec(select(Order.id).where(*owned).with_for_update()).first() is None:
        raise NotFound
    today = utc_now().date()
    found = of_order(session, order_id)
    if step.action == "draft":
        if found is not None:
            raise NotNow(state=found.state)
        found = Notification(organisation_id=principal.organisation_id, order_id=order_id)
        session.add(found)
        session.flush()
    elif found is None:
        raise NotNow(state="-")
    else:
        _move(session, found, step, today)
    _note(session, found, step.action, principal, step.note)
    return found


def _move(session: Session, found: Notification, step: Step, today: date) -> None:
    if standing(found, today) == "expired" and found.state != "expired":
        _expire(session, found)
    after = NEXT_STATE.get((found.state, step.action))
    if after is None:
        raise NotNow(state=found.state)
    if (step.action == "more_time" and step.deadline is None) or (step.deadline and step.deadline < today):
        reason = Text("is missing or past", "отсутствует или в прошлом")
        remedy = Text("Give the new last day for the answer.", "Укажите новый последний день ответа.")
        raise Invalid(faults=(FieldFault("deadline", "missing", reason, remedy),))
    if step.action == "send":
        found.deadline = step.deadline or window(today)
    elif step.action == "more_time":
        found.deadline = step.deadline
    found.state, found.changed_at = after, utc_now()


def window(sent: date) -> date | None:
    """The last day for an answer to a notification sent on a day, by the duty in force that sets one."""
    terms = (due_on(duty, sent) for duty in law().in_force(sent) if duty.deadline_from == "notification")
    return next((day for day in terms if day is not None), None)


def expire_due(session: Session) -> int:
    """Write down every notification whose time has run out; how many there were."""
    due = (col(Notification.state).in_(WAITING), col(Notification.deadline) < utc_now().date())
    found = list(session.exec(select(Notification).where(*due).with_for_update(skip_locked=True)))
    for each in found:
        _expire(session, each)
    return len(found)


def _expire(session: Session, found: Notification) -> None:
    found.state, found.changed_at = NEXT_STATE[found.state, "expire"], utc_now()
    _note(session, found, "expire", None, None)


def _note(session: Session, found: Notification, action: str, principal: Principal | None, note: str | None) -> None:
    by = principal.user_id if principal else None
    event = NotificationEvent(notification_id=found.id, action=action, state_after=found.state, actor_id=by, note=note)
    session.add(event)
    session.flush()
    told = {"action": action, "state": found.state, "deadline": found.deadline.isoformat() if found.deadline else None}
    actor = principal.actor if principal else "clock"
    record(session, AuditEntry("notification.step", actor, found.organisation_id, found.order_id, told))


def refuse_objected(session: Session, order_id: UUID) -> None:
    """Before an order is released. Raises Objected; silence or no notification is left to the officer and policy."""
    found = of_order(session, order_id)
    if found is not None and found.state == "objected":
        raise Objected
