"""What a database superuser may try on the audit log: each attack says what an honest verifier has to name first.

All work inside the caller's transaction with the triggers out of the way. An attacker who rewrites everything
recomputes commitments, roots and checkpoints, and signs with a key of their own or even the service's:
only a checkpoint that somebody else holds gives them away.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlmodel import Session

from screening.audit import AuditEntry, staged
from screening.signing import canonical, public_bytes, service_key
from screening.tamga_verify import Frontier, leaf_hash, root_leaf

FAR = 10**9  # where rows are put aside while others move


@dataclass(frozen=True, slots=True)
class Expected:
    """What has to be named: the first bad leaf, or the first bad checkpoint."""

    leaf: int | None = None
    checkpoint: int | None = None

    def named(self, verdict: dict[str, Any]) -> bool:
        if self.leaf is not None:
            return bool(verdict["bad_leaf"] == self.leaf)
        return bool(verdict["bad_checkpoint"] == self.checkpoint)


@dataclass
class Log:
    """The log under attack, as the attacker sees it before they begin."""

    session: Session
    chance: random.Random

    def __post_init__(self) -> None:
        self.run("SET LOCAL session_replication_role = replica")
        self.covered = [int(row[0]) for row in self.run("SELECT leaves FROM audit_checkpoint ORDER BY number")]
        self.leaf = self.chance.randint(1, self.covered[-1])

    def run(self, statement: str, **values: Any) -> list[Any]:
        result: Any = self.session.execute(text(statement), values)
        return list(result.all()) if result.returns_rows else []

    def checkpoint_of(self, leaf: int) -> int:
        """The first checkpoint that covers the leaf."""
        return next(number for number, leaves in enumerate(self.covered, 1) if leaves >= leaf)

    def event(self, leaf: int) -> Any:
        query = "SELECT e.*, l.* FROM audit_leaf l JOIN audit_event e USING (event_id) WHERE l.number = :n"
        return self.run(query, n=leaf)[0]

    def neighbour(self, leaf: int) -> int:
        """Another leaf of the same tree."""
        query = "SELECT number FROM audit_leaf WHERE tree_id = :t AND number <> :n AND number <= :last"
        return int(self.chance.choice(self.run(query, t=self.event(leaf).tree_id, n=leaf, last=self.covered[-1]))[0])


def edit_event(log: Log) -> Expected:
    log.run(
        "UPDATE audit_event SET body = :b WHERE event_id = :e", e=log.event(log.leaf).event_id, b=_lie(log, log.leaf)
    )
    return Expected(leaf=log.leaf)


def edit_column(log: Log) -> Expected:
    column = log.chance.choice(("action = 'order.released'", "subject_id = 'another'", "at = at - interval '1 day'"))
    log.run(f"UPDATE audit_event SET {column} WHERE event_id = :e", e=log.event(log.leaf).event_id)  # noqa: S608
    return Expected(leaf=log.leaf)


def edit_event_and_commitment(log: Log) -> Expected:
    _rewrite(log, log.leaf)
    return Expected(checkpoint=log.checkpoint_of(log.leaf))


def empty_event(log: Log) -> Expected:
    """Pretend that it was erased."""
    log.run("UPDATE audit_event SET body = '', salt = '' WHERE event_id = :e", e=log.event(log.leaf).event_id)
    return Expected(leaf=log.leaf)


def delete_event(log: Log) -> Expected:
    log.run("DELETE FROM audit_event WHERE event_id = :e", e=log.event(log.leaf).event_id)
    return Expected(leaf=log.leaf)


def delete_leaf(log: Log) -> Expected:
    _remove(log, log.leaf)
    return Expected(leaf=log.leaf)


def delete_and_close_the_gap(log: Log) -> Expected:
    gone = _remove(log, log.leaf)
    _shift("number", log, f"number > {log.leaf}", -1)
    _shift("position", log, f"tree_id = '{gone.tree_id}' AND position > {gone.position}", -1)
    return Expected(checkpoint=log.checkpoint_of(log.leaf))


def insert_leaf(log: Log) -> Expected:
    """An event of one's own, committed to as it should be, with everything after it moved on."""
    at = log.event(log.leaf)
    _shift("number", log, f"number >= {log.leaf}", 1)
    _shift("position", log, f"tree_id = '{at.tree_id}' AND position >= {at.position}", 1)
    made, salt = staged(AuditEntry("order.released", "user:nobody", at.organisation_id, "forged")), os.urandom(32)
    log.run(
        "INSERT INTO audit_event (event_id, at, organisation_id, action, subject_id, body, salt) "
        "VALUES (:event_id, :at, :organisation_id, :action, :subject_id, :body, :salt)",
        **made,
        salt=salt,
    )
    log.run(
        "INSERT INTO audit_leaf (number, event_id, commitment, tree_id, position) VALUES (:n, :e, :c, :t, :p)",
        **{"n": log.leaf, "e": made["event_id"], "t": at.tree_id, "p": at.position},
        c=hashlib.sha256(salt + made["body"].encode()).hexdigest(),
    )
    return Expected(checkpoint=log.checkpoint_of(log.leaf))


def swap_leaves(log: Log) -> Expected:
    """Two leaves change places, event and commitment together."""
    other = log.neighbour(log.leaf)
    _swap(log, log.leaf, other, "event_id, commitment")
    return Expected(checkpoint=log.checkpoint_of(min(log.leaf, other)))


def swap_events(log: Log) -> Expected:
    """Two leaves change their events and keep their commitments."""
    other = log.neighbour(log.leaf)
    _swap(log, log.leaf, other, "event_id")
    return Expected(leaf=min(log.leaf, other))


def delete_checkpoint(log: Log) -> Expected:
    number = log.chance.randint(1, len(log.covered))
    for table in ("audit_cosignature", "audit_checkpoint"):
        log.run(f"DELETE FROM {table} WHERE number = :n", n=number)  # noqa: S608
    return Expected(checkpoint=number)


def cut_the_tail(log: Log) -> Expected:
    log.run(
        "DELETE FROM audit_event USING audit_leaf l WHERE l.event_id = audit_event.event_id AND number >= :n",
        n=log.leaf,
    )
    log.run("DELETE FROM audit_leaf WHERE number >= :n", n=log.leaf)
    return Expected(leaf=log.leaf)


def cut_the_tail_with_its_checkpoints(log: Log) -> Expected:
    last = log.checkpoint_of(log.leaf) - 1
    size = log.run("SELECT coalesce(max(size), 0) FROM audit_checkpoint WHERE number <= :n", n=last)[0][0]
    log.leaf = ([0, *log.covered])[last] + 1
    cut_the_tail(log)
    log.run("DELETE FROM audit_cosignature WHERE number > :n", n=last)
    log.run("DELETE FROM audit_checkpoint WHERE number > :n", n=last)
    log.run("DELETE FROM audit_root WHERE position >= :s", s=size)
    return Expected(checkpoint=last + 1)


def truncate_everything(log: Log) -> Expected:
    log.run("TRUNCATE audit_event, audit_leaf, audit_node, audit_root, audit_checkpoint, audit_cosignature")
    return Expected(checkpoint=1)


def rebuild_hashes(log: Log) -> Expected:
    """Rewrite one event and every hash after it; the signatures are left as they were."""
    return _rebuild(log, None)


def rebuild_and_sign_with_an_own_key(log: Log) -> Expected:
    return _rebuild(log, Ed25519PrivateKey.generate())


def rebuild_and_sign_with_the_services_key(log: Log) -> Expected:
    return _rebuild(log, service_key())


ATTACKS: tuple[Callable[[Log], Expected], ...] = (
    edit_event,
    edit_column,
    edit_event_and_commitment,
    empty_event,
    delete_event,
    delete_leaf,
    delete_and_close_the_gap,
    insert_leaf,
    swap_leaves,
    swap_events,
    delete_checkpoint,
    cut_the_tail,
    cut_the_tail_with_its_checkpoints,
    truncate_everything,
    rebuild_hashes,
    rebuild_and_sign_with_an_own_key,
    rebuild_and_sign_with_the_services_key,
)


def _lie(log: Log, leaf: int) -> str:
    """The event's text with another actor."""
    return canonical({**json.loads(log.event(leaf).body), "actor": "user:somebody-else"})


def _rewrite(log: Log, leaf: int) -> None:
    """Another text, with the commitment that fits it."""
    event, lie = log.event(leaf), _lie(log, leaf)
    committed = hashlib.sha256(bytes(event.salt) + lie.encode()).hexdigest()
    log.run("UPDATE audit_event SET body = :b WHERE event_id = :e", e=event.event_id, b=lie)
    log.run("UPDATE audit_leaf SET commitment = :c WHERE number = :n", n=leaf, c=committed)


def _remove(log: Log, leaf: int) -> Any:
    gone = log.event(leaf)
    log.run("DELETE FROM audit_event WHERE event_id = :e", e=gone.event_id)
    log.run("DELETE FROM audit_leaf WHERE number = :n", n=leaf)
    return gone


def _shift(column: str, log: Log, which: str, by: int) -> None:
    log.run(f"UPDATE audit_leaf SET {column} = {column} + {FAR} WHERE {which}")  # noqa: S608
    log.run(f"UPDATE audit_leaf SET {column} = {column} - {FAR} + {by} WHERE {column} >= {FAR}")  # noqa: S608


def _swap(log: Log, one: int, other: int, columns: str) -> None:
    query = f"SELECT {columns} FROM audit_leaf WHERE number = :n"  # noqa: S608
    rows = {number: log.run(query, n=number)[0] for number in (one, other)}
    log.run("UPDATE audit_leaf SET event_id = gen_random_uuid() WHERE number IN (:a, :b)", a=one, b=other)
    for number, row in ((one, rows[other]), (other, rows[one])):
        for column, value in row._mapping.items():
            log.run(f"UPDATE audit_leaf SET {column} = :v WHERE number = :n", v=value, n=number)  # noqa: S608


def _rebuild(log: Log, key: Ed25519PrivateKey | None) -> Expected:
    _rewrite(log, log.leaf)
    trees: dict[str, Frontier] = {}
    leaves = iter(log.run("SELECT number, tree_id, commitment FROM audit_leaf ORDER BY number"))
    main = Frontier()
    for number, covered in enumerate(log.covered, 1):
        seen = 0
        while seen < covered:
            seen, tree, committed = next(leaves)
            trees.setdefault(str(tree), Frontier()).add(leaf_hash(bytes.fromhex(committed)))
        _forge(log, number, trees, main, key)
    first = log.checkpoint_of(log.leaf)
    if key:
        _take_over(log, key, first)
    return Expected(checkpoint=first)


def _forge(log: Log, number: int, trees: dict[str, Frontier], main: Frontier, key: Ed25519PrivateKey | None) -> None:
    """Roots and statement of one checkpoint for the leaves as they now are."""
    row = log.run("SELECT size, statement, signature FROM audit_checkpoint WHERE number = :n", n=number)[0]
    for position in range(main.size, row.size):
        tree = str(log.run("SELECT tree_id FROM audit_root WHERE position = :p", p=position)[0][0])
        root = trees[tree].root().hex()
        log.run("UPDATE audit_root SET root = :r WHERE position = :p", r=root, p=position)
        main.add(root_leaf(tree, trees[tree].size, root))
    if number < log.checkpoint_of(log.leaf):  # nothing in it has changed
        return
    statement = canonical({**json.loads(row.statement), "root": main.root().hex()})
    signature = base64.b64encode(key.sign(statement.encode())).decode() if key else row.signature
    log.run(
        "UPDATE audit_checkpoint SET statement = :t, signature = :s WHERE number = :n",
        **{"t": statement, "s": signature, "n": number},
    )


def _take_over(log: Log, key: Ed25519PrivateKey, first: int) -> None:
    """The key table names the forger's key, and cosignatures that no longer fit are gone."""
    public = base64.b64encode(public_bytes(key.public_key())).decode()
    log.run("UPDATE audit_key SET public_key = :k WHERE role = 'service'", k=public)
    log.run("DELETE FROM audit_cosignature WHERE number >= :n", n=first)
