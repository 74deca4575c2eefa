"""Work on a case beside deciding it: who gets it, papers, snooze, merge, own views, and what reviews tell."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from screening import assigning, cases, casework, policy, reading, reviews, screen, views
from screening.access import Principal
from screening.assigning import Absence
from screening.case_errors import CaseClosed
from screening.cases import Verdict
from screening.casework import Paperwork, clean_name
from screening.errors import Forbidden, Invalid
from screening.ids import utc_now
from screening.life import OPEN_CASES
from screening.policy import PolicyTable
from screening.reading import Filters
from screening.tables.cases import Case
from screening.tables.orders import Order
from screening.tables.people import Organisation
from screening.views import ViewFirst
from tests.builders import held_case, make_organisation, principal_of
from tests.screening.orders import submission


def test_cases_go_to_the_least_loaded_officer_who_is_there(
    session: Session, company: Organisation, officer: Principal
) -> None:
    second, away = (principal_of(session, company, "officer") for _ in range(2))
    today = utc_now().date()
    assigning.set_absence(session, away, Absence(today, today))
    made = [held_case(session, company) for _ in range(4)]
    version = made[0].version
    assert assigning.give_out(session) == 4
    given = [each.assignee_id for each in made]
    assert sorted(map(str, given)) == sorted(map(str, [officer.user_id, second.user_id] * 2))
    assert (made[0].version, made[0].state) == (version, "open")
    assigning.set_absence(session, away, Absence())
    late = held_case(session, company)
    assigning.give_out(session)
    assert late.assignee_id == away.user_id


def test_the_next_case_is_the_overdue_one_then_the_gravest(
    session: Session, company: Organisation, officer: Principal
) -> None:
    small, large, late = (held_case(session, company, lines=[each]) for each in _lines("1", "5000", "1"))
    late.due_at = utc_now() - timedelta(hours=1)
    for each in (small, large):
        each.due_at = utc_now() + timedelta(hours=5)
    session.flush()
    order = [assigning.take_next(session, officer) for _ in range(4)]
    assert [each and each.id for each in order] == [late.id, large.id, small.id, None]


def _lines(*kilograms: str) -> list[dict[str, str]]:
    return [{"name": "acetone", "cas": "67-64-1", "quantity": each, "unit": "kg"} for each in kilograms]


def test_a_snoozed_case_wakes_by_itself(session: Session, officer: Principal, case: Case) -> None:
    with pytest.raises(Invalid):
        casework.snooze(session, officer, case.id, utc_now() + timedelta(days=31), "later")
    casework.snooze(session, officer, case.id, utc_now() + timedelta(days=3), "awaiting the lab")
    assert casework.wake_due(session) == 0
    case.snoozed_until = utc_now() - timedelta(seconds=1)
    session.flush()
    assert casework.wake_due(session) == 1
    assert (case.state, case.snoozed_until) == ("in_review", None)


def test_an_escalated_case_is_the_supervisors(
    session: Session, company: Organisation, officer: Principal, case: Case
) -> None:
    casework.escalate(session, officer, case.id, "beyond me")
    with pytest.raises(Forbidden):
        cases.decide(session, officer, case.id, Verdict("refuse", "x"))
    cases.decide(session, principal_of(session, company, "supervisor"), case.id, Verdict("refuse", "no need shown"))
    assert case.state == "refused"


def test_the_customer_is_asked_for_a_paper_and_nothing_is_said(
    session: Session, officer: Principal, case: Case
) -> None:
    casework.ask(session, officer, case.id, ["licence"])
    order = session.get_one(Order, case.order_id)
    assert (case.state, order.state, order.documents_needed) == ("waiting", "needs_documents", ["licence"])
    paper = Paperwork("../../etc/лицензия\x07.pdf", b"%PDF")
    kept = casework.add_document(session, officer, case.id, paper)
    assert (kept.filename, kept.sha256) == ("лицензия.pdf", hashlib.sha256(b"%PDF").hexdigest())
    assert case.state == "in_review"
    assert casework.add_document(session, officer, case.id, paper).id == kept.id


@pytest.mark.parametrize("content", [b"", b"x" * (casework.LARGEST_DOCUMENT + 1)])
def test_a_document_has_a_size(content: bytes, session: Session, officer: Principal, case: Case) -> None:
    with pytest.raises(Invalid):
        casework.add_document(session, officer, case.id, Paperwork("x", content))


@pytest.mark.parametrize(
    ("given", "kept"), [("", "document"), ("..", "document"), ("C:\\a\\b.txt", "b.txt"), ('a"<b>.txt', "ab.txt")]
)
def test_names_of_files_are_only_names(given: str, kept: str) -> None:
    assert clean_name(given) == kept


def test_a_merged_case_is_closed(session: Session, company: Organisation, officer: Principal, case: Case) -> None:
    main = held_case(session, company)
    casework.merge(session, officer, case.id, main.id, "one need, split")
    assert (case.state, case.merged_into, main.state) == ("merged", main.id, "open")
    with pytest.raises(CaseClosed):
        cases.decide(session, officer, case.id, Verdict("release", "x"))
    with pytest.raises(casework.NotMergeable):
        casework.merge(session, officer, main.id, case.id, "back")


def test_a_checklist_is_of_the_version(session: Session, officer: Principal, case: Case) -> None:
    casework.check(session, officer, case.id, "licence")
    casework.check(session, officer, case.id, "licence")
    assert casework.checked(session, case) == ["licence"]
    with pytest.raises(Invalid):
        casework.check(session, officer, case.id, "horoscope")


def test_an_own_view_comes_before_the_score(session: Session, officer: Principal, case: Case) -> None:
    case.own_view = True
    session.flush()
    assert reading.order_file(session, officer, case.order_id).hidden
    (row,), _ = reading.queue(session, officer, Filters(OPEN_CASES))
    assert (row.hidden, row.reasons) == (True, ())
    assert reading.queue(session, officer, Filters(band="unscored"))[1] == 0
    with pytest.raises(ViewFirst):
        cases.decide(session, officer, case.id, Verdict("refuse", "x"))
    casework.give_view(session, officer, case.id, "hold")
    assert not reading.order_file(session, officer, case.order_id).hidden


def test_shares_are_drawn_by_the_policy_and_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    table = PolicyTable(1, policy.DEFAULT_RULES | {"review": {"low_risk": 0.25}})
    ids = [views.UUID(int=number) for number in range(4000)]
    picked = [views.drawn(table, "low_risk", each) for each in ids]
    assert 0.2 < sum(picked) / len(picked) < 0.3
    assert picked == [views.drawn(table, "low_risk", each) for each in ids]
    assert views.share(PolicyTable(1, {}), "low_risk") == policy.REVIEW["low_risk"]


def test_figures_count_overrides_and_the_precision_of_reasons(
    session: Session, company: Organisation, officer: Principal
) -> None:
    for action in ("release", "refuse", "refuse"):
        made = held_case(session, company)
        casework.give_view(session, officer, made.id, "refuse")
        cases.decide(session, officer, made.id, Verdict(action, "looked"))  # type: ignore[arg-type]
    session.flush()
    told = reviews.figures(session, principal_of(session, company, "supervisor"))
    assert (told["cases"], told["overrides"], told["own_views"], told["own_views_agreed"]) == (3, 3, 3, 2)
    (reason,) = told["reasons"]
    assert (reason["reason"], reason["cases"], reason["precision"]) == ("scorer_unavailable", 3, 2 / 3)
    assert reviews.figures(session, principal_of(session, make_organisation(session), "supervisor"))["cases"] == 0


def test_a_submission_is_not_changed_by_a_review(session: Session, company: Organisation) -> None:
    """Without a model nothing is low: no review is drawn, however large the share."""
    answer = screen.submit(session, submission(company.id))
    session.flush()
    kinds = session.exec(select(Case.kind).where(col(Case.order_id) == answer.order.id)).all()
    assert list(kinds) == ["held"]


@pytest.mark.parametrize("action", ["hold", "release", "refuse"])
@pytest.mark.parametrize("state", ["refused", "closed"])
def test_a_refused_or_closed_order_whose_case_is_open_is_decided(
    action: str, state: str, session: Session, company: Organisation, officer: Principal
) -> None:
    """Policy refuses and still opens a case; an outcome closes the order while its case is looked at."""
    case = held_case(session, company)
    cases.decide(session, officer, case.id, Verdict("refuse", "no papers"))
    order = session.get_one(Order, case.order_id, populate_existing=True)
    order.state = state
    cases.move(case, "reopen")
    session.flush()
    cases.decide(session, officer, case.id, Verdict(action, "looked again"))  # type: ignore[arg-type]
    session.flush()
    assert order.disposition == action
