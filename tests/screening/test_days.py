"""What orders share becomes known when the day is over: exactly what the offline matrix says, and no sooner."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, col, select

from features.catalogue import feature_names
from features.encode import encode
from features.history import MICROS_PER_DAY
from features.offline import build
from features.online import Shared
from features.records import OutcomeRecord
from screening import database, days, feedback, rebuild, screen, states
from screening.tables.orders import Assessment, DayBook, Label, Order, OrderVersion, TieComponent
from screening.versions import record_of
from tests.builders import make_organisation
from tests.features.builders import line
from tests.screening.orders import submission

SHARED_PHONE = "+7 701 555 00 00"
STREET = "12 Industrial Street"


def place(session: Session, company: UUID, number: int, buyer: str, **fields: object) -> OrderVersion:
    customer = {"name": f"Buyer {buyer}", "country": "KZ", "phone": SHARED_PHONE}
    answer = screen.submit(session, submission(company, reference=f"A-{number}", customer=customer, **fields))
    return session.get_one(OrderVersion, answer.order.version_id)


def back(session: Session, company: UUID, by: timedelta) -> None:
    """Let everything so far have happened that much earlier. Only a superuser may: what has arrived only grows."""
    session.execute(text("SET LOCAL session_replication_role = replica"))
    for table, column in (("order_version", "received_at"), ("label", "known_at")):
        session.execute(
            text(f"UPDATE {table} SET {column} = {column} - :by WHERE organisation_id = :company"),
            {"by": by, "company": company},
        )
    session.execute(text("SET LOCAL session_replication_role = origin"))
    session.expire_all()
    rebuild.rebuild(session, company)


@pytest.fixture
def company(session: Session) -> UUID:
    return make_organisation(session).id


def test_a_product_is_known_from_the_next_day_on(session: Session, company: UUID) -> None:
    for number in range(3):
        version = place(session, company, number, str(number))
    assert _shared(session, company, version).hubs == {}
    back(session, company, timedelta(days=1))
    assert _value(session, company, place(session, company, 9, "new"), "product_orders") == 3


def test_vectors_after_a_closed_day_are_those_of_the_offline_matrix(session: Session, company: UUID) -> None:
    for number in range(6):
        place(session, company, number, str(number % 4), lines=[line(str(100 + number))])
    screen.submit(session, submission(company, "always", reference="A-2", lines=[line("7")]))
    order = session.exec(select(Order).where(col(Order.reference) == "A-1")).one()
    feedback.judge(session, order, feedback.Judgement("diverted", "test"))
    feedback.judge(session, order, feedback.Judgement("legitimate", "test"))
    order = session.exec(select(Order).where(col(Order.reference) == "A-3")).one()
    feedback.judge(session, order, feedback.Judgement("attempted", "test"))
    back(session, company, timedelta(days=2))
    later = [place(session, company, 20 + number, str(number)) for number in range(3)]
    versions = session.exec(select(OrderVersion).order_by(col(OrderVersion.sequence))).all()
    names = dict(session.exec(select(Order.id, Order.reference)).all())
    labels = session.exec(select(Label).order_by(col(Label.known_at))).all()
    outcomes = [OutcomeRecord(names[each.order_id], each.outcome, each.known_at) for each in labels]  # type: ignore[arg-type]
    matrix = build([record_of(version) for version in versions], outcomes)
    stored = [np.frombuffer(session.get_one(Assessment, each.id).vector, dtype="<f4") for each in later]
    assert np.array_equal(np.array(stored).view(np.uint32), matrix.values[-3:].view(np.uint32))
    assert matrix.facts["product_confirmed"][-1] == 1
    assert matrix.facts["tied_customers"][-1] == 4


def test_customers_of_one_telephone_are_one_component(session: Session, company: UUID) -> None:
    for number in range(3):
        place(session, company, number, str(number))
    back(session, company, timedelta(days=1))
    days.ensure(company)
    found = session.exec(select(TieComponent).where(col(TieComponent.customers) == 3)).all()
    assert [each.orders for each in found] == [3]


def test_two_components_become_one_when_an_order_joins_them(session: Session, company: UUID) -> None:
    place(session, company, 1, "a")
    screen.submit(
        session, submission(company, reference="B-1", customer={"name": "B", "country": "KZ", "address": STREET})
    )
    back(session, company, timedelta(days=1))
    joint = {"name": "C", "country": "KZ", "address": STREET, "phone": SHARED_PHONE}
    answer = screen.submit(session, submission(company, reference="C-1", customer=joint))
    version = session.get_one(OrderVersion, answer.order.version_id)
    assert _value(session, company, version, "linked_groups") == 2
    back(session, company, timedelta(days=1))
    assert _value(session, company, place(session, company, 7, "d"), "linked_customers") == 3


def test_a_closed_day_stays_closed_and_no_moment_falls_behind_it(session: Session, company: UUID) -> None:
    place(session, company, 1, "a")
    closed = days.today()
    assert days.close(session, company, closed) == closed
    assert days.close(session, company, closed - 1) == closed
    days.forget(company)
    version = place(session, company, 2, "a")
    assert version.received_at >= states.moment_of((closed + 1) * MICROS_PER_DAY)


def test_first_orders_of_a_day_close_it_once(committed: Engine) -> None:
    with database.session() as work:
        company = make_organisation(work).id
    with database.session() as work:
        for number in range(3):
            place(work, company, number, str(number))
    with Session(committed) as work, work.begin():
        back(work, company, timedelta(days=1))
        work.execute(text("DELETE FROM day_book"))
        work.execute(text("DELETE FROM tie_node"))
        work.execute(text("DELETE FROM tie_component"))
    days.forget()

    def post(number: int) -> None:
        with database.session() as work:
            place(work, company, 100 + number, f"new {number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(post, range(8)))
    with database.session() as work:
        assert work.get_one(DayBook, company).day == days.today() - 1
        assert work.exec(select(TieComponent.customers)).all() == [3]


def _shared(session: Session, company: UUID, version: OrderVersion) -> Shared:
    slots = encode(record_of(version)).slots
    return days.known(session, company, slots.hubs, slots.ties)


def _value(session: Session, company: UUID, version: OrderVersion, feature: str) -> float:
    vector = np.frombuffer(session.get_one(Assessment, version.id).vector, dtype="<f4")
    return float(vector[feature_names().index(feature)])
