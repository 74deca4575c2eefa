"""A page that is open learns that its order has moved, and does not keep its reader's session alive by asking."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from screening.ids import utc_now
from screening.tables.cases import Case
from screening.tables.people import Organisation, UserSession
from tests.api.workbench.conftest import Reader, SignIn
from tests.api.workbench.html import Page
from tests.builders import make_organisation


def look(reader: Reader, path: str, tag: str, language: str = "en") -> tuple[int, str]:
    reader.client.cookies.set("tamga_language", language)
    answer = reader.client.get(f"{path}/now", headers={"if-none-match": tag}, follow_redirects=False)
    return answer.status_code, answer.text


@pytest.mark.parametrize(
    ("language", "said"), [("en", "has moved since you opened it: Note"), ("ru", "заказ изменился: Заметка")]
)
def test_a_page_is_told_what_moved(
    sign_in: SignIn, again: Callable[[Reader], Reader], company: Organisation, case: Case, language: str, said: str
) -> None:
    path = f"/orders/{case.order_id}"
    reader = sign_in(company, "officer")
    tag = html.unescape(re.search(r'data-tag="([^"]*)"', reader.get(path).text)[1])  # type: ignore[index]
    assert look(reader, path, tag) == (304, "")
    sign_in(company, "supervisor").post(f"{path}/decide", action="note", reason="called them")
    again(reader)
    status, told = look(reader, path, tag, language)
    assert status == 200
    assert said in Page(told).words
    assert path in Page(told).links
    assert "<html" not in told


def test_asking_keeps_no_session_alive(sign_in: SignIn, session: Session, company: Organisation, case: Case) -> None:
    reader = sign_in(company, "officer")
    path = f"/orders/{case.order_id}"
    browser = session.exec(select(UserSession).where(col(UserSession.user_id) == reader.person.id)).one()
    browser.seen_at = long_ago = utc_now() - timedelta(minutes=30)
    session.flush()
    assert look(reader, path, "")[0] == 200
    session.refresh(browser)
    assert browser.seen_at == long_ago
    reader.get(path)
    session.refresh(browser)
    assert browser.seen_at > long_ago


def test_strangers_and_the_signed_out_learn_nothing(
    sign_in: SignIn, session: Session, company: Organisation, case: Case
) -> None:
    path = f"/orders/{case.order_id}"
    stranger = sign_in(make_organisation(session), "officer")
    assert look(stranger, path, "")[0] == 404
    stranger.client.cookies.clear()
    assert look(stranger, path, "")[0] == 303
