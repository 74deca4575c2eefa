"""The authority asks and watches on its page, the officer answers on the order's, in both languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlmodel import Session
from starlette.testclient import TestClient

from screening import tasks
from screening.tables.cases import Case
from screening.tables.people import Organisation
from tests.api.sign_in import machine
from tests.api.workbench.conftest import Reader, SignIn
from tests.api.workbench.html import Page, faults
from tests.builders import make_organisation

LANGUAGES = ["en", "ru"]
ASKED = "Какой <b>склад</b>?"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_goes_there_and_its_answer_comes_back(
    language: str, sign_in: SignIn, again: Callable[[Reader], Reader], company: Organisation, authority: Organisation,
    packet: str, case: Case,
) -> None:  # fmt: skip
    regulator = sign_in(authority, "regulator")
    regulator.post(f"{packet}/receipt")
    regulator.post(f"{packet}/instruct", kind="ask", text=ASKED, until="")
    officer = sign_in(company, "officer")
    path = f"/orders/{case.order_id}"
    shown = officer.get(path, language)
    assert faults(shown.text, language) == []
    assert ASKED in Page(shown.text).words
    question = shown.text.partition('name="question" value="')[2].partition('"')[0]
    empty = officer.post(f"{path}/answer", question=question, text=" ")
    assert (empty.status_code, faults(empty.text, language)) == (422, [])
    sent = officer.post(f"{path}/answer", question=question, text="Зал 3")
    assert sent.headers["location"] == f"{path}?done=answer"
    assert "Зал 3" in officer.page(f"{path}?done=answer", language).words
    late = officer.post(f"{path}/answer", question=question, text="Зал 4")
    assert (late.status_code, "Зал 4" in late.text) == (409, True)
    back = again(regulator).get(packet, language)
    assert faults(back.text, language) == []
    assert "Зал 3" in Page(back.text).words


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_watch_is_shown_with_what_it_met(
    language: str, sign_in: SignIn, authority: Organisation, packet: str
) -> None:
    regulator = sign_in(authority, "regulator")
    regulator.post(f"{packet}/receipt")
    regulator.get(packet, language)
    wrong = regulator.post(f"{packet}/instruct", kind="monitor", text="x", until="tomorrow")
    assert (wrong.status_code, faults(wrong.text, language)) == (422, [])
    regulator.post(f"{packet}/instruct", kind="monitor", text="a while", until="")
    page = regulator.get(packet, language)
    assert faults(page.text, language) == []
    assert ("Later orders" if language == "en" else "Следующие заказы") in Page(page.text).words


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_ran_over_is_the_chiefs_to_see(
    language: str, sign_in: SignIn, session: Session, authority: Organisation, packet: str
) -> None:
    regulator = sign_in(authority, "regulator")
    mine = regulator.person
    assert regulator.post(f"{packet}/assign", assignee=str(mine.id)).headers["location"] == f"{packet}?done=assigned"
    assert regulator.post(f"{packet}/assign", assignee="nobody").status_code == 404
    session.execute(text("UPDATE referral_work SET due_on = due_on - 60"))
    tasks.cases_in_time()
    title = "ran over" if language == "en" else "истёкшим"
    assert title not in regulator.page("/inbox", language).words
    assert regulator.post(f"{packet}/overdue", reason="x").status_code == 403
    chief = sign_in(authority, "chief")
    for path in ("/inbox", packet):
        shown = chief.get(path, language)
        assert (shown.status_code, faults(shown.text, language)) == (200, [])
    assert title in chief.page("/inbox", language).words
    assert chief.post(f"{packet}/overdue", reason="more people").headers["location"] == f"{packet}?done=noted"
    assert chief.client.get("/v1/referrals/overdue").json()[0]["overdue"] is True


def test_ordinary_people_see_no_trace_of_a_question(
    client: TestClient, session: Session, sign_in: SignIn, company: Organisation, authority: Organisation, packet: str
) -> None:
    regulator = machine(session, authority, "regulator")
    referral = packet.rpartition("/")[2]
    client.post(f"/v1/referrals/{referral}/receipt", headers=regulator)
    asked = client.post(
        f"/v1/referrals/{referral}/instructions", json={"kind": "ask", "text": "which?"}, headers=regulator
    )
    assert (asked.status_code, asked.json()["kind"]) == (201, "ask")
    (told,) = client.get("/v1/questions", headers=regulator).json()
    for key in (machine(session, company), machine(session, make_organisation(session))):
        assert client.get("/v1/questions", headers=key).status_code == 403
        answer = client.post(f"/v1/questions/{told['id']}/answer", json={"text": "x"}, headers=key)
        assert answer.status_code == 403
    stranger = sign_in(make_organisation(session), "officer")
    assert stranger.client.get("/v1/questions").json() == []
    officer = sign_in(company, "officer")
    headers = {"x-csrf-token": officer.client.headers["x-own-token"]}
    sent = officer.client.post(f"/v1/questions/{told['id']}/answer", json={"text": "hall 3"}, headers=headers)
    assert (sent.status_code, sent.json()["answer"]) == (201, "hall 3")
    client.cookies.clear()
    assert client.get(f"/v1/referrals/{referral}", headers=regulator).json()["questions"][0]["answer"] == "hall 3"
    assert client.get(f"/v1/referrals/{referral}/matches", headers=regulator).json() == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_corrected_report_is_sent_from_the_orders_page(
    language: str, sign_in: SignIn, authority: Organisation, company: Organisation, packet: str, case: Case
) -> None:
    officer = sign_in(company, "officer")
    path, report = f"/orders/{case.order_id}", packet.rpartition("/")[2]
    officer.get(path, language)
    refused = officer.post(f"{path}/correct", referral=report, text=" ")
    assert (refused.status_code, faults(refused.text, language)) == (422, [])
    sent = officer.post(f"{path}/correct", referral=report, text="<b>Another consignee</b>")
    assert sent.headers["location"] == f"{path}?done=correct"
    shown = officer.get(f"{path}?done=correct", language)
    assert faults(shown.text, language) == []
    reader = sign_in(authority, "regulator")
    newest = [link for link in reader.page("/inbox").links if link.startswith("/inbox/")]
    assert any(link != packet for link in newest)
