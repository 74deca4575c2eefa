"""The audit log, and what a database superuser can do to it without being found out: nothing before a checkpoint."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from screening import audit, database
from screening.audit import AuditEntry
from screening.audit_check import verify
from screening.settings import settings
from tests.builders import make_organisation

LEAVES = 40


def fill(session: Session, count: int = LEAVES) -> None:
    for index in range(count):
        audit.record(session, AuditEntry("order.accepted", "key:1", subject_id=f"order-{index}", details={"i": index}))
    session.flush()
    assert audit.append(session) == count


@pytest.fixture
def log(session: Session, tmp_path: Path) -> Session:
    """A log of 40 leaves with a checkpoint at its end, and the triggers out of the attacker's way."""
    fill(session)
    assert audit.checkpoint(session, tmp_path) == LEAVES
    session.flush()
    for table in ("audit_event", "audit_leaf", "audit_checkpoint"):
        session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    return session


def test_an_untouched_log_is_whole(log: Session, tmp_path: Path) -> None:
    verdict = verify(log, tmp_path)
    assert verdict.whole
    assert (verdict.leaves, verdict.checkpoints) == (LEAVES, 2)  # the checkpoint of the table and that of the file


def test_an_empty_log_is_whole(session: Session, tmp_path: Path) -> None:
    assert verify(session, tmp_path).whole


@pytest.mark.parametrize("table", ["audit_event", "audit_leaf", "audit_checkpoint"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {}", "UPDATE {} SET {}"])
def test_the_tables_refuse_change(table: str, statement: str, session: Session, tmp_path: Path) -> None:
    fill(session, 3)
    audit.checkpoint(session, tmp_path)
    session.flush()
    column = {"audit_event": "body = 'x'", "audit_leaf": "hash = 'x'", "audit_checkpoint": "hash = 'x'"}[table]
    with pytest.raises(DBAPIError, match="only grows"):
        session.execute(text(statement.format(table, column)))


def edit(log: Session, leaf: int) -> None:
    log.execute(
        text(
            "UPDATE audit_event SET body = replace(body, 'accepted', 'released') "
            "WHERE event_id = (SELECT event_id FROM audit_leaf WHERE number = :n)"
        ),
        {"n": leaf},
    )


def edit_column(log: Session, leaf: int) -> None:
    log.execute(
        text(
            "UPDATE audit_event SET subject_id = 'other' "
            "WHERE event_id = (SELECT event_id FROM audit_leaf WHERE number = :n)"
        ),
        {"n": leaf},
    )


def delete_leaf(log: Session, leaf: int) -> None:
    log.execute(text("DELETE FROM audit_leaf WHERE number = :n"), {"n": leaf})


def delete_event(log: Session, leaf: int) -> None:
    log.execute(
        text("DELETE FROM audit_event WHERE event_id = (SELECT event_id FROM audit_leaf WHERE number = :n)"),
        {"n": leaf},
    )


def swap(log: Session, leaf: int) -> None:
    other = leaf + 1 if leaf < LEAVES else leaf - 1
    events = dict(log.execute(text("SELECT number, event_id FROM audit_leaf")).all())
    log.execute(text("UPDATE audit_leaf SET event_id = gen_random_uuid() WHERE number = :n"), {"n": leaf})
    for number, event in ((other, events[leaf]), (leaf, events[other])):
        log.execute(text("UPDATE audit_leaf SET event_id = :e WHERE number = :n"), {"e": event, "n": number})


def insert(log: Session, leaf: int) -> None:
    """Make room and put a leaf of one's own, chained as it should be to the one before."""
    log.execute(text("UPDATE audit_leaf SET number = number + 1000 WHERE number >= :n"), {"n": leaf})
    log.execute(text("UPDATE audit_leaf SET number = number - 999 WHERE number >= 1000"))
    previous = log.execute(text("SELECT hash FROM audit_leaf WHERE number = :n"), {"n": leaf - 1}).scalar() or "0" * 64
    log.execute(
        text("INSERT INTO audit_leaf VALUES (:n, gen_random_uuid(), :c, :p, :h)"),
        {"n": leaf, "c": "1" * 64, "p": previous, "h": audit.chained(leaf, previous, "1" * 64)},
    )


ATTACKS = [edit, edit_column, delete_leaf, delete_event, swap, insert]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_superuser_is_found_out_at_the_first_bad_leaf(
    attack: Callable[[Session, int], None], log: Session, tmp_path: Path
) -> None:
    leaves = (1, LEAVES, *random.Random(7).sample(range(2, LEAVES), 6))
    for leaf in leaves:
        with log.begin_nested() as undo:
            attack(log, leaf)
            verdict = verify(log, tmp_path)
            assert not verdict.whole
            if not (attack is delete_leaf and leaf == LEAVES):  # that one is a cut tail
                assert verdict.bad_leaf == (min(leaf, LEAVES - 1) if attack is swap else leaf)
            undo.rollback()
    assert verify(log, tmp_path).whole


def rewrite(log: Session, leaf: int) -> None:
    """Edit one event and recompute every hash from there on."""
    edit(log, leaf)
    log.execute(text("UPDATE audit_event SET action = 'order.released' WHERE body LIKE '%order.released%'"))
    rows = log.execute(
        text("SELECT number, salt, body FROM audit_leaf JOIN audit_event USING (event_id) ORDER BY number")
    ).all()
    previous = audit.START
    for number, salt, body in rows:
        committed = hashlib.sha256(bytes(salt) + body.encode()).hexdigest()
        hashed = audit.chained(number, previous, committed)
        log.execute(
            text("UPDATE audit_leaf SET commitment = :c, previous = :p, hash = :h WHERE number = :n"),
            {"c": committed, "p": previous, "h": hashed, "n": number},
        )
        previous = hashed


def test_recomputing_every_hash_breaks_the_checkpoint(log: Session, tmp_path: Path) -> None:
    rewrite(log, 5)
    verdict = verify(log, tmp_path)
    assert (verdict.fault, verdict.bad_checkpoint) == ("rewritten before a signed checkpoint", LEAVES)


def test_a_cut_tail_is_found_even_with_its_checkpoints(log: Session, tmp_path: Path) -> None:
    log.execute(text("DELETE FROM audit_leaf WHERE number > 30"))
    log.execute(text("DELETE FROM audit_checkpoint"))
    verdict = verify(log, tmp_path)
    assert (verdict.fault, verdict.bad_leaf) == ("cut off before a signed checkpoint", 31)


def test_a_forged_checkpoint_is_not_believed(log: Session, tmp_path: Path) -> None:
    rewrite(log, 5)
    hashed = log.execute(text("SELECT hash FROM audit_leaf WHERE number = 40")).scalar_one()
    log.execute(text("UPDATE audit_checkpoint SET hash = :h"), {"h": hashed})
    audit.checkpoint_file(tmp_path).unlink()
    assert verify(log, tmp_path).fault == "a checkpoint's signature is not ours"


def test_numbers_have_no_gaps_and_nothing_is_lost_under_racing_writers(committed: Engine, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        for _ in range(40):
            with database.session() as work:
                audit.record(work, AuditEntry("race", "key:1"))

    def number() -> None:
        while not stop.is_set():
            with database.session() as work:
                audit.append(work, 7)

    writers = [threading.Thread(target=write) for _ in range(4)]
    appenders = [threading.Thread(target=number) for _ in range(2)]
    for thread in (*writers, *appenders):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in appenders:
        thread.join()
    with database.session() as work:
        while audit.append(work):
            pass
    with database.session() as work:
        verdict = verify(work, tmp_path)
    assert (verdict.whole, verdict.leaves) == (True, 160)


def test_a_rolled_back_business_leaves_no_event(session: Session) -> None:
    with pytest.raises(ZeroDivisionError), database.session() as work:  # noqa: PT012 - the block is what fails
        audit.record(work, AuditEntry("never", "key:1", subject_id="never"))
        raise ZeroDivisionError
    assert audit.trail(session, "never") == []


def test_the_trail_tells_staged_and_numbered_events_in_order(session: Session) -> None:
    organisation = make_organisation(session)
    for action in ("first", "second"):
        audit.record(session, AuditEntry(action, "user:1", organisation.id, "case-1"))
    session.flush()
    audit.append(session, 1)
    assert [event["action"] for event in audit.trail(session, "case-1")] == ["first", "second"]


def test_the_log_is_checked_in_chunks(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screening.audit_check.CHUNK", 7)
    fill(session, 21)
    assert verify(session, tmp_path).leaves == 21


def test_the_service_key_is_private_to_its_owner(var_dir: Path) -> None:
    assert audit.sign("x")[0]
    assert (settings().keys_dir / "service.pem").stat().st_mode & 0o777 == 0o600
