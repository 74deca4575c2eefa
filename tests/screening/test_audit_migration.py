"""A log from before the tree is carried over whole, and nothing of it is lost on the way back."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, text

from screening import audit, database
from screening.audit import AuditEntry, canonical
from screening.audit_check import verify
from screening.ids import utc_now
from screening.signing import sign
from tests.builders import make_organisation
from tests.screening.audit_log import fill

LEAVES, SIGNED = 30, (10, 25)


def to(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        command.downgrade(database.alembic_config(connection), revision)


def chained(connection: Connection, owners: list[object]) -> None:
    """Leaves and checkpoints as the earlier version wrote them."""
    previous = "0" * 64
    for number in range(1, LEAVES + 1):
        row, salt = audit.staged(AuditEntry("early", "key:1", owners[number % len(owners)])), os.urandom(32)  # type: ignore[arg-type]
        connection.execute(
            text(
                "INSERT INTO audit_event VALUES (:event_id, :at, :organisation_id, :action, :subject_id, :body, :salt)"
            ),
            {**row, "salt": salt},
        )
        committed = hashlib.sha256(salt + row["body"].encode()).hexdigest()
        hashed = hashlib.sha256(f"{number}:{previous}:{committed}".encode()).hexdigest()
        connection.execute(
            text("INSERT INTO audit_leaf (number, event_id, commitment, previous, hash) VALUES (:n, :e, :c, :p, :h)"),
            {"n": number, "e": row["event_id"], "c": committed, "p": previous, "h": hashed},
        )
        previous, at = hashed, utc_now()
        if number in SIGNED:
            signer, signature = sign(canonical({"size": number, "hash": hashed, "at": at.isoformat()}))
            connection.execute(
                text("INSERT INTO audit_checkpoint (size, hash, at, key_id, signature) VALUES (:s, :h, :a, :k, :g)"),
                {"s": number, "h": hashed, "a": at, "k": signer, "g": signature},
            )


@pytest.fixture
def early(committed: Engine) -> Engine:
    """A database of the earlier version with a log of three owners."""
    with database.session() as work:
        owners = [make_organisation(work).id, make_organisation(work).id, None]
    to(committed, "0005")
    with committed.begin() as connection:
        chained(connection, owners)
    return committed


def everything(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        tables = ("audit_event", "audit_leaf", "audit_checkpoint")
        return [
            sorted(
                map(str, (sorted(row.items()) for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()))
            )
            for table in tables
        ]


def test_an_early_log_is_carried_over_and_goes_on(early: Engine, tmp_path: Path) -> None:
    database.migrate(early)
    with database.session() as work:
        assert verify(work, tmp_path).leaves == LEAVES
        fill(work, 7, None)
        audit.checkpoint(work)
        assert work.execute(text("SELECT count(DISTINCT tree_id) FROM audit_leaf")).scalar_one() == 3
    with database.session() as work:
        verdict = verify(work, tmp_path)
    assert (verdict.fault, verdict.leaves, verdict.checkpoints) == (None, LEAVES + 7, 1)


@pytest.mark.parametrize(
    ("attack", "bad_leaf"),
    [
        ("UPDATE audit_chain_checkpoint SET hash = repeat('0', 64) WHERE size = 10", 10),
        ("UPDATE audit_leaf SET commitment = repeat('0', 64) WHERE number = 7", 7),
        ("DELETE FROM audit_leaf WHERE number > 20", 21),
    ],
)
def test_early_checkpoints_are_still_checked(attack: str, bad_leaf: int, early: Engine, tmp_path: Path) -> None:
    database.migrate(early)
    with early.begin() as superuser:
        superuser.execute(text("SET LOCAL session_replication_role = replica"))
        superuser.execute(text(attack))
    with database.session() as work:
        assert verify(work, tmp_path).bad_leaf == bad_leaf


def test_nothing_is_lost_on_the_way_back(early: Engine) -> None:
    before = everything(early)
    database.migrate(early)
    to(early, "0005")
    assert everything(early) == before


def test_a_log_with_checkpoints_over_trees_does_not_go_back(early: Engine) -> None:
    database.migrate(early)
    with database.session() as work:
        audit.checkpoint(work)
    with pytest.raises(RuntimeError, match="checkpoints over its trees"):
        to(early, "0005")
