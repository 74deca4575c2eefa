"""Statements in the driver's own words: together, in their order, in the transaction, and told apart when they fail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DataError, DBAPIError
from sqlmodel import Session

from screening import database, wire

SUM = "SELECT %(a)s::int + %(b)s::int + %(a)s::int AS sum"


@pytest.fixture
def work(committed: Engine) -> Iterator[Session]:
    with Session(committed) as made:
        yield made


def test_placeholders_are_numbered_once_each_and_a_percent_stays_one() -> None:
    assert wire.numbered("SELECT %(b)s, %(a)s, %(b)s, 5 %% 2") == (b"SELECT $1, $2, $1, 5 % 2", ("b", "a"))


def test_each_statement_sees_what_the_ones_before_it_left(work: Session) -> None:
    made, _, found = database.run(
        work,
        ("CREATE TEMP TABLE seen (number int) ON COMMIT DROP", {}),
        ("SELECT 1 AS one", {}),
        (SUM, {"a": 1, "b": 2}),
    )
    assert (made, found) == ([], [{"sum": 4}])
    _, rows = database.run(
        work, ("INSERT INTO seen VALUES (%(n)s), (%(n)s)", {"n": 7}), ("SELECT number FROM seen", {})
    )
    assert rows == [{"number": 7}, {"number": 7}]


def test_values_come_back_as_they_are(work: Session) -> None:
    known = {
        "key": UUID(int=7), "raw": b"\x00\xff", "at": datetime(2026, 11, 22, 9, 30, 0, 5, UTC), "none": None,
        "text": "ацетон %s", "flag": True, "large": 2**40, "real": 0.1,
    }  # fmt: skip
    types = {"key": "uuid", "raw": "bytea", "at": "timestamptz", "none": "int", "text": "text", "flag": "boolean",
             "large": "bigint", "real": "double precision"}  # fmt: skip
    asked = ", ".join(f"%({name})s::{kind} AS {name}" for name, kind in types.items())
    assert database.run(work, (f"SELECT {asked}, '[1, {{\"a\": 2.5}}]'::jsonb AS tree", known)) == [
        [{**known, "tree": [1, {"a": 2.5}]}]
    ]


def test_the_first_statement_begins_the_transaction(work: Session) -> None:
    database.run(work, ("CREATE TABLE gone (number int)", {}))
    work.rollback()
    assert database.run(work, ("SELECT to_regclass('gone') AS name", {})) == [[{"name": None}]]


def test_the_first_fault_is_told_and_the_connection_serves_on(work: Session) -> None:
    bad = ("SELECT 1 / %(zero)s::int AS never", {"zero": 0})
    for _ in range(2):  # what the failed attempt prepared does not stand in the way of the next
        with pytest.raises(DBAPIError) as told:
            database.run(work, (SUM, {"a": 1, "b": 2}), bad, ("SELECT 1 AS untold", {}))
        assert isinstance(told.value, DataError)
        assert "division by zero" in str(told.value)
        work.rollback()
    assert database.run(work, (SUM, {"a": 1, "b": 2})) == [[{"sum": 4}]]


def test_a_value_that_nothing_writes_leaves_the_connection_whole(work: Session) -> None:
    with pytest.raises(DBAPIError):
        database.run(work, ("SELECT %(odd)s", {"odd": object()}))
    assert database.run(work, (SUM, {"a": 1, "b": 2})) == [[{"sum": 4}]]


def test_what_a_rollback_drops_is_prepared_again(work: Session) -> None:
    for _ in range(8):  # often enough that the driver keeps statements of its own too
        assert work.connection().exec_driver_sql("SELECT 1").scalar_one() == 1
    assert database.run(work, (SUM, {"a": 1, "b": 2})) == [[{"sum": 4}]]
    nested = work.begin_nested()
    nested.rollback()
    assert database.run(work, (SUM, {"a": 1, "b": 2})) == [[{"sum": 4}]]
    work.rollback()
    assert database.run(work, (SUM, {"a": 2, "b": 2})) == [[{"sum": 6}]]


def test_more_kinds_than_a_connection_keeps_are_answered_all_the_same(work: Session) -> None:
    connection = work.connection().connection.driver_connection
    assert connection is not None
    connection.prepared_max = 3
    for _ in range(2):
        for number in range(6):
            assert database.run(work, (f"SELECT {number} AS told", {})) == [[{"told": number}]]
    assert work.connection().exec_driver_sql("SELECT count(*) FROM pg_prepared_statements").scalar_one() <= 4


def test_a_statement_twice_in_one_go_is_prepared_once(work: Session) -> None:
    assert database.run(work, (SUM, {"a": 1, "b": 2}), (SUM, {"a": 2, "b": 2})) == [[{"sum": 4}], [{"sum": 6}]]


def test_a_savepoint_takes_back_its_own_statements_and_no_others(work: Session) -> None:
    database.run(work, ("CREATE TEMP TABLE kept (number int) ON COMMIT DROP", {}))
    database.run(work, ("INSERT INTO kept VALUES (1)", {}))
    saved = work.begin_nested()
    database.run(work, ("INSERT INTO kept VALUES (2)", {}))
    saved.rollback()
    with work.begin_nested():
        database.run(work, ("INSERT INTO kept VALUES (3)", {}))
    assert database.run(work, ("SELECT number FROM kept ORDER BY 1", {}))[0] == [{"number": 1}, {"number": 3}]


def test_each_transaction_writes_to_its_own_connection(work: Session, committed: Engine) -> None:
    asked = ("SELECT pg_backend_pid() AS pid", {})
    first = database.run(work, asked)[0][0]["pid"]
    work.commit()
    with committed.connect() as taken:  # the pool has to give the next transaction another one
        assert taken.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() == first
        second = database.run(work, asked)[0][0]["pid"]
        assert second == work.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar_one() != first
        work.rollback()


def test_what_was_to_go_first_goes_before_anything_is_kept(committed: Engine) -> None:
    with pytest.raises(RuntimeError, match="nothing may be kept"), database.session() as session:
        database.ahead(session, ("SELECT 1 AS one", {}), lambda _rows: None)
