"""Six ways around the second person, each tried against the service and its database: none may pass.

Run on any migrated database that `screening.database` is bound to; what it makes is its own company.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

from screening import access, database, people, roles
from screening.ids import new_id, utc_now
from screening.people import NewUser
from screening.tables.cases import Case
from screening.tables.orders import Assessment, Decision, Order, OrderVersion
from screening.tables.people import ApiKey, Organisation, Role, RoleName
from screening.tenancy import SERVICE, Scope

WORDS = "papers checked with the customer"
# As the application role, with every right to write rows that the application has. `:proposal` waits for its second
# signature; `:approver` is the person who would have to give it; `:version` is the held order's.
STATEMENTS = (
    "UPDATE orders SET disposition = 'release', state = 'released' WHERE version_id = :version",
    "UPDATE orders SET disposition = 'release', state = 'cleared' WHERE version_id = :version",
    "UPDATE assessment SET band = 'low' WHERE order_version_id = :version",
    "DELETE FROM decision WHERE order_version_id = :version",
    "INSERT INTO decision (id, created_at, organisation_id, order_version_id, number, disposition, maker, "
    "policy_version, stops, reasons, refer, decided_by) SELECT gen_random_uuid(), now(), organisation_id, "
    "order_version_id, 2, 'release', 'person', 1, '[]', '[]', false, :approver FROM decision "
    "WHERE order_version_id = :version",
    "INSERT INTO decision (id, created_at, organisation_id, order_version_id, number, disposition, maker, "
    "policy_version, stops, reasons, refer, proposal_id, decided_by) SELECT gen_random_uuid(), now(), "
    "organisation_id, order_version_id, 0, 'release', 'policy', 1, '[]', '[]', false, :proposal, :approver "
    "FROM decision WHERE order_version_id = :version",
    "UPDATE proposal SET state = 'approved', approved_by = :approver WHERE id = :proposal",
    "UPDATE proposal SET proposed_by = :approver WHERE id = :proposal",
    "UPDATE proposal SET reason = 'something else' WHERE id = :proposal",
    "INSERT INTO signature (id, created_at, organisation_id, proposal_id, person_id, part, body_sha256, meaning, "
    "proof) SELECT gen_random_uuid(), now(), organisation_id, id, :approver, 'approve', body_sha256, 'forged', 'x' "
    "FROM proposal WHERE id = :proposal",
    "WITH key AS (UPDATE person SET signing_check = '1:8:1:' || encode(sha256('x'), 'hex') WHERE id = :approver) "
    "INSERT INTO signature (id, created_at, organisation_id, proposal_id, person_id, part, body_sha256, meaning, "
    "proof) SELECT gen_random_uuid(), now(), organisation_id, id, :approver, 'approve', body_sha256, 'forged', 'x' "
    "FROM proposal WHERE id = :proposal",
    "DELETE FROM signature WHERE proposal_id = :proposal",
    "INSERT INTO policy (version, valid_from, rules, source, created_at) "
    "SELECT 9999, valid_from, rules, source, now() FROM policy LIMIT 1",
    "UPDATE policy SET rules = '{}'",
    "INSERT INTO life_move VALUES ('order', 'held', 'free', 'cleared')",
    "ALTER TABLE decision DISABLE TRIGGER ALL",
    "SET LOCAL session_replication_role = replica",
    "DROP TRIGGER four_eyes ON decision",
)
MISSPELT = ("42601", "42703", "42P01", "42804", "42883")  # syntax, unknown column, table, type or function


@dataclass(frozen=True)
class Person:
    """Somebody of the company with a browser; `client` carries their session."""

    id: UUID
    email: str
    password: str
    client: TestClient


@dataclass(frozen=True)
class Scene:
    """A held order with a high score, a proposal of one supervisor, and another who could approve it."""

    company: UUID
    case: UUID
    order_version: UUID
    proposer: Person
    approver: Person
    proposal: str
    sha256: str


def attempts(app: FastAPI) -> dict[str, bool]:
    """Whether each attempt got the order released, or left a trace of a right it had not. Raises if none could."""
    control = _scene(app)
    if _approve(control, control.approver.client) != 200 or not _released(control):
        raise RuntimeError("two honest people could not release: the attempts would prove nothing")
    tries: dict[str, Callable[[Scene, FastAPI], bool]] = {
        "second_session": _second_session,
        "role_change_between": _role_change,
        "api_key": _api_key,
        "edit_after_signing": _edited,
        "own_approval": _own,
        "direct_sql": _direct_sql,
    }
    return {name: attempt(_scene(app), app) for name, attempt in tries.items()}


def passed(app: FastAPI) -> int:
    """How many of the six attempts passed."""
    return sum(attempts(app).values())


def _second_session(scene: Scene, app: FastAPI) -> bool:
    again = _sign_in(app, scene.proposer.email, scene.proposer.password)
    _view(scene, again)
    return _approve(scene, again, scene.proposer.password) == 200 or _released(scene)


def _role_change(scene: Scene, app: FastAPI) -> bool:
    """The approver has the page open while the role goes; then the proposer gets a second role for their own."""
    _view(scene, scene.approver.client)
    _roles(scene.approver.id, "officer")
    status = _approve(scene, scene.approver.client)
    _roles(scene.approver.id, "supervisor")
    _roles(scene.proposer.id, "auditor")  # who proposed has no right to any more
    return 200 in (status, _approve(scene, scene.approver.client)) or _released(scene)


def _api_key(scene: Scene, app: FastAPI) -> bool:
    """A key that somebody gave the roles of people."""
    with database.session() as session:
        shown, columns = access.new_key(frozenset({"officer", "supervisor"}))
        session.add(ApiKey(organisation_id=scene.company, name="robot", **columns))
    machine = TestClient(app, base_url="http://tamga.test", headers={"authorization": f"Bearer {shown}"})
    _view(scene, machine)
    return _approve(scene, machine, scene.approver.password) == 200 or _released(scene)


def _edited(scene: Scene, app: FastAPI) -> bool:
    """A paper comes after the first signature; and the hash of another text is sent."""
    _view(scene, scene.approver.client)
    other = _post(scene.approver.client, f"/v1/proposals/{scene.proposal}/approval", {
        "sha256": "0" * 64, "password": scene.approver.password,
    })  # fmt: skip
    scene.proposer.client.post(f"/v1/cases/{scene.case}/documents", files={"file": ("later.txt", b"later")})
    return 200 in (other, _approve(scene, scene.approver.client)) or _released(scene)


def _own(scene: Scene, app: FastAPI) -> bool:
    _view(scene, scene.proposer.client)
    return _approve(scene, scene.proposer.client, scene.proposer.password) == 200 or _released(scene)


def _direct_sql(scene: Scene, app: FastAPI) -> bool:
    """Statements as the application's role, which may write every row in the service's scope and in its company's."""
    _view(scene, scene.approver.client)
    given = {"proposal": scene.proposal, "approver": scene.approver.id, "version": scene.order_version}
    through = [
        statement for statement in STATEMENTS for scope in (SERVICE, Scope(scene.company))
        if _goes_through(statement, given, scope)
    ]  # fmt: skip
    for statement in through:
        print(f"went through: {statement}", flush=True)
    return bool(through) or _released(scene)


def _goes_through(statement: str, given: dict[str, object], scope: Scope) -> bool:
    """Whether the database let it change a row. Raises UnsafeSettings where the role is above the policies."""
    with database.session(scope) as session:
        roles.refuse_strength(session.connection())
        try:
            with session.begin_nested():
                return session.execute(text(statement), given).rowcount != 0  # type: ignore[attr-defined, no-any-return]
        except DBAPIError as refused:
            if getattr(refused.orig, "sqlstate", None) in MISSPELT:
                raise  # such an attempt proves nothing
            return False


def _scene(app: FastAPI) -> Scene:
    with database.session() as session:
        code = f"eyes-{new_id().hex[-12:]}"
        company = Organisation(code=code, kind="company", name="Four Eyes", country="KZ")
        session.add(company)
        session.flush()
        case = held_high(session, company)
        made = [_person(session, company, f"{each}@{code}.example") for each in ("first", "second")]
        held = (company.id, case.id, case.order_version_id)
    proposer, approver = (Person(each, email, word, _sign_in(app, email, word)) for each, email, word in made)
    answer = proposer.client.post(
        f"/v1/cases/{held[1]}/proposals", json={"reason": WORDS, "password": proposer.password}
    )
    if answer.status_code != 201:
        raise RuntimeError(f"a release could not be proposed: {answer.text}")
    told = answer.json()
    return Scene(*held, proposer, approver, told["id"], told["body_sha256"])


def _person(session: Session, company: Organisation, email: str) -> tuple[UUID, str, str]:
    given: frozenset[RoleName] = frozenset({"supervisor"})
    user, password = people.add_user(session, company, NewUser(email, email, given), "bench")
    return user.id, email, password


def held_high(session: Session, company: Organisation) -> Case:
    """An order that was held for its high score, as the service keeps it; no model is needed for it."""
    version_id, order_id, now, reference = new_id(), new_id(), utc_now(), f"EYES-{new_id().hex}"
    line = {"name": "acetone", "cas": "67-64-1", "quantity": "2900", "unit": "kg"}
    body = json.dumps({"reference": reference, "customer": {"name": "X"}, "lines": [line]})
    session.add(Order(
        id=order_id, organisation_id=company.id, reference=reference, version_id=version_id, disposition="hold",
        state="held",
    ))  # fmt: skip
    session.flush()
    sequence = session.execute(text("SELECT nextval('order_arrival')")).scalar_one()
    session.add(OrderVersion(
        id=version_id, organisation_id=company.id, order_id=order_id, number=1, received_at=now, sequence=sequence,
        body=body, body_sha256="0" * 64, content_sha256="0" * 64, goods="acetone",
    ))  # fmt: skip
    session.flush()
    session.add(Assessment(
        order_version_id=version_id, organisation_id=company.id, model_version="bench", catalogue="bench", vector=b"",
        margin=2.0, probability=0.88, band="high",
    ))  # fmt: skip
    session.add(Decision(
        organisation_id=company.id, order_version_id=version_id, disposition="hold", policy_version=1,
        reasons=["risk_high"],
    ))  # fmt: skip
    case = Case(
        organisation_id=company.id, order_id=order_id, order_version_id=version_id, due_at=now, reasons=["risk_high"]
    )
    session.add(case)
    session.flush()
    return case


def _sign_in(app: FastAPI, email: str, password: str) -> TestClient:
    client = TestClient(app, base_url="http://tamga.test")
    answer = client.post("/v1/session", json={"email": email, "password": password})
    client.headers["x-csrf-token"] = answer.json()["csrf_token"]
    return client


def _view(scene: Scene, client: TestClient) -> None:
    _post(client, f"/v1/cases/{scene.case}/view", {"view": "release"})


def _approve(scene: Scene, client: TestClient, password: str | None = None) -> int:
    if client is scene.approver.client:
        _view(scene, client)
    body = {"sha256": scene.sha256, "password": password or scene.approver.password}
    return _post(client, f"/v1/proposals/{scene.proposal}/approval", body)


def _post(client: TestClient, path: str, body: dict[str, str]) -> int:
    return int(client.post(path, json=body).status_code)


def _roles(person: UUID, role: RoleName) -> None:
    with database.session() as session:
        for each in session.exec(select(Role).where(col(Role.user_id) == person)):
            session.delete(each)
        session.flush()
        session.add(Role(user_id=person, role=role))


def _released(scene: Scene) -> bool:
    with database.session() as session:
        found = session.exec(select(Order.disposition).where(col(Order.version_id) == scene.order_version)).one()
    return found != "hold"
