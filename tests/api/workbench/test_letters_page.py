"""The operator's page of dead letters, `/dead-letters`, in both languages."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from screening.ids import new_id
from screening.tables.people import Organisation
from screening.tables.queue import Outbox
from tests.api.workbench.conftest import SignIn
from tests.api.workbench.html import faults
from tests.builders import make_organisation


@pytest.fixture
def operator(session: Session) -> Organisation:
    return make_organisation(session, "operator")


@pytest.fixture
def letter(session: Session) -> Outbox:
    made = Outbox(
        kind="webhook", recipient="https://<erp>.example", payload={"delivery": str(new_id())}, state="dead",
        payload_sha256="0" * 64, attempts=10, last_error="the receiver answered 503",
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_operator_finds_the_page_and_sends_again(
    sign_in: SignIn, session: Session, operator: Organisation, letter: Outbox, language: str
) -> None:
    reader = sign_in(operator, "administrator")
    assert reader.get("/").headers["location"] == "/dead-letters"
    answer = reader.get("/dead-letters", language)
    assert faults(answer.text, language) == []
    page = reader.page("/dead-letters", language)
    assert "https://<erp>.example" in page.words
    assert ("Отправить снова" if language == "ru" else "Send again") in page.words
    sent = reader.post(f"/dead-letters/{letter.id}/resend")
    assert sent.headers["location"] == "/dead-letters?done=sent"
    session.expire_all()
    assert session.get_one(Outbox, letter.id).state == "pending"
    assert ("Всё доставлено" if language == "ru" else "Everything was delivered") in reader.page(
        "/dead-letters?done=sent", language
    ).words
    assert reader.post("/dead-letters/resend").status_code == 303


def test_others_are_refused(sign_in: SignIn, session: Session, letter: Outbox) -> None:
    reader = sign_in(make_organisation(session, "company"), "administrator")
    assert reader.get("/dead-letters").status_code == 403
    assert reader.post(f"/dead-letters/{letter.id}/resend").status_code == 403
