"""Every page opens in both languages, is well built, needs nobody else's host, and says what it is about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session
from starlette.routing import Route
from starlette.testclient import TestClient

from api import workbench
from screening.people import ROLES_OF
from screening.scoring import SERVICE
from screening.tables.cases import Case
from screening.tables.people import Organisation, RoleName
from tests.api.workbench.conftest import SignIn
from tests.api.workbench.html import Page, faults
from tests.builders import held_case, make_organisation

HERE = Path(__file__).parent
LANGUAGES = ("en", "ru")


@pytest.fixture
def referral(sign_in: SignIn, company: Organisation, authority: Organisation, case: Case) -> str:
    """The address of a packet the officer referred."""
    officer_ = sign_in(company, "officer")
    sent = officer_.post(f"/orders/{case.order_id}/decide", action="refer", reason="beyond need")
    assert sent.headers["location"].endswith("done=refer")
    regulator = sign_in(authority, "regulator")
    (link,) = [link for link in regulator.page("/inbox").links if link.startswith("/inbox/")]
    return link


def checked(answer: Any, language: str, status: int = 200) -> Page:
    assert answer.status_code == status, answer.text
    assert faults(answer.text, language) == []
    headers = answer.headers
    assert headers["content-language"] == language
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    policy = headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    return Page(answer.text)


def test_every_route_of_the_pages_is_named_in_a_test() -> None:
    tests = "\n".join(path.read_text("utf-8") for path in HERE.glob("test_*.py"))
    for router in workbench.routers():
        for route in router.routes:
            assert isinstance(route, Route)
            parts = [part for part in route.path.replace("{", "}").split("}") if part.startswith("/")]
            assert all(part in tests for part in parts), route.path


@pytest.mark.parametrize("language", LANGUAGES)
def test_sign_in(client: TestClient, language: str) -> None:
    client.cookies.set("tamga_language", language)
    page = checked(client.get("/sign-in?next=/queue"), language)
    assert {each["name"] for each in page.fields} == {"email", "password"}
    assert {each["autocomplete"] for each in page.fields} == {"username", "current-password"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_queue(sign_in: SignIn, company: Organisation, case: Case, language: str) -> None:
    reader = sign_in(company, "officer")
    page = checked(reader.get("/queue", language), language)
    assert f"/orders/{case.order_id}" in page.links
    assert ("Уксусный ангидрид" if language == "ru" else "Acetic anhydride") in page.words
    assert ("ОАЭ" if language == "ru" else "United Arab Emirates") in page.words


def test_the_queue_is_filtered_by_its_address(sign_in: SignIn, company: Organisation, case: Case) -> None:
    reader = sign_in(company, "officer")
    link = f"/orders/{case.order_id}"
    assert link in reader.page("/queue?search=herat").links
    assert link not in reader.page("/queue?search=nobody").links
    assert link not in reader.page("/queue?state=closed").links
    assert link not in reader.page("/queue?band=unscored").links
    assert "Nothing matches the filter." in reader.page("/queue?search=%25").words
    checked(reader.get("/queue?band=purple"), "en", 422)


def test_an_empty_queue_says_so(sign_in: SignIn, company: Organisation) -> None:
    assert "Nothing is held." in sign_in(company, "officer").page("/queue").words


@pytest.mark.parametrize("language", LANGUAGES)
def test_order(sign_in: SignIn, company: Organisation, case: Case, language: str) -> None:
    reader = sign_in(company, "officer")
    answer = reader.get(f"/orders/{case.order_id}", language)
    page = checked(answer, language)
    asked = ("Лицензия", "Хавала", "То же таблицей") if language == "ru" else ("Licence", "Hawala", "The same as a")
    assert all(word in page.words for word in asked)
    assert "<b>Herat</b> Omid" in page.words  # shown as text, not taken as markup
    assert 'class="fall-row bar-up"' in answer.text


def test_what_the_customer_ordered_stands_beside_the_limits(sign_in: SignIn, company: Organisation, case: Case) -> None:
    words = sign_in(company, "officer").page(f"/orders/{case.order_id}").words
    for row in ("Year with this order against declared need", "Against storage capacity", "against the threshold"):
        assert row in words
    assert words.index("Facts against limits") < words.index("Reasons") < words.index("What moved the score")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_order_without_a_score_says_why(
    sign_in: SignIn, session: Session, company: Organisation, language: str
) -> None:
    SERVICE.serve(None)
    reader = sign_in(company, "officer")
    case = held_case(session, company)
    page = checked(reader.get(f"/orders/{case.order_id}", language), language)
    assert ("модель не загружена" if language == "ru" else "no model is in service") in page.words
    checked(reader.get("/queue?band=unscored", language), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_inbox_and_packet(sign_in: SignIn, authority: Organisation, referral: str, language: str) -> None:
    reader = sign_in(authority, "regulator")
    inbox_page = checked(reader.get("/inbox", language), language)
    assert referral in inbox_page.links
    page = checked(reader.get(referral, language), language)
    assert ("Как читать оценку" if language == "ru" else "How to read the score") in page.words
    reader.post(f"{referral}/receipt")
    page = checked(reader.get(f"{referral}?done=receipt", language), language)
    assert {each["name"] for each in page.fields} == {
        "kind", "text", "named", "until", "assignee", "conclusion", "reason", "password"
    }  # fmt: skip


@pytest.mark.parametrize(("kind", "role"), [(kind, role) for kind, roles in ROLES_OF.items() for role in sorted(roles)])
def test_every_role_begins_on_a_page_that_it_may_open(
    sign_in: SignIn, session: Session, kind: str, role: RoleName
) -> None:
    reader = sign_in(make_organisation(session, kind), role)
    begun = reader.get("/")
    assert begun.status_code == 303
    checked(reader.get(begun.headers["location"]), "en")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/nothing", "/orders/not-an-id", "/orders/7", "/orders/" + "9" * 300])
def test_an_address_of_nothing_is_a_page_too(sign_in: SignIn, company: Organisation, path: str, language: str) -> None:
    checked(sign_in(company, "officer").get(path, language), language, 404)


def test_a_wrong_method_is_a_page_and_machines_get_their_problem(client: TestClient) -> None:
    checked(client.get("/sign-out"), "en", 405)
    assert client.get("/v1/nothing").headers["content-type"] == "application/problem+json"


def test_everything_a_page_loads_is_served_here(client: TestClient) -> None:
    page = Page(client.get("/sign-in").text)
    loaded = [link for link in page.links if link.startswith("/static/")]
    assert len(set(loaded)) == 3
    for link in loaded:
        answer = client.get(link)
        assert answer.status_code == 200
        assert "http" not in answer.text.replace('xmlns="http://www.w3.org/2000/svg"', "")


@pytest.mark.parametrize(
    ("chosen", "look"), [("theme/dark", 'data-theme="dark"'), ("language/ru", 'lang="ru"'), ("keys/off", "data-keys")]
)
def test_a_choice_is_remembered_and_returns(
    sign_in: SignIn, company: Organisation, case: Case, chosen: str, look: str
) -> None:
    reader = sign_in(company, "officer")
    answer = reader.client.get(f"/choose/{chosen}?back=/queue", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue")
    assert look in reader.client.get("/queue").text.split("<body>")[0]
    assert reader.client.get("/choose/theme/pink").status_code == 404
