"""The rest of an officer's work on pages: own view, two signatures, the next case, putting aside, passing on."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from screening.ids import utc_now
from screening.tables.cases import Case
from screening.tables.four_eyes import Proposal
from screening.tables.orders import Assessment, Order
from screening.tables.people import Organisation
from tests.api.sign_in import PASSWORD
from tests.api.workbench.conftest import Reader, SignIn
from tests.api.workbench.html import Page, faults
from tests.builders import held_case

TYPED = "Called the number in the file"


def shown(reader: Reader, case: Case, language: str = "en") -> Page:
    answer = reader.get(f"/orders/{case.order_id}", language)
    assert faults(answer.text, language) == []
    return Page(answer.text)


def step(reader: Reader, case: Case, action: str, **form: str) -> Page:
    """One step that goes through, and the page it leads to."""
    answer = reader.post(f"/orders/{case.order_id}/work", action=action, **form)
    assert (answer.status_code, answer.headers.get("location")) == (303, f"/orders/{case.order_id}?done={action}")
    return reader.page(answer.headers["location"])


def refused(reader: Reader, case: Case, action: str, **form: str) -> tuple[int, Page]:
    answer = reader.post(f"/orders/{case.order_id}/work", action=action, **form)
    assert faults(answer.text, "en") == []
    return answer.status_code, Page(answer.text)


def actions(page: Page) -> set[str]:
    return set(re.findall(r'name="action" value="(\w+)"', page.source))


@pytest.fixture
def high(session: Session, case: Case) -> Case:
    """The model of the tests finds the order's score high."""
    assert session.get_one(Assessment, case.order_version_id).band == "high"
    return case


def test_one_officer_releases_what_is_not_high(sign_in: SignIn, session: Session, company: Organisation) -> None:
    case = held_case(session, company)  # no model, no score
    reader = sign_in(company, "officer")
    answer = reader.post(f"/orders/{case.order_id}/decide", action="release", reason=TYPED, seen="1")
    assert answer.headers["location"] == f"/orders/{case.order_id}?done=release"
    assert "Released" in reader.page(answer.headers["location"]).words
    session.refresh(case)
    assert case.state == "released"


def test_one_officer_is_shown_the_way_of_two(sign_in: SignIn, company: Organisation, high: Case) -> None:
    reader = sign_in(company, "officer")
    answer = reader.post(f"/orders/{high.order_id}/decide", action="release", reason=TYPED, seen="1")
    assert answer.status_code == 409
    page = Page(answer.text)
    assert "Use the card “Release needs two people” on this page." in page.words
    assert "propose" in actions(page)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_two_people_release(
    language: str, sign_in: SignIn, again: Callable[[Reader], Reader], session: Session, company: Organisation,
    high: Case,
) -> None:  # fmt: skip
    second, first = sign_in(company, "supervisor"), sign_in(company, "supervisor")
    assert "propose" in actions(shown(first, high, language))
    step(first, high, "propose", reason=TYPED, password=PASSWORD)
    waiting = shown(first, high, language)
    assert TYPED in waiting.words
    assert actions(waiting) & {"approve", "reject", "propose"} == {"reject"}  # not one's own to approve
    before = shown(again(second), high, language)
    assert "view" in actions(before)
    assert not actions(before) & {"approve", "propose"}
    assert 'class="share"' not in before.source
    step(second, high, "view", view="release")
    ready = shown(second, high, language)
    (proposal,) = session.exec(select(Proposal).where(col(Proposal.subject_id) == high.id)).all()
    assert f'name="sha256" value="{proposal.body_sha256}"' in ready.source
    page = step(second, high, "approve", sha256=proposal.body_sha256, password=PASSWORD)
    assert "signed and released" in page.words
    session.expire_all()
    order = session.get_one(Order, high.order_id)
    assert (order.disposition, order.state) == ("release", "released")


def test_a_wrong_password_signs_nothing_and_keeps_the_words(
    sign_in: SignIn, session: Session, company: Organisation, high: Case
) -> None:
    reader = sign_in(company, "officer")
    status, page = refused(reader, high, "propose", reason=TYPED, password="guessed-wrong-1")
    assert status == 422
    assert "The password is wrong; nothing was signed." in page.words
    assert TYPED in page.source
    assert "guessed-wrong-1" not in page.source
    assert session.exec(select(Proposal).where(col(Proposal.subject_id) == high.id)).all() == []


def test_another_text_is_not_signed(sign_in: SignIn, company: Organisation, high: Case) -> None:
    step(sign_in(company, "officer"), high, "propose", reason=TYPED, password=PASSWORD)
    second = sign_in(company, "supervisor")
    step(second, high, "view", view="hold")
    status, page = refused(second, high, "approve", sha256="0" * 64, password=PASSWORD)
    assert status == 409
    assert "What was signed is not what is here now." in page.words


def test_a_colleague_says_no(sign_in: SignIn, session: Session, company: Organisation, high: Case) -> None:
    step(sign_in(company, "officer"), high, "propose", reason=TYPED, password=PASSWORD)
    second = sign_in(company, "supervisor")
    step(second, high, "view", view="refuse")
    page = step(second, high, "reject", reason="No need shown")
    assert "Proposal rejected" in page.words
    assert "propose" in actions(page)
    status, _ = refused(second, high, "reject", reason="again")
    assert status == 409


def test_the_next_case_is_taken_and_then_there_is_none(
    sign_in: SignIn, session: Session, company: Organisation, case: Case
) -> None:
    reader = sign_in(company, "officer")
    assert reader.post("/queue/next").headers["location"] == f"/orders/{case.order_id}"
    session.refresh(case)
    assert (case.state, case.assignee_id) == ("in_review", reader.person.id)
    assert reader.post("/queue/next").headers["location"] == "/queue"


def test_a_case_is_put_aside_until_a_day_and_may_still_be_decided(
    sign_in: SignIn, session: Session, company: Organisation, case: Case
) -> None:
    reader = sign_in(company, "officer")
    day = (utc_now() + timedelta(days=3)).date()
    page = step(reader, case, "snooze", reason=TYPED, until=day.isoformat())
    assert "Put aside" in page.words
    session.refresh(case)
    assert case.state == "snoozed"
    assert case.snoozed_until is not None
    assert case.snoozed_until.date() == day
    assert any(form["action"].endswith("/decide") for form in page.forms)
    answer = reader.post(f"/orders/{case.order_id}/decide", action="hold", reason=TYPED)
    assert answer.headers["location"].endswith("done=hold")
    session.refresh(case)
    assert (case.state, case.snoozed_until) == ("in_review", None)


@pytest.mark.parametrize(("until", "told"), [("", "is not a day"), ("2020-01-01", "is not within the next 30 days")])
def test_a_day_that_is_none_is_refused(
    until: str, told: str, sign_in: SignIn, session: Session, company: Organisation, case: Case
) -> None:
    status, page = refused(sign_in(company, "officer"), case, "snooze", reason=TYPED, until=until)
    assert status == 422
    assert told in page.words
    assert TYPED in page.source
    session.refresh(case)
    assert case.state == "open"


def test_a_case_is_passed_on(sign_in: SignIn, session: Session, company: Organisation, case: Case) -> None:
    colleague = sign_in(company, "supervisor").person
    reader = sign_in(company, "officer")
    step(reader, case, "assign", assignee=str(colleague.id))
    session.refresh(case)
    assert case.assignee_id == colleague.id
    page = step(reader, case, "escalate", reason=TYPED)
    assert "With the supervisors" in page.words
    answer = reader.post(f"/orders/{case.order_id}/decide", action="refuse", reason=TYPED)
    assert answer.status_code == 403


@pytest.mark.parametrize("action", ["propose", "reject", "snooze", "escalate"])
def test_without_a_reason_nothing_is_done(
    action: str, sign_in: SignIn, session: Session, company: Organisation, case: Case
) -> None:
    status, page = refused(sign_in(company, "officer"), case, action, reason=" ", password=PASSWORD)
    assert status == 422
    assert "Choose a ground or write a reason." in page.words
    session.refresh(case)
    assert (case.state, case.version) == ("open", 1)


def test_an_auditor_reads_and_does_nothing(sign_in: SignIn, company: Organisation, case: Case) -> None:
    reader = sign_in(company, "auditor")
    assert actions(shown(reader, case)) == set()
    assert reader.post(f"/orders/{case.order_id}/work", action="escalate", reason=TYPED).status_code == 403


@pytest.mark.parametrize("language", ["en", "ru"])
def test_an_assignment_is_taken_back(
    language: str, sign_in: SignIn, session: Session, company: Organisation, case: Case
) -> None:
    first, second = sign_in(company, "supervisor"), sign_in(company, "officer")
    case.assignee_id = first.person.id
    session.flush()
    answer = second.post(f"/orders/{case.order_id}/work", action="assign", assignee=str(second.person.id))
    shown_after = second.get(answer.headers["location"], language)
    assert faults(shown_after.text, language) == []
    assert f'name="was" value="{first.person.id}"' in shown_after.text
    back = second.post(f"/orders/{case.order_id}/work", action="undo", was=str(first.person.id))
    words = second.page(back.headers["location"], language).words
    assert ("Assignment taken back" if language == "en" else "Назначение отменено") in words
    session.refresh(case)
    assert case.assignee_id == first.person.id
    late = second.post(f"/orders/{case.order_id}/work", action="undo", was="")
    assert (late.status_code, faults(late.text, language)) == (409, [])
