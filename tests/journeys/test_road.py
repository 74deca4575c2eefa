"""One journey from an order to the regulator's receipt and back, and what of it the company's ordinary users see."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

from models.scorer import Scorer
from screening import audit, audit_check, replaying, tasks
from screening.orders import find
from screening.tables.cases import Case
from screening.tables.orders import Assessment, Decision
from screening.tables.people import Organisation
from screening.tables.queue import Outbox
from tests.api.sign_in import PASSWORD, browser, machine
from tests.builders import make_organisation

Serve = Callable[[float], Scorer]
EVERYTHING, NOTHING = -1e9, 1e9
ORDER: dict[str, Any] = {
    "reference": "SRR-26-00633",
    "seller": {"name": "ТОО «Степь Реагенты»", "country": "KZ"},
    "customer": {"name": "ТОО «Тобыл Сервис Плюс»", "country": "KZ", "email": "tobyl@mail.ru", "industry_code": "4520"},
    "lines": [{"name": "ацетон", "cas": "67-64-1", "quantity": "2900", "unit": "kg"}],
    "destination_country": "KZ",
    "payment": {"method": "cash", "payer": "Somebody Else"},
}


@pytest.fixture
def company(session: Session) -> Organisation:
    return make_organisation(session)


@pytest.fixture
def authority(session: Session) -> Organisation:
    return make_organisation(session, "authority", "KZ", "KZ-MVD")


def work_off(session: Session) -> None:
    """Do what the worker would do, until nothing is left."""
    while rows := session.exec(select(Outbox.id).where(col(Outbox.state) == "pending")).all():
        for row in rows:
            tasks.carry(str(row))
            session.expire_all()


def test_from_order_to_receipt_and_back(
    client: TestClient, session: Session, company: Organisation, authority: Organisation, in_service: Serve
) -> None:
    scorer = in_service(EVERYTHING)
    erp, regulator = machine(session, company), machine(session, authority, "regulator")
    answer = client.post("/v1/orders", json=ORDER, headers=erp).json()
    assert answer["status"] == "in_process"
    work_off(session)

    (referral,) = client.get("/v1/referrals", headers=regulator).json()
    packet = client.get(f"/v1/referrals/{referral['id']}/packet", headers=regulator)
    assert hashlib.sha256(packet.content).hexdigest() == referral["packet_sha256"]
    told = packet.json()["assessment"]
    assert told["model"] == scorer.version
    assert all(reason["en"] and reason["ru"] for reason in told["reasons"])
    receipt = client.post(f"/v1/referrals/{referral['id']}/receipt", headers=regulator)
    assert receipt.status_code == 201
    assert json.loads(receipt.json()["statement"])["packet_sha256"] == referral["packet_sha256"]
    client.post(f"/v1/referrals/{referral['id']}/instructions", json={"kind": "release"}, headers=regulator)

    case = session.exec(select(Case).where(col(Case.organisation_id) == company.id)).one()
    browser(client, session, company, "supervisor")
    second = TestClient(client.app, base_url="http://tamga.test")
    browser(second, session, company, "supervisor")
    words = {"reason": "the authority let it go", "password": PASSWORD}
    proposed = client.post(f"/v1/cases/{case.id}/proposals", json=words)
    assert proposed.status_code == 201, proposed.text
    second.post(f"/v1/cases/{case.id}/view", json={"view": "release"})
    approval = {"sha256": proposed.json()["body_sha256"], "password": PASSWORD}
    approved = second.post(f"/v1/proposals/{proposed.json()['id']}/approval", json=approval)
    assert approved.status_code == 200, approved.text
    client.headers.pop("x-csrf-token")
    client.cookies.clear()
    assert client.get(f"/v1/orders/{ORDER['reference']}", headers=erp).json()["status"] == "confirmed"


def test_every_step_is_in_the_audit_log_and_the_score_can_be_relived(
    client: TestClient, session: Session, company: Organisation, in_service: Serve, tmp_path: Path
) -> None:
    scorer = in_service(EVERYTHING)
    client.post("/v1/orders", json=ORDER, headers=machine(session, company))
    order = find(session, company.id, ORDER["reference"])
    assert order is not None
    assert replaying.replay(session, order.version_id, lambda _: scorer).equal
    kept = session.get_one(Assessment, order.version_id)
    families = sum(contribution for _, contribution in kept.explanation["families"])
    assert kept.explanation["base"] + families == pytest.approx(kept.margin, abs=1e-4)
    audit.append(session)
    actions = [event["action"] for event in audit.trail(session, order.id)]
    assert actions == ["order.screened"]
    assert audit_check.verify(session, tmp_path).whole


def test_twin_orders_one_of_them_reported_look_the_same_to_the_company(
    client: TestClient, session: Session, company: Organisation, authority: Organisation, in_service: Serve
) -> None:
    """Both wait for a paper the law asks for; one is also referred. Not one byte may tell them apart."""
    twins = {"high": make_organisation(session), "low": make_organisation(session)}
    seen: dict[str, list[bytes]] = {}
    needs_papers = ORDER | {"lines": [{"name": "acetic anhydride", "cas": "108-24-7", "quantity": "50", "unit": "kg"}]}
    for name, twin in twins.items():
        in_service(EVERYTHING if name == "high" else NOTHING)
        erp = machine(session, twin)
        posted = client.post("/v1/orders", json=needs_papers, headers=erp)
        work_off(session)
        order = posted.json()["id"]
        answers = [
            posted,
            client.get(f"/v1/orders/{ORDER['reference']}", headers=erp),
            client.get("/v1/orders", headers=erp),
            client.get(f"/v1/orders/{order}/assessment", headers=erp),
            client.get("/v1/cases", headers=erp),
            client.get("/v1/referrals", headers=erp),
            client.put(f"/v1/orders/{ORDER['reference']}", json=needs_papers, headers=erp),
        ]
        seen[name] = [_faceless(answer, order) for answer in answers]
    referred = session.exec(select(Decision.refer).where(col(Decision.organisation_id) == twins["high"].id)).all()
    assert True in referred
    assert seen["high"] == seen["low"]


def _faceless(answer: Any, order: str) -> bytes:
    """Status, headers and body without what differs between any two requests: ids and times."""
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    body = answer.text.replace(order, "ORDER").replace(answer.headers["x-request-id"], "REQUEST")
    return f"{answer.status_code} {sorted(headers.items())} {body}".encode()
