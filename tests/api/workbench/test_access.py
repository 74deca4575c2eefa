"""Who sees what on pages: nobody's orders but one's own company's, no score without a compliance role."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient

from screening import audit
from screening.ids import new_id
from screening.tables.cases import Case
from screening.tables.people import Organisation, RoleName
from tests.api.sign_in import PASSWORD, machine
from tests.api.workbench.conftest import Reader, SignIn
from tests.api.workbench.html import Page, faults
from tests.builders import make_organisation, make_user, set_password

SECRETS = ("High", "probability", "What moved the score", "Reasons", "fall-row")
ID = re.compile(r"[0-9a-f]{32}|[0-9a-f-]{36}")


@pytest.fixture
def packet(sign_in: SignIn, company: Organisation, authority: Organisation, case: Case) -> str:
    officer = sign_in(company, "officer")
    officer.post(f"/orders/{case.order_id}/decide", action="refer", reason="beyond need")
    (link,) = [each for each in sign_in(authority, "regulator").page("/inbox").links if each.startswith("/inbox/")]
    return link


@pytest.mark.parametrize("role", ["integration", "administrator"])
@pytest.mark.parametrize("path", ["/queue", "/orders/{order}", "/inbox"])
def test_a_person_without_a_compliance_role_sees_no_score_and_no_reason(
    sign_in: SignIn, company: Organisation, case: Case, role: RoleName, path: str
) -> None:
    answer = sign_in(company, role).get(path.format(order=case.order_id))
    assert answer.status_code == 403
    assert not any(secret in answer.text for secret in SECRETS)
    assert "Herat" not in answer.text


def test_a_machine_of_the_company_sees_no_score_either(
    client: TestClient, session: Session, company: Organisation, case: Case
) -> None:
    answer = client.get(f"/orders/{case.order_id}", headers=machine(session, company))
    assert answer.status_code == 403
    assert not any(secret in answer.text for secret in SECRETS)


def test_an_auditor_reads_and_decides_nothing(
    sign_in: SignIn, session: Session, company: Organisation, case: Case
) -> None:
    auditor = sign_in(company, "auditor")
    page = auditor.page(f"/orders/{case.order_id}")
    assert "You may read this case" in page.words
    assert not any(form["action"].endswith("/decide") for form in page.forms)
    for action in ("release", "hold", "refuse", "refer", "note", "take"):
        answer = auditor.post(f"/orders/{case.order_id}/decide", action=action, reason="because")
        assert answer.status_code == 403
        assert faults(answer.text, "en") == []
    session.refresh(case)
    assert (case.state, case.version) == ("open", 1)


def test_foreign_and_absent_orders_answer_alike(sign_in: SignIn, session: Session, case: Case) -> None:
    stranger = sign_in(make_organisation(session), "officer")
    foreign, absent = stranger.get(f"/orders/{case.order_id}"), stranger.get(f"/orders/{new_id()}")
    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert ID.sub("", foreign.text) == ID.sub("", absent.text)
    posts = [
        stranger.post(f"/orders/{order}/decide", action="release", reason="mine") for order in (case.order_id, new_id())
    ]
    assert [post.status_code for post in posts] == [404, 404]
    assert ID.sub("", posts[0].text) == ID.sub("", posts[1].text)


def test_a_regulator_sees_only_what_was_sent_to_it(sign_in: SignIn, session: Session, packet: str) -> None:
    other = sign_in(make_organisation(session, "authority", "KG", "KG-MVD"), "regulator")
    assert "Nothing has been referred to you." in other.page("/inbox").words
    foreign, absent = other.get(packet), other.get(f"/inbox/{new_id()}")
    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert ID.sub("", foreign.text) == ID.sub("", absent.text)
    assert other.post(f"{packet}/receipt").status_code == 404
    assert other.post(f"{packet}/instruct", kind="release").status_code == 404


@pytest.mark.parametrize("role", ["officer", "supervisor", "auditor"])
def test_a_company_has_no_business_in_the_inbox(
    sign_in: SignIn, company: Organisation, packet: str, role: RoleName
) -> None:
    reader = sign_in(company, role)
    assert [reader.get(path).status_code for path in ("/inbox", packet)] == [403, 403]
    assert reader.post(f"{packet}/receipt").status_code == 403


def test_a_regulator_has_no_business_in_the_queue(
    sign_in: SignIn, authority: Organisation, packet: str, case: Case
) -> None:
    reader = sign_in(authority, "regulator")
    assert [reader.get(path).status_code for path in ("/queue", f"/orders/{case.order_id}")] == [403, 403]


def test_the_regulator_acknowledges_and_instructs_and_the_officer_reads_it(
    sign_in: SignIn, company: Organisation, authority: Organisation, packet: str, case: Case
) -> None:
    regulator = sign_in(authority, "regulator")
    early = regulator.post(f"{packet}/instruct", kind="release", text="go")
    assert (early.status_code, "Acknowledge it first." in Page(early.text).words) == (409, True)
    assert regulator.post(f"{packet}/receipt").headers["location"] == f"{packet}?done=receipt"
    sent = regulator.post(f"{packet}/instruct", kind="ask", text="Which papers do you hold?")
    assert sent.headers["location"] == f"{packet}?done=instruct"
    words = sign_in(company, "officer").page(f"/orders/{case.order_id}").words
    assert "Instruction of the authority: Ask the company" in words
    assert "Which papers do you hold?" in words


def test_who_opens_a_packet_is_on_record(
    sign_in: SignIn, session: Session, authority: Organisation, packet: str
) -> None:
    regulator = sign_in(authority, "regulator")
    regulator.page(packet)
    opened = [
        event for event in audit.trail(session, packet.removeprefix("/inbox/")) if event["action"] == "referral.opened"
    ]
    assert len(opened) == 1
    assert str(regulator.person.id) in str(opened[0])


def test_an_instruction_that_names_a_stranger_keeps_the_words(
    sign_in: SignIn, authority: Organisation, packet: str
) -> None:
    regulator = sign_in(authority, "regulator")
    regulator.post(f"{packet}/receipt")
    form = {"kind": "controlled_delivery", "text": "Let it go", "named": "nobody@example.org"}
    answer = regulator.post(f"{packet}/instruct", **form)
    assert answer.status_code == 422
    assert faults(answer.text, "en") == []
    words = Page(answer.text).words
    assert "Let it go" in words
    assert "nobody@example.org" in words
    assert 'value="controlled_delivery" selected' in answer.text


def test_a_controlled_delivery_is_known_to_supervisors_and_the_named_alone(
    sign_in: SignIn, again: Callable[[Reader], Reader], company: Organisation, authority: Organisation, packet: str,
    case: Case,
) -> None:  # fmt: skip
    path = f"/orders/{case.order_id}"
    named, supervisor, unnamed = (sign_in(company, role) for role in ("officer", "supervisor", "officer"))
    before = unnamed.get(path).text
    regulator = sign_in(authority, "regulator")
    regulator.post(f"{packet}/receipt")
    middle = again(unnamed).get(path).text
    again(regulator).post(
        f"{packet}/instruct", kind="controlled_delivery", text="Under watch", named=named.person.email
    )
    for language, word in (("en", "Controlled delivery"), ("ru", "Контролируемая поставка")):
        for reader in (named, supervisor):
            assert word in again(reader).page(path, language).words
        assert word not in sign_in(company, "auditor").page(path, language).words
    after = again(unnamed).get(path).text
    assert "Under watch" not in after
    assert tokenless(after) == tokenless(middle) != tokenless(before)


def tokenless(source: str) -> str:
    """A page without its form token, and without who else has it open just now."""
    return re.sub(r'name="csrf_token" value="[^"]*"|<p class="lock">[^<]*</p>', "", source)


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/\\/evil.example", "javascript:alert(1)", "", "x",
     "/%0d%0aset-cookie:a=b", "/a\r\nb"],
)  # fmt: skip
def test_nobody_is_led_away(client: TestClient, session: Session, company: Organisation, wanted: str) -> None:
    person = make_user(session, company, "officer")
    set_password(person, PASSWORD)
    session.flush()
    form = {"email": person.email, "password": PASSWORD, "next": wanted}
    answer = client.post("/sign-in", data=form, follow_redirects=False)
    assert answer.status_code == 303
    location = answer.headers["location"]
    assert location == "/" or (location.startswith("/%") and "\n" not in location)
    chosen = client.get("/choose/theme/dark", params={"back": wanted}, follow_redirects=False)
    assert chosen.headers["location"].startswith("/")
    assert not chosen.headers["location"].startswith(("//", "/\\"))


def test_a_visitor_is_led_to_sign_in_and_back(client: TestClient, case: Case) -> None:
    answer = client.get("/queue?state=all&band=high", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/queue%3Fstate%3Dall%26band%3Dhigh"
    assert 'value="/queue?state=all&amp;band=high"' in client.get(answer.headers["location"]).text


def test_a_failed_sign_in_keeps_the_address_and_says_no_more(client: TestClient, session: Session) -> None:
    answers = []
    person = make_user(session, make_organisation(session), "officer")
    set_password(person, PASSWORD)
    session.flush()
    for email in (person.email, "nobody@example.org"):
        answer = client.post("/sign-in", data={"email": email, "password": "wrong", "next": "/queue"})
        assert answer.status_code == 401
        assert f'value="{email}"' in answer.text
        answers.append(answer.text.replace(email, ""))
    assert answers[0] == answers[1]
    assert "wrong" not in re.sub(r"is wrong", "", answers[0])


def test_a_sign_in_sent_from_a_foreign_page_is_refused(client: TestClient, session: Session) -> None:
    headers = {"sec-fetch-site": "cross-site"}
    answer = client.post("/sign-in", data={"email": "a@b.c", "password": "x"}, headers=headers)
    assert answer.status_code == 403
    assert faults(answer.text, "en") == []


def test_signing_out_ends_the_session_and_needs_the_token(sign_in: SignIn, company: Organisation) -> None:
    reader = sign_in(company, "officer")
    assert reader.post("/sign-out", csrf_token="wrong").status_code == 403
    cookie = reader.client.cookies["tamga_session"]
    assert reader.post("/sign-out").headers["location"] == "/sign-in"
    reader.client.cookies.set("tamga_session", cookie)
    assert reader.get("/queue").status_code == 303


@pytest.mark.parametrize(
    ("role", "kind", "start"), [("officer", "company", "/overview"), ("regulator", "authority", "/inbox")]
)
def test_everybody_starts_at_their_own_page(
    sign_in: SignIn, session: Session, role: RoleName, kind: str, start: str
) -> None:
    assert sign_in(make_organisation(session, kind), role).get("/").headers["location"] == start
