"""A report shared between authorities over HTTP: extract there, opinion back, and not a byte for a company."""

from __future__ import annotations

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient

from screening import referrals
from screening.tables.cases import Case
from screening.tables.people import Organisation
from tests.api.sign_in import browser, machine
from tests.builders import held_case, make_organisation, principal_of


@pytest.fixture
def company(session: Session) -> Organisation:
    return make_organisation(session, country="KZ")


@pytest.fixture
def case(session: Session, company: Organisation) -> Case:
    return held_case(session, company, destination_country="UZ")


@pytest.fixture
def sharer(session: Session) -> dict[str, str]:
    return machine(session, make_organisation(session, "authority", "KZ", "KZ-MVD"), "regulator")


@pytest.fixture
def receiver(session: Session) -> dict[str, str]:
    return machine(session, make_organisation(session, "authority", "UZ", "UZ-NCDC"), "regulator")


@pytest.fixture
def path(session: Session, company: Organisation, case: Case) -> str:
    made = referrals.refer(session, principal_of(session, company, "officer"), case.id, "odd")
    session.flush()
    return f"/v1/referrals/{made.id}/shares"


def test_an_extract_goes_there_and_an_opinion_comes_back(
    client: TestClient, sharer: dict[str, str], receiver: dict[str, str], path: str
) -> None:
    before = client.get(path, headers=sharer).json()
    assert before["open_to"] == [{"authority": "UZ-NCDC", "role": "importing", "countries": ["UZ"]}]
    made = client.post(path, json={"authority": "UZ-NCDC"}, headers=sharer)
    assert made.status_code == 201
    (seen,) = client.get("/v1/shares", headers=receiver).json()
    assert (seen["shared_by"], seen["state"], seen["referral_id"]) == ("KZ-MVD", "sent", None)
    one = f"/v1/shares/{seen['id']}"
    assert client.get(one, headers=receiver).json()["extract"]["importer"] == "UZ"
    assert client.post(f"{one}/receipt", headers=receiver).json()["state"] == "received"
    wordless = client.post(f"{one}/opinion", json={"kind": "objection"}, headers=receiver)
    assert (wordless.status_code, wordless.json()["errors"][0]["field"]) == (422, "text")
    said = {"kind": "objection", "text": "рецепта нет"}
    assert client.post(f"{one}/opinion", json=said, headers=receiver).status_code == 201
    (told,) = client.get(path, headers=sharer).json()["shares"]
    assert (told["state"], told["answers"][-1]["text"]) == ("objection", "рецепта нет")
    assert client.get(one, headers=sharer).status_code == 404


def test_another_authority_is_told_in_one_answer_why_not(client: TestClient, sharer: dict[str, str], path: str) -> None:
    for lang, words in (("en", "is no other authority"), ("ru", "не орган")):
        answer = client.post(path, json={"authority": "RU-MVD"}, headers=sharer | {"accept-language": lang})
        assert answer.status_code == 422
        assert words in answer.text


@pytest.mark.parametrize("role", ["officer", "supervisor", "auditor"])
def test_the_company_sees_not_one_byte_of_it(
    role: str, client: TestClient, session: Session, company: Organisation, case: Case, path: str,
    sharer: dict[str, str], receiver: dict[str, str],
) -> None:  # fmt: skip
    paths = (f"/v1/cases/{case.id}", "/v1/cases", path.removesuffix("/shares"), f"/v1/orders/{case.order_id}/duties")
    browser(client, session, company, role)  # type: ignore[arg-type]
    before = [client.get(each).content for each in paths]
    made = client.post(path, json={"authority": "UZ-NCDC"}, headers=sharer).json()
    client.post(f"/v1/shares/{made['id']}/opinion", json={"kind": "no_objection"}, headers=receiver)
    assert [client.get(each).content for each in paths] == before
    assert client.get(path).status_code == 403
    assert client.get(f"/v1/shares/{made['id']}").status_code == 403
