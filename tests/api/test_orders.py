"""Orders over HTTP: accepted once, amended, answered neutrally, refused with field, reason and remedy."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from sqlalchemy import func
from sqlmodel import Session, select
from starlette.testclient import TestClient

from screening import bulk
from screening.tables.orders import OrderVersion
from screening.tables.people import Organisation
from tests.api.sign_in import browser, machine
from tests.builders import make_organisation

ORDER: dict[str, Any] = {
    "reference": "2026/0413-7",
    "customer": {"name": "ОсОО «Ала-Тоо Лак»", "country": "KG"},
    "lines": [{"name": "ацетон", "cas": "67-64-1", "quantity": "1200", "unit": "l"}],
    "destination_country": "KG",
}
NEUTRAL = {"id", "reference", "version", "status", "documents_needed"}


@pytest.fixture
def company(session: Session) -> Organisation:
    return make_organisation(session)


@pytest.fixture
def erp(session: Session, company: Organisation) -> dict[str, str]:
    return machine(session, company)


def versions(session: Session) -> int:
    return session.exec(select(func.count()).select_from(OrderVersion)).one()


def test_an_order_is_answered_in_the_same_call_and_neutrally(client: TestClient, erp: dict[str, str]) -> None:
    answer = client.post("/v1/orders", json=ORDER, headers=erp)
    assert answer.status_code == 201
    assert set(answer.json()) == NEUTRAL
    assert answer.json()["status"] == "in_process"
    read = client.get("/v1/orders/2026/0413-7", headers=erp)
    assert read.json() == answer.json()
    assert [each["reference"] for each in client.get("/v1/orders", headers=erp).json()["orders"]] == ["2026/0413-7"]


def test_a_key_repeats_its_answer_to_the_byte_and_takes_no_other_body(
    client: TestClient, session: Session, erp: dict[str, str]
) -> None:
    keyed = erp | {"idempotency-key": "k-1"}
    first = client.post("/v1/orders", json=ORDER, headers=keyed)
    again = client.post("/v1/orders", json=ORDER, headers=keyed)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    other = client.post("/v1/orders", json=ORDER | {"reference": "other"}, headers=keyed)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert versions(session) == 1
    rival = machine(session, make_organisation(session)) | {"idempotency-key": "k-1"}
    assert client.post("/v1/orders", json=ORDER | {"reference": "theirs"}, headers=rival).status_code == 201


def test_the_same_order_again_is_no_second_one_and_another_is_a_conflict(
    client: TestClient, session: Session, erp: dict[str, str]
) -> None:
    first = client.post("/v1/orders", json=ORDER, headers=erp)
    again = client.post("/v1/orders", json=ORDER, headers=erp)
    assert (again.status_code, again.json()) == (200, first.json())
    taken = client.post("/v1/orders", json=ORDER | {"type": "export"}, headers=erp)
    assert (taken.status_code, taken.json()["code"]) == (409, "reference_taken")
    assert "PUT" in taken.json()["remedy"]
    assert versions(session) == 1


def test_an_amendment_is_a_new_version(client: TestClient, erp: dict[str, str]) -> None:
    client.post("/v1/orders", json=ORDER, headers=erp)
    changed = ORDER | {"lines": [{"name": "acetone", "quantity": 5}]}
    amended = client.put("/v1/orders/2026/0413-7", json=changed, headers=erp)
    assert (amended.status_code, amended.json()["version"]) == (200, 2)
    assert client.put("/v1/orders/unheard", json=ORDER | {"reference": "unheard"}, headers=erp).status_code == 422
    differs = client.put("/v1/orders/elsewhere", json=changed, headers=erp)
    assert (differs.status_code, differs.json()["errors"][0]["field"]) == (422, "reference")


FAULTS = [
    ({"lines": []}, "lines"),
    ({"lines": [{"name": "a", "quantity": "1,5"}]}, "lines.0.quantity"),
    ({"lines": [{"name": "a", "quantity": -1}]}, "lines.0.quantity"),
    ({"lines": [{"name": "a", "quantity": True}]}, "lines.0.quantity"),
    ({"lines": [{"name": "a", "quantity": 1, "unit": "barrel"}]}, "lines.0.unit"),
    ({"customer": {"name": "A", "country": "Kazakhstan"}}, "customer.country"),
    ({"ordered_at": "2026-01-01T00:00:00"}, "ordered_at"),
    ({"ordered_at": "9999-12-31T23:59:59-23:59"}, "ordered_at"),
    ({"customer": {"name": "A\u0000B"}}, "customer.name"),
    ({"warehouse": 7}, "warehouse"),
]


@pytest.mark.parametrize(("fields", "path"), FAULTS)
def test_a_fault_is_told_with_field_reason_and_remedy_in_both_languages(
    client: TestClient, session: Session, erp: dict[str, str], fields: dict[str, Any], path: str
) -> None:
    english = client.post("/v1/orders", json=ORDER | fields, headers=erp | {"accept-language": "en"})
    russian = client.post("/v1/orders", json=ORDER | fields, headers=erp | {"accept-language": "ru"})
    assert (english.status_code, russian.status_code) == (422, 422)
    (fault,) = english.json()["errors"]
    assert fault["field"] == path
    assert all(fault[part] for part in ("reason", "remedy"))
    assert russian.json()["errors"][0]["reason"] != fault["reason"]
    assert versions(session) == 0


def test_orders_of_others_are_not_there(client: TestClient, session: Session, erp: dict[str, str]) -> None:
    client.post("/v1/orders", json=ORDER, headers=erp)
    rival = machine(session, make_organisation(session))
    foreign = client.get("/v1/orders/2026/0413-7", headers=rival)
    absent = client.get("/v1/orders/2026/9999-9", headers=rival)
    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert foreign.json()["detail"] == absent.json()["detail"]


def test_compliance_reads_the_assessment_and_judges_the_outcome(
    client: TestClient, session: Session, company: Organisation, erp: dict[str, str]
) -> None:
    order = client.post("/v1/orders", json=ORDER, headers=erp).json()["id"]
    assert client.get(f"/v1/orders/{order}/assessment", headers=erp).status_code == 403
    browser(client, session, company, "officer")
    told = client.get(f"/v1/orders/{order}/assessment").json()
    assert (told["band"], told["failure"], told["disposition"]) == ("unscored", "scorer_missing", "hold")
    judged = client.post(f"/v1/orders/{order}/outcome", json={"outcome": "legitimate", "source": "visit"})
    assert judged.status_code == 201


def test_a_file_is_answered_row_by_row_and_accepted_once(
    client: TestClient, session: Session, company: Organisation, erp: dict[str, str]
) -> None:
    good = [orjson.dumps(ORDER | {"reference": f"B-{number}"}) for number in range(3)]
    amended = orjson.dumps(ORDER | {"reference": "B-0", "type": "export"})
    lines = [good[0], b'{"reference": "broken', good[1], amended, good[2], good[2]]
    files = {"file": ("orders.jsonl", b"\n".join(lines), "application/x-ndjson")}
    job = client.post("/v1/orders/bulk", files=files, headers=erp)
    assert (job.status_code, job.json()["rows"], job.json()["refused"]) == (202, 6, 1)
    while bulk.accept_next(company.id, job.json()["id"], None):
        pass
    page = client.get(f"/v1/orders/bulk/{job.json()['id']}/rows", headers=erp).json()
    assert [row["state"] for row in page["rows"]] == [
        "accepted", "refused", "accepted", "amended", "accepted", "repeated",
    ]  # fmt: skip
    (problem,) = page["rows"][1]["problems"]
    assert all(problem[part][language] for part in ("reason", "remedy") for language in ("en", "ru"))
    assert versions(session) == 4


UNREADABLE = [("orders.xlsx", b"PK"), ("orders.parquet", b"not parquet"), ("o.csv", b"\xff\xfe")]


@pytest.mark.parametrize(("name", "content"), UNREADABLE)
def test_a_file_that_is_none_is_one_clear_answer(
    client: TestClient, erp: dict[str, str], name: str, content: bytes
) -> None:
    answer = client.post("/v1/orders/bulk", files={"file": (name, content)}, headers=erp)
    assert (answer.status_code, answer.json()["code"]) == (422, "unreadable_file")


def test_the_openapi_file_describes_the_body_it_takes(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    body = described["paths"]["/v1/orders"]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"]["$ref"] == "#/components/schemas/OrderIn"
    assert set(described["components"]["schemas"]["OrderIn"]["required"]) == {"reference", "customer", "lines"}
    assert body["example"]["reference"]
