"""A dataset from the database has the very features the orders were screened with, and its own company's rows only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from sqlmodel import Session, col, select

from models.frozen.build import build_dataset
from models.frozen.opened import open_dataset
from models.frozen.rows import Rows
from screening import feedback, screen
from screening.order_source import DatabaseSource
from screening.tables.orders import Assessment, Order, OrderVersion
from screening.tables.people import Organisation
from tests.builders import make_organisation
from tests.features.builders import line
from tests.screening.orders import submission


def frozen(session: Session, company: Organisation, folder: Path) -> Rows:
    """What is stored of the company, frozen a minute from now."""
    session.flush()
    build_dataset(DatabaseSource(session, company.id), datetime.now(UTC) + timedelta(minutes=1), folder)
    return open_dataset(folder).rows()


def test_features_are_those_the_orders_were_screened_with(session: Session, tmp_path: Path) -> None:
    company, other = make_organisation(session), make_organisation(session)
    for number in range(4):
        answer = screen.submit(session, submission(company.id, reference=f"A-{number}", lines=[line(f"{number + 1}0")]))
        if number == 1:
            feedback.judge(session, session.get_one(Order, answer.order.id), feedback.Judgement("diverted", "seizure"))
    screen.submit(session, submission(company.id, amend="always", reference="A-3", lines=[line("77")]))
    screen.submit(session, submission(other.id, reference="B-1"))
    rows = frozen(session, company, tmp_path / "dataset")
    assert list(rows.references) == ["A-0", "A-1", "A-2", "A-3", "A-3"]
    stored = session.exec(
        select(Assessment.vector)
        .join(OrderVersion, col(OrderVersion.id) == col(Assessment.order_version_id))
        .where(col(OrderVersion.organisation_id) == company.id)
        .order_by(col(OrderVersion.received_at), col(OrderVersion.sequence))
    ).all()
    for vector, row in zip(stored, rows.values, strict=True):
        assert np.array_equal(np.frombuffer(vector, dtype="<f4"), row, equal_nan=True)
    made = rows.targets(rows.as_of)
    assert made.confirmed.tolist() == [False, True, False, False, False]
    assert made.left_out["amended_later"] == 1


def test_a_later_label_withdraws_the_earlier_one(session: Session, tmp_path: Path) -> None:
    company = make_organisation(session)
    answer = screen.submit(session, submission(company.id))
    feedback.judge(session, session.get_one(Order, answer.order.id), feedback.Judgement("diverted", "seizure"))
    feedback.judge(session, session.get_one(Order, answer.order.id), feedback.Judgement("legitimate", "random_review"))
    rows = frozen(session, company, tmp_path / "dataset")
    made = rows.targets(rows.as_of)
    assert rows.labels.reference.size == 2
    assert (made.confirmed.tolist(), made.random.tolist()) == ([False], [True])
