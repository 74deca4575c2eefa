"""Accept an order once: in turn with its parties, numbered, screened and stored in one transaction."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

from sqlmodel import Session, col, select

from features.arrival import to_record
from features.encode import EncodedOrder, encode, moved
from features.intake import OrderIn
from features.online import Shared, States
from features.records import OrderRecord
from screening import clearances, confidential, database, days, refusals, states
from screening.clearances import Known
from screening.errors import Conflict, Invalid, Text, Unavailable
from screening.policy import PolicyTable
from screening.tables.orders import Order, OrderVersion
from screening.versions import record_of

Status = Literal["received", "documents_needed", "in_process", "confirmed", "not_confirmed"]

# Everything an order has to know of the database before it is screened, in one round trip. Money of time: each
# round trip is a wait of every other order that shares a party.
OPENING = """
    SELECT clock_timestamp() AS now, nextval('order_arrival') AS sequence,
      (SELECT day FROM day_book b WHERE b.organisation_id = %(organisation)s) AS closed,
      EXISTS (SELECT 1 FROM permit m WHERE m.organisation_id = %(organisation)s) AS permits,
      tamga_refused_elsewhere(%(organisation)s, %(buyers)s::text[]) AS refused_elsewhere,
      EXISTS (SELECT 1 FROM list_mark k WHERE k.organisation_id = %(organisation)s
         AND k.hash = ANY(%(listed)s::text[])) AS house_check,
      EXISTS (SELECT 1 FROM monitor_mark m WHERE m.organisation_id = %(organisation)s
         AND m.hash = ANY(%(buyers)s::text[])
         AND m.until >= (clock_timestamp() AT TIME ZONE 'UTC')::date) AS monitored,
      (SELECT to_jsonb(c) FROM clearance c WHERE c.organisation_id = %(organisation)s AND c.pattern = %(pattern)s
         AND c.ended_at IS NULL AND c.until >= (clock_timestamp() AT TIME ZONE 'UTC')::date
         ORDER BY c.created_at DESC LIMIT 1) AS cleared,
      (SELECT country FROM organisation n WHERE n.id = %(organisation)s) AS country,
      p.version AS policy_version, p.rules::text AS rules,
      o.id AS order_id, o.created_at, o.version AS number, o.version_id, v.body_sha256 = %(body)s AS same,
      EXISTS (SELECT 1 FROM order_version w WHERE w.order_id = o.id AND w.body_sha256 = %(body)s) AS heard,
      (SELECT t.order_id FROM order_version t WHERE t.organisation_id = %(organisation)s
         AND t.content_sha256 = %(content)s AND t.received_at > clock_timestamp() - interval '7 days'
         LIMIT 1) AS twin_of
    FROM (SELECT version, rules FROM policy WHERE valid_from <= (clock_timestamp() AT TIME ZONE 'UTC')::date
            AND (valid_to IS NULL OR valid_to >= (clock_timestamp() AT TIME ZONE 'UTC')::date)
          ORDER BY version DESC LIMIT 1) p
    LEFT JOIN orders o ON o.organisation_id = %(organisation)s AND o.reference = %(reference)s
    LEFT JOIN order_version v ON v.id = o.version_id
"""


class ReferenceTaken(Conflict):
    code = "reference_taken"
    detail = Text(
        "An order with the reference {reference} exists and says something else.",
        "Заказ с номером {reference} уже есть, и его содержание другое.",
    )
    remedy = Text(
        "To change it, send the new order to PUT /v1/orders/{reference}; a new order needs a new reference.",
        "Чтобы изменить его, отправьте новый текст на PUT /v1/orders/{reference}; новому заказу нужен новый номер.",
    )


class NothingToAmend(Invalid):
    code = "nothing_to_amend"
    detail = Text("There is no order {reference} to amend.", "Нет заказа {reference}, который можно изменить.")
    remedy = Text("Submit it with POST /v1/orders.", "Отправьте его через POST /v1/orders.")


class NoPolicy(Unavailable):
    code = "no_policy"
    detail = Text("No policy is in force today.", "Сегодня не действует ни одна политика.")


@dataclass(frozen=True, slots=True)
class Submission:
    """An order as a company submits it. `amend`: an order of that reference must not, must, or may exist.

    `content_sha256` is of everything but the reference: two orders that share it may be one order sent twice.
    """

    organisation_id: UUID
    order: OrderIn
    body: str
    body_sha256: str
    content_sha256: str
    amend: Literal["never", "always", "either"] = "never"
    source: str = "api"
    submitted_by: UUID | None = None

    @classmethod
    def of(cls, organisation_id: UUID, order: OrderIn, **how: Any) -> Submission:
        """With the body in its canonical form: what was stated, keys in schema order, the reference first."""
        body = order.model_dump_json(exclude_unset=True)
        content = body.partition(",")[2]  # a reference holds no comma
        return cls(organisation_id, order, body, _sha256(body), _sha256(content), **how)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Earlier:
    """The version that this submission repeats or replaces; `encoded` only where it may be replaced."""

    order_id: UUID
    created_at: datetime
    number: int
    version_id: UUID
    repeats: bool
    encoded: EncodedOrder | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """An order in its turn: numbered, dated, with the policy of its day and the version it replaces, if any.

    `permits`: whether the company keeps ledgers of permits at all. `watched`: reasons for a look beside law and risk.
    `cleared`: what an officer cleared of its pattern, where it is a new order. `country`: the company's.
    """

    submission: Submission
    record: OrderRecord
    encoded: EncodedOrder
    policy: PolicyTable
    earlier: Earlier | None
    twin_of: UUID | None
    permits: bool = False
    watched: tuple[str, ...] = ()
    cleared: Known | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """An order's row as it was written: plain values, since an entity per order costs more than to write it does."""

    id: UUID
    created_at: datetime
    organisation_id: UUID
    reference: str
    version_id: UUID
    version: int
    disposition: str
    documents_needed: list[str]
    state: str


WATCHED = ("refused_elsewhere", "house_check", "monitored")


def find(session: Session, organisation_id: UUID, reference: str) -> Order | None:
    """The company's order of that reference; None for absent and foreign ones alike."""
    return session.exec(
        select(Order).where(col(Order.organisation_id) == organisation_id, col(Order.reference) == reference)
    ).first()


def arrive(session: Session, submission: Submission) -> tuple[Arrival, States, Shared]:
    """Take the order's turn among those that share a party with it, and read what it may know.

    Raises:
        ReferenceTaken, NothingToAmend: see `Submission.amend`.
        NoPolicy: no policy is in force.
    """
    order, organisation = submission.order, submission.organisation_id
    closed = _closed(session, organisation)
    draft_record = to_record(order, datetime.now(UTC), 0)
    draft = encode(draft_record)
    reference = f"reference:{order.reference}"
    replaced: list[EncodedOrder] = []
    if submission.amend != "never":
        # The reference is taken before any party, always: then no two amendments can wait for each other.
        states.take_turns(session, organisation, [], (reference,))
        current = _current(session, submission)
        replaced = [encode(record_of(current))] if current else []
    touched = [draft, *replaced]
    asking = days.asking(organisation, closed, draft)
    _, opened, stored, *shared = database.run(
        session,
        states.turns(organisation, touched, (reference,)),
        (OPENING, _asked(submission, draft)),
        states.reading(organisation, *touched),
        *asking.statements,
    )
    opening = _opening(submission, opened)
    known = states.as_read(stored, *touched)
    if opening["closed"] != closed:  # somebody closed a day since; it stays closed while we hold the day
        asking = days.asking(organisation, opening["closed"], draft)
        shared = database.run(session, *asking.statements)
    last = states.latest_event(known)
    received = max(opening["now"], last + timedelta(microseconds=1)) if last else opening["now"]
    received = days.within(received, asking.closed)
    record = dataclasses.replace(draft_record, received_at=received, sequence=opening["sequence"])
    policy = PolicyTable(opening["policy_version"], _rules(opening["rules"]))
    earlier = _earlier(submission, opening, replaced)
    arrival = Arrival(
        submission,
        record,
        moved(draft, record),
        policy,
        earlier,
        opening["twin_of"],
        opening["permits"],
        tuple(name for name in WATCHED if opening[name]),
        Known.of(opening["cleared"]) if opening["cleared"] and earlier is None else None,
        opening["country"],
    )
    return arrival, known, asking.answered(shared)


def _closed(session: Session, organisation: UUID) -> int:
    """The company's last closed day. To close one is to write, on its own: it has to be known first who asks."""
    if days.remembered(organisation) is None and database.waits(session):
        database.run(session)
    return days.ensure(organisation)


@lru_cache(maxsize=16)
def _rules(text: str) -> dict[str, Any]:
    """A policy's rules, read once for all orders under it; nobody changes what is shared."""
    rules: dict[str, Any] = json.loads(text)
    return rules


def _current(session: Session, submission: Submission) -> OrderVersion | None:
    order = find(session, submission.organisation_id, submission.order.reference)
    return session.get(OrderVersion, order.version_id) if order else None


def _asked(submission: Submission, draft: EncodedOrder) -> dict[str, Any]:
    return {
        "organisation": submission.organisation_id,
        "reference": submission.order.reference,
        "content": submission.content_sha256,
        "body": submission.body_sha256,
        "pattern": clearances.pattern_of(draft),
        "buyers": refusals.marks_of(submission.order),
        "listed": confidential.marks_of(submission.organisation_id, submission.order),
    }


def _opening(submission: Submission, rows: list[dict[str, Any]]) -> dict[str, Any]:
    if not rows:
        raise NoPolicy
    found, reference = rows[0], submission.order.reference
    exists = found["order_id"] is not None
    if submission.amend == "always" and not exists:
        raise NothingToAmend(reference=reference)
    if submission.amend == "never" and exists and not found["heard"]:
        raise ReferenceTaken(reference=reference)
    return found


def _earlier(submission: Submission, opening: dict[str, Any], replaced: list[EncodedOrder]) -> Earlier | None:
    if opening["order_id"] is None:
        return None
    # A copy that comes late must not take back an amendment: only an explicit one may return to an earlier text.
    repeats = opening["same"] or (opening["heard"] and submission.amend != "always")
    encoded = replaced[0] if replaced else None
    return Earlier(
        opening["order_id"], opening["created_at"], opening["number"], opening["version_id"], repeats, encoded
    )


def neutral_status(disposition: str, documents_needed: list[str]) -> Status:
    """What a company's ordinary users see. It tells nothing of score, reasons or reports."""
    if disposition == "release":
        return "confirmed"
    if disposition == "refuse":
        return "not_confirmed"
    return "documents_needed" if documents_needed else "in_process"


def neutral_answer(order: Order | Kept) -> dict[str, Any]:
    """The answer to whoever submitted the order."""
    status = neutral_status(order.disposition, order.documents_needed)
    return {
        "id": str(order.id),
        "reference": order.reference,
        "version": order.version,
        "status": status,
        "documents_needed": order.documents_needed if status == "documents_needed" else [],
    }
