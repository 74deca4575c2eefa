"""What would change a score: the answer is what an amendment would get, nothing is kept, and only papers are tried."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from features.catalogue import feature_names
from features.intake import OrderIn
from screening import reading, screen, what_if
from screening.access import Principal
from screening.errors import Forbidden
from screening.orders import Submission
from screening.papers import Given, Paper, Standing, offered, with_all
from screening.policy import STOPS
from screening.scoring import SERVICE
from screening.tables.audit import AuditStaging
from screening.tables.cases import Case
from screening.tables.people import Organisation
from screening.views import ViewFirst
from screening.what_if import ACTION, TooManyLooks, WhatIf
from tests.api.workbench.conftest import SUSPECT
from tests.api.workbench.served import small_scorer
from tests.builders import held_case, principal_of
from tests.features.builders import body
from tests.screening.judge import Judge

PAPERS_OF_LAW = {"licence", "declaration", "authorisation", "notification"}
WRITABLE = {
    ("customer", "licences"), ("customer", "annual_need_kg"), ("customer", "storage_capacity_kg"), ("declaration",),
    ("authorisation",), ("notification",), ("requested_ship_date",),
}  # fmt: skip
NOTHING = Given()
COUNTED = ("declaration", "authorisation", "notification")
TABLES = ("orders", "order_version", "assessment", "decision", "case_event", "outbox", "label", "permit_draw")


class Counting(Judge):
    """A model to which each missing paper is worth a fifth."""

    def assess(self, values: Any) -> Any:
        missing = [values[feature_names().index(f"{name}_missing")] for name in COUNTED]
        chance = 0.1 + 0.2 * missing.count(1.0)
        return dataclasses.replace(super().assess(values), probability=chance, band="high" if chance > 0.5 else "low")


@pytest.fixture
def suspect(session: Session, company: Organisation) -> Any:
    SERVICE.serve(small_scorer())
    yield held_case(session, company, **SUSPECT)
    SERVICE.serve(None)


def asked(session: Session, principal: Principal, case: Case, given: Given = NOTHING) -> WhatIf:
    return what_if.what_if(session, principal, reading.order_file(session, principal, case.order_id), given)


def test_each_paper_of_law_meets_its_rule(session: Session, company: Organisation, suspect: Case) -> None:
    told = asked(session, principal_of(session, company, "officer"), suspect)
    met = {change.paper.code: {stop.code for stop in change.met} for change in told.changes}
    assert set(met) == {*PAPERS_OF_LAW, "need", "storage", "delivery"}
    assert met["licence"] == {"licence_missing"}
    assert met["declaration"] == {"declaration_missing"}
    assert met["authorisation"] == {"authorisation_missing"}
    assert met["notification"] == {"notification_missing"}
    assert met["need"] == met["storage"] == met["delivery"] == set()
    assert told.together is not None
    assert told.together.stops == ()


def test_papers_that_move_the_score_come_first(session: Session, company: Organisation, suspect: Case) -> None:
    SERVICE.serve(Counting())  # type: ignore[arg-type]
    told = asked(session, principal_of(session, company, "officer"), suspect)
    assert (told.now.probability, told.now.band) == (pytest.approx(0.7), "high")
    chances = {change.paper.code: change.then.probability for change in told.changes}
    assert [change.paper.code for change in told.changes][:3] == list(COUNTED)
    assert chances == {
        "licence": pytest.approx(0.7), "declaration": pytest.approx(0.5), "authorisation": pytest.approx(0.5),
        "notification": pytest.approx(0.5), "need": pytest.approx(0.7), "storage": pytest.approx(0.7),
        "delivery": pytest.approx(0.7),
    }  # fmt: skip
    assert told.together is not None
    assert (told.together.probability, told.together.band) == (pytest.approx(0.1), "low")


@pytest.mark.parametrize("code", ["licence", "declaration", "need"])
def test_the_answer_is_what_an_amendment_gets(
    code: str, session: Session, company: Organisation, suspect: Case
) -> None:
    officer = principal_of(session, company, "officer")
    change = next(each for each in asked(session, officer, suspect).changes if each.paper.code == code)
    before = reading.order_file(session, officer, suspect.order_id)
    amended = change.paper.put(OrderIn.model_validate_json(before.version.body))
    again = OrderIn.model_validate_json(amended.model_dump_json(exclude_unset=True))
    screen.submit(session, Submission.of(company.id, again, amend="always"))
    session.expire_all()
    after = reading.order_file(session, officer, suspect.order_id)
    assert after.version.number == 2
    assert after.assessment.probability == pytest.approx(change.then.probability)
    assert after.assessment.band == change.then.band
    assert [each["code"] for each in after.decisions[0].stops] == [stop.code for stop in change.then.stops]


def test_nothing_is_kept_but_that_somebody_looked(session: Session, company: Organisation, suspect: Case) -> None:
    officer = principal_of(session, company, "officer")

    def kept() -> list[Any]:
        counts = [session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in TABLES]
        states = session.execute(text("SELECT key, state FROM party_state ORDER BY key")).all()
        return [*counts, [tuple(row) for row in states]]

    before = kept()
    asked(session, officer, suspect)
    assert kept() == before
    entry = session.exec(select(AuditStaging).where(col(AuditStaging.action) == ACTION)).one()
    assert (entry.organisation_id, entry.subject_id) == (company.id, str(suspect.order_id))
    assert officer.actor in entry.body


def test_only_officers_ask_and_only_after_their_own_view(
    session: Session, company: Organisation, suspect: Case
) -> None:
    with pytest.raises(Forbidden):
        asked(session, principal_of(session, company, "auditor"), suspect)
    suspect.own_view = True
    session.flush()
    with pytest.raises(ViewFirst):
        asked(session, principal_of(session, company, "officer"), suspect)


def test_many_questions_in_a_minute_are_refused(
    session: Session, company: Organisation, suspect: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(what_if, "MOST", 2)
    officer = principal_of(session, company, "officer")
    asked(session, officer, suspect)
    asked(session, officer, suspect)
    with pytest.raises(TooManyLooks):
        asked(session, officer, suspect)


def test_without_a_model_the_rules_of_law_are_told(session: Session, company: Organisation, suspect: Case) -> None:
    SERVICE.serve(None)
    told = asked(session, principal_of(session, company, "officer"), suspect)
    assert (told.now.probability, told.now.band, told.model_version) == (None, "unscored", None)
    assert {stop.code for change in told.changes for stop in change.met} == {stop.code for stop in told.now.stops}


def test_an_order_in_order_lacks_nothing(session: Session, company: Organisation) -> None:
    SERVICE.serve(small_scorer())
    case = held_case(
        session, company, lines=[{"quantity": "1", "unit": "kg"}], requested_ship_date="2099-01-01",
        customer={"name": "A", "country": "KZ", "annual_need_kg": "1000", "storage_capacity_kg": "1000"},
    )  # fmt: skip
    told = asked(session, principal_of(session, company, "officer"), case)
    SERVICE.serve(None)
    assert told.changes == ()
    assert told.together is None


def test_own_figures_are_tried(session: Session, company: Organisation, suspect: Case) -> None:
    officer = principal_of(session, company, "officer")
    given = Given(Decimal("123456"), Decimal("7000.5"), date(2099, 1, 1))
    figures = {each.paper.code: each.paper.figure for each in asked(session, officer, suspect, given).changes}
    assert (figures["need"], figures["storage"], figures["delivery"]) == (
        *(given.need_kg, given.storage_kg),
        given.ship_on,
    )
    least = {each.paper.code: each.paper.figure for each in asked(session, officer, suspect).changes}
    assert least["storage"] < given.storage_kg  # type: ignore[operator]


def _changed(before: dict[str, Any], after: dict[str, Any]) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for name in before.keys() | after.keys():
        one, other = before.get(name), after.get(name)
        if one == other:
            continue
        if name == "customer":
            found |= {(name, field) for field in one.keys() | other.keys() if one.get(field) != other.get(field)}
        else:
            found.add((name,))
    return found


@pytest.mark.parametrize(
    "stated", [{}, SUSPECT, {"declaration": {"end_use": "trade"}, "requested_ship_date": "2020-01-01"}]
)
def test_no_paper_touches_who_where_or_how_much(stated: dict[str, Any]) -> None:
    order = body(**stated)
    flags = ("licence_missing", "vague_end_use", "authorisation_missing", "notification_missing")
    facts = dict.fromkeys(flags, 1.0) | {"order_kilograms": 4000.0, "twelve_months_with_order": 9000.0}
    papers = offered(order, Standing(date(2026, 11, 22), facts, tuple(STOPS.values())), Given())
    assert len(papers) == 7
    for paper in (*papers, Paper("need", lambda was: with_all(was, papers))):
        then = paper.put(order)
        assert OrderIn.model_validate_json(then.model_dump_json(exclude_unset=True))
        assert _changed(order.model_dump(), then.model_dump()) <= WRITABLE
