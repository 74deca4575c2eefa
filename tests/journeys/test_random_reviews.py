"""A share of low-risk orders is reviewed, marked, and their customers notice nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlmodel import Session, col, select

from models.scorer import Scorer
from screening import cases, policy, reviews, screen
from screening.cases import Verdict
from screening.tables.cases import Case
from screening.tables.orders import Order
from screening.tables.queue import Outbox
from tests.builders import make_organisation, principal_of
from tests.screening.orders import submission


@pytest.mark.parametrize("action", ["release", "refuse"])
def test_a_low_order_is_reviewed_by_chance(
    action: str, session: Session, in_service: Callable[[float], Scorer], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_service(1e9)
    monkeypatch.setitem(policy.REVIEW, "low_risk", 1.0)
    company = make_organisation(session)
    answer = screen.submit(session, submission(company.id))
    assert answer.body["status"] == "confirmed"
    session.flush()
    case = session.exec(select(Case).where(col(Case.order_id) == answer.order.id)).one()
    assert (case.kind, case.reasons) == ("random", [])
    officer = principal_of(session, company, "officer")
    cases.decide(session, officer, case.id, Verdict(action, "looked"))  # type: ignore[arg-type]
    session.flush()
    order = session.get_one(Order, case.order_id, populate_existing=True)
    assert (order.disposition, order.state) == (action, "cleared" if action == "release" else "refused")
    assert session.exec(select(Outbox.id).where(col(Outbox.organisation_id) == company.id)).all() == []
    told = reviews.figures(session, principal_of(session, company, "supervisor"))
    assert (told["random_reviews"], told["random_stopped"]) == (1, int(action == "refuse"))
    assert told["overrides"] == int(action == "refuse")
