"""A promoted model that breaks gives way by itself; one that is like the last good one stays."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sqlmodel import Session, select

from screening import cases, feedback, screen
from screening.modelling import overview, rescoring, terms, versions, watch
from screening.modelling.guard import FEWEST, FEWEST_LABELS, Guard
from screening.scoring import SERVICE
from screening.serving import take_model
from screening.tables.cases import Case
from screening.tables.modelling import ModelAlarm, ModelWatch, Rescore
from screening.tables.orders import Assessment, Order
from screening.tables.people import Organisation
from screening.tables.queue import Delivery
from screening.webhooks import add_endpoint
from tests.builders import make_organisation, principal_of
from tests.journeys.test_models_in_service import begin, folders, operators, promote
from tests.screening.orders import submission

__all__ = ["folders"]


def orders(session: Session, count: int) -> None:
    """So many orders of a new company, each of another customer."""
    company = make_organisation(session).id
    for number in range(count):
        given = submission(company, reference=f"G-{number}", customer={"name": f"Firm {number}", "country": "KZ"})
        screen.submit(session, given)
    session.flush()


@pytest.fixture
def promoted(session: Session, folders: dict[str, Path], request: pytest.FixtureRequest) -> Guard:
    """`good` has served, then two people let the one of the test serve."""
    people = operators(session)
    begin(session, folders["good"])
    model = versions.register(session, folders[request.param], "command")
    promote(session, people, model.version)
    add_endpoint(session, principal_of(session, make_organisation(session, "operator"), "administrator"),
                 "http://127.0.0.1:9/")  # fmt: skip
    guard = Guard()
    assert guard() is None  # nothing to go by yet
    return guard


@pytest.mark.parametrize("promoted", ["strict"], indirect=True)
def test_a_model_that_alarms_at_everything_gives_way(session: Session, promoted: Guard) -> None:
    orders(session, FEWEST - 1)
    assert promoted() is None
    orders(session, 1)
    begun = promoted()
    assert begun is not None
    assert (begun.serial, begun.kind, begun.condemns) == (3, "guard", 2)
    assert begun.reason.startswith(f"guard after {FEWEST} orders: alerts")
    assert json.loads(begun.statement)["by"] == ["guard"]
    (alarm,) = session.exec(select(ModelAlarm)).all()
    assert (alarm.serial, alarm.figure, alarm.acted, alarm.seen_at) == (2, "alerts", True, None)
    assert session.exec(select(Delivery.kind)).all() == ["model.alarm"]
    assert take_model() is not None
    assert SERVICE.serial == 3
    assert promoted() is None  # what it went back to is not guarded against itself
    while rescoring.sweep():
        pass
    found = session.exec(select(Rescore)).all()
    assert len(found) == FEWEST
    assert {row.outcome for row in found} == {"would_release"}
    assert terms.last_good(session) is None


@pytest.mark.parametrize("promoted", ["other"], indirect=True)
def test_a_model_like_the_last_good_one_stays(session: Session, promoted: Guard) -> None:
    orders(session, FEWEST)
    assert promoted() is None
    (look,) = session.exec(select(ModelWatch)).all()
    assert (look.orders, {name: each["broken"] for name, each in look.figures.items()}) == (
        FEWEST, {"alerts": 0.0, "score": 0.0, "rank": 0.0}
    )  # fmt: skip
    assert terms.top(session) == 2


def test_the_watch_keeps_its_looks_and_calls_what_moved(
    session: Session, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "FEWEST", 30)
    people = operators(session)
    begin(session, folders["good"])
    assert watch.look(session) is None  # nothing to compare yet
    orders(session, 40)
    promote(session, people, versions.register(session, folders["strict"], "command").version)
    orders(session, 40)
    made = watch.look(session)
    assert made is not None
    assert (made.serial, made.orders, made.figures["before"]) == (2, 40, 40)
    assert (made.figures["alert_rate_before"], made.figures["alert_rate"]) == (0.0, 1.0)
    assert made.figures["figures"]["alert_rate"]["broken"]
    assert len(made.figures["features"]) == watch.SHOWN
    (alarm,) = session.exec(select(ModelAlarm)).all()
    assert (alarm.figure, alarm.acted) == ("alert_rate", False)
    watch.look(session)
    assert len(session.exec(select(ModelAlarm)).all()) == 1  # told once
    assert terms.top(session) == 2  # the watch calls, the guard acts
    overview.mark_seen(session, people[0], alarm.id)
    assert overview.overview(session, people[0]).alarms == []
    assert [look.kind for look in overview.watched(session, people[0])] == ["drift", "drift"]


def test_labels_that_mature_tell_the_calibration_and_decided_cases_the_reasons(
    session: Session, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixty orders, all found out: the error is one less the mean probability. Both cases decided were stopped."""
    monkeypatch.setattr(watch, "FEWEST", 30)
    begin(session, folders["strict"])
    orders(session, FEWEST_LABELS)
    made = watch.look(session)
    assert made is not None
    assert made.figures["judged"] is None  # nothing is known yet
    found = session.exec(select(Order).order_by(Order.reference)).all()
    for order in found:
        feedback.judge(session, order, feedback.Judgement("diverted", "seizure"))
    supervisor = principal_of(session, session.get_one(Organisation, found[0].organisation_id), "supervisor")
    for order in found[:2]:
        case = session.exec(select(Case).where(Case.order_id == order.id)).one()
        cases.decide(session, supervisor, case.id, cases.Verdict("refuse", "not a paint maker"))
    session.flush()
    made = watch.look(session)
    assert made is not None
    mean = float(np.mean([each.probability for each in session.exec(select(Assessment))]))
    assert made.figures["figures"]["calibration"] == {
        "value": pytest.approx(1 - mean, abs=1e-4),
        "bar": 0.05,
        "broken": 1,
    }
    assert (made.figures["judged"]["orders"], made.figures["judged"]["confirmed"]) == (FEWEST_LABELS, FEWEST_LABELS)
    reasons = {row["reason"]: (row["cases"], row["stopped"]) for row in made.figures["reasons"]}
    assert reasons["risk_high"] == (2, 2)
    assert {alarm.figure for alarm in session.exec(select(ModelAlarm))} == {"calibration"}
