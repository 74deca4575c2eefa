"""A company with a held, scored order; its authority; and people who read pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient

from screening import referrals
from screening.scoring import SERVICE
from screening.tables.cases import Case
from screening.tables.people import Organisation, RoleName, User
from tests.api.sign_in import browser
from tests.api.workbench.html import Page
from tests.api.workbench.served import small_scorer
from tests.builders import held_case, make_organisation, principal_of

SUSPECT: dict[str, Any] = {
    "type": "export",
    "ordered_at": "2026-11-20T09:30:00+05:00",
    "channel": "marketplace",
    "placed_by": {"name": "Б. Серик", "known_contact": False},
    "neutral_labels": True,
    "customer": {
        "name": "<b>Herat</b> Omid", "country": "AF", "role": "trader", "incorporated_at": "2026-10-01",
        "email": "omid@mail.example", "annual_need_kg": "100", "storage_capacity_kg": "50",
    },
    "consignee": {"name": "Gulf Cargo", "country": "AE", "type": "free_zone"},
    "intermediaries": [{"name": "Crescent", "country": "AE", "role": "forwarder"}],
    "lines": [
        {"name": "Ангидрид уксусный", "cas": "108-24-7", "quantity": "4000.5", "unit": "l", "grade": "technical",
         "package_type": "drum", "package_count": 20, "form": "pure"},
    ],
    "route": {"legs": [{"place": "Jebel Ali", "country": "AE", "place_type": "free_zone", "mode": "sea"}]},
    "transport": {"mode": "road"},
    "payment": {"method": "hawala", "terms": "on_delivery", "account_kind": "personal"},
}  # fmt: skip


@dataclass(frozen=True)
class Reader:
    """A signed-in person with a browser that sends forms as pages do: with the page's own token, no header."""

    client: TestClient
    person: User

    def get(self, path: str, language: str = "en") -> Any:
        self.client.cookies.set("tamga_language", language)
        return self.client.get(path, follow_redirects=False)

    def page(self, path: str, language: str = "en") -> Page:
        answer = self.get(path, language)
        assert answer.status_code == 200, answer.text
        return Page(answer.text)

    def post(self, path: str, **form: str) -> Any:
        """Send a form with the token of the reader's own pages, unless it brings one."""
        token = self.client.headers.get("x-own-token", "")
        return self.client.post(path, data={"csrf_token": token} | form, follow_redirects=False)


SignIn = Callable[..., Reader]


@pytest.fixture
def sign_in(client: TestClient, session: Session) -> SignIn:
    """Signs a new person in; the browser is theirs from then on."""

    def enter(organisation: Organisation, *roles: RoleName) -> Reader:
        person = browser(client, session, organisation, *roles)
        client.headers["x-own-token"] = client.headers.pop("x-csrf-token")
        return Reader(client, person)

    return enter


@pytest.fixture
def again(client: TestClient) -> Callable[[Reader], Reader]:
    """The same person in the same browser, after somebody else used it."""
    from tests.api.sign_in import PASSWORD  # noqa: PLC0415

    def enter(reader: Reader) -> Reader:
        client.cookies.clear()
        told = client.post("/v1/session", json={"email": reader.person.email, "password": PASSWORD})
        client.headers["x-own-token"] = told.json()["csrf_token"]
        return reader

    return enter


@pytest.fixture
def company(session: Session) -> Organisation:
    return make_organisation(session, country="KZ")


@pytest.fixture
def authority(session: Session) -> Organisation:
    return make_organisation(session, "authority", "KZ", "KZ-MVD")


@pytest.fixture
def scored() -> Iterator[None]:
    """A model in service, out of it again when the test ends."""
    SERVICE.serve(small_scorer())
    yield
    SERVICE.serve(None)


@pytest.fixture
def case(scored: None, session: Session, company: Organisation) -> Case:
    """The case of an order that law and score hold."""
    return held_case(session, company, **SUSPECT)


@pytest.fixture
def packet(session: Session, company: Organisation, authority: Organisation, case: Case) -> str:
    """Path of the page of a report the company made to the authority."""
    made = referrals.refer(session, principal_of(session, company, "officer"), case.id, "odd")
    session.flush()
    return f"/inbox/{made.id}"
