"""Models take turns in service: two people, one object exchanged whole, and what a bad one scored is scored again."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import orjson
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

from models.errors import ArtefactRefused
from models.keys import write_public
from models.registry import SIGNED_FILES, write_artefact
from screening import audit, database, four_eyes, screen, serving, standing
from screening.access import Principal
from screening.case_errors import SamePerson, SecondPersonNeeded, SignedOtherwise
from screening.cases import Verdict, decide
from screening.errors import Forbidden
from screening.four_eyes import ModelChange, Signing
from screening.modelling import rescoring, terms, versions
from screening.scoring import SERVICE
from screening.settings import settings
from screening.tables.cases import Case
from screening.tables.modelling import ModelTerm, ModelVersion, Reassessment, Rescore
from screening.tables.orders import Assessment, Decision, Order
from screening.tables.people import Organisation, User
from tests.api.sign_in import PASSWORD, browser
from tests.builders import make_organisation, principal_of, set_password
from tests.models.conftest import Signed
from tests.screening.orders import submission

SIGN = Signing(PASSWORD)


@pytest.fixture
def folders(signed: Signed, tmp_path: Path, var_dir: Path) -> Iterator[dict[str, Path]]:
    """`good` lets nearly everything go, `strict` holds everything, `other` is like `good`; their trainer is trusted."""
    settings().keys_dir.mkdir(exist_ok=True)
    trusted = settings().keys_dir / "anna.trainer.pub.pem"
    write_public(signed.key.public_key(), trusted)
    made = {}
    files = {name: (signed.folder / name).read_bytes() for name in SIGNED_FILES}
    for name, margin in (("good", 99.0), ("strict", -99.0), ("other", 98.0)):
        bands = json.loads(files["thresholds.json"]) | {"elevated": margin, "high": margin}
        made[name] = tmp_path / name
        write_artefact(made[name], files | {"thresholds.json": orjson.dumps(bands)}, {"as_of": "2026"}, signed.key)
    yield made
    trusted.unlink()
    SERVICE.serve(None)
    versions.scorer_of.cache_clear()


def operators(session: Session) -> tuple[Principal, Principal]:
    """A data scientist and an administrator of the operator, with passwords."""
    office = make_organisation(session, "operator")
    people = (principal_of(session, office, "data_scientist"), principal_of(session, office, "administrator"))
    for each in people:
        set_password(session.get_one(User, each.user_id), PASSWORD)
    session.flush()
    return people


def begin(session: Session, folder: Path) -> ModelTerm:
    """The folder's model serves as the first term."""
    term = serving.settle(session, folder)
    assert term is not None
    session.flush()
    assert serving.take_model() is not None
    return term


def promote(
    session: Session, people: tuple[Principal, Principal], version: str | None, action: str = "promotion"
) -> ModelTerm:
    """Two people let it serve, and this process takes it up."""
    change = ModelChange(action, "past the gates", version)  # type: ignore[arg-type]
    proposal = four_eyes.propose_model(session, people[0], change, SIGN)
    four_eyes.approve(session, people[1], proposal.id, Signing(PASSWORD, proposal.body_sha256))
    session.flush()
    assert serving.take_model() is not None
    term = terms.current(session)
    assert term is not None
    return term


def test_two_people_put_a_model_into_service(session: Session, folders: dict[str, Path]) -> None:
    people = operators(session)
    begin(session, folders["good"])
    kept = versions.register(session, folders["strict"], "command")
    term = promote(session, people, kept.version)
    assert (term.serial, term.kind, SERVICE.serial) == (2, "promotion", 2)
    assert SERVICE.current is not None
    assert SERVICE.current.version == kept.version
    said = json.loads(term.statement)
    assert (said["serial"], said["manifest_sha256"]) == (2, kept.sha256)
    assert said["by"] == [str(each.user_id) for each in people]
    assert [event["action"] for event in audit.trail(session, kept.id)] == ["model.promotion"]


def test_nobody_promotes_alone(session: Session, folders: dict[str, Path]) -> None:
    scientist, administrator = operators(session)
    begin(session, folders["good"])
    brought = versions.register(session, folders["strict"], "command", by=administrator.user_id)
    proposal = four_eyes.propose_model(session, scientist, ModelChange("promotion", "good", brought.version), SIGN)
    with pytest.raises(SamePerson):
        four_eyes.approve(session, scientist, proposal.id, SIGN)
    with pytest.raises(SamePerson):  # who brought the model is no second person either
        four_eyes.approve(session, administrator, proposal.id, SIGN)
    officer = principal_of(session, make_organisation(session), "supervisor")
    with pytest.raises(Forbidden):
        four_eyes.propose_model(session, officer, ModelChange("roll_back", "bad"), SIGN)
    assert terms.top(session) == 1


def test_a_signature_is_under_what_serves_at_that_moment(session: Session, folders: dict[str, Path]) -> None:
    people = operators(session)
    begin(session, folders["good"])
    strict = versions.register(session, folders["strict"], "command")
    other = versions.register(session, folders["other"], "command")
    waiting = four_eyes.propose_model(session, people[0], ModelChange("promotion", "first", strict.version), SIGN)
    promote(session, people, other.version)
    with pytest.raises(SignedOtherwise):  # it would replace another model than was shown
        four_eyes.approve(session, people[1], waiting.id, SIGN)


@pytest.mark.parametrize(
    "row",
    [
        "(2, now(), :model, 'promotion', NULL, 0, 'forged', NULL, '', '')",
        "(2, now(), :model, 'guard', 1, 0, 'forged', NULL, '', '')",  # has never served
        "(2, now(), :model, 'given', 1, 0, 'forged', NULL, '', '')",
        "(1, now(), :model, 'given', NULL, 0, 'forged', NULL, '', '')",  # serials only rise
    ],
)
def test_the_database_lets_no_other_term_in(session: Session, folders: dict[str, Path], row: str) -> None:
    begin(session, folders["good"])
    model = versions.register(session, folders["strict"], "command")
    columns = "serial, created_at, model_id, kind, condemns, from_sequence, reason, proposal_id, statement, signature"
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text(f"INSERT INTO model_term ({columns}) VALUES {row}"), {"model": model.id})


def test_a_term_that_the_service_did_not_sign_is_refused(session: Session, folders: dict[str, Path]) -> None:
    """Whoever writes past triggers and application still has no key."""
    begin(session, folders["good"])
    model = versions.register(session, folders["strict"], "command")
    good = terms.current(session)
    assert good is not None
    forged = ModelTerm(serial=2, model_id=model.id, kind="promotion", reason="x", statement=b"{}", signature=b"{}")
    with pytest.raises(ArtefactRefused):
        serving._open(session, forged)
    with session.begin_nested() as inner:
        session.execute(text("ALTER TABLE model_file DISABLE TRIGGER USER"))
        session.execute(text("UPDATE model_file SET content = '\\x00' WHERE file = 'calibrator.json'"))
        session.expire_all()
        with pytest.raises(ArtefactRefused, match="hash"):
            serving._open(session, good)
        inner.rollback()


def arrive(session: Session, company: Organisation, reference: str) -> Order:
    order = screen.submit(session, submission(company.id, reference=reference)).order
    session.flush()
    return session.get_one(Order, order.id)


@pytest.fixture
def rolled_back(session: Session, folders: dict[str, Path]) -> tuple[Organisation, Order, Order]:
    """A company, an order that the strict model held, and one that a lax model let go before it was condemned."""
    people, company = operators(session), make_organisation(session)
    begin(session, folders["strict"])
    before = arrive(session, company, "BEFORE")
    assert before.disposition == "hold"
    bad = versions.register(session, folders["good"], "command")
    promote(session, people, bad.version)
    let_go = arrive(session, company, "DURING")
    assert (let_go.disposition, let_go.state) == ("release", "cleared")
    term = promote(session, people, None, "roll_back")
    assert (term.serial, term.condemns) == (3, 2)
    return company, before, let_go


def test_what_a_bad_model_scored_is_scored_again_and_opened(
    session: Session, rolled_back: tuple[Organisation, Order, Order]
) -> None:
    _, _, let_go = rolled_back
    assert rescoring.sweep() == 1
    assert rescoring.sweep() == 0  # a second time does nothing
    session.expire_all()
    (row,) = session.exec(select(Rescore)).all()
    assert (row.condemned, row.order_version_id, row.state, row.outcome) == (2, let_go.version_id, "done", "opened")
    order = session.get_one(Order, let_go.id)
    assert (order.disposition, order.state) == ("hold", "held")
    first, second = session.exec(
        select(Decision).where(Decision.order_version_id == order.version_id).order_by(col(Decision.number))
    ).all()
    assert (first.disposition, second.disposition, second.maker, second.reasons) == (
        "release", "hold", "policy", ["risk_high"]
    )  # fmt: skip
    case = session.exec(select(Case).where(Case.order_id == order.id)).one()
    assert (case.state, case.reasons) == ("open", ["risk_high"])
    kept, stands = session.get_one(Assessment, order.version_id), standing.assessment(session, order.version_id)
    assert (kept.band, stands.band) == ("low", "high")  # the first is as it was
    assert (case.band, case.probability) == ("high", stands.probability)  # and the queue ranks by what stands
    assert session.exec(select(Reassessment)).one().serial == 3
    assert stands.explanation["reasons"]
    assert "order.rescored" in [event["action"] for event in audit.trail(session, order.id)]


def test_its_release_then_takes_two_people(session: Session, rolled_back: tuple[Organisation, Order, Order]) -> None:
    company, _, let_go = rolled_back
    rescoring.sweep()
    session.expire_all()
    officer = principal_of(session, company, "officer")
    case = session.exec(select(Case).where(Case.order_id == let_go.id)).one()
    with pytest.raises(SecondPersonNeeded):
        decide(session, officer, case.id, Verdict("release", "shipped long ago"))
    insert = text(
        "INSERT INTO decision (id, created_at, organisation_id, order_version_id, number, disposition, maker, "
        "policy_version, stops, reasons, refer) VALUES (gen_random_uuid(), now(), :company, :version, 3, 'release', "
        "'person', 1, '[]', '[]', false)"
    )
    with pytest.raises(IntegrityError, match="two signatures"), session.begin_nested():
        session.execute(insert, {"company": company.id, "version": let_go.version_id})


def test_a_roll_back_goes_to_what_was_good_and_no_further(session: Session, folders: dict[str, Path]) -> None:
    people = operators(session)
    begin(session, folders["good"])
    with pytest.raises(terms.NothingToReturnTo):
        four_eyes.propose_model(session, people[0], ModelChange("roll_back", "bad"), SIGN)
    bad = versions.register(session, folders["strict"], "command")
    promote(session, people, bad.version)
    promote(session, people, None, "roll_back")
    assert terms.last_good(session) is None  # serial 2 is condemned, serial 1 is the same model
    with pytest.raises(terms.NothingToReturnTo):
        four_eyes.propose_model(session, people[0], ModelChange("roll_back", "again", bad.version), SIGN)


def test_no_decision_is_made_by_parts_of_two_models(committed: Engine, folders: dict[str, Path]) -> None:
    """Terms change under concurrent orders: band, probability and margin are always those of the version named."""
    with database.session() as session:
        people, company = operators(session), make_organisation(session).id
        begin_here = serving.settle(session, folders["good"])
        assert begin_here is not None
        strict = versions.register(session, folders["strict"], "command").version
        other = versions.register(session, folders["other"], "command").version
    serving.take_model()
    over = threading.Event()

    def post(client: int) -> int:
        count = 0
        while not over.is_set():
            with database.session() as work:
                given = submission(company, reference=f"MIX-{client}-{count}", customer={"name": f"Firm {client}"})
                screen.submit(work, given)
            count += 1
        return count

    with ThreadPoolExecutor(4) as pool:
        counts = [pool.submit(post, client) for client in range(4)]
        for turn in range(4):
            with database.session() as session:
                change = ModelChange("promotion", f"turn {turn}", (strict, other)[turn % 2])
                proposal = four_eyes.propose_model(session, people[0], change, SIGN)
                four_eyes.approve(session, people[1], proposal.id, SIGN)
            serving.take_model()
            threading.Event().wait(0.3)
        over.set()
        assert sum(count.result() for count in counts) > 20
    with database.session() as session:
        made = {model.version: versions.scorer_of(model.id) for model in session.exec(select(ModelVersion))}
        used = set()
        for kept in session.exec(select(Assessment)):
            assert kept.model_version is not None
            again = made[kept.model_version].assess(_vector(kept))
            assert (kept.margin, kept.probability, kept.band) == (again.margin, again.probability, again.band)
            used.add(kept.model_version)
        assert {strict, other} <= used


def _vector(kept: Assessment) -> np.ndarray:
    return np.frombuffer(kept.vector, dtype="<f4").astype(np.float32)


def test_a_process_takes_up_a_new_term_beside_its_orders(committed: Engine, folders: dict[str, Path]) -> None:
    with database.session() as session:
        people = operators(session)
        serving.settle(session, folders["good"])
        strict = versions.register(session, folders["strict"], "command").version
    keeper = serving.Keeper("test")
    keeper.look()
    assert SERVICE.serial == 1
    with database.session() as session:
        proposal = four_eyes.propose_model(session, people[0], ModelChange("promotion", "new", strict), SIGN)
        four_eyes.approve(session, people[1], proposal.id, SIGN)
    keeper.look()
    assert (SERVICE.serial, SERVICE.current and SERVICE.current.version) == (2, strict)
    with database.session() as session:
        assert [(each.name.split()[0], each.serial) for each in serving.processes(session)] == [("test", 2)]


def test_over_the_api(client: TestClient, session: Session, folders: dict[str, Path]) -> None:
    office = make_organisation(session, "operator")
    begin(session, folders["good"])
    kept = versions.register(session, folders["strict"], "command")
    administrator = browser(client, session, office, "administrator")
    browser(client, session, office, "data_scientist")
    body = {"action": "promotion", "version": kept.version, "reason": "better", "password": PASSWORD}
    made = client.post("/v1/models/proposals", json=body)
    assert made.status_code == 201, made.text
    assert client.post("/v1/models/proposals", json=body).json()["code"] == "already_proposed"
    client.cookies.clear()
    entered = client.post("/v1/session", json={"email": administrator.email, "password": PASSWORD})
    client.headers["x-csrf-token"] = entered.json()["csrf_token"]
    signed = {"sha256": made.json()["body_sha256"], "password": PASSWORD}
    answer = client.post(f"/v1/proposals/{made.json()['id']}/approval", json=signed)
    assert answer.status_code == 200, answer.text
    found = client.get("/v1/models").json()
    assert (found["serial"], found["serving"]) == (2, kept.version)
    assert [each["kind"] for each in found["terms"]] == ["promotion", "given"]
    assert client.get("/v1/models/rescoring/1").json()["orders"] == []
    unknown = client.post("/v1/models/proposals", json=body | {"version": "0" * 16})
    assert unknown.status_code == 404
