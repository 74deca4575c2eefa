"""The download menus: every link of them gives a file, and only to those who may take it."""

from __future__ import annotations

import re

import pytest
from sqlmodel import Session

from screening.tables.cases import Case
from screening.tables.people import Organisation
from tests.api.workbench.conftest import SignIn

NOT_YET = {"format=goaml": "no_goaml_schema", "format=proof": "not_yet_signed"}


def links(html: str) -> list[str]:
    return [link.replace("&amp;", "&") for link in re.findall(r'href="(/v1/[^"]+)" download', html)]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_file_of_the_officers_menu_is_there(
    sign_in: SignIn, company: Organisation, case: Case, language: str
) -> None:
    officer = sign_in(company, "officer")
    found = links(officer.get(f"/orders/{case.order_id}", language).text)
    assert len(found) == 11
    assert [link for link in found if officer.get(link).status_code != 200] == []
    queue = links(officer.get("/queue", language).text)
    assert len(queue) == 4
    assert [link for link in queue if officer.get(link).status_code != 200] == []


def test_an_auditor_reads_and_takes_nothing(sign_in: SignIn, company: Organisation, case: Case) -> None:
    auditor = sign_in(company, "auditor")
    found = links(auditor.get(f"/orders/{case.order_id}").text)
    assert [link for link in found if not link.startswith("/v1/audit/events/")] == []  # proofs are what they check
    assert links(auditor.get("/queue").text) == []


def test_every_file_of_the_regulators_menu_is_there(
    sign_in: SignIn, session: Session, company: Organisation, authority: Organisation, case: Case
) -> None:
    officer = sign_in(company, "officer")
    officer.post(f"/orders/{case.order_id}/decide", action="refer", reason="beyond need")
    regulator = sign_in(authority, "regulator")
    (packet,) = re.findall(r'href="(/inbox/[0-9a-f-]{36})"', regulator.get("/inbox").text)
    found = links(regulator.get(packet).text)
    assert len(found) == 14
    for link in found:
        told = regulator.get(link)
        expected = NOT_YET.get(link.rpartition("?")[2])
        assert told.json()["code"] == expected if expected else told.status_code == 200, link
