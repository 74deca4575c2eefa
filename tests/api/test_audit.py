"""The audit log over the API: what an auditor gets checks out with the verifier, and tells nothing of others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from screening import audit
from screening.audit import AuditEntry
from screening.ids import new_id
from screening.tables.audit import AuditEvent
from screening.tables.people import Organisation
from screening.tamga_verify import consistency_holds, inclusion_holds, leaf_hash, proof_fault
from screening.witness import Witness
from tests.api.sign_in import browser
from tests.builders import make_organisation
from tests.screening.audit_log import fill

BASE = "/v1/audit"


@pytest.fixture
def company(session: Session, client: TestClient, tmp_path: Path) -> Organisation:
    """A company with three cosigned checkpoints beside another's; its auditor is signed in."""
    made, other = make_organisation(session), make_organisation(session)
    browser(client, session, made, "auditor")
    for _ in range(3):
        fill(session, 9, made.id, other.id)
        audit.checkpoint(session)
    Witness(tmp_path).look(session)
    return made


def got(client: TestClient, path: str, **query: int) -> Any:
    answer = client.get(f"{BASE}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def raw(*hashes: str) -> list[bytes]:
    return [bytes.fromhex(each) for each in hashes]


def event_of(session: Session, company: Organisation) -> str:
    query = select(AuditEvent.event_id).where(AuditEvent.organisation_id == company.id)
    return str(session.exec(query).first())


def test_checkpoints_come_signed_and_cosigned(client: TestClient, company: Organisation) -> None:
    told = got(client, "checkpoints")
    assert [each["number"] for each in told] == [3, 2, 1]
    assert all(len(each["cosignatures"]) == 1 for each in told)
    assert got(client, "checkpoints", before=3, limit=1) == told[1:2]
    assert "leaves" not in json.loads(told[0]["statement"])  # how much everybody does is nobody's business


def test_every_checkpoint_continues_the_one_before(client: TestClient, company: Organisation) -> None:
    told = {each["number"]: json.loads(each["statement"]) for each in got(client, "checkpoints")}
    for first in (1, 2, 3):
        proof = got(client, "checkpoints/consistency", first=first, second=3)
        sizes, roots = (told[first]["size"], told[3]["size"]), raw(told[first]["root"], told[3]["root"])
        assert sizes == (proof["first_size"], proof["second_size"])
        assert consistency_holds(sizes, (roots[0], roots[1]), raw(*proof["proof"]))


def test_the_own_tree_is_proven(client: TestClient, company: Organisation) -> None:
    last, _, first = got(client, "checkpoints")
    sizes, roots = (first["tree_size"], last["tree_size"]), raw(first["tree_root"], last["tree_root"])
    growth = got(client, "tree/consistency", first=sizes[0], second=sizes[1])
    assert consistency_holds(sizes, (roots[0], roots[1]), raw(*growth["proof"]))
    for position in range(sizes[1]):
        told = got(client, "tree/inclusion", position=position, size=sizes[1])
        leaf = leaf_hash(bytes.fromhex(told["commitment"]))
        assert inclusion_holds(leaf, (position, sizes[1]), raw(*told["proof"]), roots[1])


def test_an_event_comes_with_everything_that_proves_it(
    client: TestClient, session: Session, company: Organisation
) -> None:
    proof = got(client, f"events/{event_of(session, company)}/proof")
    assert proof_fault(proof) is None
    assert len(proof["cosignatures"]) == 1


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("tree/inclusion", {"position": 0, "size": 10_000}, "size"),
        ("tree/inclusion", {"position": 0, "size": 2**63 - 1}, "size"),
        ("tree/inclusion", {"position": 5, "size": 5}, "position"),
        ("tree/inclusion", {"position": -1, "size": 5}, "query.position"),
        ("tree/inclusion", {"position": 0, "size": 2**63}, "query.size"),
        ("tree/inclusion", {"position": 0}, "query.size"),
        ("tree/consistency", {"first": 0, "second": 5}, "query.first"),
        ("tree/consistency", {"first": 6, "second": 5}, "first"),
        ("tree/consistency", {"first": 1, "second": 10_000}, "second"),
        ("checkpoints/consistency", {"first": 1, "second": 4}, "second"),
        ("checkpoints/consistency", {"first": 3, "second": 1}, "first"),
        ("checkpoints", {"limit": 0}, "query.limit"),
        ("checkpoints", {"before": 2**70}, "query.before"),
    ],
)
def test_what_was_never_signed_is_one_clear_answer(
    path: str, query: dict[str, int], field: str, client: TestClient, company: Organisation
) -> None:
    for language in ("en", "ru"):
        answer = client.get(f"{BASE}/{path}", params=query, headers={"accept-language": language})
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        assert [fault["field"] for fault in answer.json()["errors"]] == [field]
        assert answer.json()["errors"][0]["remedy"]


def test_a_foreign_event_is_like_one_that_is_not_there(
    client: TestClient, session: Session, company: Organisation
) -> None:
    foreign = session.exec(select(AuditEvent.event_id).where(AuditEvent.organisation_id != company.id)).first()
    answers = [client.get(f"{BASE}/events/{each}/proof") for each in (foreign, new_id())]
    assert [answer.status_code for answer in answers] == [404, 404]
    bodies = [{**answer.json(), "instance": "", "request_id": ""} for answer in answers]
    assert bodies[0] == bodies[1]


def test_the_sizes_are_those_of_the_own_tree(client: TestClient, session: Session, company: Organisation) -> None:
    before = got(client, "checkpoints")[0]
    fill(session, 50, make_organisation(session).id)
    audit.checkpoint(session)
    after = got(client, "checkpoints")[0]
    assert (after["tree_size"], after["tree_root"]) == (before["tree_size"], before["tree_root"])


def test_an_event_that_no_checkpoint_covers_has_to_wait(
    client: TestClient, session: Session, company: Organisation
) -> None:
    event = audit.record(session, AuditEntry("order.accepted", "key:1", company.id, "fresh"))
    session.flush()
    for _ in range(2):
        answer = client.get(f"{BASE}/events/{event}/proof")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_yet_signed")
        audit.append(session)
    audit.checkpoint(session)
    assert client.get(f"{BASE}/events/{event}/proof").status_code == 200


def test_a_company_without_events_has_checkpoints_and_no_tree(client: TestClient, session: Session) -> None:
    fill(session, 3, make_organisation(session).id)
    audit.checkpoint(session)
    browser(client, session, make_organisation(session), "supervisor")
    assert [(each["tree_size"], each["tree_root"]) for each in got(client, "checkpoints")] == [(0, None)]
    assert client.get(f"{BASE}/tree/inclusion", params={"position": 0, "size": 1}).status_code == 422
