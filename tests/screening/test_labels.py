"""Labels out of decisions and authorities' answers: ground, conflict, time, and what is never rewritten."""

from __future__ import annotations

import io
import itertools
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from features.records import OutcomeRecord
from models import outcomes
from models.dataset import read_orders
from models.refusals import Refusals
from screening import audit, cases, feedback, instructions, labels, reading, rebuild, referrals, tasks
from screening.access import Principal
from screening.cases import Verdict
from screening.errors import NotFound
from screening.feedback import RANKS, Judgement
from screening.ids import new_id
from screening.instructions import Answer
from screening.labels import Word
from screening.tables.cases import Case, Referral
from screening.tables.orders import Decision, Label, Order
from screening.tables.people import Organisation
from tests.builders import held_case, make_organisation, make_user, principal_of

OBJECTED = {"notification": {"id": "P", "status": "objection"}}


@pytest.fixture
def referral(session: Session, officer: Principal, regulator: Principal, case: Case) -> Referral:
    made = referrals.refer(session, officer, case.id, "beyond need")
    referrals.acknowledge(session, regulator, made.id)
    return made


def said(session: Session, order_id: UUID) -> list[tuple[str, str, bool]]:
    rows = session.exec(select(Label).where(Label.order_id == order_id).order_by(col(Label.known_at), col(Label.id)))
    return [(row.kind, row.outcome, row.counts) for row in rows]


@pytest.mark.parametrize(("action", "outcome"), [("release", "legitimate"), ("refuse", "attempted")])
def test_a_decided_case_labels_its_order_once(
    session: Session, officer: Principal, case: Case, action: cases.CaseAction, outcome: str
) -> None:
    cases.decide(session, officer, case.id, Verdict(action, "seen"))
    session.flush()
    assert [labels.sweep(session) for _ in range(2)] == [1, 0]
    assert said(session, case.order_id) == [("case", outcome, True)]
    label = session.exec(select(Label)).one()
    decision = session.exec(select(Decision).where(col(Decision.number) == 2)).one()
    assert (label.author_id, label.evidence_id) == (officer.user_id, decision.id)
    assert label.known_at >= decision.created_at


def test_a_refusal_that_a_missing_paper_explains_labels_nothing(session: Session, company: Organisation) -> None:
    lines = [{"name": "acetic anhydride", "cas": "108-24-7", "quantity": "5", "unit": "kg"}]
    case = held_case(session, company, lines=lines)
    cases.decide(session, principal_of(session, company, "officer"), case.id, Verdict("refuse", "no licence"))
    session.flush()
    assert labels.sweep(session) == 0


def test_policys_own_decisions_label_nothing(session: Session, company: Organisation) -> None:
    held_case(session, company, **OBJECTED)
    assert labels.sweep(session) == 0


def test_an_instruction_outranks_the_companys_decision(
    session: Session, officer: Principal, regulator: Principal, referral: Referral
) -> None:
    instructions.instruct(session, regulator, referral.id, Answer("refuse"))
    session.flush()
    labels.sweep(session)
    feedback.judge(session, session.get_one(Order, referral.order_id), Judgement("legitimate", "call", officer.user_id))
    session.flush()
    assert said(session, referral.order_id) == [("authority", "attempted", True), ("officer", "legitimate", False)]
    assert feedback.standing(session, referral.order_id).outcome == "attempted"  # type: ignore[union-attr]


def test_a_controlled_delivery_leaves_no_label(
    session: Session, company: Organisation, regulator: Principal, referral: Referral
) -> None:
    instructions.instruct(session, regulator, referral.id, Answer("controlled_delivery"))
    supervisor = principal_of(session, company, "supervisor")
    cases.decide(session, supervisor, referral.case_id, Verdict("release", "as instructed"))
    session.flush()
    assert labels.sweep(session) == 0


def test_an_authority_says_what_became_of_its_referral(
    session: Session, regulator: Principal, referral: Referral
) -> None:
    label = labels.say(session, regulator, referral.id, Word("diverted", "seizure"))
    assert (label.kind, label.outcome, label.source) == ("authority", "diverted", "outcome:seizure")
    paper = labels.say(session, regulator, referral.id, Word("attempted", "administrative"))
    assert (paper.outcome, paper.counts) == ("unknown", True)  # it withdraws and teaches nothing
    stranger = principal_of(session, make_organisation(session, "authority", "RU", "RU-MVD"), "regulator")
    with pytest.raises(NotFound):
        labels.say(session, stranger, referral.id, Word("diverted", "court"))


def test_the_companys_people_do_not_read_an_authoritys_word(
    session: Session, company: Organisation, officer: Principal, regulator: Principal, referral: Referral
) -> None:
    labels.say(session, regulator, referral.id, Word("diverted", "court"))
    session.flush()
    assert reading.order_file(session, officer, referral.order_id).labels == ()
    staged = audit.trail(session, referral.order_id)
    assert [e["organisation_id"] for e in staged if e["action"] == "order.judged"] == [None]


GROUNDS = st.sampled_from(sorted(RANKS))
OUTCOMES = st.sampled_from(["diverted", "attempted", "legitimate", "loss_or_theft", "unknown"])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said_=st.lists(st.tuples(GROUNDS, OUTCOMES), min_size=1, max_size=6))
def test_the_label_file_says_at_every_moment_what_counted_then(
    session: Session, said_: list[tuple[feedback.Ground, feedback.Outcome]]
) -> None:
    """Against the rule written out again, and read as the trainer reads; a longer file begins with the shorter."""
    company = make_organisation(session)
    case = held_case(session, company)
    order = session.get_one(Order, case.order_id)
    standing: tuple[int, str] | None = None
    files: list[list[str]] = []
    for ground, outcome in said_:
        label = feedback.judge(session, order, Judgement(outcome, "s", None, None, ground))
        session.flush()
        if standing is None or standing[1] == "unknown" or RANKS[ground] >= standing[0]:
            standing = (RANKS[ground], outcome)
        file = io.StringIO()
        labels.write(labels.known(session, company.id, label.known_at), file)
        files.append(file.getvalue().splitlines()[1:])
        read = [OutcomeRecord(r, o, outcomes.moment(t)) for r, o, t, _ in (line.split(",") for line in files[-1])]  # type: ignore[arg-type]
        assert outcomes.as_of(read, label.known_at)[order.reference].outcome == standing[1]
    assert all(later[: len(earlier)] == earlier for earlier, later in itertools.pairwise(files))
    assert rebuild.rebuild(session, company.id).differing == 0


def test_files_are_what_the_trainer_reads(
    session: Session, company: Organisation, officer: Principal, tmp_path: Path
) -> None:
    case = held_case(session, company)
    cases.decide(session, officer, case.id, Verdict("release", "known buyer"))
    session.flush()
    labels.sweep(session)
    orders, told = tmp_path / "orders.jsonl", tmp_path / "labels.csv"
    with orders.open("w", encoding="utf-8") as file:
        assert labels.write_orders(session, company.id, file) == 1
    with told.open("w", encoding="utf-8") as file:
        assert labels.write(labels.known(session, company.id), file) == 1
    refusals = Refusals()
    (record,) = read_orders([orders], refusals)
    read = outcomes.read_labels(told, refusals)
    assert refusals.total == 0
    assert read.verdict.tolist() == [outcomes.GOOD]
    assert record.reference == session.get_one(Order, case.order_id).reference
    assert labels.write(labels.known(session, company.id, least="officer"), io.StringIO()) == 0


def test_the_same_evidence_judges_once(session: Session, company: Organisation) -> None:
    order = session.get_one(Order, held_case(session, company).order_id)
    author = make_user(session, company, "officer")
    judgement = Judgement("attempted", "x", author.id, None, "case", new_id())
    given_ = [feedback.judge(session, order, judgement).id for _ in range(2)]
    assert given_[0] == given_[1]


def test_the_sweep_of_the_service_takes_one_order_at_a_time_and_leaves_none(
    session: Session, company: Organisation, officer: Principal
) -> None:
    for _ in range(3):
        cases.decide(session, officer, held_case(session, company).id, Verdict("release", "known"))
    session.flush()
    assert labels.sweep(session, 1) == 1
    tasks.take_up_labels()
    assert labels.sweep(session) == 0
    assert len(session.exec(select(Label)).all()) == 3
