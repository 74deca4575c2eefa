"""The customer's page: months, need, orders, sister firms across scripts, and nobody else's customer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlmodel import Session

from screening.customers import last_months
from screening.tables.cases import Case
from screening.tables.people import Organisation
from tests.api.workbench.conftest import SignIn
from tests.api.workbench.html import Page, faults
from tests.builders import held_case, make_organisation

ACETONE = {"name": "acetone", "cas": "67-64-1", "quantity": "150", "unit": "kg"}


def test_months_are_the_last_twelve() -> None:
    assert last_months(datetime(2026, 2, 3, tzinfo=UTC)) == (
        "2025-03", "2025-04", "2025-05", "2025-06", "2025-07", "2025-08", "2025-09", "2025-10", "2025-11", "2025-12",
        "2026-01", "2026-02",
    )  # fmt: skip


@pytest.mark.parametrize("language", ["en", "ru"])
def test_what_it_bought_and_whom_it_resembles(
    sign_in: SignIn, session: Session, company: Organisation, language: str
) -> None:
    own = {"name": "ТОО «Алтын Бояу»", "country": "KZ", "registration_no": "990140001234", "annual_need_kg": "200"}
    case = held_case(session, company, customer=own, lines=[ACETONE])
    held_case(session, company, customer=own, lines=[ACETONE])
    latin = {"name": "Altyn Boyau LLP", "country": "KZ", "registration_no": "111111111111"}
    sister = held_case(session, company, customer=latin, lines=[ACETONE])
    held_case(session, company, customer={"name": "Somebody Else", "country": "DE"}, lines=[ACETONE])
    reader = sign_in(company, "officer")
    answer = reader.get(f"/orders/{case.order_id}/customer", language)
    assert answer.status_code == 200, answer.text
    assert faults(answer.text, language) == []
    page = Page(answer.text)
    assert ("300 kg 150%" if language == "en" else "300 кг 150 %") in page.words.replace("\u00a0", " ")
    assert f"/orders/{sister.order_id}/customer" in page.links
    assert "Somebody Else" not in page.words
    assert f"/orders/{case.order_id}/customer" in reader.page(f"/orders/{case.order_id}").links


def test_a_customer_of_another_company_is_not_there(sign_in: SignIn, session: Session, case: Case) -> None:
    stranger = sign_in(make_organisation(session), "officer")
    assert stranger.get(f"/orders/{case.order_id}/customer").status_code == 404
    assert (
        sign_in(make_organisation(session), "integration").get(f"/orders/{case.order_id}/customer").status_code == 403
    )
