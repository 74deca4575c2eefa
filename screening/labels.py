"""Labels out of the work itself: decided cases and authorities' answers, taken up by a sweep; and labels as a file.

    found                                                   label           ground
    ------------------------------------------------------  --------------  ---------
    a person released the order                             legitimate      case
    a person refused it, no paper was missing by law        attempted       case
    an authority instructed `release`                       legitimate      authority
    an authority instructed `refuse`                        attempted       authority
    an authority says what became of it                     as it says      authority

A refusal that a missing paper explains is none of diversion and labels nothing. Orders that an authority lets run
under a controlled delivery label nothing of themselves: what is known of them is the authority's.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any
from uuid import UUID

from sqlmodel import Session, col, exists, func, select

from features.records import Outcome
from screening import feedback, referrals
from screening.access import Principal, require
from screening.feedback import RANKS, Ground, Judgement
from screening.ids import new_id, utc_now
from screening.tables.cases import Instruction, Referral
from screening.tables.orders import Decision, Label, Order, OrderVersion
from screening.tenancy import as_service

AT_ONCE = 200
LOOKS_BACK = timedelta(days=30)  # so long a worker may have been away
OUTCOME_OF: dict[str, Outcome] = {"release": "legitimate", "refuse": "attempted"}
COLUMNS = ("order_ref", "outcome", "known_at", "source")


def sweep(session: Session, limit: int = AT_ONCE) -> int:
    """Label orders by what people decided and authorities instructed since; returns how many. The caller commits.

    In service one at a time: a label takes the turns of its order's parties, and turns of two orders taken one after
    the other could wait for an order that waits for them.
    """
    since = utc_now() - LOOKS_BACK
    made = 0
    for order, judgement in [*_decided(session, since), *_instructed(session, since)][:limit]:
        feedback.judge(session, order, judgement)
        session.flush()
        made += 1
    return made


def _unlabelled(evidence: Any) -> Any:
    return ~exists().where(col(Label.order_id) == col(Order.id), col(Label.evidence_id) == evidence)


def _decided(session: Session, since: datetime) -> Iterator[tuple[Order, Judgement]]:
    papers = func.jsonb_array_length(Decision.stops) > 0
    query = (
        select(Order, Decision)
        .join(OrderVersion, col(OrderVersion.order_id) == col(Order.id))
        .join(Decision, col(Decision.order_version_id) == col(OrderVersion.id))
        .where(
            col(Decision.maker) == "person",
            col(Decision.created_at) > since,
            (col(Decision.disposition) == "release") | ((col(Decision.disposition) == "refuse") & ~papers),
            _unlabelled(col(Decision.id)),
            ~_let_run(),
        )
        .order_by(col(Decision.created_at))
        .limit(AT_ONCE)
    )
    for order, decision in session.exec(query):
        source = f"decision:{decision.disposition}"
        yield order, Judgement(OUTCOME_OF[decision.disposition], source, decision.decided_by, None, "case", decision.id)


def _instructed(session: Session, since: datetime) -> Iterator[tuple[Order, Judgement]]:
    query = (
        select(Order, Instruction)
        .join(Referral, col(Referral.order_id) == col(Order.id))
        .join(Instruction, col(Instruction.referral_id) == col(Referral.id))
        .where(
            col(Instruction.kind).in_(OUTCOME_OF),
            col(Instruction.created_at) > since,
            _unlabelled(col(Instruction.id)),
            ~_let_run(),
        )
        .order_by(col(Instruction.created_at))
        .limit(AT_ONCE)
    )
    for order, told in session.exec(query):
        source = f"instruction:{told.kind}"
        yield order, Judgement(OUTCOME_OF[told.kind], source, told.instructed_by, None, "authority", told.id)


def _let_run() -> Any:
    """Whether an authority lets the order run."""
    referral = select(Referral.id).where(col(Referral.order_id) == col(Order.id)).correlate(Order).scalar_subquery()
    return exists().where(col(Instruction.referral_id).in_(referral), col(Instruction.kind) == "controlled_delivery")


@dataclass(frozen=True, slots=True)
class Word:
    """What an authority says of an order it was referred."""

    outcome: Outcome
    ground: str
    note: str | None = None


def say(session: Session, principal: Principal, referral_id: UUID, word: Word) -> Label:
    """The authority says what became of an order referred to it. Raises Forbidden, NotFound.

    Findings of administration (a paper, a form) are `unknown`: no model may learn them as diversion.
    """
    require(principal, "regulator")
    referral = referrals.find(session, principal, referral_id).referral
    outcome: Outcome = "unknown" if word.ground == "administrative" else word.outcome
    judgement = Judgement(outcome, f"outcome:{word.ground}", principal.user_id, word.note, "authority", new_id())
    with as_service(session):  # the label is the company's row, written at the authority's word
        return feedback.judge(session, session.get_one(Order, referral.order_id), judgement)


def known(
    session: Session, organisation_id: UUID, until: datetime | None = None, least: Ground = "case"
) -> Iterator[tuple[str, Label]]:
    """Reference and label of what counted at `until`, in the order it became known; ground at least `least`.

    A label file of these under the rule "the latest known wins" says at every moment what counted then.
    """
    query = (
        select(Order.reference, Label)
        .join(Order, col(Order.id) == col(Label.order_id))
        .where(col(Label.organisation_id) == organisation_id, col(Label.counts), col(Label.rank) >= RANKS[least])
    )
    if until is not None:
        query = query.where(col(Label.known_at) <= until)
    yield from session.exec(query.order_by(col(Label.known_at), col(Label.id)))


def write(rows: Iterator[tuple[str, Label]], file: IO[str]) -> int:
    """Write the label file that the trainer and `tamga score` read; returns how many rows."""
    writer, count = csv.writer(file, lineterminator="\n"), 0
    writer.writerow(COLUMNS)
    for reference, label in rows:
        writer.writerow((reference, label.outcome, label.known_at.isoformat(), f"{label.kind}:{label.source}"))
        count += 1
    return count


def write_orders(session: Session, organisation_id: UUID, file: IO[str]) -> int:
    """Write every version of every order with its moment, one a line, as the trainer reads them; how many."""
    query = select(OrderVersion.body, OrderVersion.received_at).where(
        col(OrderVersion.organisation_id) == organisation_id
    )
    ordered = query.order_by(col(OrderVersion.received_at), col(OrderVersion.sequence))
    count = 0
    for body, received_at in session.execute(ordered.execution_options(yield_per=1000)):
        told = json.loads(body) | {"received_at": received_at.isoformat()}
        file.write(json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n")
        count += 1
    return count
