"""Repeat hits of a cleared pattern pass, on record and within bounds; anything more is held as ever."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from features.encode import encode
from screening import audit, cases, clearances, clearing, policy, policy_check, reading, screen
from screening.access import Principal
from screening.cases import Verdict
from screening.clearances import AlreadyCleared, Known, NotToClear
from screening.errors import Forbidden, Invalid, NotFound
from screening.ids import new_id, utc_now
from screening.orders import Submission
from screening.policy import DEFAULT_RULES, PolicyTable, Ruling
from screening.scoring import SERVICE
from screening.tables.cases import Case
from screening.tables.clearances import Clearance
from screening.tables.orders import Decision, Order, OrderVersion
from screening.tables.people import Organisation
from screening.versions import record_of
from tests.builders import held_case, make_organisation, principal_of, unique
from tests.features.builders import body
from tests.screening.judge import Judge


@pytest.fixture
def cleared(session: Session, judge: Judge, company: Organisation, officer: Principal) -> Clearance:
    """An officer released an order of 100 kg that only its score had held, and cleared its pattern."""
    case = held_case(session, company)
    cases.decide(session, officer, case.id, Verdict("release", "known customer, papers in order"))
    session.flush()
    return clearing.clear(session, officer, case.id, "delivers each week")


def ordered(session: Session, company: Organisation, **fields: Any) -> Order:
    fields = {"reference": unique("REP")} | fields
    order = screen.submit(session, Submission.of(company.id, body(**fields))).order
    session.flush()
    return session.get_one(Order, order.id)


def kilograms(amount: str) -> list[dict[str, str]]:
    return [{"name": "acetone", "cas": "67-64-1", "quantity": amount, "unit": "kg"}]


def has_case(session: Session, order: Order) -> bool:
    return session.exec(select(Case.id).where(col(Case.order_id) == order.id)).first() is not None


def test_a_repeat_hit_passes_and_it_is_on_record(
    session: Session, company: Organisation, officer: Principal, cleared: Clearance
) -> None:
    order = ordered(session, company)
    assert (order.disposition, order.state, has_case(session, order)) == ("release", "cleared", False)
    file = reading.order_file(session, officer, order.id)
    assert file.decisions[0].clearance_id == cleared.id
    assert file.decisions[0].reasons == ["risk_elevated", "cleared_before"]
    (screened,) = audit.trail(session, order.id)
    assert screened["details"]["clearance"] == str(cleared.id)
    assert [each.used for each in clearing.listed(session, officer)] == [1]


@pytest.mark.parametrize(
    "other",
    [
        {"lines": kilograms("126")},
        {"customer": {"name": "Somebody else", "country": "KZ"}},
        {"consignee": {"name": "Another place", "country": "KZ"}},
        {"lines": [{"name": "toluene", "cas": "108-88-3", "quantity": "100", "unit": "kg"}]},
        {"lines": [{"name": "acetone", "cas": "67-64-1", "quantity": "1", "unit": "piece"}]},
        {"notification": {"id": "P", "status": "objection"}},
    ],
    ids=["more", "customer", "consignee", "goods", "no weight", "legal stop"],
)
def test_anything_else_is_held(
    other: dict[str, Any], session: Session, company: Organisation, cleared: Clearance
) -> None:
    assert ordered(session, company, lines=kilograms("125")).disposition == "release"
    assert ordered(session, company, **other).disposition != "release"


@pytest.mark.parametrize("band", ["high", "unscored"])
def test_neither_a_high_score_nor_none_passes(
    band: str, session: Session, company: Organisation, cleared: Clearance, judge: Judge
) -> None:
    if band == "unscored":
        SERVICE.serve(None)
    judge.band = band
    order = ordered(session, company)
    assert (order.disposition, has_case(session, order)) == ("hold", True)


def test_another_company_and_an_amendment_are_not_covered(
    session: Session, company: Organisation, cleared: Clearance
) -> None:
    assert ordered(session, make_organisation(session)).disposition == "hold"
    first = ordered(session, company, reference="AM-7")
    again = Submission.of(company.id, body(reference="AM-7", notes="changed"), amend="always")
    assert first.disposition == "release"
    assert screen.submit(session, again).order.disposition == "hold"


def test_it_ends_by_the_officers_word_by_a_refusal_and_on_its_day(
    session: Session, company: Organisation, officer: Principal, cleared: Clearance
) -> None:
    clearing.end(session, officer, cleared.id, "a new owner")
    held = ordered(session, company)
    assert held.disposition == "hold"
    case = session.exec(select(Case).where(col(Case.order_id) == held.id)).one()
    cases.decide(session, officer, case.id, Verdict("release", "looked again"))
    session.flush()
    second = clearing.clear(session, officer, case.id, "in order after all", 1)
    assert ordered(session, company).disposition == "release"
    refused = ordered(session, company, lines=kilograms("900"))
    case = session.exec(select(Case).where(col(Case.order_id) == refused.id)).one()
    cases.decide(session, officer, case.id, Verdict("refuse", "nine times as much"))
    session.flush()
    session.refresh(second)
    assert (second.end_reason, ordered(session, company).disposition) == ("refused", "hold")
    with pytest.raises(DBAPIError, match="only ends"), session.begin_nested():
        session.execute(text("UPDATE clearance SET until = until - 9"))


def test_the_day_after_its_last_it_covers_nothing(session: Session, company: Organisation, cleared: Clearance) -> None:
    session.execute(text("ALTER TABLE clearance DISABLE TRIGGER guard"))
    session.execute(text("UPDATE clearance SET until = current_date - 1"))
    session.execute(text("ALTER TABLE clearance ENABLE TRIGGER guard"))
    assert ordered(session, company).disposition == "hold"


def test_only_what_a_score_alone_had_held_is_cleared(
    session: Session, company: Organisation, officer: Principal, cleared: Clearance, judge: Judge
) -> None:
    open_case = held_case(session, company, lines=kilograms("5000"))
    with pytest.raises(NotToClear):
        clearing.clear(session, officer, open_case.id, "not decided yet")
    stopped = held_case(session, company, declaration=None, lines=[
        {"name": "acetic anhydride", "cas": "108-24-7", "quantity": "1", "unit": "kg"},
    ])  # fmt: skip
    cases.decide(session, officer, stopped.id, Verdict("release", "the paper came"))
    session.flush()
    with pytest.raises(NotToClear):
        clearing.clear(session, officer, stopped.id, "law had held it")
    with pytest.raises(AlreadyCleared):
        clearing.clear(session, officer, cleared.case_id, "twice")
    with pytest.raises(Invalid):
        clearing.clear(session, officer, cleared.case_id, "too long", 181)
    with pytest.raises(Forbidden):
        clearing.end(session, principal_of(session, company, "auditor"), cleared.id, "x")
    with pytest.raises(NotFound):
        clearing.end(session, principal_of(session, make_organisation(session), "officer"), cleared.id, "x")


def test_policy_reasons_and_weight_are_bounds(session: Session, company: Organisation) -> None:
    version = held_case(session, company)
    order = encode(record_of(session.get_one(OrderVersion, version.order_version_id)))
    known = Known(new_id(), 100_000_000, frozenset({"a", "b"}), 1)
    table = PolicyTable(1, DEFAULT_RULES)
    held = Ruling("hold", (), ("risk_elevated",), (), False)
    assert clearances.passes(known, table, order, held, {"a"})
    refusing = (
        (replace(known, limit_micro=99_999_999), table, held, {"a"}),
        (replace(known, policy_version=2), table, held, {"a"}),
        (known, PolicyTable(1, DEFAULT_RULES | {"clearances": {"days": 0}}), held, {"a"}),
        (known, table, held, {"a", "c"}),
        (known, table, replace(held, refer=True), {"a"}),
        (known, table, replace(held, reasons=("risk_elevated", "monitored")), {"a"}),
        (known, table, replace(held, stops=(policy.STOPS["licence_missing"],)), {"a"}),
    )
    for one, rules, ruling, codes in refusing:
        assert not clearances.passes(one, rules, order, ruling, codes)


@pytest.mark.parametrize(
    "wrong", [{"days": 367}, {"days": -1}, {"days": True}, {"factor": 0.5}, {"factor": 3}, {"weeks": 1}, 5]
)
def test_a_policy_says_so_in_known_words(wrong: Any) -> None:
    with pytest.raises(Invalid):
        policy_check.check(DEFAULT_RULES | {"clearances": wrong})
    policy_check.check(DEFAULT_RULES | {"clearances": {"days": 0, "factor": 1.5}})


def test_it_is_kept_as_long_as_policy_says(cleared: Clearance) -> None:
    assert (cleared.until - utc_now().date()).days == policy.REPEATS["days"]
    assert cleared.limit_micro == 125_000_000


def test_the_decision_names_what_let_it_pass(session: Session, company: Organisation, cleared: Clearance) -> None:
    order = ordered(session, company)
    kept = session.exec(select(Decision).where(col(Decision.order_version_id) == order.version_id)).one()
    assert (kept.number, kept.maker, kept.clearance_id) == (1, "policy", cleared.id)
