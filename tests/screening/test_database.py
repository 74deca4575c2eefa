"""The unit of work and the migrations."""

from __future__ import annotations

import threading

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, func, select, text
from sqlmodel import Session, SQLModel

import screening.tables  # noqa: F401 - registers every table
from screening import database
from screening.tables.people import SignInFailure
from tests.builders import make_organisation


def failures(work: Session, subject: str) -> int:
    return work.execute(select(func.count()).where(SignInFailure.subject == subject)).scalar_one()


def test_migrations_and_tables_agree(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_every_constraint_has_a_name(engine: Engine) -> None:
    unnamed = [
        (table.name, type(rule).__name__)
        for table in SQLModel.metadata.tables.values()
        for rule in table.constraints
        if rule.name is None
    ]
    assert unnamed == []


def test_migrations_go_down_and_up_again(committed: Engine) -> None:
    with committed.begin() as connection:
        command.downgrade(database.alembic_config(connection), "base")
        assert connection.execute(text("SELECT to_regclass('organisation')")).scalar_one() is None
    database.migrate(committed)
    with committed.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM organisation")).scalar_one() == 0


def test_two_processes_may_migrate_at_once(committed: Engine) -> None:
    with committed.begin() as connection:
        command.downgrade(database.alembic_config(connection), "base")
    faults: list[BaseException] = []

    def run() -> None:
        try:
            database.migrate(committed)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_session_commits_once_at_the_end(committed: Engine) -> None:
    with database.session() as work:
        work.add(SignInFailure(subject="a"))
        work.flush()
        with database.session() as other:
            assert failures(other, "a") == 0
    with database.session() as other:
        assert failures(other, "a") == 1


def test_session_keeps_nothing_of_a_failed_block(session: Session) -> None:
    with pytest.raises(ZeroDivisionError), database.session() as work:  # noqa: PT012 - the block is what fails
        work.add(SignInFailure(subject="b"))
        work.flush()
        raise ZeroDivisionError
    assert failures(session, "b") == 0


def test_moments_come_back_aware_and_in_utc(session: Session) -> None:
    made = make_organisation(session)
    session.flush()
    session.expire(made)
    assert made.created_at.utcoffset() is not None
    assert session.execute(text("SHOW timezone")).scalar_one() == "UTC"
