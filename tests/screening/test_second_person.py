"""A confidential list changes, and a report is closed, under two signatures; the database refuses anything less."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from features.intake import PartyIn
from screening import (
    audit,
    authority_work,
    closings,
    confidential,
    four_eyes,
    instructions,
    list_changes,
    proposals,
    questions,
    referrals,
    shares,
)
from screening.access import Principal, WrongPassword
from screening.case_errors import AlreadyProposed, ProposalGone, SamePerson, SignedOtherwise
from screening.closings import QuestionOpen, ReportClosed, StillUnanswered
from screening.confidential import NewEntry
from screening.errors import Forbidden, NotFound
from screening.four_eyes import LastWord, Signing
from screening.instructions import Answer
from screening.tables.cases import Case, Question, Referral
from screening.tables.exchange import ListEntry, ListMark
from screening.tables.four_eyes import Proposal
from screening.tables.people import Organisation
from screening.tenancy import Scope, entered
from tests.builders import PASSWORD, listed, make_organisation, principal_of, signer_of

SIGN = Signing(PASSWORD)
BUYER = {"name": "ТОО «Дальний берег»", "country": "KZ", "registration_no": "990140001234"}
PARTY = PartyIn.model_validate(BUYER)
WORD = LastWord("founded", "груз задержан")


@pytest.fixture
def house(session: Session) -> Organisation:
    return make_organisation(session, "authority", "KZ", "KZ-MVD")


@pytest.fixture
def regulator(session: Session, house: Organisation) -> Principal:
    return signer_of(session, house, "regulator")


@pytest.fixture
def colleague(session: Session, house: Organisation) -> Principal:
    return signer_of(session, house, "chief", "regulator")


@pytest.fixture
def report(session: Session, officer: Principal, regulator: Principal, case: Case) -> Referral:
    made = referrals.refer(session, officer, case.id, "odd")
    referrals.acknowledge(session, regulator, made.id)
    session.flush()
    return made


def refused(session: Session, statement: str, **given: object) -> str:
    """What the database says to a statement that it refuses."""
    with pytest.raises(DBAPIError) as told, session.begin_nested():
        session.execute(text(statement), given)
    return str(told.value.orig)


# Lists


def test_an_entry_counts_once_a_colleague_has_signed(session: Session, company: Organisation) -> None:
    first, second = (signer_of(session, company, "supervisor") for _ in range(2))
    held = confidential.make(session, first, "Сомнительные")
    made = four_eyes.propose_addition(session, first, NewEntry(held.id, PARTY, "случай"), SIGN)
    assert confidential.opened(session, first, held.id).entries == ()
    with pytest.raises(SamePerson):
        four_eyes.approve(session, first, made.id, SIGN)
    with pytest.raises(WrongPassword):
        four_eyes.approve(session, second, made.id, Signing("not mine", made.body_sha256))
    with pytest.raises(SignedOtherwise):
        four_eyes.approve(session, second, made.id, Signing(PASSWORD, "0" * 64))
    shown = list_changes.opened(session, second, made)
    assert (shown["list"], shown["party"]["name"], shown["why"]) == ("Сомнительные", BUYER["name"], "случай")
    four_eyes.approve(session, second, made.id, Signing(PASSWORD, made.body_sha256))
    (entry,) = confidential.opened(session, first, held.id).entries
    assert (entry.id, entry.party["name"]) == (made.subject_id, BUYER["name"])
    assert [each["action"] for each in audit.trail(session, entry.id)] == ["list.entry_added"]
    assert "list.proposal_read" in [each["action"] for each in audit.trail(session, made.id)]


def test_a_list_is_nobody_elses_to_change(session: Session, company: Organisation) -> None:
    first = signer_of(session, company, "supervisor")
    held = confidential.make(session, first, "x")
    made = four_eyes.propose_addition(session, first, NewEntry(held.id, PARTY, "y"), SIGN)
    officer = signer_of(session, company, "officer")
    stranger = signer_of(session, make_organisation(session), "supervisor")
    with pytest.raises(NotFound):  # an officer reads releases, not lists
        four_eyes.approve(session, officer, made.id, SIGN)
    with pytest.raises(NotFound):
        four_eyes.approve(session, stranger, made.id, SIGN)
    with pytest.raises(NotFound):
        four_eyes.propose_addition(session, stranger, NewEntry(held.id, PARTY, "y"), SIGN)
    with pytest.raises(Forbidden):
        proposals.find(session, principal_of(session, make_organisation(session, "authority"), "auditor"), made.id)
    assert made.id not in [each.id for each in proposals.proposals(session, officer)]


def test_an_entry_goes_once_and_under_two_signatures(session: Session, company: Organisation) -> None:
    first, second = (signer_of(session, company, "supervisor") for _ in range(2))
    held = confidential.make(session, first, "x")
    entry = listed(session, company, held.id, BUYER, "y")
    leaves = four_eyes.propose_removal(session, first, entry, "ошибка", SIGN)
    with pytest.raises(AlreadyProposed):
        four_eyes.propose_removal(session, second, entry, "again", SIGN)
    assert four_eyes.reject(session, second, leaves.id, "stays").state == "rejected"
    leaves = four_eyes.propose_removal(session, first, entry, "ошибка", SIGN)
    four_eyes.approve(session, second, leaves.id, Signing(PASSWORD, leaves.body_sha256))
    assert confidential.opened(session, first, held.id).entries == ()
    assert session.exec(select(ListMark).where(ListMark.entry_id == entry)).all() == []
    with pytest.raises(NotFound):
        four_eyes.propose_removal(session, first, entry, "again", SIGN)


def test_the_database_lets_no_list_change_past_the_second_person(session: Session, company: Organisation) -> None:
    first, second = (signer_of(session, company, "supervisor") for _ in range(2))
    held = confidential.make(session, first, "x")
    stands = listed(session, company, held.id, BUYER, "y")
    waits = four_eyes.propose_addition(session, first, NewEntry(held.id, PARTY, "z"), SIGN)
    entered(session, Scope(company.id))
    given = {"org": company.id, "list": held.id, "entry": stands, "proposal": waits.id, "second": second.user_id}
    insert = (
        "INSERT INTO list_entry (id, created_at, organisation_id, list_id, sealed, proposal_id) "
        "VALUES (gen_random_uuid(), now(), :org, :list, 'x', {})"
    )
    for statement in (
        insert.format("NULL"),
        insert.format(":proposal"),
        "INSERT INTO list_entry (id, created_at, organisation_id, list_id, sealed, proposal_id) "
        "SELECT subject_id, now(), organisation_id, :list, convert_from(body, 'UTF8')::jsonb ->> 'sealed', id "
        "FROM proposal WHERE id = :proposal",
        "UPDATE list_entry SET sealed = 'x' WHERE id = :entry",
        "UPDATE list_entry SET removed_at = now() WHERE id = :entry",
        "UPDATE list_entry SET removed_at = now(), removal_id = proposal_id WHERE id = :entry",
        "DELETE FROM list_entry WHERE id = :entry",
        "DELETE FROM list_mark WHERE entry_id = :entry",
        "UPDATE list_mark SET hash = repeat('0', 64) WHERE entry_id = :entry",
        "INSERT INTO list_mark (entry_id, hash, organisation_id) VALUES (:entry, repeat('0', 64), :org)",
        "UPDATE proposal SET state = 'approved', approved_by = :second WHERE id = :proposal",
    ):
        assert refused(session, statement, **given), statement
    assert len(session.exec(select(ListEntry)).all()) == 1


# Reports


def test_a_report_is_closed_when_its_order_is_answered(
    session: Session, report: Referral, regulator: Principal, colleague: Principal, officer: Principal
) -> None:
    with pytest.raises(StillUnanswered):
        four_eyes.propose_closing(session, regulator, report.id, WORD, SIGN)
    instructions.instruct(session, regulator, report.id, Answer("refuse"))
    made = four_eyes.propose_closing(session, regulator, report.id, WORD, SIGN)
    with pytest.raises(SamePerson):
        four_eyes.approve(session, regulator, made.id, SIGN)
    assert referrals.find(session, regulator, report.id).state == "instructed"
    before = referrals.find(session, officer, report.id)
    four_eyes.approve(session, colleague, made.id, Signing(PASSWORD, made.body_sha256))
    told = referrals.find(session, regulator, report.id)
    assert told.closing is not None
    assert (told.state, told.closing.conclusion, told.closing.closed_by) == ("closed", "founded", colleague.user_id)
    entered(session, Scope(officer.organisation_id))
    assert referrals.find(session, officer, report.id) == before  # the company is told nothing


def test_a_closed_report_takes_nothing_more(
    session: Session, report: Referral, regulator: Principal, colleague: Principal, house: Organisation
) -> None:
    instructions.instruct(session, regulator, report.id, Answer("refuse"))
    made = four_eyes.propose_closing(session, regulator, report.id, WORD, SIGN)
    four_eyes.approve(session, colleague, made.id, Signing(PASSWORD, made.body_sha256))
    assert colleague.user_id is not None
    with pytest.raises(ReportClosed):
        instructions.instruct(session, regulator, report.id, Answer("release"))
    with pytest.raises(ReportClosed):
        authority_work.assign(session, regulator, report.id, colleague.user_id)
    with pytest.raises(ReportClosed):
        shares.share(session, regulator, report.id, "AE-MOHAP")
    with pytest.raises(ReportClosed):
        four_eyes.propose_closing(session, regulator, report.id, WORD, SIGN)
    entered(session, Scope(house.id, house.authority_code))
    again = (
        "INSERT INTO instruction (id, created_at, referral_id, number, kind, restricted, named) "
        "SELECT gen_random_uuid(), now(), referral_id, number + 1, kind, restricted, named FROM instruction"
    )
    assert "the report is closed" in refused(session, again)
    assert refused(session, "UPDATE report_closing SET conclusion = 'unfounded'")
    assert refused(session, "DELETE FROM report_closing")


def test_a_report_waits_for_the_companys_answer(
    session: Session, report: Referral, regulator: Principal, officer: Principal
) -> None:
    instructions.instruct(session, regulator, report.id, Answer("refuse"))
    instructions.instruct(session, regulator, report.id, Answer("ask", "куда?"))
    with pytest.raises(QuestionOpen):
        four_eyes.propose_closing(session, regulator, report.id, WORD, SIGN)
    asked = session.exec(select(Question.id).where(Question.referral_id == report.id)).one()
    questions.answer(session, officer, asked, "на склад")
    assert four_eyes.propose_closing(session, regulator, report.id, WORD, SIGN).state == "proposed"


def test_a_word_between_the_signatures_asks_for_them_again(
    session: Session, report: Referral, regulator: Principal, colleague: Principal
) -> None:
    instructions.instruct(session, regulator, report.id, Answer("refuse"))
    made = four_eyes.propose_closing(session, regulator, report.id, WORD, SIGN)
    instructions.instruct(session, colleague, report.id, Answer("release"))
    with pytest.raises(SignedOtherwise):
        four_eyes.approve(session, colleague, made.id, Signing(PASSWORD, made.body_sha256))
    four_eyes.reject(session, regulator, made.id, "again")
    with pytest.raises(ProposalGone):
        four_eyes.approve(session, colleague, made.id, Signing(PASSWORD, made.body_sha256))


def test_the_database_closes_no_report_by_one_hand(
    session: Session, report: Referral, regulator: Principal, colleague: Principal, house: Organisation
) -> None:
    instructions.instruct(session, regulator, report.id, Answer("refuse"))
    made = four_eyes.propose_closing(session, regulator, report.id, WORD, SIGN)
    stranger = signer_of(session, make_organisation(session, "authority"), "regulator")
    with pytest.raises(NotFound):
        four_eyes.approve(session, stranger, made.id, SIGN)
    entered(session, Scope(house.id, house.authority_code))
    close = (
        "INSERT INTO report_closing (id, created_at, referral_id, proposal_id, conclusion, reason, closed_by) "
        "VALUES (gen_random_uuid(), now(), :report, :proposal, 'founded', :reason, :second)"
    )
    given = {"report": report.id, "proposal": made.id, "reason": WORD.reason, "second": colleague.user_id}
    assert "two signatures" in refused(session, close, **given)
    assert refused(
        session, "UPDATE proposal SET state = 'approved', approved_by = :second WHERE id = :proposal", **given
    )
    assert closings.of(session, [report.id]) == {}
    assert session.get_one(Proposal, made.id).state == "proposed"
