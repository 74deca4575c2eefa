"""Statements in the driver's own words, sent in one piece and waited for once.

What psycopg's cursors do, for the order's hot path, without what those cost every statement: a cursor, a search of
caches, a poll and a write to the socket. A kind of statement is prepared at its first use and kept as long as its
connection. Answers come in binary: as text, states of parties would be twice their size.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import abc
from psycopg._preparing import Prepare
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.generators import fetch_many, send
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

Statement = tuple[str, Mapping[str, Any]]
NAMED = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement on its way: what the driver's memory of prepared statements knows it by, and its values."""

    query: bytes
    types: tuple[int, ...]
    values: Sequence[Any]
    formats: Sequence[Format] | None


@dataclass(frozen=True, slots=True)
class Wire:
    """A connection, and what it writes and reads values by."""

    connection: psycopg.Connection[Any]
    values: abc.Transformer

    @classmethod
    def of(cls, info: dict[Any, Any], connection: psycopg.Connection[Any]) -> Wire:
        """The wire of a connection, kept in what the pool remembers of it."""
        found = info.get("wire")
        if not isinstance(found, Wire) or found.connection is not connection:
            found = info["wire"] = cls(connection, Transformer(connection))
        return found

    @property
    def prepared(self) -> Any:
        """The driver's own memory of what is prepared: at a rollback it drops all of it, and has to know of ours."""
        return self.connection._prepared

    def run(self, statements: Sequence[Statement]) -> list[list[dict[str, Any]]]:
        """The rows of each statement; each works on what the ones before it left. Raises psycopg.Error."""
        asked = [self._asked(*statement) for statement in statements]
        with self.connection.lock:
            made, answers = self._exchanged(asked)
            told = answers[-len(asked) :]
            for each, (how, name), answer in zip(asked, made, told, strict=False):
                self.prepared.validate((each.query, each.types), how, name, [answer])
            self._checked(answers)
            self.connection.wait(self.prepared.maintain_gen(self.connection))
        return [self._rows(answer) for answer in told]

    def _exchanged(self, asked: Sequence[Asked]) -> tuple[list[tuple[Any, bytes]], list[PGresult]]:
        """How each statement was prepared, and the answers; those of the statements themselves come last."""
        pgconn = self.connection.pgconn
        pgconn.enter_pipeline_mode()
        try:
            if pgconn.transaction_status == TransactionStatus.IDLE and not self.connection.autocommit:
                pgconn.send_query_params(b"BEGIN", None)
            made = [self._prepare(each) for each in asked]
            for each, (_, name) in zip(asked, made, strict=True):
                pgconn.send_query_prepared(name, each.values, each.formats, Format.BINARY)
            pgconn.pipeline_sync()
            return made, self.connection.wait(_answers(pgconn))
        finally:
            if pgconn.status != ConnStatus.BAD:
                pgconn.exit_pipeline_mode()

    def _asked(self, text: str, given: Mapping[str, Any]) -> Asked:
        query, names = numbered(text)
        values = self.values.dump_sequence([given[name] for name in names], [PyFormat.AUTO] * len(names))
        return Asked(query, self.values.types or (), values, self.values.formats)

    def _prepare(self, asked: Asked) -> tuple[Any, bytes]:
        """The name under which a statement is prepared, and whether that is on its way only now."""
        how, name = self.prepared.get(asked, prepare=True)
        if how is Prepare.SHOULD:
            self.connection.pgconn.send_prepare(name, asked.query, asked.types)
        self.prepared.maybe_add_to_cache(asked, how, name)
        return how, name

    def _checked(self, answers: list[PGresult]) -> None:
        """The first fault is the one to tell: what followed it was not tried."""
        for answer in answers:
            if answer.status == ExecStatus.FATAL_ERROR:
                raise error_from_result(answer, encoding=self.connection.info.encoding)

    def _rows(self, answer: PGresult) -> list[dict[str, Any]]:
        if answer.status != ExecStatus.TUPLES_OK:
            return []
        self.values.set_pgresult(answer)
        names = [(answer.fname(place) or b"").decode() for place in range(answer.nfields)]
        return self.values.load_rows(0, answer.ntuples, lambda row: dict(zip(names, row, strict=True)))


@lru_cache(maxsize=1024)
def numbered(text: str) -> tuple[bytes, tuple[str, ...]]:
    """A statement with PostgreSQL's own placeholders, and the names that they stand for, in their order."""
    names = tuple(dict.fromkeys(NAMED.findall(text)))
    query = NAMED.sub(lambda found: f"${names.index(found[1]) + 1}", text)
    return query.replace("%%", "%").encode(), names


def _answers(pgconn: PGconn) -> abc.PQGen[list[PGresult]]:
    """The answer to each piece that was sent, up to the end of the pipeline."""
    yield from send(pgconn)
    found: list[PGresult] = []
    while pgconn.status != ConnStatus.BAD:
        part = yield from fetch_many(pgconn)
        if part and part[0].status == ExecStatus.PIPELINE_SYNC:
            break
        found += part
    return found
