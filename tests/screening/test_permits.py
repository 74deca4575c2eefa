"""Ledgers of permits: drawn by line, given back, and never beyond what is granted, whoever writes at once."""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from screening import cases, database, permits, screen
from screening.access import Principal
from screening.cases import Verdict
from screening.errors import Invalid
from screening.permits import Grant, PermitKnown, PermitOverdrawn
from screening.tables.cases import Case
from screening.tables.duties import Permit
from screening.tables.orders import Decision, Order
from screening.tables.people import Organisation
from tests.builders import make_organisation, principal_of
from tests.screening.orders import submission


def grant(**fields: Any) -> Grant:
    whole = {"kind": "export", "number": "KZ-77", "substance": "acetone", "quantity": Decimal(100), "unit": "kg"}
    return Grant(**(whole | fields))  # type: ignore[arg-type]


def kilograms(quantity: str, **fields: Any) -> dict[str, Any]:
    return {
        "lines": [{"name": "acetone", "cas": "67-64-1", "quantity": quantity, "unit": "kg"}],
        "authorisation": {"type": "export", "number": "kz 77"},
    } | fields


def order_of(session: Session, company: Organisation, reference: str, quantity: str, **fields: Any) -> Order:
    customer = {"name": f"Buyer {reference}", "country": "KG", "registration_no": reference}
    made = kilograms(quantity, customer=customer, **fields)
    amend = made.pop("amend", "never")
    placed = screen.submit(session, submission(company.id, amend=amend, reference=reference, **made)).order
    return session.get_one(Order, placed.id)


def ledger(session: Session, permit: Permit) -> Decimal:
    session.refresh(permit)
    return Decimal(permit.drawn_micro) / 1_000_000


def stops(session: Session, order: Order) -> set[str]:
    first = session.exec(select(Decision).where(Decision.order_version_id == order.version_id)).first()
    assert first is not None
    return {stop["code"] for stop in first.stops}


def decide(session: Session, officer: Principal, order: Order, action: Any) -> None:
    case = session.exec(select(Case).where(Case.order_id == order.id)).one()
    cases.decide(session, officer, case.id, Verdict(action, "seen"))
    session.flush()


def test_an_order_draws_its_lines_to_the_last_gram(session: Session, company: Organisation, officer: Principal) -> None:
    permit = permits.register(session, officer, grant())
    order_of(session, company, "A", "99.999")
    last = order_of(session, company, "B", "0.001")
    assert ledger(session, permit) == Decimal(100)
    assert "authorisation_overdrawn" not in stops(session, last)
    over = order_of(session, company, "C", "0.001")
    assert "authorisation_overdrawn" in stops(session, over)
    assert over.disposition == "hold"
    assert ledger(session, permit) == Decimal(100)


def test_an_amendment_draws_its_own_quantity_only(session: Session, company: Organisation, officer: Principal) -> None:
    permit = permits.register(session, officer, grant())
    order_of(session, company, "A", "80")
    amended = order_of(session, company, "A", "90", amend="always")
    assert ledger(session, permit) == Decimal(90)
    assert "authorisation_overdrawn" not in stops(session, amended)


def test_a_refusal_gives_back_and_a_release_has_to_fit(
    session: Session, company: Organisation, officer: Principal
) -> None:
    permit = permits.register(session, officer, grant())
    first, second = order_of(session, company, "A", "70"), order_of(session, company, "B", "60")
    with pytest.raises(PermitOverdrawn), session.begin_nested():
        decide(session, officer, second, "release")
    session.expire_all()
    decide(session, officer, first, "refuse")
    assert ledger(session, permit) == 0
    decide(session, officer, second, "release")
    assert ledger(session, permit) == Decimal(60)
    _, draws = permits.find(session, officer, permit.id)
    assert [(each.reference, each.released_at is None) for each in draws] == [("A", False), ("B", True)]


def test_a_release_of_a_drawn_order_draws_once(session: Session, company: Organisation, officer: Principal) -> None:
    permit = permits.register(session, officer, grant())
    decide(session, officer, order_of(session, company, "A", "70"), "release")
    assert ledger(session, permit) == Decimal(70)


def test_what_cannot_be_measured_is_not_drawn(session: Session, company: Organisation, officer: Principal) -> None:
    permit = permits.register(session, officer, grant())
    solution = {"name": "acetone", "cas": "67-64-1", "quantity": "5", "unit": "l", "concentration_pct": "40"}
    order = order_of(session, company, "A", "1", lines=[solution])
    assert "authorisation_overdrawn" in stops(session, order)
    assert ledger(session, permit) == 0


def test_other_numbers_kinds_and_goods_are_not_drawn(
    session: Session, company: Organisation, officer: Principal
) -> None:
    others = [
        permits.register(session, officer, grant(number="KZ-78")),
        permits.register(session, officer, grant(kind="import")),
        permits.register(session, officer, grant(substance="toluene")),
        permits.register(session, officer, grant(number="KZ-77", kind="transit")),
    ]
    order_of(session, company, "A", "1000")
    assert [ledger(session, each) for each in others] == [0, 0, 0, 0]


@pytest.mark.parametrize("dates", [{"valid_to": date(2020, 1, 1)}, {"valid_from": date(2190, 1, 1)}])
def test_a_permit_holds_nothing_on_a_day_it_is_not_valid(
    dates: dict[str, date], session: Session, company: Organisation, officer: Principal
) -> None:
    permit = permits.register(session, officer, grant(**dates))
    assert "authorisation_overdrawn" in stops(session, order_of(session, company, "A", "1"))
    assert ledger(session, permit) == 0


def test_a_licence_of_the_customer_draws_too(session: Session, company: Organisation, officer: Principal) -> None:
    permit = permits.register(session, officer, grant(kind="licence", number="L-5"))
    customer = {"name": "Buyer", "country": "KG", "licences": [{"number": "L5"}]}
    screen.submit(session, submission(company.id, reference="A", **kilograms("30", customer=customer)))
    assert ledger(session, permit) == Decimal(30)


def test_the_ledger_is_moved_by_draws_only(session: Session, company: Organisation, officer: Principal) -> None:
    permit = permits.register(session, officer, grant())
    for statement in ("UPDATE permit SET drawn_micro = 5", "UPDATE permit SET granted_micro = -1"):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(text(statement))
    order = order_of(session, company, "A", "40")
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text("UPDATE permit SET granted_micro = 39000000"))
    beyond = permits.Plan((permits.Draft(permit.id, 7, 60_000_001),))
    with pytest.raises(IntegrityError), session.begin_nested():
        permits.draw(session, order.id, beyond)
    assert ledger(session, permit) == Decimal(40)


def test_a_wrong_grant_is_answered_by_field(session: Session, officer: Principal) -> None:
    for fields, field in (({"substance": "sugar"}, "substance"), ({"unit": "piece"}, "unit")):
        with pytest.raises(Invalid) as caught:
            permits.register(session, officer, grant(**fields))
        assert [fault.field for fault in caught.value.faults] == [field]
    permits.register(session, officer, grant())
    with pytest.raises(PermitKnown):
        permits.register(session, officer, grant(number="kz77"))


def registered(quantity: int) -> tuple[UUID, UUID]:
    with database.session() as work:
        company = make_organisation(work)
        permit = permits.register(work, principal_of(work, company, "officer"), grant(quantity=Decimal(quantity)))
        return company.id, permit.id


def together(*works: Any) -> list[BaseException]:
    faults: list[BaseException] = []

    def run(work: Any) -> None:
        try:
            work()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults


def test_of_orders_at_once_only_what_fits_is_drawn(committed: Engine) -> None:
    company_id, permit_id = registered(100)
    start = threading.Barrier(6)

    def place(number: int) -> None:
        start.wait()
        customer = {"name": f"Buyer {number}", "country": "KG", "registration_no": str(number)}
        made = submission(company_id, reference=f"R{number}", **kilograms("30", customer=customer))
        with database.session() as work:
            screen.submit(work, made)

    assert together(*(lambda number=number: place(number) for number in range(6))) == []
    with database.session() as work:
        assert work.get_one(Permit, permit_id).drawn_micro == 90_000_000
        held = work.exec(select(Decision)).all()
        short = [each for each in held if any(stop["code"] == "authorisation_overdrawn" for stop in each.stops)]
        assert (len(held), len(short)) == (6, 3)


def test_amendments_that_swap_two_permits_never_wait_for_each_other(committed: Engine) -> None:
    company_id, _ = registered(100)
    with database.session() as work:
        officer = principal_of(work, work.get_one(Organisation, company_id), "officer")
        permits.register(work, officer, grant(number="KZ-78"))
    numbers = ("kz 77", "kz 78")

    def body(reference: str, turn: int) -> dict[str, Any]:
        customer = {"name": f"Buyer {reference}", "country": "KG", "registration_no": reference}
        permit = {"type": "export", "number": numbers[turn % 2]}
        return {"reference": reference} | kilograms(str(turn + 1), customer=customer, authorisation=permit)

    def swap(reference: str, first: int) -> None:
        for turn in range(first, first + 12):
            with database.session() as work:
                screen.submit(work, submission(company_id, amend="either", **body(reference, turn)))

    assert together(lambda: swap("A", 0), lambda: swap("B", 1)) == []
    with database.session() as work:
        drawn = {each.number: each.drawn_micro for each in work.exec(select(Permit))}
    assert drawn == {"KZ-77": 13_000_000, "KZ-78": 12_000_000}


def test_the_database_itself_gives_the_last_kilogram_once(committed: Engine) -> None:
    company_id, permit_id = registered(10)
    with database.session() as work:
        order = screen.submit(work, submission(company_id)).order
    first = committed.connect()
    outer = first.begin()
    insert = text(
        "INSERT INTO permit_draw (id, created_at, permit_id, order_id, position, amount_micro) "
        "VALUES (gen_random_uuid(), now(), :permit, :order, :position, 10000000)"
    )
    first.execute(insert, {"permit": permit_id, "order": order.id, "position": 0})
    begun = threading.Event()

    def second() -> None:
        with committed.begin() as other:
            begun.set()
            other.execute(insert, {"permit": permit_id, "order": order.id, "position": 1})

    faults: list[BaseException] = []
    thread = threading.Thread(target=lambda: faults.extend(together(second)))
    thread.start()
    begun.wait()
    outer.commit()
    first.close()
    thread.join()
    assert [type(fault) for fault in faults] == [IntegrityError]
    assert "within_grant" in str(faults[0])
    with database.session() as work:
        assert work.get_one(Permit, permit_id).drawn_micro == 10_000_000
