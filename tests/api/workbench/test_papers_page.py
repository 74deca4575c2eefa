"""Documents on the order's page: listed with their hashes, added by form, compared with the hash the order states."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from sqlmodel import Session

from screening.tables.cases import Case
from screening.tables.people import Organisation
from tests.api.workbench.conftest import SUSPECT, Reader, SignIn
from tests.api.workbench.html import Page, faults
from tests.builders import held_case, make_organisation

CONTENT = b"%PDF-1.7 declaration"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def add(reader: Reader, path: str, name: str, content: bytes) -> Any:
    token = reader.client.headers.get("x-own-token", "")
    files = {"file": (name, content, "application/pdf")}
    return reader.client.post(f"{path}/documents", data={"csrf_token": token}, files=files, follow_redirects=False)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_document_is_added_and_shown_with_its_hash(
    sign_in: SignIn, session: Session, company: Organisation, scored: None, language: str
) -> None:
    case = held_case(session, company, **(SUSPECT | {"declaration": {"file_sha256": SHA256}}))
    path = f"/orders/{case.order_id}"
    reader = sign_in(company, "officer")
    before = reader.get(path, language)
    assert faults(before.text, language) == []
    assert ("No document on file has it" if language == "en" else "его нет") in Page(before.text).words
    answer = add(reader, path, "Декларация <1>.pdf", CONTENT)
    assert answer.headers["location"] == f"{path}?done=document"
    after = reader.get(f"{path}?done=document", language)
    assert faults(after.text, language) == []
    page = Page(after.text)
    assert page.words.count(SHA256) >= 2
    assert "Декларация 1.pdf" in page.words
    link = next(each for each in page.links if "/documents/" in each and each.startswith("/v1/"))
    assert reader.client.get(link).content == CONTENT


def test_what_cannot_be_kept_is_refused_with_a_remedy(
    sign_in: SignIn, session: Session, company: Organisation, case: Case
) -> None:
    path = f"/orders/{case.order_id}"
    reader = sign_in(company, "officer")
    for refused in (add(reader, path, "empty.pdf", b""), reader.post(f"{path}/documents")):
        assert refused.status_code == 422
        assert faults(refused.text, "en") == []
    assert add(sign_in(company, "auditor"), path, "x.pdf", b"x").status_code == 403
    stranger = sign_in(make_organisation(session), "officer")
    assert add(stranger, path, "x.pdf", b"x").status_code == 404
