"""A challenger decides for a share of customers where policy allows it: by two people, watched, ended by roll back."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select
from starlette.testclient import TestClient

from screening import four_eyes, policy, replaying, screen, serving
from screening.access import Principal
from screening.errors import Invalid
from screening.four_eyes import ModelChange, NewPolicy, Signing
from screening.ids import utc_now
from screening.modelling import guard, overview, rescoring, terms, versions
from screening.modelling.guard import Guard
from screening.modelling.terms import RolloutNotAllowed
from screening.scoring import SERVICE, Buyer, Rollout
from screening.tables.modelling import ModelTerm, Rescore
from screening.tables.orders import Assessment
from tests.api.sign_in import PASSWORD, browser
from tests.builders import make_organisation
from tests.journeys.test_models_in_service import SIGN, begin, folders, operators, promote
from tests.screening.orders import submission

__all__ = ["folders"]
People = tuple[Principal, Principal]


def allow(session: Session, people: People, most: float) -> None:
    """Two people put a policy into force that lets a challenger decide for so many customers."""
    new = NewPolicy(policy.DEFAULT_RULES | {"rollout": {"most": most}}, utc_now().date(), "board of the operator")
    proposal = four_eyes.propose_policy(session, people[0], new, "a careful beginning", SIGN)
    four_eyes.approve(session, people[1], proposal.id, SIGN)
    session.flush()


def roll_out(session: Session, people: People, version: str, share: float) -> ModelTerm:
    """Two people let the challenger decide for the share, and this process takes both up."""
    proposal = four_eyes.propose_model(session, people[0], ModelChange("rollout", "carefully", version, share), SIGN)
    four_eyes.approve(session, people[1], proposal.id, Signing(PASSWORD, proposal.body_sha256))
    session.flush()
    assert serving.take_model() is not None
    term = terms.current(session)
    assert term is not None
    return term


def order(session: Session, company: UUID, customers: Iterable[int], mark: str = "R") -> dict[int, str]:
    """An order of each of these customers; by which model each was scored."""
    made = {}
    for number in customers:
        given = submission(company, reference=f"{mark}-{number}", customer={"name": f"Firm {number}", "country": "KZ"})
        made[number] = screen.submit(session, given).order
    session.flush()
    return {
        number: str(session.get_one(Assessment, each.version_id).model_version) for number, each in made.items()
    }  # fmt: skip


@pytest.fixture
def rolled(session: Session, folders: dict[str, Path]) -> tuple[People, UUID, str, str]:
    """`good` serves, and `strict` decides for half of the customers: people, company, champion, challenger."""
    people, company = operators(session), make_organisation(session).id
    begin(session, folders["good"])
    allow(session, people, 0.5)
    champion = SERVICE.current
    assert champion is not None
    challenger = versions.register(session, folders["strict"], "command").version
    term = roll_out(session, people, challenger, 0.5)
    assert (term.serial, term.kind, term.share, term.beside) == (2, "rollout", 0.5, 1)
    return people, company, champion.version, challenger


def test_a_share_of_customers_is_decided_by_the_challenger(
    session: Session, rolled: tuple[People, UUID, str, str]
) -> None:
    people, company, champion, challenger = rolled
    first = order(session, company, range(120))
    drawn = {number for number, version in first.items() if version == challenger}
    assert 30 < len(drawn) < 90
    assert set(first.values()) == {champion, challenger}
    assert order(session, company, range(120), "again") == first  # the same customers, always
    load = {version: versions.scorer_of(versions.find(session, version).id) for version in (champion, challenger)}
    for kept in session.exec(select(Assessment)):  # replayed, each is whole of the one model it names
        assert kept.band == ("high" if kept.model_version == challenger else "low")
        assert replaying.replay(session, kept.order_version_id, load.__getitem__).equal
    found = overview.overview(session, people[0])
    assert found.serving is not None
    assert found.rollout is not None
    assert (found.serving.version, found.rollout.model.version, found.allowed) == (champion, challenger, 0.5)
    assert (found.rollout.orders, found.rollout.held) == (2 * len(drawn), 2 * len(drawn))
    assert (found.rollout.other_orders, found.rollout.other_held) == (240 - 2 * len(drawn), 0)


def test_policy_takes_it_back_at_once_and_none_is_let_past_it(
    session: Session, rolled: tuple[People, UUID, str, str]
) -> None:
    people, company, champion, challenger = rolled
    allow(session, people, 0.1)
    now = order(session, company, range(100))
    assert list(now.values()).count(challenger) < 30  # of 50: a tenth of customers, whatever was signed
    allow(session, people, 0.0)
    assert set(order(session, company, range(40), "then").values()) == {champion}
    with pytest.raises(RolloutNotAllowed):
        roll_out(session, people, challenger, 0.2)


def test_without_policy_there_is_none(session: Session, folders: dict[str, Path]) -> None:
    people = operators(session)
    begin(session, folders["good"])
    version = versions.register(session, folders["strict"], "command").version
    with pytest.raises(RolloutNotAllowed):
        roll_out(session, people, version, 0.01)
    for share in (None, 0.0, 0.6):
        with pytest.raises(Invalid):
            four_eyes.propose_model(session, people[0], ModelChange("rollout", "x", version, share), SIGN)
    with pytest.raises(Invalid):
        four_eyes.propose_model(session, people[0], ModelChange("promotion", "x", version, 0.1), SIGN)


def test_what_was_allowed_when_it_was_proposed_is_asked_again(session: Session, folders: dict[str, Path]) -> None:
    people = operators(session)
    begin(session, folders["good"])
    version = versions.register(session, folders["strict"], "command").version
    allow(session, people, 0.3)
    waiting = four_eyes.propose_model(session, people[0], ModelChange("rollout", "x", version, 0.3), SIGN)
    allow(session, people, 0.2)
    with pytest.raises(RolloutNotAllowed):
        four_eyes.approve(session, people[1], waiting.id, SIGN)


def test_a_roll_back_ends_it_and_all_it_scored_is_scored_again(
    session: Session, rolled: tuple[People, UUID, str, str]
) -> None:
    people, company, champion, challenger = rolled
    first = order(session, company, range(30))
    raised = roll_out(session, people, challenger, 0.4)  # another share of the same challenger is its own term
    order(session, company, range(30), "more")
    term = promote(session, people, None, "roll_back")
    assert (raised.serial, term.serial, term.condemns) == (3, 4, 3)
    assert SERVICE.current is not None
    assert SERVICE.current.version == champion
    assert set(order(session, company, range(30), "after").values()) == {champion}
    while rescoring.sweep():
        pass
    listed = set(session.exec(select(Rescore.order_version_id)).all())
    scored = select(Assessment.order_version_id).where(Assessment.model_version == challenger)
    assert listed == set(session.exec(scored).all())  # those of the share before it was changed, too
    assert len(listed) > list(first.values()).count(challenger)
    assert terms.last_good(session) is None  # a rollout makes nobody a champion


def test_the_guard_watches_the_challenger(
    session: Session, rolled: tuple[People, UUID, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, company, champion, _ = rolled
    monkeypatch.setattr(guard, "FEWEST", 30)
    watching = Guard()
    assert watching() is None
    order(session, company, range(160))  # a company's number is new each time: fewer than 30 of these never happens
    begun = watching()
    assert begun is not None
    assert (begun.kind, begun.condemns) == ("guard", 2)
    assert serving.take_model() == champion
    assert set(order(session, company, range(20), "after").values()) == {champion}
    assert watching() is None


def test_either_may_end_it_by_deciding_for_all(session: Session, rolled: tuple[People, UUID, str, str]) -> None:
    people, company, champion, challenger = rolled
    ended = promote(session, people, champion)
    assert (ended.kind, ended.share, ended.condemns) == ("promotion", None, None)
    assert Guard()() is None  # nothing new serves
    assert set(order(session, company, range(20)).values()) == {champion}
    roll_out(session, people, challenger, 0.5)
    promote(session, people, challenger)
    assert set(order(session, company, range(20), "then").values()) == {challenger}
    good = terms.last_good(session)
    assert good is not None
    assert good.serial == ended.serial


def test_the_database_looks_by_itself(session: Session, folders: dict[str, Path]) -> None:
    """Another share than was signed, none, or more than policy allows by now: whoever writes."""
    people = operators(session)
    begin(session, folders["good"])
    allow(session, people, 0.1)
    model = versions.register(session, folders["strict"], "command")
    proposal = four_eyes.propose_model(session, people[0], ModelChange("rollout", "x", model.version, 0.1), SIGN)
    session.execute(text("ALTER TABLE proposal DISABLE TRIGGER USER"))
    approved = text("UPDATE proposal SET state = 'approved', approved_by = :who WHERE id = :id")
    session.execute(approved, {"who": people[1].user_id, "id": proposal.id})
    session.execute(text("ALTER TABLE proposal ENABLE TRIGGER USER"))
    insert = text(
        "INSERT INTO model_term (serial, created_at, model_id, kind, from_sequence, reason, proposal_id, statement, "
        "signature, share, beside) VALUES (2, now(), :model, 'rollout', 0, 'x', :proposal, '', '', :share, :beside)"
    )
    signed = {"model": model.id, "proposal": proposal.id, "share": 0.1, "beside": 1}
    with session.begin_nested() as allowed:
        session.execute(insert, signed)
        allowed.rollback()
    for other in ({"share": 0.2}, {"share": None, "beside": None}):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(insert, signed | other)
    allow(session, people, 0.05)
    with pytest.raises(IntegrityError, match="policy"), session.begin_nested():
        session.execute(insert, signed)


def test_another_champion_under_a_signed_rollout_is_refused(
    session: Session, rolled: tuple[People, UUID, str, str], folders: dict[str, Path]
) -> None:
    other = versions.register(session, folders["other"], "command")
    session.execute(text("ALTER TABLE model_term DISABLE TRIGGER USER"))
    session.execute(text("UPDATE model_term SET model_id = :other WHERE serial = 1"), {"other": other.id})
    session.expire_all()
    assert serving.take_model() is None
    assert SERVICE.serial == 2  # what serves goes on


@given(st.uuids(), st.lists(st.integers(-(2**62), 2**62), min_size=200, max_size=200, unique=True))
@settings(max_examples=25, deadline=None)
def test_a_larger_share_keeps_the_customers_of_a_smaller_one(company: UUID, customers: list[int]) -> None:
    def drawn(share: float, allowed: float) -> set[int]:
        rollout = Rollout(None, share, b"k" * 32)  # type: ignore[arg-type]
        return {each for each in customers if rollout.decides_for(Buyer(company, each, allowed))}

    assert drawn(0.1, 1.0) <= drawn(0.4, 1.0) <= drawn(0.5, 1.0)
    assert drawn(0.5, 0.1) == drawn(0.1, 1.0)
    assert drawn(0.5, 0.0) == set()
    assert 40 < len(drawn(0.4, 1.0)) < 130


def test_over_the_api(client: TestClient, session: Session, folders: dict[str, Path]) -> None:
    people = operators(session)
    begin(session, folders["good"])
    allow(session, people, 0.25)
    version = versions.register(session, folders["strict"], "command").version
    browser(client, session, make_organisation(session, "operator"), "data_scientist")
    body = {"action": "rollout", "version": version, "reason": "carefully", "password": PASSWORD}
    assert client.post("/v1/models/proposals", json=body).json()["errors"][0]["field"] == "share"
    assert client.post("/v1/models/proposals", json=body | {"share": 0.7}).status_code == 422
    refused = client.post("/v1/models/proposals", json=body | {"share": 0.3}).json()
    assert refused["code"] == "rollout_not_allowed"
    roll_out(session, people, version, 0.25)
    found = client.get("/v1/models").json()
    told = found["rollout"]
    assert (told["version"], told["share"], told["allowed"]) == (version, 0.25, 0.25)
    assert found["serving"] != version
    assert [each["kind"] for each in found["terms"]] == ["rollout", "given"]
