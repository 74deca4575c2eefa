"""Two people release against a high score; six ways around the second one are refused."""

from __future__ import annotations

import json

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

from api.bench import four_eyes as bench
from screening import audit, four_eyes, policy
from screening.case_errors import SamePerson
from screening.errors import Forbidden, Invalid
from screening.four_eyes import NewPolicy, Signing
from screening.ids import utc_now
from screening.tables.four_eyes import Proposal, Signature
from screening.tables.orders import Decision, Policy
from screening.tables.people import User
from tests.api.sign_in import PASSWORD
from tests.builders import make_organisation, principal_of, set_password


def test_none_of_six_ways_around_the_second_person_passes(app: FastAPI, client: TestClient, session: Session) -> None:
    assert bench.attempts(app) == dict.fromkeys(
        ("second_session", "role_change_between", "api_key", "edit_after_signing", "own_approval", "direct_sql"), False
    )


@pytest.fixture
def scene(app: FastAPI, client: TestClient, session: Session) -> bench.Scene:
    return bench._scene(app)


def test_a_release_carries_both_signatures_with_their_meaning(scene: bench.Scene, session: Session) -> None:
    assert bench._approve(scene, scene.approver.client) == 200
    proposal = session.exec(select(Proposal).where(col(Proposal.order_version_id) == scene.order_version)).one()
    signed = session.exec(select(Signature).where(col(Signature.proposal_id) == proposal.id)).all()
    assert {(each.part, each.person_id) for each in signed} == {
        ("propose", scene.proposer.id), ("approve", scene.approver.id)
    }  # fmt: skip
    assert {each.body_sha256 for each in signed} == {proposal.body_sha256}
    assert all("score is high" in each.meaning and bench.WORDS in each.meaning for each in signed)
    assert all(each.proof == b"" for each in signed)
    assert json.loads(proposal.body)["assessment"]["probability"] == 0.88
    decided = session.exec(select(Decision).where(col(Decision.proposal_id) == proposal.id)).one()
    assert (decided.disposition, decided.decided_by) == ("release", scene.approver.id)
    actions = [event["action"] for event in audit.trail(session, proposal.id)]
    assert actions == ["proposal.proposed", "proposal.approved"]


def test_one_person_alone_is_told_to_propose(scene: bench.Scene) -> None:
    bench._view(scene, scene.approver.client)
    answer = scene.approver.client.post(
        f"/v1/cases/{scene.case}/decision", json={"action": "release", "reason": "quick"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "second_person_needed")


def test_the_second_person_sees_the_score_after_their_own_view(scene: bench.Scene) -> None:
    read = scene.approver.client.get
    case = read(f"/v1/cases/{scene.case}").json()["case"]
    assert (case["band"], case["probability"], case["reasons"]) == ("withheld", None, [])
    assert read(f"/v1/proposals/{scene.proposal}").json()["body"] is None
    assert read(f"/v1/orders/{case['order_id']}/assessment").json()["code"] == "view_first"
    body = {"sha256": scene.sha256, "password": scene.approver.password}
    early = scene.approver.client.post(f"/v1/proposals/{scene.proposal}/approval", json=body)
    assert early.json()["code"] == "view_first"
    assert "0.88" not in read("/v1/cases").text
    bench._view(scene, scene.approver.client)
    assert read(f"/v1/cases/{scene.case}").json()["case"]["probability"] == 0.88
    assert '"probability":0.88' in read(f"/v1/proposals/{scene.proposal}").json()["body"]


def test_the_second_person_may_say_no_and_the_first_take_it_back(scene: bench.Scene) -> None:
    path = f"/v1/proposals/{scene.proposal}/rejection"
    assert scene.approver.client.post(path, json={"reason": "not convinced"}).json()["state"] == "rejected"
    assert scene.proposer.client.post(path, json={"reason": "again"}).json()["code"] == "proposal_gone"


def test_a_wrong_password_signs_nothing(scene: bench.Scene, session: Session) -> None:
    bench._view(scene, scene.approver.client)
    body = {"sha256": scene.sha256, "password": "not mine"}
    answer = scene.approver.client.post(f"/v1/proposals/{scene.proposal}/approval", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_password")
    assert len(session.exec(select(Signature)).all()) == 1


def rules(**review: float) -> dict[str, object]:
    return policy.DEFAULT_RULES | {"review": review}


def test_rules_that_are_no_policy_are_refused(session: Session) -> None:
    author = principal_of(session, make_organisation(session, "operator"), "data_scientist")
    loose = policy.DEFAULT_RULES | {"bands": policy.DEFAULT_RULES["bands"] | {"unscored": "release"}}
    with pytest.raises(Invalid):
        four_eyes.propose_policy(session, author, NewPolicy(loose, utc_now().date(), "x"), "y", Signing("z"))
    company = principal_of(session, make_organisation(session), "administrator")
    with pytest.raises(Forbidden):
        four_eyes.propose_policy(session, company, NewPolicy(rules(), utc_now().date(), "x"), "y", Signing("z"))


def test_an_approved_policy_is_in_force_and_cannot_be_changed(session: Session) -> None:
    operator = make_organisation(session, "operator")
    author, owner = (principal_of(session, operator, role) for role in ("data_scientist", "administrator"))
    for each in (author, owner):
        set_password(session.get_one(User, each.user_id), PASSWORD)
    session.flush()
    new = NewPolicy(rules(low_risk=0.02), utc_now().date(), "board of the operator")
    proposal = four_eyes.propose_policy(session, author, new, "more reviews", Signing(PASSWORD))
    with pytest.raises(SamePerson):
        four_eyes.approve(session, author, proposal.id, Signing(PASSWORD))
    four_eyes.approve(session, owner, proposal.id, Signing(PASSWORD, proposal.body_sha256))
    latest = session.exec(select(Policy).order_by(col(Policy.version).desc())).first()
    assert latest is not None
    assert (latest.version, latest.rules, latest.proposal_id) == (2, new.rules, proposal.id)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(
            text(
                "INSERT INTO policy (version, valid_from, rules, source, created_at) "
                "SELECT 3, valid_from, rules, source, now() FROM policy LIMIT 1"
            )
        )
