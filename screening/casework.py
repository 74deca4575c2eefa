"""What an officer does on a case beside deciding it: own view, papers, checklist, ask, escalate, snooze, merge."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from screening import cases, life, webhooks
from screening.access import Principal, require
from screening.case_errors import NotMergeable, StepNotThere, TooManyDocuments
from screening.cases import Happening
from screening.errors import FieldFault, Invalid, NotFound, Text
from screening.ids import utc_now
from screening.orders import neutral_answer
from screening.tables.cases import Case, CaseDocument, CaseEvent, ChecklistMark
from screening.tables.four_eyes import OwnView
from screening.tables.orders import Order

View = Literal["release", "hold", "refuse"]
Paper = Literal["licence", "declaration", "authorisation", "goods"]
LONGEST_SNOOZE = timedelta(days=30)
LARGEST_DOCUMENT = 5 * 1024 * 1024
MOST_DOCUMENTS = 50
CHECKLISTS: dict[str, tuple[str, ...]] = {
    "held": ("licence", "declaration", "end_use", "quantity", "parties", "route"),
    "random": ("end_use", "quantity", "parties"),
}


@dataclass(frozen=True, slots=True)
class Paperwork:
    """A document as it comes: its name as the sender gave it, and its bytes."""

    filename: str
    content: bytes


def give_view(session: Session, principal: Principal, case_id: UUID, view: View) -> Case:
    """Say what one would do, before the score is shown; the first word stays."""
    case = _mine(session, principal, case_id)
    given = select(OwnView.id).where(
        OwnView.order_version_id == case.order_version_id, OwnView.person_id == principal.user_id
    )
    if principal.user_id is not None and session.exec(given).first() is None:
        session.add(OwnView(
            organisation_id=case.organisation_id, case_id=case.id, order_version_id=case.order_version_id,
            person_id=principal.user_id, view=view,
        ))  # fmt: skip
        session.flush()
    return case


def escalate(session: Session, principal: Principal, case_id: UUID, reason: str) -> Case:
    """Give the case to the supervisors, who alone decide it from then on."""
    return _step(session, principal, case_id, Happening("escalated", "escalate", _said(reason)))


def snooze(session: Session, principal: Principal, case_id: UUID, until: datetime, reason: str) -> Case:
    """Put the case aside until a moment, at most 30 days off, with a reason. Its legal clocks go on."""
    now = utc_now()
    if not now < until <= now + LONGEST_SNOOZE:
        wrong = Text("is not within the next 30 days", "не в пределах ближайших 30 дней")
        remedy = Text("Choose a moment within them.", "Выберите момент в этих пределах.")
        raise Invalid(faults=(FieldFault("until", "range", wrong, remedy),))
    return _step(session, principal, case_id, Happening("snoozed", "snooze", _said(reason)), until)


def wake_due(session: Session) -> int:
    """Wake the cases whose snooze has ended; how many. The beat calls this."""
    due = select(Case).where(Case.state == "snoozed", col(Case.snoozed_until) <= utc_now())
    woken = list(session.exec(due.with_for_update(skip_locked=True)))
    for case in woken:
        cases.move(case, "wake")
        session.add(CaseEvent(case_id=case.id, kind="woken", state_after=case.state))
    return len(woken)


def ask(session: Session, principal: Principal, case_id: UUID, papers: list[Paper]) -> Case:
    """Ask the customer for papers. What they are told is the paper's name, never why."""
    case = _mine(session, principal, case_id)
    order = session.exec(select(Order).where(Order.id == case.order_id).with_for_update()).one()
    if case.kind == "random" or (order.state, "ask") not in life.ORDER:
        raise StepNotThere(state=case.state)
    cases.void_proposal(session, case)
    cases.move(case, "ask")
    order.state = life.ORDER[order.state, "ask"]
    order.documents_needed = list(dict.fromkeys([*order.documents_needed, *papers]))
    event = cases.note_event(session, principal, case, Happening("asked", "ask", ", ".join(papers)))
    session.flush()
    webhooks.announce(session, case.organisation_id, webhooks.Message("order.status", event.id, neutral_answer(order)))
    return case


def merge(session: Session, principal: Principal, case_id: UUID, into_id: UUID, reason: str) -> Case:
    """Close the case as part of another; its order stays held and is decided when its own case is opened again."""
    into = cases.find_case(session, principal, into_id)
    if into.id == case_id or into.state in life.CLOSED_CASES:
        raise NotMergeable
    case = _step(session, principal, case_id, Happening("merged", "merge", _said(reason)), into.id)
    session.add(CaseEvent(
        case_id=into.id, actor_id=principal.user_id, kind="merged", reason=str(case.id), state_after=into.state,
    ))  # fmt: skip
    return case


def check(session: Session, principal: Principal, case_id: UUID, point: str) -> None:
    """Tick one point of the case's checklist; ticking twice is once. Raises Invalid for a point it does not have."""
    case = _mine(session, principal, case_id)
    if point not in CHECKLISTS[case.kind] or principal.user_id is None:
        wrong, remedy = Text("is not on the list", "нет в списке"), Text("Take one of the list.", "Выберите из списка.")
        raise Invalid(faults=(FieldFault("point", "unknown", wrong, remedy),))
    if point not in checked(session, case):
        session.add(ChecklistMark(
            organisation_id=case.organisation_id, case_id=case.id, order_version_id=case.order_version_id, point=point,
            person_id=principal.user_id,
        ))  # fmt: skip
        cases.note_event(session, principal, case, Happening("checked", point))
        session.flush()


def checked(session: Session, case: Case) -> list[str]:
    """The points of the checklist that are seen to, for the order as it is now."""
    query = select(ChecklistMark.point).where(
        ChecklistMark.case_id == case.id, ChecklistMark.order_version_id == case.order_version_id
    )
    return sorted(session.exec(query))


def add_document(session: Session, principal: Principal, case_id: UUID, paper: Paperwork) -> CaseDocument:
    """Keep a document with the case; the same bytes twice are one. It voids a proposal: more is known now."""
    case = _mine(session, principal, case_id)
    if not 0 < len(paper.content) <= LARGEST_DOCUMENT:
        wrong = Text("is empty or larger than 5 MB", "пуст или больше 5 МБ")
        remedy = Text("Send a smaller file.", "Отправьте файл поменьше.")
        raise Invalid(faults=(FieldFault("file", "size", wrong, remedy),))
    digest = hashlib.sha256(paper.content).hexdigest()
    known = documents(session, case)
    same = [each for each in known if each.sha256 == digest]
    if same:
        return same[0]
    if len(known) >= MOST_DOCUMENTS:
        raise TooManyDocuments
    cases.void_proposal(session, case)
    if life.may(case.state, "answer"):
        cases.move(case, "answer")
    made = CaseDocument(
        organisation_id=case.organisation_id, case_id=case.id, filename=clean_name(paper.filename),
        size=len(paper.content), sha256=digest, content=paper.content, added_by=principal.user_id,
    )  # fmt: skip
    session.add(made)
    cases.note_event(session, principal, case, Happening("document", reason=f"{made.filename} {digest}"))
    session.flush()
    return made


def documents(session: Session, case: Case) -> list[CaseDocument]:
    """The case's documents, oldest first, without their bytes."""
    query = select(CaseDocument).where(CaseDocument.case_id == case.id).options(defer(CaseDocument.content))  # type: ignore[arg-type]
    return list(session.exec(query.order_by(col(CaseDocument.created_at), col(CaseDocument.id))))


def document(session: Session, principal: Principal, case_id: UUID, document_id: UUID) -> CaseDocument:
    """One document of a case of the caller's company. Raises NotFound for absent and foreign ones alike."""
    require(principal, "officer", "supervisor", "auditor")
    case = cases.find_case(session, principal, case_id)
    query = select(CaseDocument).where(CaseDocument.id == document_id, CaseDocument.case_id == case.id)
    found = session.exec(query).first()
    if found is None:
        raise NotFound
    return found


def clean_name(given: str) -> str:
    """A file name that is only that: no folders, no control characters, no leading dots; at most 200 characters."""
    last = PurePosixPath(given.replace("\\", "/")).name
    kept = "".join(letter for letter in last if letter.isprintable() and letter not in '<>:"|?*').strip(" .")
    return kept[-200:] or "document"


def _mine(session: Session, principal: Principal, case_id: UUID) -> Case:
    require(principal, "officer", "supervisor")
    return cases.find_case(session, principal, case_id, lock=True)


def _said(reason: str) -> str:
    if not reason.strip():
        missing, remedy = Text("is missing", "отсутствует"), Text("Say why.", "Напишите, почему.")
        raise Invalid(faults=(FieldFault("reason", "missing", missing, remedy),))
    return reason


def _step(
    session: Session, principal: Principal, case_id: UUID, what: Happening, held_by: datetime | UUID | None = None
) -> Case:
    """One step of the case; `held_by` is the end of a snooze, or the case it merges into."""
    case = _mine(session, principal, case_id)
    cases.void_proposal(session, case)
    cases.move(case, what.action or what.kind)
    if isinstance(held_by, datetime):
        case.snoozed_until = held_by
    elif held_by is not None:
        case.merged_into = held_by
        case.closed_at = utc_now()
    cases.note_event(session, principal, case, what)
    session.flush()
    return case
