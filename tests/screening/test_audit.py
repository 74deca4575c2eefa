"""The audit log, and what a database superuser can do to it without being found out: nothing before a checkpoint."""

from __future__ import annotations

import dataclasses
import random
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from api.bench.attacks import ATTACKS, Expected, Log
from screening import audit, database, worker
from screening.audit import AuditEntry
from screening.audit_check import verify
from screening.settings import settings
from screening.tables.audit import AuditCheckpoint, AuditLeaf
from tests.builders import make_organisation
from tests.screening.audit_log import fill, grown, stage

TABLES = {
    "audit_event": "body = 'x'",
    "audit_leaf": "commitment = 'x'",
    "audit_node": "hash = ''",
    "audit_root": "root = 'x'",
    "audit_checkpoint": "statement = 'x'",
    "audit_cosignature": "statement = 'x'",
    "audit_key": "public_key = 'x'",
}


def test_an_untouched_log_is_whole(session: Session, tmp_path: Path) -> None:
    grown(session, tmp_path)
    verdict = verify(session, tmp_path)
    assert verdict.fault is None
    assert (verdict.leaves, verdict.checkpoints, verdict.cosigned) == (44, 4, 4)


def test_an_empty_log_is_whole(session: Session, tmp_path: Path) -> None:
    assert verify(session, tmp_path).whole


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE", "UPDATE {} SET {}"])
def test_the_tables_refuse_change(table: str, statement: str, session: Session, tmp_path: Path) -> None:
    grown(session, tmp_path, rounds=1, each=9)
    with pytest.raises(DBAPIError, match="only grows"):
        session.execute(text(statement.format(table, TABLES[table])))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_a_superuser_is_found_out(attack: Callable[[Log], Expected], session: Session, tmp_path: Path) -> None:
    grown(session, tmp_path)
    for seed in range(2):
        with session.begin_nested() as undo:
            expected = attack(Log(session, random.Random(seed)))
            verdict = verify(session, tmp_path)
            assert expected.named(dataclasses.asdict(verdict)), (expected, verdict)
            undo.rollback()
    assert verify(session, tmp_path).whole


def test_every_organisation_has_a_tree_of_its_own(session: Session) -> None:
    one, other = make_organisation(session).id, make_organisation(session).id
    fill(session, 20, one, other)
    rows = session.exec(select(AuditLeaf).order_by(AuditLeaf.number)).all()  # type: ignore[arg-type]
    assert [row.number for row in rows] == list(range(1, 21))
    for tree in (one, other):
        mine = [row.position for row in rows if row.tree_id == tree]
        assert mine == list(range(len(mine)))


def test_a_log_that_has_not_grown_is_not_signed_again(session: Session) -> None:
    assert audit.checkpoint(session) is None
    fill(session, 1)
    assert audit.checkpoint(session) == 1
    assert audit.checkpoint(session) is None


def test_only_the_trees_that_grew_become_leaves_of_the_main_tree(session: Session) -> None:
    one, other = make_organisation(session).id, make_organisation(session).id
    sizes = []
    for owners in ((one, other), (one,), (other,)):
        fill(session, 12, *owners)
        audit.checkpoint(session)
        sizes.append(session.exec(select(AuditCheckpoint.size)).all()[-1])
    assert sizes == [2, 3, 4]


def test_the_file_tells_each_checkpoint_once(session: Session, tmp_path: Path) -> None:
    fill(session, 2)
    audit.checkpoint(session)
    assert [audit.publish(session, tmp_path) for _ in range(2)] == [1, 0]
    fill(session, 2)
    audit.checkpoint(session)
    assert audit.publish(session, tmp_path) == 1
    assert len(audit.checkpoint_file(tmp_path).read_text().splitlines()) == 3  # the key, and two checkpoints


def test_a_thousand_leaves_are_signed_without_waiting_for_the_minute(
    committed: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "CHECKPOINT_LEAVES", 8)
    for expected in (0, 1):
        with database.session() as work:
            stage(work, 5)
        with database.session() as work:
            audit.append(work)
        worker.cover(only_when_due=True)
        with database.session() as work:
            assert len(work.exec(select(AuditCheckpoint)).all()) == expected


def test_a_checkpoint_that_fails_holds_up_no_delivery(committed: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "CHECKPOINT_LEAVES", 1)
    monkeypatch.setattr(audit, "sign", lambda statement: 1 / 0)
    with database.session() as work:
        stage(work, 2)
    assert worker.number_audit() == 2
    with database.session() as work:
        assert audit.head(work) == 2
        assert audit.last_checkpoint(work) is None


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
            with database.session() as work:
                audit.checkpoint(work)

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
    assert (verdict.fault, verdict.leaves) == (None, 160)


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


def test_the_log_is_read_in_chunks(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screening.audit_export.CHUNK", 7)
    fill(session, 21)
    assert verify(session, tmp_path).leaves == 21


def test_the_service_key_is_private_to_its_owner(var_dir: Path) -> None:
    assert audit.sign("x")[0]
    assert (settings().keys_dir / "service.pem").stat().st_mode & 0o777 == 0o600
