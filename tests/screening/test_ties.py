"""Ties of an order opened step by step: what leads on, what is one thing, and that nobody sees another's book."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from screening import reading, ties
from screening.tables.cases import Case
from screening.tables.people import Organisation
from screening.ties import MOST_ORDERS, Ties
from tests.builders import held_case, make_organisation, principal_of

PORT = {"name": "Порт Бахты", "country": "KZ"}
CUSTOMER = {"name": "ТОО «Лак и краска»", "country": "KZ", "registration_no": "1"}


def drawn(session: Session, company: Organisation, case: Case, *opened: str) -> Ties:
    officer = principal_of(session, company, "officer")
    return ties.ties(session, officer, reading.order_file(session, officer, case.order_id), opened)


def named(told: Ties, label: str) -> Any:
    return next(thing for thing in told.things.values() if thing.entity.label == label)


def labels(told: Ties) -> set[str]:
    return {thing.entity.label for thing in told.things.values()}


def test_the_order_alone_has_its_own_parties_goods_and_places(session: Session, company: Organisation) -> None:
    case = held_case(session, company, reference="T-1", consignee=PORT)
    told = drawn(session, company, case)
    assert {"T-1", CUSTOMER["name"], PORT["name"], "acetone"} <= labels(told)
    assert named(told, "T-1").step == 0
    assert {thing.step for thing in told.things.values()} == {0, 1}
    assert named(told, str(CUSTOMER["name"])).may_open
    assert named(told, "acetone").may_open
    assert not named(told, str(PORT["name"])).may_open
    assert told.whole


def test_a_customer_opens_its_orders_and_an_order_its_parties(session: Session, company: Organisation) -> None:
    first = held_case(session, company, reference="T-1", consignee=PORT)
    held_case(session, company, reference="T-2", consignee=PORT, end_user={"name": "Алпамыш", "country": "UZ"})
    held_case(session, company, reference="T-3", customer={"name": "Other", "country": "KZ"})
    customer = named(drawn(session, company, first), str(CUSTOMER["name"])).id
    opened = drawn(session, company, first, customer)
    assert "T-2" in labels(opened)
    assert "T-3" not in labels(opened)
    assert "Алпамыш" not in labels(opened)
    other = named(opened, "T-2")
    assert (other.step, other.may_open, other.opened) == (2, True, False)
    further = drawn(session, company, first, customer, other.id)
    assert named(further, "Алпамыш").step == 3
    port = named(further, PORT["name"]).id  # one thing, however many orders name it
    assert len([tie for tie in further.links if tie.source == port and tie.type == "receives"]) == 2
    assert labels(drawn(session, company, first)) == labels(drawn(session, company, first, "nothing.of-it", other.id))


def test_goods_open_orders_of_other_customers(session: Session, company: Organisation) -> None:
    case = held_case(session, company, reference="T-1")
    held_case(session, company, reference="T-2", customer={"name": "Other", "country": "KZ"},
              lines=[{"name": "ацетон", "quantity": "5", "unit": "l"}])  # fmt: skip
    goods = named(drawn(session, company, case), "acetone").id
    told = drawn(session, company, case, goods)
    assert any(tie.source == named(told, "T-2").id and tie.target == goods for tie in told.links)


def test_more_than_is_drawn_is_said(session: Session, company: Organisation) -> None:
    cases = [held_case(session, company, reference=f"T-{number}") for number in range(MOST_ORDERS + 2)]
    customer = named(drawn(session, company, cases[0]), str(CUSTOMER["name"])).id
    told = drawn(session, company, cases[0], customer)
    assert not told.whole
    assert len([thing for thing in told.things.values() if thing.entity.type == "order"]) == MOST_ORDERS + 1


def test_another_companys_orders_are_never_met(session: Session, company: Organisation) -> None:
    case = held_case(session, company, reference="T-1")
    held_case(session, make_organisation(session), reference="THEIRS")
    first = drawn(session, company, case)
    told = drawn(session, company, case, *(thing.id for thing in first.things.values()))
    assert "THEIRS" not in labels(told)
