"""Commands about the service: one line for people, JSON for machines, a status that tells."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import select
from typer.testing import CliRunner, Result

from api.cli import build
from screening import access, audit, database, outbox, roles, tasks
from screening.audit import AuditEntry
from screening.settings import settings
from screening.tables.audit import AuditCosignature
from screening.tables.people import Organisation
from screening.tables.queue import Outbox
from screening.tamga_verify import Check, lines_of
from screening.tenancy import SERVICE
from tests.conftest import of_role


@pytest.fixture
def run(committed: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Runs a command on a database of the test's own."""
    monkeypatch.setenv("TAMGA_DATABASE_URL", of_role(committed.url, roles.APPLICATION))
    monkeypatch.setenv("TAMGA_DATABASE_OWNER_URL", of_role(committed.url, roles.OWNER))
    settings.cache_clear()

    def command(*arguments: str) -> Result:
        result = CliRunner().invoke(build(arguments[0]), list(arguments))
        database.bind(committed, SERVICE)  # the command has bound and left its own
        return result

    yield command
    settings.cache_clear()


def test_the_first_people_are_made_on_the_command_line(run) -> None:  # type: ignore[no-untyped-def]
    made = run("people", "add-organisation", "acme", "--kind", "company", "--name", "Acme", "--country", "kz")
    assert made.exit_code == 0, made.output
    password = run("people", "add-user", "acme", "a@acme.example", "--name", "A", "--role", "officer").stdout.strip()
    key = run("people", "add-key", "acme", "erp", "--role", "integration").stdout.strip()
    with database.session() as session:
        assert access.sign_in(session, "a@acme.example", password, "192.0.2.1") is not None
        assert access.by_key(session, key) is not None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add-organisation", "x", "--kind", "circus", "--name", "X", "--country", "KZ"), "--kind is one of"),
        (("add-organisation", "x", "--kind", "authority", "--name", "X", "--country", "KZ"), "--authority-code"),
        (("add-user", "nobody", "a@b.example", "--name", "A", "--role", "officer"), "no organisation nobody"),
        (("add-key", "nobody", "k", "--role", "emperor"), "--role is one of"),
    ],
)
def test_a_mistake_is_one_clear_line(arguments: tuple[str, ...], said: str, run) -> None:  # type: ignore[no-untyped-def]
    result = run("people", *arguments)
    assert result.exit_code != 0
    assert said in f"{result.output} {result.exception}"


def test_audit_verify_tells_whole_from_broken(run) -> None:  # type: ignore[no-untyped-def]
    with database.session() as session:
        for number in range(5):
            audit.record(session, AuditEntry("x", "test", subject_id=str(number)))
        session.flush()
        audit.append(session)
    whole = run("audit", "verify")
    assert (whole.exit_code, "5 leaves" in whole.output) == (0, True)
    with database.session() as session:  # a superuser's now
        session.execute(text("ALTER TABLE audit_event DISABLE TRIGGER USER"))
        session.execute(text("UPDATE audit_event SET body = replace(body, '\"2\"', '\"9\"')"))
    broken = run("audit", "verify", "--json")
    verdict = json.loads(broken.stdout)
    assert (broken.exit_code, verdict["bad_leaf"], verdict["fault"]) == (1, 3, "event edited")


def test_a_dead_letter_is_shown_and_tried_again(run) -> None:  # type: ignore[no-untyped-def]
    assert "no dead letters" in run("letters", "list").output
    with database.session() as session:
        row_id = outbox.enqueue(session, "nobody.handles", {})
        session.flush()
        session.get_one(Outbox, row_id).state = "dead"
    assert [row["kind"] for row in json.loads(run("letters", "list", "--json").stdout)] == ["nobody.handles"]
    assert run("letters", "retry", str(row_id)).exit_code == 0
    assert run("letters", "retry", str(row_id)).exit_code != 0
    with database.session() as session:
        assert outbox.dispatch(session) == [row_id]


def test_the_audit_log_is_written_out_for_the_verifier(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    run("people", "add-organisation", "acme", "--kind", "company", "--name", "Acme", "--country", "kz")
    tasks.checkpoint()
    out = tmp_path / "log.jsonl"
    assert "1 leaves written" in run("audit", "export", "--out", str(out)).output
    assert out.stat().st_mode & 0o777 == 0o600
    assert Check().run(lines_of(out)).whole
    assert "no such" in f"{run('audit', 'export', '--out', str(tmp_path / 'nowhere' / 'x')).exception}".lower()


def test_a_hold_stands_before_erasure(run) -> None:  # type: ignore[no-untyped-def]
    run("people", "add-organisation", "acme", "--kind", "company", "--name", "Acme", "--country", "kz")
    with database.session() as session:
        acme = session.exec(select(Organisation.id)).one()
        audit.record(session, AuditEntry("order.accepted", "test", acme, "order-1"))
    tasks.checkpoint()
    wanted = ("audit", "erase", "acme", "--subject", "order-1", "--reason", "asked")
    assert "kept until" in f"{run(*wanted).exception}"
    assert run("audit", "hold", "acme", "--subject", "order-1", "--reason", "court").exit_code == 0
    assert "legal hold" in f"{run(*wanted).exception}"
    assert run("audit", "hold", "acme", "--subject", "order-1", "--reason", "over", "--lift").exit_code == 0
    assert "0 events erased" in run("audit", "erase", "acme", "--expired", "--reason", "term").output
    assert "either" in f"{run('audit', 'erase', 'acme', '--reason', 'why').exception}"
    assert "no organisation" in f"{run('audit', 'erase', 'x', '--expired', '--reason', 'why').exception}"


def test_the_witness_is_a_process_of_its_own(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with database.session() as session:
        audit.record(session, AuditEntry("x", "test"))
    tasks.checkpoint()
    environment = {**os.environ, "TAMGA_WITNESS_DIR": str(tmp_path)}
    process = subprocess.Popen([sys.executable, "-m", "api.processes", "witness"], env=environment)
    try:
        deadline = time.monotonic() + 60
        seen: list[int] = []
        while not seen and time.monotonic() < deadline:
            time.sleep(0.1)
            with database.session() as session:
                seen = list(session.exec(select(AuditCosignature.number)))
        stands_back = os.getpriority(os.PRIO_PROCESS, process.pid)
    finally:
        process.terminate()
        process.wait(30)
    assert seen == [1]
    assert stands_back == min(19, os.getpriority(os.PRIO_PROCESS, 0) + settings().background_niceness)
    assert {line["kind"] for line in lines_of(tmp_path / "cosigned.jsonl")} == {"key", "checkpoint", "cosignature"}
