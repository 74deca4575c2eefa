"""The authority's pages of incidents and operations in both languages, and the same over the API."""

from __future__ import annotations

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from screening.tables.exchange import Incident, Operation
from screening.tables.people import Organisation
from tests.api.sign_in import machine
from tests.api.workbench.conftest import SignIn
from tests.api.workbench.html import Page, faults
from tests.builders import make_organisation

LANGUAGES = ["en", "ru"]
INCIDENT = {
    "kind": "theft", "marking": "amber", "occurred_on": "2026-11-01", "country": "kz", "summary": "<b>вскрыт</b> склад",
    "substances": "ацетон\n108-24-7", "kilograms": "12.5", "parties": "ТОО «Дальний»; KZ; 990140001234\nКто-то; KZ",
}  # fmt: skip
OPERATION = {
    "name": "Мост", "purpose": "try", "starts_on": "2026-11-20", "ends_on": "2099-01-01", "substances": "ацетон",
    "lanes": "KZ - UZ\nkz-kg", "invite": "RU-MVD",
}  # fmt: skip


@pytest.fixture
def kz(session: Session) -> Organisation:
    return make_organisation(session, "authority", "KZ", "KZ-MVD")


@pytest.fixture
def ru(session: Session) -> Organisation:
    return make_organisation(session, "authority", "RU", "RU-MVD")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_incident_is_filed_on_its_page_and_read_by_whom_it_was_given(
    sign_in: SignIn, session: Session, kz: Organisation, ru: Organisation, language: str
) -> None:
    reader = sign_in(kz, "regulator")
    answer = reader.get("/incidents", language)
    assert faults(answer.text, language) == []
    assert reader.post("/incidents", **INCIDENT, share_with="RU-MVD").headers["location"] == "/incidents?done=filed"
    made = session.exec(select(Incident)).one()
    assert made.substances == ["ацетон", "108-24-7"]
    assert [party["name"] for party in made.parties] == ["ТОО «Дальний»", "Кто-то"]
    other = sign_in(ru, "regulator")
    page = other.get(f"/incidents/{made.id}", language)
    assert faults(page.text, language) == []
    assert "<b>вскрыт</b> склад" in Page(page.text).words
    assert other.post(f"/incidents/{made.id}/withdraw").status_code == 404
    assert f"/incidents/{made.id}" in other.page("/incidents?done=filed", language).links


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_wrong_with_an_incident_is_told_and_the_words_are_kept(
    sign_in: SignIn, session: Session, kz: Organisation, language: str
) -> None:
    reader = sign_in(kz, "regulator")
    reader.get("/incidents", language)
    answer = reader.post(
        "/incidents", **(INCIDENT | {"country": "Kazakhstan", "kilograms": "-1", "share_with": "NONE"})
    )
    assert answer.status_code == 422
    assert faults(answer.text, language) == []
    words = Page(answer.text).words
    assert ("Страна" if language == "ru" else "Country") in words
    assert "вскрыт" in words
    answer = reader.post("/incidents", **(INCIDENT | {"share_with": "NONE"}))
    assert "NONE" in Page(answer.text).words
    assert session.exec(select(Incident)).all() == []


def test_an_own_incident_is_withdrawn(sign_in: SignIn, session: Session, kz: Organisation) -> None:
    reader = sign_in(kz, "regulator")
    reader.post("/incidents", **INCIDENT)
    made = session.exec(select(Incident)).one()
    assert reader.post(f"/incidents/{made.id}/withdraw").status_code == 303
    assert "Withdrawn" in reader.page(f"/incidents/{made.id}").words


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_operation_is_begun_and_ended_on_its_page(
    sign_in: SignIn, session: Session, kz: Organisation, ru: Organisation, language: str
) -> None:
    reader = sign_in(kz, "regulator")
    assert faults(reader.get("/operations", language).text, language) == []
    assert reader.post("/operations", **OPERATION).headers["location"] == "/operations?done=begun"
    made = session.exec(select(Operation)).one()
    assert made.lanes == [["KZ", "UZ"], ["KZ", "KG"]]
    assert faults(reader.get(f"/operations/{made.id}", language).text, language) == []
    assert reader.post(f"/operations/{made.id}/end").status_code == 303
    answer = reader.get(f"/operations/{made.id}", language)
    assert faults(answer.text, language) == []
    assert ("Отчёт" if language == "ru" else "Report") in Page(answer.text).words
    wrong = reader.post("/operations", **(OPERATION | {"ends_on": "2026-01-01"}))
    assert (wrong.status_code, "Мост" in wrong.text) == (422, True)
    assert f"/operations/{made.id}" in sign_in(ru, "regulator").page("/operations?done=begun", language).links


@pytest.mark.parametrize("path", ["/incidents", "/operations"])
def test_no_company_sees_these_pages(sign_in: SignIn, company: Organisation, path: str) -> None:
    assert sign_in(company, "officer", "supervisor").get(path).status_code == 403


def test_the_same_over_the_api(client: TestClient, session: Session, kz: Organisation, ru: Organisation) -> None:
    here, there = machine(session, kz, "regulator"), machine(session, ru, "regulator")
    body = {
        "kind": "seizure", "marking": "amber", "occurred_on": "2026-11-01", "country": "KZ", "summary": "found",
        "parties": [{"name": "X", "country": "KZ"}], "share_with": ["RU-MVD"], "kilograms": "2.50",
    }  # fmt: skip
    made = client.post("/v1/incidents", json=body, headers=here)
    assert made.status_code == 201, made.text
    told = client.get(f"/v1/incidents/{made.json()['id']}", headers=there).json()
    assert (told["own"], told["shared_with"], told["kilograms"]) == (False, [], "2.500000")
    assert client.get(f"/v1/incidents/{made.json()['id']}/matches", headers=there).json() == []
    wrong = client.post("/v1/incidents", json=body | {"share_with": ["NO"]}, headers=here | {"accept-language": "ru"})
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "share_with"
    assert client.post("/v1/incidents", json=body | {"occurred_on": "soon"}, headers=here).status_code == 422
    watch = {"name": "W", "purpose": "p", "starts_on": "2026-11-01", "ends_on": "2099-01-01",
             "lanes": [{"origin": "KZ", "destination": "UZ"}], "invite": ["RU-MVD"]}  # fmt: skip
    begun = client.post("/v1/operations", json=watch, headers=here)
    assert begun.status_code == 201, begun.text
    assert client.get(f"/v1/operations/{begun.json()['id']}", headers=there).json()["members"] == ["KZ-MVD", "RU-MVD"]
    assert client.get("/v1/authorities", headers=here).json() == [{"code": "RU-MVD", "name": "Test authority"}]
