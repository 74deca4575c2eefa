"""The overview and the queue: rank, filters in the address, views, preview, and who has a case open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlmodel import Session

from screening.ids import utc_now
from screening.scoring import SERVICE
from screening.tables.cases import Case
from screening.tables.orders import Order
from screening.tables.people import Organisation
from tests.api.workbench.conftest import Reader, SignIn
from tests.api.workbench.html import Page, faults
from tests.builders import held_case, make_organisation


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_overview_counts_what_waits(
    sign_in: SignIn, session: Session, company: Organisation, case: Case, language: str
) -> None:
    case.due_at = utc_now() - timedelta(hours=1)
    session.flush()
    reader = sign_in(company, "officer")
    answer = reader.get("/overview", language)
    assert faults(answer.text, language) == []
    page = Page(answer.text)
    assert f"/orders/{case.order_id}" in page.links
    assert ("1 past due" if language == "en" else "1 просрочено") in page.words


def test_an_empty_house_is_told_how_to_send_an_order(sign_in: SignIn, company: Organisation) -> None:
    assert "curl -X POST" in sign_in(company, "officer").page("/overview").words


def test_the_rank_is_harm_times_urgency(sign_in: SignIn, session: Session, company: Organisation) -> None:
    SERVICE.serve(None)  # every probability counts as 1
    small = held_case(session, company, lines=[{"name": "acetone", "quantity": "1", "unit": "kg"}])
    big = held_case(session, company, lines=[{"name": "acetone", "quantity": "100000", "unit": "kg"}])
    session.flush()
    reader = sign_in(company, "officer")

    def order() -> list[str]:
        links = reader.page("/queue").links
        return [
            link for link in dict.fromkeys(links) if link in (f"/orders/{small.order_id}", f"/orders/{big.order_id}")
        ]

    for each in (small, big):
        each.due_at = utc_now() + timedelta(days=2)
    session.flush()
    assert order() == [f"/orders/{big.order_id}", f"/orders/{small.order_id}"]
    small.due_at = utc_now() - timedelta(days=1)
    session.flush()
    assert "3.3" in reader.page("/queue").words  # 3 x ln 3
    assert "11.5" in reader.page("/queue").words  # 1 x ln 100002


def test_filters_of_clock_and_person_stand_in_the_address(
    sign_in: SignIn, session: Session, company: Organisation, case: Case
) -> None:
    reader = sign_in(company, "officer")
    link = f"/orders/{case.order_id}"
    assert link in reader.page("/queue?who=nobody&sort=due").links
    assert link not in reader.page("/queue?who=me").links
    reader.post(f"{link}/decide", action="take")
    assert link in reader.page("/queue?who=me&sort=score").links
    assert link not in reader.page("/queue?who=nobody").links
    assert link not in reader.page("/queue?due=past&sort=newest").links
    case.due_at = utc_now() - timedelta(hours=1)
    session.flush()
    assert link in reader.page("/queue?due=past").links


def test_a_view_is_kept_under_a_name_and_is_ones_own(
    sign_in: SignIn, again: Callable[[Reader], Reader], company: Organisation, case: Case
) -> None:
    reader = sign_in(company, "officer")
    kept = reader.post("/queue/views", name="Мои высокие", query="band=high&who=me")
    assert kept.headers["location"] == "/queue?band=high&who=me"
    reader.post("/queue/views", name="Мои высокие", query="band=high&who=nobody")
    page = reader.page("/queue")
    assert "Мои высокие" in page.words
    assert "/queue?band=high&who=nobody" in page.links
    (gone,) = [link for link in page.links if link.startswith("/queue/views/") and link.endswith("/drop")]
    other = sign_in(company, "officer")
    assert "Мои высокие" not in other.page("/queue").words
    other.post(gone)
    again(reader)
    assert "Мои высокие" in reader.page("/queue").words
    reader.post(gone)
    assert "Мои высокие" not in reader.page("/queue").words
    assert reader.post("/queue/views", name=" ", query="").status_code == 422


def test_who_has_a_case_open_is_seen_by_colleagues_alone(
    sign_in: SignIn, session: Session, company: Organisation, case: Case
) -> None:
    path = f"/orders/{case.order_id}"
    assert "Open at" not in sign_in(company, "officer").page(path).words
    other = sign_in(company, "supervisor")
    assert "Open at Aigul" in other.page("/queue").words
    assert "Open at Aigul" in other.page(path).words
    auditor = sign_in(company, "auditor")
    assert "Open at Aigul, Aigul" in auditor.page(path).words


def test_the_preview_is_the_pages_own_and_nobody_elses(
    sign_in: SignIn, session: Session, company: Organisation, case: Case
) -> None:
    reader = sign_in(company, "officer")
    shown = reader.get(f"/queue/preview/{case.order_id}")
    assert shown.status_code == 200
    assert "Facts against limits" in Page(shown.text).words
    assert "<html" not in shown.text
    assert "Facts against limits" in reader.page(f"/queue?show={case.order_id}").words
    stranger = sign_in(make_organisation(session), "officer")
    assert stranger.get(f"/queue/preview/{case.order_id}").status_code == 404
    assert stranger.get(f"/queue?show={case.order_id}").status_code == 404


def test_nothing_is_released_in_bulk(sign_in: SignIn, company: Organisation, case: Case) -> None:
    page = sign_in(company, "officer").page("/queue")
    assert not [form for form in page.forms if "decide" in form["action"]]


def test_an_order_is_found_by_its_number(sign_in: SignIn, session: Session, company: Organisation, case: Case) -> None:
    reference = session.get_one(Order, case.order_id).reference
    reader = sign_in(company, "auditor")
    assert "/find" in reader.page("/queue").links
    assert reader.get(f"/find?reference=%20{quote(reference)}").headers["location"] == f"/orders/{case.order_id}"
    assert reader.get("/find?reference=№&nothing").headers["location"] == "/queue?state=all&search=%E2%84%96"
    stranger = sign_in(make_organisation(session), "officer")
    assert stranger.get(f"/find?reference={quote(reference)}").headers["location"].startswith("/queue?state=all")
    assert sign_in(company, "integration").get("/find?reference=x").status_code == 403
    assert "/find" not in sign_in(company, "integration").page("/my-orders").links
