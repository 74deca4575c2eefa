"""Administrators' and auditors' pages: people, keys shown once, webhooks, the log, health, a policy tried out."""

from __future__ import annotations

import re

import pytest
from sqlmodel import Session, select

from screening import audit
from screening.tables.cases import Case
from screening.tables.people import ApiKey, Organisation, User, UserSession
from screening.tables.queue import Delivery, WebhookEndpoint
from tests.api.workbench.conftest import Reader, SignIn
from tests.api.workbench.html import Page, faults
from tests.builders import make_organisation

LANGUAGES = ["en", "ru"]
HOUSE = "/admin/people"


def whole(reader: Reader, path: str, language: str = "en") -> Page:
    """The page, once it is known to be well built."""
    answer = reader.get(path, language)
    assert answer.status_code == 200, answer.text
    assert faults(answer.text, language) == []
    return Page(answer.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_roles_and_sessions(sign_in: SignIn, session: Session, company: Organisation, language: str) -> None:
    officer = sign_in(company, "officer")
    admin = sign_in(company, "administrator")
    assert admin.get("/").headers["location"] == HOUSE
    whole(admin, HOUSE, language)
    made = admin.post(HOUSE, name="Новая", email=f"new-{language}@example.org", roles="auditor")
    assert made.status_code == 200
    secret = re.search(r'class="code wrap secret">([^<]+)<', made.text)
    assert secret is not None
    assert secret[1] not in admin.get(HOUSE).text
    person = f"/admin/people/{officer.person.id}"
    assert admin.post(person, what="roles", roles="supervisor").status_code == 303
    assert admin.post(person, what="sessions").status_code == 303
    held = select(UserSession).where(UserSession.user_id == officer.person.id)
    assert session.exec(held).first() is None
    assert admin.post(person, what="out").status_code == 303
    session.expire_all()
    assert session.get_one(User, officer.person.id).active is False
    refused = admin.post(f"{HOUSE}/{admin.person.id}", what="out")
    assert (refused.status_code, faults(refused.text, "en")) == (409, [])
    assert admin.post(HOUSE, name="x", email="no address", roles="auditor").status_code == 422


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_key_is_shown_once_and_revoked(
    sign_in: SignIn, session: Session, company: Organisation, language: str
) -> None:
    admin = sign_in(company, "administrator")
    made = admin.post("/admin/keys", name="erp")
    secret = re.search(r">(tamga_[0-9a-f]+_[\w-]+)<", made.text)
    assert secret is not None
    assert "erp" in whole(admin, "/admin/keys", language).words
    assert secret[1] not in admin.get("/admin/keys").text
    assert admin.post("/admin/keys", name="erp").status_code == 409
    key = session.exec(select(ApiKey).where(ApiKey.organisation_id == company.id)).one()
    admin.post(f"/admin/keys/{key.id}/revoke")
    session.refresh(key)
    assert key.revoked_at is not None


@pytest.mark.parametrize("language", LANGUAGES)
def test_webhooks_and_their_log(sign_in: SignIn, session: Session, company: Organisation, language: str) -> None:
    admin = sign_in(company, "administrator")
    assert "whsec_" in admin.post("/admin/webhooks", name="http://127.0.0.1:9/").text
    endpoint = session.exec(select(WebhookEndpoint).where(WebhookEndpoint.organisation_id == company.id)).one()
    dead = Delivery(
        organisation_id=company.id, endpoint_id=endpoint.id, kind="order.status", subject_id=endpoint.id, body="{}",
        state="dead", last_error="the receiver answered 500",
    )  # fmt: skip
    session.add(dead)
    session.flush()
    page = whole(admin, "/admin/webhooks", language)
    assert "the receiver answered 500" in page.words
    assert admin.post(f"/admin/deliveries/{dead.id}/resend").status_code == 303
    session.refresh(dead)
    assert dead.state == "pending"
    assert "whsec_" in admin.post(f"/admin/webhooks/{endpoint.id}/rotate").text
    assert "whsec_" not in admin.get("/admin/webhooks").text
    assert admin.post(f"/admin/webhooks/{endpoint.id}/remove").status_code == 303
    assert admin.post("/admin/webhooks", name="ftp://inside").status_code == 422


def test_nobody_else_administers(sign_in: SignIn, session: Session, company: Organisation) -> None:
    person = sign_in(company, "officer").person
    for role in ("officer", "auditor", "integration"):
        reader = sign_in(company, role)
        for path in (HOUSE, "/admin/keys", "/admin/webhooks", "/policy", "/health-of-service"):
            assert reader.get(path).status_code == 403, (role, path)
    stranger = sign_in(make_organisation(session), "administrator")
    assert stranger.post(f"{HOUSE}/{person.id}", what="password").status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_auditor_finds_an_event_and_its_proof(
    sign_in: SignIn, session: Session, company: Organisation, case: Case, language: str
) -> None:
    audit.append(session)
    audit.checkpoint(session)
    session.flush()
    auditor = sign_in(company, "auditor")
    page = whole(auditor, f"/record?action=order.&subject={case.order_id}", language)
    assert str(case.order_id) in page.words
    (proof,) = [link for link in page.links if link.endswith("/proof")]
    assert proof.startswith("/v1/audit/events/")
    nothing = whole(auditor, "/record?action=no.such", language)
    assert not [link for link in nothing.links if link.endswith("/proof")]
    other = sign_in(make_organisation(session), "auditor")
    assert (
        str(case.order_id) not in other.page(f"/record?action=order.&subject={case.order_id}").words.split("About")[-1]
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_operator_tries_a_policy_and_sees_the_service(
    sign_in: SignIn, session: Session, company: Organisation, case: Case, language: str
) -> None:
    operator = make_organisation(session, "operator")
    scientist = sign_in(operator, "data_scientist")
    page = whole(scientist, "/policy", language)
    assert ("Would have held as many" if language == "en" else "Задержала бы столько же") in page.words
    stricter = whole(scientist, "/policy?band.high=refuse&stop.licence_missing=refuse", language)
    assert ("1 fewer" if language == "en" else "на 1 меньше") in stricter.words
    assert scientist.get("/policy?band.unscored=release").status_code == 422
    assert scientist.get("/policy?band.high=nonsense").status_code == 422
    admin = sign_in(operator, "administrator")
    assert ("messages waiting" if language == "en" else "сообщения в очереди") in whole(
        admin, "/health-of-service", language
    ).words
