"""What an authority tells a company to do with an order it was referred, and what that does.

    release               the case is the officer's again, who confirms it; a high score still takes two people
    refuse                the order is refused at once, for good or until it is amended
    ask                   a question is opened and the case waits for its answer (`screening.questions`)
    monitor               later orders of the same customer are held for a look (`screening.monitoring`)
    controlled_delivery   the order runs under instruction; supervisors and the named know, nobody else sees a trace

Every effect is a step of `screening.life`. It falls on the order as it was referred: a word on a version that was
amended or corrected since is told, and moves nothing. A word is
written once and never changed; a later one goes before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID

from sqlmodel import Session, col, select

from screening import answering, cases, closings, life, monitoring, referrals, reporting
from screening.access import Principal
from screening.audit import AuditEntry, record
from screening.duties.clocks import next_working_moment, working_days_after
from screening.errors import Conflict, FieldFault, Invalid, Text
from screening.heard import NOT_ABOUT_THE_ORDER, delivery_runs
from screening.ids import utc_now
from screening.tables.cases import Case, CaseEvent, Instruction, Question, Receipt, Referral
from screening.tables.people import Organisation, User
from screening.tenancy import as_service

InstructionKind = Literal["release", "refuse", "ask", "monitor", "controlled_delivery"]
STEPS = {"release": "allow", "ask": "inquire"}  # what a word is to the life of the case
ANSWER_DAYS, LONGEST_ANSWER = 5, timedelta(days=90)  # working days of the company's country; the longest one may give
WATCH, LONGEST_WATCH = timedelta(days=90), timedelta(days=366)


class NotAcknowledged(Conflict):
    code = "not_acknowledged"
    detail = Text("The packet has not been acknowledged yet.", "Получение пакета ещё не подтверждено.")
    remedy = Text("Acknowledge it first.", "Сначала подтвердите получение.")


@dataclass(frozen=True, slots=True)
class Answer:
    """An authority's instruction. `named`: e-mails of the company's people who may know of a controlled delivery.

    `until`: the last day for an answer, or of a watch over the customer; None is five working days, and 90 days.
    """

    kind: InstructionKind
    text: str | None = None
    named: tuple[str, ...] = ()
    until: date | None = None


def instruct(session: Session, principal: Principal, referral_id: UUID, answer: Answer) -> Instruction:
    """Tell the company what to do, and let it take effect.

    Raises:
        Forbidden, NotFound, ReportClosed, NotAcknowledged; Invalid for a name that is not of the company, a question
        without words, or a day that is past or too far.
    """
    referral = referrals.addressed(session, principal, referral_id, lock=True)
    closings.refuse_closed(session, referral.id)
    if session.exec(select(Receipt.id).where(Receipt.referral_id == referral.id)).first() is None:
        raise NotAcknowledged
    earlier = earlier_words(session, referral)
    restricted = answer.kind == "controlled_delivery" or (answer.kind == "ask" and delivery_runs(earlier))
    made = Instruction(
        referral_id=referral.id,
        number=len(earlier) + 1,
        kind=answer.kind,
        text=_words(answer),
        instructed_by=principal.user_id,
        restricted=restricted,
        named=_named(session, referral, answer.named, earlier) if restricted else [],
        until=_until(session, referral, answer),
    )
    session.add(made)
    session.flush()
    if made.kind == "ask":
        session.add(Question(
            organisation_id=referral.organisation_id, referral_id=referral.id, instruction_id=made.id,
        ))  # fmt: skip
    told = {"kind": made.kind, "number": made.number, "until": made.until and made.until.isoformat()}
    record(session, AuditEntry("referral.instructed", principal.actor, None, referral.id, told))
    _take_effect(session, referral, made)
    return made


def _take_effect(session: Session, referral: Referral, made: Instruction) -> None:
    event = CaseEvent(
        case_id=referral.case_id, kind="instruction", action=made.kind, reason=made.text, instruction_id=made.id,
        state_after="referred",
    )  # fmt: skip
    referrals.tell_case(session, referral, event, "let_run" if made.kind == "controlled_delivery" else None)
    if made.kind not in NOT_ABOUT_THE_ORDER:
        answering.stop(session, referral)
    with as_service(session):  # the case is the company's row, moved at the authority's word
        if made.kind == "monitor":
            monitoring.begin(session, referral, made)
        case = session.get_one(Case, referral.case_id, with_for_update=True, populate_existing=True)
        standing = reporting.latest(session, case.order_version_id, referral.authority_code)
        if made.restricted or standing is None or standing.id != referral.id:
            return
        if made.kind == "refuse":
            cases.refuse_as_told(session, case, made.text or "")
        elif (step := STEPS.get(made.kind)) is not None and life.may(case.state, step):
            cases.move(case, step)
            case.due_at = _due(session, case, made)
        event.state_after = case.state


def _due(session: Session, case: Case, made: Instruction) -> datetime:
    """A question is due on its last day; what was let go is a same-day task as any triage."""
    now = utc_now()
    if made.until is not None:
        return datetime.combine(made.until, time(now.hour, now.minute), now.tzinfo)
    return next_working_moment(now, session.get_one(Organisation, case.organisation_id).country)


def earlier_words(session: Session, referral: Referral) -> list[Instruction]:
    """What the authority has said of the report, in the order of saying."""
    query = select(Instruction).where(Instruction.referral_id == referral.id).order_by(col(Instruction.number))
    return list(session.exec(query))


def _words(answer: Answer) -> str | None:
    if answer.kind == "ask" and not (answer.text or "").strip():
        missing, remedy = Text("is missing", "отсутствует"), Text("Write the question.", "Напишите вопрос.")
        raise Invalid(faults=(FieldFault("text", "missing", missing, remedy),))
    return answer.text


def _until(session: Session, referral: Referral, answer: Answer) -> date | None:
    """The last day of a question or a watch. Raises Invalid for one that is past or too far."""
    if answer.kind not in NOT_ABOUT_THE_ORDER:
        return None
    today = utc_now().date()
    longest = LONGEST_ANSWER if answer.kind == "ask" else LONGEST_WATCH
    if answer.until is not None and not today <= answer.until <= today + longest:
        wrong = Text(f"is past or more than {longest.days} days off", f"в прошлом или дальше {longest.days} дней")
        remedy = Text("Choose a day within them, or leave it out.", "Выберите день в этих пределах или не указывайте.")
        raise Invalid(faults=(FieldFault("until", "range", wrong, remedy),))
    if answer.until is not None or answer.kind == "monitor":
        return answer.until or today + WATCH
    with as_service(session):
        country = session.get_one(Organisation, referral.organisation_id).country
    return working_days_after(today, ANSWER_DAYS, country)


def _named(session: Session, referral: Referral, emails: tuple[str, ...], earlier: list[Instruction]) -> list[str]:
    """Ids of the company's people with these e-mails; without any, those who know of the delivery that runs.

    An unknown e-mail is refused: it would name nobody.
    """
    wanted = {email.strip().lower() for email in emails}
    query = select(User).where(col(User.email).in_(wanted), User.organisation_id == referral.organisation_id)
    with as_service(session):
        found = list(session.exec(query))
    if len(found) != len(wanted):
        reason = Text("names a person the company does not have", "называет человека, которого в компании нет")
        remedy = Text("Ask the company for the person's sign-in e-mail.", "Уточните у компании адрес для входа.")
        raise Invalid(faults=(FieldFault("named", "person", reason, remedy),))
    deliveries = [each for each in earlier if each.kind == "controlled_delivery"]
    inherited = deliveries[-1].named if deliveries and not wanted else []
    return sorted({*(str(user.id) for user in found), *inherited})
