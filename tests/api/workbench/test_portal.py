"""The portal of those who order: neutral words, files looked at before they count, and no trace of a score."""

from __future__ import annotations

import csv
import io
from uuid import UUID

import pytest
from sqlmodel import Session

from screening import bulk
from screening.tables.cases import Case
from screening.tables.orders import BulkJob
from screening.tables.people import Organisation
from tests.api.workbench.conftest import Reader, SignIn
from tests.api.workbench.html import Page, faults
from tests.builders import make_organisation

HEADER = "reference,customer.name,customer.country,lines.0.name,lines.0.quantity,lines.0.unit"
GOOD = "P-{},ТОО «Бояу»,KZ,ацетон,10,kg"
BAD = "P-{},=cmd(),KZ,ацетон,-5,kg"
SECRETS = ("score", "probability", "risk", "оценк", "вероятн", "риск", "High", "referr", "authority", "орган")


def send(reader: Reader, rows: list[str], name: str = "orders.csv") -> str:
    """Upload rows as CSV; the address of the file's page."""
    token = reader.client.headers["x-own-token"]
    content = "\n".join([HEADER, *rows]).encode()
    answer = reader.client.post(
        "/uploads", data={"csrf_token": token}, files={"file": (name, content)}, follow_redirects=False
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


@pytest.mark.parametrize("language", ["en", "ru"])
def test_ones_own_orders_have_a_neutral_status_and_no_reason(
    sign_in: SignIn, company: Organisation, authority: Organisation, case: Case, language: str
) -> None:
    officer = sign_in(company, "officer")
    officer.post(f"/orders/{case.order_id}/decide", action="refer", reason="suspicious")
    reader = sign_in(company, "integration")
    assert reader.get("/").headers["location"] == "/my-orders"
    for path in ("/my-orders?search=", f"/my-orders/{case.order_id}", "/uploads"):
        answer = reader.get(path, language)
        assert answer.status_code == 200
        assert faults(answer.text, language) == []
        words = Page(answer.text).words
        assert not [secret for secret in SECRETS if secret.lower() in words.lower()], path
    page = reader.page(f"/my-orders/{case.order_id}", language)
    assert ("Documents needed" if language == "en" else "Нужны документы") in page.words
    assert ("A licence valid" if language == "en" else "Лицензия") in page.words


def test_orders_of_another_company_are_not_there(sign_in: SignIn, session: Session, case: Case) -> None:
    other = sign_in(make_organisation(session), "integration")
    assert other.get(f"/my-orders/{case.order_id}").status_code == 404
    assert "No orders here." in other.page("/my-orders").words
    assert sign_in(make_organisation(session, "authority"), "regulator").get("/my-orders").status_code == 403


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_file_is_looked_at_corrected_and_committed(
    sign_in: SignIn, session: Session, company: Organisation, language: str
) -> None:
    reader = sign_in(company, "integration")
    path = send(reader, [*(GOOD.format(number) for number in range(3)), BAD.format(8), BAD.format(9)])
    assert path.startswith("/uploads/")
    answer = reader.get(path, language)
    assert faults(answer.text, language) == []
    words = Page(answer.text).words
    assert ("3 to be taken" if language == "en" else "3 будет принято") in words
    assert ("2 with faults" if language == "en" else "2 с ошибками") in words
    assert "lines.0.quantity" in words
    rows = list(csv.DictReader(io.StringIO(reader.get(f"{path}/refused", language).text.removeprefix("\ufeff"))))
    assert [row["reference"] for row in rows] == ["P-8", "P-9"]
    assert [row["tamga_line"] for row in rows] == ["5", "6"]
    assert all(row["customer.name"] == "'=cmd()" and row["tamga_reason"] for row in rows)
    for row in rows:
        row["lines.0.quantity"] = "5"
    again = io.StringIO()
    writer = csv.DictWriter(again, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    token = reader.client.headers["x-own-token"]
    files = {"file": ("corrected.csv", again.getvalue().encode())}
    second = reader.client.post("/uploads", data={"csrf_token": token}, files=files, follow_redirects=False)
    for each in (path, second.headers["location"]):
        assert reader.post(f"{each}/commit").headers["location"] == f"{each}?done=committed"
        while bulk.accept_next(company.id, _id(each), None):
            pass
    words = reader.page(second.headers["location"], "en").words
    assert "2 taken" in words
    assert "0 with faults" in words
    assert "5 orders" in reader.page("/my-orders", "en").words


def _id(path: str) -> UUID:
    return UUID(path.rsplit("/", 1)[1])


def test_nothing_is_taken_before_it_is_committed(sign_in: SignIn, session: Session, company: Organisation) -> None:
    reader = sign_in(company, "integration")
    path = send(reader, [GOOD.format(1)])
    job = session.get_one(BulkJob, _id(path))
    assert job.state == "pending"
    assert "No orders here." in reader.page("/my-orders").words


def test_a_file_of_nobody_or_of_no_kind_is_told(sign_in: SignIn, session: Session, company: Organisation) -> None:
    reader = sign_in(company, "integration")
    path = send(reader, [GOOD.format(1)])
    token = reader.client.headers["x-own-token"]
    wrong = reader.client.post("/uploads", data={"csrf_token": token}, files={"file": ("x.exe", b"MZ")})
    assert (wrong.status_code, faults(wrong.text, "en")) == (422, [])
    assert "cannot be read" in Page(wrong.text).words
    assert reader.client.post("/uploads", data={"csrf_token": token}).status_code == 422
    stranger = sign_in(make_organisation(session), "integration")
    for each in (path, f"{path}/refused"):
        assert stranger.get(each).status_code == 404
    assert stranger.post(f"{path}/commit").status_code == 404
