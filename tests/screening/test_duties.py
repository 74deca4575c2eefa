"""Duties of stored orders: what other orders add to their sums, and what they do not."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import Session, select

from screening import cases, screen
from screening.access import Principal
from screening.cases import Verdict
from screening.duties import reading, store
from screening.duties.engine import Found
from screening.errors import Forbidden, NotFound
from screening.ids import new_id
from screening.tables.cases import Case
from screening.tables.duties import SupplyLine
from screening.tables.orders import Order
from screening.tables.people import Organisation
from tests.builders import make_organisation, principal_of
from tests.screening.orders import submission

DUTY = "eu273-registration-2"


@pytest.fixture
def company(session: Session) -> Organisation:
    return make_organisation(session, country="DE")


def place(session: Session, company: Organisation, reference: str, litres: str, **fields: Any) -> Order:
    """An order of acetic anhydride for one customer in France."""
    made = {
        "reference": reference,
        "ordered_at": "2026-06-15T12:00:00Z",
        "customer": {"name": "Acheteur", "country": "FR", "registration_no": "1"} | fields.pop("customer", {}),
        "lines": [{"name": "acetic anhydride", "cas": "108-24-7", "quantity": litres, "unit": "l"}],
    } | fields
    amend = made.pop("amend", "never")
    return session.get_one(Order, screen.submit(session, submission(company.id, amend=amend, **made)).order.id)


def found(session: Session, officer: Principal, order: Order) -> Found:
    session.flush()
    return next(each for each in reading.read(session, officer, order.id).found if each.duty.id == DUTY)


def litres(of: Found) -> float:
    return of.sums[0].low / 1e6


def test_a_sum_takes_what_came_before_and_names_it(session: Session, company: Organisation, officer: Principal) -> None:
    first = place(session, company, "A", "60", seller={"name": "S", "country": "DE", "site_id": "NORTH"})
    second = place(session, company, "B", "60", seller={"name": "S", "country": "DE", "site_id": "SOUTH"})
    assert (found(session, officer, first).status, litres(found(session, officer, first))) == ("below", 60)
    after = found(session, officer, second)
    assert (after.status, litres(after)) == ("applies", 120)
    assert [(each.supply.reference, each.tie, each.supply.site) for each in after.sums[0].contributions] == [
        ("B", "this", "SOUTH"), ("A", "party", "NORTH"),
    ]  # fmt: skip


def test_a_backdated_order_does_not_escape_the_sum(session: Session, company: Organisation, officer: Principal) -> None:
    place(session, company, "A", "60")
    later = place(session, company, "B", "60", ordered_at="2026-01-02T12:00:00Z")
    assert found(session, officer, later).status == "applies"


def test_an_amendment_counts_once_with_its_last_quantity(
    session: Session, company: Organisation, officer: Principal
) -> None:
    place(session, company, "A", "60")
    place(session, company, "A", "30", amend="always")
    second = place(session, company, "B", "60")
    assert litres(found(session, officer, second)) == 90
    place(session, company, "A", "50", amend="always")
    assert litres(found(session, officer, second)) == 110
    raised = place(session, company, "A", "45", amend="always")
    assert litres(found(session, officer, raised)) == 105


def test_a_refused_order_does_not_count(session: Session, company: Organisation, officer: Principal) -> None:
    first, second = place(session, company, "A", "60"), place(session, company, "B", "60")
    case = session.exec(select(Case).where(Case.order_id == first.id)).one()
    cases.decide(session, officer, case.id, Verdict("refuse", "no use"))
    assert litres(found(session, officer, second)) == 60


def test_sisters_count_and_strangers_and_other_companies_do_not(
    session: Session, company: Organisation, officer: Principal
) -> None:
    place(session, company, "A", "30", customer={"registration_no": "2", "beneficial_owners": ["Anna Meyer"]})
    place(session, company, "B", "20", customer={"registration_no": "3"})
    place(session, make_organisation(session, country="DE"), "C", "50")
    # the customer named its owner in an earlier order of its own, not in the one that is looked at
    place(session, company, "D", "10", customer={"beneficial_owners": ["anna  meyer"]})
    last = found(session, officer, place(session, company, "E", "40"))
    assert {(each.supply.reference, each.tie) for each in last.sums[0].contributions} == {
        ("E", "this"), ("A", "owner"), ("D", "party"),
    }  # fmt: skip
    assert (litres(last), last.sums[0].party_low) == (80, 50_000_000)


def test_exports_to_all_customers_add_up(session: Session, company: Organisation, officer: Principal) -> None:
    goods = {"lines": [{"name": "acetone", "cas": "67-64-1", "quantity": "30", "unit": "kg"}]}
    place(session, company, "A", "0", customer={"registration_no": "2", "country": "TR"}, **goods)
    place(session, company, "B", "0", customer={"registration_no": "3"}, **goods)
    last = place(session, company, "C", "0", customer={"registration_no": "4", "country": "KZ"}, **goods)
    known = reading.read(session, officer, last.id).found
    (exports,) = (each for each in known if each.duty.id == "eu111-registration-3")
    assert (exports.status, litres(exports)) == ("applies", 60)
    assert [each.tie for each in exports.sums[0].contributions] == ["this", "operator"]


def test_only_the_company_s_compliance_people_read_them(
    session: Session, company: Organisation, officer: Principal
) -> None:
    order = place(session, company, "A", "60")
    stranger = principal_of(session, make_organisation(session), "officer")
    for caller, order_id in ((stranger, order.id), (officer, new_id())):
        with pytest.raises(NotFound):
            reading.read(session, caller, order_id)
    with pytest.raises(Forbidden):
        reading.read(session, principal_of(session, company, "integration"), order.id)


def held(session: Session) -> list[dict[str, Any]]:
    rows = session.exec(select(SupplyLine).order_by(SupplyLine.order_id, SupplyLine.position))  # type: ignore[arg-type]
    return [row.model_dump() for row in rows]


def test_lines_of_earlier_orders_are_written_as_their_own_time_would_have(
    session: Session, company: Organisation
) -> None:
    place(session, company, "A", "60")
    place(session, company, "B", "0.5", ordered_at=None, lines=[
        {"name": "acetone", "quantity": "9999999999", "unit": "t"},
        {"name": "sugar", "quantity": "1"},
        {"name": "ephedrine hydrochloride", "cas": "50-98-6", "quantity": "3", "unit": "tablet", "form": "medicine"},
    ])  # fmt: skip
    place(session, company, "B", "7", ordered_at=None, amend="always")
    session.flush()
    before = held(session)
    assert len(before) == 2
    for row in session.exec(select(SupplyLine)):
        session.delete(row)
    session.flush()
    session.expire_all()
    assert store.complete() == 2
    assert held(session) == before
    assert store.complete() == 0
