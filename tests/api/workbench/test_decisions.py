"""An officer decides on a page; what goes wrong keeps the words that were typed and says what to do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlmodel import Session

from screening.tables.cases import Case
from screening.tables.people import Organisation
from tests.api.workbench.conftest import Reader, SignIn
from tests.api.workbench.html import Page, faults

TYPED = "Called the number in the file"


@pytest.mark.parametrize(
    ("action", "state", "told"),
    [
        ("hold", "in_review", "still held"),
        ("refuse", "refused", "refused"),
        ("refer", "referred", "With the authority"),
        ("note", "open", TYPED),
        ("take", "in_review", "with Aigul"),
    ],
)
def test_each_action_is_done_and_shown(
    sign_in: SignIn, session: Session, company: Organisation, case: Case, action: str, state: str, told: str
) -> None:
    reader = sign_in(company, "officer")
    answer = reader.post(f"/orders/{case.order_id}/decide", action=action, reason=TYPED, seen="1")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/orders/{case.order_id}?done={action}")
    page = reader.page(answer.headers["location"])
    assert "Done:" in page.words
    assert told in page.words
    session.refresh(case)
    assert case.state == state


def test_a_ready_ground_is_kept_in_words(sign_in: SignIn, company: Organisation, case: Case) -> None:
    reader = sign_in(company, "officer")
    reader.post(f"/orders/{case.order_id}/decide", action="hold", ground="waiting", reason=TYPED, seen="1")
    assert f"Waiting for papers or an answer. {TYPED}" in reader.page(f"/orders/{case.order_id}").words


@pytest.mark.parametrize("action", ["release", "hold", "refuse", "refer", "note"])
def test_without_a_reason_nothing_is_decided(
    sign_in: SignIn, session: Session, company: Organisation, case: Case, action: str
) -> None:
    reader = sign_in(company, "officer")
    answer = reader.post(f"/orders/{case.order_id}/decide", action=action, reason="  ", ground="made-up")
    assert answer.status_code == 422
    assert faults(answer.text, "en") == []
    assert "Choose a ground or write a reason." in Page(answer.text).words
    session.refresh(case)
    assert (case.state, case.version) == ("open", 1)


def test_a_decision_on_what_somebody_changed_says_who_and_keeps_the_words(
    sign_in: SignIn, again: Callable[[Reader], Reader], session: Session, company: Organisation, case: Case
) -> None:
    officer = sign_in(company, "officer")
    supervisor = sign_in(company, "supervisor")
    supervisor.person.name = "Daniyar Omarov"
    session.flush()
    supervisor.post(f"/orders/{case.order_id}/decide", action="hold", reason="mine", seen="1")
    again(officer)
    answer = officer.post(f"/orders/{case.order_id}/decide", action="release", reason=TYPED, ground="papers", seen="1")
    assert answer.status_code == 409
    page = Page(answer.text)
    assert faults(answer.text, "en") == []
    assert "Somebody changed the case since you read it." in page.words
    assert "Decided: still held (Daniyar Omarov)" in page.words
    reason = next(each for each in page.fields if each["name"] == "reason")
    assert reason["value"] == TYPED
    assert 'value="papers" selected' in answer.text
    assert 'name="seen" value="2"' in answer.text
    session.refresh(case)
    assert case.state == "in_review"


def test_a_closed_case_is_not_decided_again_and_the_words_are_shown(
    sign_in: SignIn, company: Organisation, case: Case
) -> None:
    reader = sign_in(company, "officer")
    reader.post(f"/orders/{case.order_id}/decide", action="refuse", reason="no papers", seen="1")
    answer = reader.post(f"/orders/{case.order_id}/decide", action="refuse", reason=TYPED)
    assert answer.status_code == 409
    page = Page(answer.text)
    assert TYPED in page.words
    assert "The case is closed." in page.words
    assert not any(form["action"].endswith("/decide") for form in page.forms)


def test_what_the_authority_has_is_not_released_without_its_word(
    sign_in: SignIn, company: Organisation, authority: Organisation, case: Case
) -> None:
    reader = sign_in(company, "officer")
    reader.post(f"/orders/{case.order_id}/decide", action="refer", reason="beyond need")
    answer = reader.post(f"/orders/{case.order_id}/decide", action="release", reason=TYPED)
    assert answer.status_code == 409
    assert "Wait for the instruction, or refuse the order." in Page(answer.text).words


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_form_with_an_old_token_asks_to_load_the_page_again_and_keeps_the_words(
    sign_in: SignIn, session: Session, company: Organisation, case: Case, token: str
) -> None:
    reader = sign_in(company, "officer")
    answer = reader.post(f"/orders/{case.order_id}/decide", action="release", reason=TYPED, csrf_token=token)
    assert answer.status_code == 403
    page = Page(answer.text)
    assert faults(answer.text, "en") == []
    assert "Load it again and repeat." in page.words
    assert TYPED in page.words
    assert f"/orders/{case.order_id}" in page.links
    session.refresh(case)
    assert case.state == "open"


def test_a_session_that_ended_leads_to_sign_in_and_keeps_the_words(
    sign_in: SignIn, company: Organisation, case: Case
) -> None:
    reader = sign_in(company, "officer")
    reader.client.cookies.delete("tamga_session")
    answer = reader.post(f"/orders/{case.order_id}/decide", action="release", reason=TYPED)
    assert answer.status_code == 401
    page = Page(answer.text)
    assert TYPED in page.words
    assert f"/sign-in?next=/orders/{case.order_id}" in page.links


def test_an_unknown_action_is_refused_as_a_page(sign_in: SignIn, company: Organisation, case: Case) -> None:
    answer = sign_in(company, "officer").post(f"/orders/{case.order_id}/decide", action="approve", reason=TYPED)
    assert answer.status_code == 422
    assert TYPED in Page(answer.text).words
    assert faults(answer.text, "en") == []


def test_a_reason_beyond_what_can_be_kept_is_refused_not_cut(
    sign_in: SignIn, session: Session, company: Organisation, case: Case
) -> None:
    reader = sign_in(company, "officer")
    answer = reader.post(f"/orders/{case.order_id}/decide", action="release", reason="x" * 2001)
    assert answer.status_code == 422
    session.refresh(case)
    assert case.state == "open"


def test_enter_in_the_reason_field_decides_nothing_without_script(
    sign_in: SignIn, company: Organisation, case: Case
) -> None:
    form = sign_in(company, "officer").get(f"/orders/{case.order_id}").text.split("data-decide")[1]
    assert form.index("<button disabled hidden>") < form.index('name="action"')
