"""The witness cosigns what continues, remembers across a restart, and refuses everything else."""

from __future__ import annotations

import base64
import dataclasses
import json
import random
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlmodel import Session, select

from api.bench.attacks import Log, rebuild_and_sign_with_the_services_key
from screening import audit
from screening.audit_check import verify
from screening.signing import public_bytes
from screening.tables.audit import AuditCheckpoint, AuditCosignature
from screening.witness import Offer, Refused, State, Witness, continued, offered
from tests.screening.audit_log import fill, grown


def refused(folder: Path) -> list[str]:
    path = folder / "witness" / "refused.jsonl"
    return [json.loads(line)["fault"] for line in path.read_text().splitlines()] if path.exists() else []


def next_checkpoint(session: Session) -> None:
    fill(session, 5)
    assert audit.checkpoint(session)


def test_a_new_process_goes_on_where_the_last_one_ended(session: Session, tmp_path: Path) -> None:
    grown(session, tmp_path)
    again = Witness(tmp_path / "witness")
    assert again.state.number == 4
    next_checkpoint(session)
    assert again.look(session) == 1
    assert again.look(session) == 0
    assert verify(session, tmp_path).cosigned == 5


def test_a_rewritten_log_is_not_cosigned(session: Session, tmp_path: Path) -> None:
    witness = grown(session, tmp_path)
    rebuild_and_sign_with_the_services_key(Log(session, random.Random(1)))
    session.expire_all()
    next_checkpoint(session)
    assert witness.look(session) == 0
    assert witness.look(session) == 0
    assert len(refused(tmp_path)) == 1  # told once


def test_a_log_set_back_to_a_backup_is_not_cosigned(session: Session, tmp_path: Path) -> None:
    with session.begin_nested() as backup:
        witness = grown(session, tmp_path)
        backup.rollback()
    session.expire_all()
    assert witness.look(session) == 0
    fill(session, 60)
    audit.checkpoint(session)
    assert witness.look(session) == 0
    assert refused(tmp_path) == ["checkpoint 4 is no longer the one that was cosigned"]


def test_a_tree_that_lost_its_nodes_is_not_cosigned(session: Session, tmp_path: Path) -> None:
    witness = grown(session, tmp_path, rounds=2)
    fill(session, 5, *session.exec(text("SELECT DISTINCT tree_id FROM audit_leaf WHERE tree_id <> :o LIMIT 1"),
                                   params={"o": "0" * 32}).scalars())  # type: ignore[call-overload]  # fmt: skip
    audit.checkpoint(session)
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text("DELETE FROM audit_node"))
    assert witness.look(session) == 0
    assert "has lost nodes" in refused(tmp_path)[0]


def test_a_cosignature_that_never_reached_the_database_is_told_again(session: Session, tmp_path: Path) -> None:
    grown(session, tmp_path)
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text("DELETE FROM audit_cosignature WHERE number > 2"))
    Witness(tmp_path / "witness").look(session)
    assert verify(session, tmp_path).cosigned == 4


def test_a_witness_that_died_before_it_remembered_signs_the_same_again(session: Session, tmp_path: Path) -> None:
    grown(session, tmp_path, rounds=2)
    state = tmp_path / "witness" / "state.json"
    before = state.read_text()
    next_checkpoint(session)
    with session.begin_nested() as lost:
        Witness(tmp_path / "witness").look(session)
        lost.rollback()
    state.write_text(before)
    assert Witness(tmp_path / "witness").look(session) == 1
    assert verify(session, tmp_path).cosigned == 3


def offer(session: Session, state: State) -> Offer:
    row = session.exec(select(AuditCheckpoint).where(AuditCheckpoint.number == state.number + 1)).one()
    return offered(session, row, state)


def test_what_is_offered_has_to_hold_in_every_part(session: Session, tmp_path: Path) -> None:
    state = grown(session, tmp_path).state
    next_checkpoint(session)
    good = offer(session, state)
    assert continued(state, good).number == 5
    stranger = base64.b64encode(public_bytes(Ed25519PrivateKey.generate().public_key())).decode()
    root = good.roots[0]
    for bad in (
        dataclasses.replace(good, service_key=stranger),
        dataclasses.replace(good, line={**good.line, "signature": good.line["signature"][::-1]}),
        dataclasses.replace(
            good, line={**good.line, "statement": good.line["statement"].replace('"at":"2', '"at":"3')}
        ),
        dataclasses.replace(good, roots=[]),
        dataclasses.replace(good, roots=[{**root, "root": "00" * 32}]),
        dataclasses.replace(good, roots=[{**root, "size": root["size"] - 1}]),
        dataclasses.replace(good, roots=[{**root, "proof": []}]),
        dataclasses.replace(good, roots=[root, root]),
    ):
        with pytest.raises(Refused):
            continued(state, bad)
    with pytest.raises(Refused, match="another key"):
        continued(dataclasses.replace(state, service_key=stranger), good)


def test_the_witness_has_a_key_of_its_own(session: Session, tmp_path: Path) -> None:
    grown(session, tmp_path, rounds=1)
    service = session.exec(select(AuditCheckpoint.key_id)).one()
    assert session.exec(select(AuditCosignature.key_id)).one() != service
    assert (tmp_path / "witness" / "witness.pem").stat().st_mode & 0o777 == 0o600
