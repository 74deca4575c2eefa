"""An order is accepted once, in its turn, and what is known of its parties is exact."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import numpy as np
import pytest
from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from features.offline import build
from features.records import OutcomeRecord
from screening import database, feedback, rebuild, screen
from screening.orders import NothingToAmend, ReferenceTaken
from screening.tables.audit import AuditStaging
from screening.tables.orders import Assessment, Decision, Order, OrderVersion
from screening.versions import record_of
from tests.builders import make_organisation
from tests.features.builders import line
from tests.screening.orders import submission


def test_an_order_is_kept_with_assessment_decision_and_audit(session: Session) -> None:
    company = make_organisation(session)
    answer = screen.submit(session, submission(company.id, lines=[line("250.125")]))
    version = session.get_one(OrderVersion, answer.order.version_id)
    assert (version.number, version.goods, Decimal(version.kilograms)) == (1, "Acetone", Decimal("250.125"))
    decision = session.exec(select(Decision).where(col(Decision.order_version_id) == version.id)).one()
    assert decision.number == 1
    assert session.get_one(Assessment, version.id).facts["order_kilograms"] == 250.125
    staged = session.exec(select(AuditStaging).where(col(AuditStaging.subject_id) == str(answer.order.id))).all()
    assert [entry.action for entry in staged] == ["order.screened"]


def test_without_a_score_nothing_is_released(session: Session) -> None:
    company = make_organisation(session)
    answer = screen.submit(session, submission(company.id))
    assessment = session.get_one(Assessment, answer.order.version_id)
    decision = session.exec(select(Decision).where(col(Decision.order_version_id) == answer.order.version_id)).one()
    assert (assessment.band, assessment.failure, assessment.probability) == ("unscored", "scorer_missing", None)
    assert (decision.disposition, decision.reasons) == ("hold", ["scorer_unavailable"])
    assert answer.body["status"] == "in_process"


def test_the_same_order_again_gives_the_same_answer_and_no_second_row(session: Session) -> None:
    company = make_organisation(session)
    first = screen.submit(session, submission(company.id))
    again = screen.submit(session, submission(company.id))
    assert again.repeated
    assert again.body == first.body
    assert session.exec(select(func.count()).select_from(OrderVersion)).one() == 1


def test_another_order_under_a_taken_reference_is_refused(session: Session) -> None:
    company = make_organisation(session)
    screen.submit(session, submission(company.id))
    with pytest.raises(ReferenceTaken):
        screen.submit(session, submission(company.id, lines=[line("5")]))
    other = make_organisation(session)
    assert not screen.submit(session, submission(other.id, lines=[line("5")])).repeated


def test_an_amendment_is_screened_again_without_its_earlier_version(session: Session) -> None:
    company = make_organisation(session)
    screen.submit(session, submission(company.id, lines=[line("500")]))
    answer = screen.submit(session, submission(company.id, "always", lines=[line("200")]))
    assert (answer.amended, answer.order.version) == (True, 2)
    assert session.get_one(Assessment, answer.order.version_id).facts["month_with_order"] == 200
    with pytest.raises(NothingToAmend):
        screen.submit(session, submission(company.id, "always", reference="unheard-of"))


def test_a_late_copy_does_not_take_back_an_amendment_but_an_explicit_one_may(session: Session) -> None:
    company = make_organisation(session)
    screen.submit(session, submission(company.id, "either", lines=[line("500")]))
    screen.submit(session, submission(company.id, "either", lines=[line("200")]))
    late = screen.submit(session, submission(company.id, "either", lines=[line("500")]))
    assert (late.repeated, late.order.version) == (True, 2)
    back = screen.submit(session, submission(company.id, "always", lines=[line("500")]))
    assert (back.amended, back.order.version) == (True, 3)


def test_the_same_content_under_another_reference_is_marked_as_a_twin(session: Session) -> None:
    company = make_organisation(session)
    first = screen.submit(session, submission(company.id, reference="A"))
    second = screen.submit(session, submission(company.id, reference="B"))
    assert session.get_one(OrderVersion, second.order.version_id).twin_of == first.order.id
    assert session.get_one(OrderVersion, first.order.version_id).twin_of is None


def test_stored_vectors_are_those_of_the_offline_matrix_and_states_those_of_a_rebuild(session: Session) -> None:
    company = make_organisation(session)
    for number in range(12):
        buyer = {"name": f"Buyer {number % 3}", "country": "KZ", "phone": "+7 701 000 00 0" + str(number % 2)}
        fields = {"customer": buyer, "reference": f"A-{number}", "lines": [line(str(100 + number)), line("3", "l")]}
        screen.submit(session, submission(company.id, **fields))
        if number == 6:
            order = session.exec(select(Order).where(col(Order.reference) == "A-3")).one()
            feedback.judge(session, order, feedback.Judgement("diverted", "test"))
    screen.submit(session, submission(company.id, "always", reference="A-5", lines=[line("7")]))
    versions = session.exec(select(OrderVersion).order_by(col(OrderVersion.sequence))).all()
    known_at = session.execute(select(func.max(feedback.Label.known_at))).scalar_one()
    matrix = build([record_of(version) for version in versions], [OutcomeRecord("A-3", "diverted", known_at)])
    stored = [np.frombuffer(session.get_one(Assessment, version.id).vector, dtype="<f4") for version in versions]
    assert np.array_equal(np.array(stored).view(np.uint32), matrix.values.view(np.uint32))
    assert matrix.facts["customer_confirmed"].max() == 1
    again = rebuild.rebuild(session, company.id)
    assert (again.versions, again.labels, again.differing) == (13, 1, 0)


def test_orders_of_one_customer_at_once_see_each_other_exactly(committed: Engine) -> None:
    with database.session() as work:
        company = make_organisation(work).id

    def post(number: int) -> None:
        with database.session() as work:
            screen.submit(work, submission(company, reference=f"S-{number}", lines=[line("90")]))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(post, range(32)))
    with database.session() as work:
        rows = work.exec(
            select(OrderVersion.sequence, Assessment.facts)
            .join(Assessment, col(Assessment.order_version_id) == col(OrderVersion.id))
            .order_by(col(OrderVersion.received_at), col(OrderVersion.sequence))
        ).all()
    assert [facts["month_with_order"] for _, facts in rows] == [90.0 * (place + 1) for place in range(32)]
    assert [sequence for sequence, _ in rows] == sorted(sequence for sequence, _ in rows)
