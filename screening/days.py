"""The end of a company's day: what happened on it becomes known to hubs and components (`features.daybook`).

What many orders share, a product or a lane, is known as of the end of the previous UTC day. The first order of a day
closes the days before it, in a transaction of its own that holds the company's day alone; every order holds it with
the others. So nothing can slip in behind a day that is closed, and what an order reads of its hubs does not change
until midnight: each process keeps it in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from threading import Lock
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text
from sqlmodel import Session, col, select

from features import stream
from features.daybook import Folded, Happened, fold, touched
from features.encode import EncodedOrder, encode, micros
from features.history import MICROS_PER_DAY
from features.online import Lesson, Shared, Tie
from features.records import Outcome
from screening import database, states
from screening.ids import utc_now
from screening.tables.orders import DayBook, Label, OrderVersion, TieComponent, TieNode
from screening.tenancy import Scope
from screening.versions import record_of

AT_ONCE = 2000
KEPT = 50_000
TIES = """
    SELECT n.node, n.root, c.customers, c.orders, c.confirmed FROM tie_node n
    JOIN tie_component c ON c.organisation_id = n.organisation_id AND c.root = n.root
    WHERE n.organisation_id = %(organisation)s AND n.node = ANY(%(nodes)s::bigint[])
"""
NODES = """
    INSERT INTO tie_node (organisation_id, node, root)
    SELECT %(organisation)s::uuid, t.node, t.root FROM unnest(%(nodes)s::bigint[], %(roots)s::bigint[]) AS t(node, root)
    ON CONFLICT (organisation_id, node) DO UPDATE SET root = excluded.root
"""
MERGED = """
    UPDATE tie_node n SET root = t.new FROM unnest(%(old)s::bigint[], %(new)s::bigint[]) AS t(old, new)
    WHERE n.organisation_id = %(organisation)s AND n.root = t.old
"""
COMPONENTS = """
    INSERT INTO tie_component (organisation_id, root, customers, orders, confirmed)
    SELECT %(organisation)s::uuid, t.* FROM unnest(%(roots)s::bigint[], %(customers)s::bigint[], %(orders)s::bigint[],
      %(confirmed)s::bigint[]) AS t(root, customers, orders, confirmed)
    ON CONFLICT (organisation_id, root) DO UPDATE SET customers = excluded.customers, orders = excluded.orders,
      confirmed = excluded.confirmed
"""
CLOSED = """
    INSERT INTO day_book (organisation_id, day) VALUES (%(organisation)s, %(day)s)
    ON CONFLICT (organisation_id) DO UPDATE SET day = excluded.day
"""


@dataclass(slots=True)
class _Kept:
    """What one process remembers of a company's hubs and ties since `day` was closed; None: nothing is known."""

    day: int
    hubs: dict[int, bytes | None] = field(default_factory=dict)
    ties: dict[int, Tie | None] = field(default_factory=dict)


_memory: dict[UUID, _Kept] = {}
_guard = Lock()


def today() -> int:
    """Days since 1970 of the UTC day of now."""
    return micros(utc_now()) // MICROS_PER_DAY


def forget(organisation: UUID | None = None) -> None:
    """Drop what this process remembers, of one company or of all."""
    with _guard:
        if organisation is None:
            _memory.clear()
        else:
            _memory.pop(organisation, None)


def remembered(organisation: UUID) -> int | None:
    """The last closed day where this process knows that none is left to close."""
    kept = _memory.get(organisation)
    return kept.day if kept is not None and kept.day >= today() - 1 else None


def ensure(organisation: UUID) -> int:
    """Close all days before today, unless that is done; the last day that is closed."""
    done = remembered(organisation)
    if done is not None:
        return done
    with database.session(Scope(organisation)) as session:
        closed = close(session, organisation, today() - 1)
    with _guard:
        kept = _memory.get(organisation)
        if kept is None or kept.day != closed:
            _memory[organisation] = _Kept(closed)
    return closed


def ensure_all() -> None:
    """Close all days before today for every company that has had an order."""
    with database.session() as session:
        companies = session.exec(select(DayBook.organisation_id)).all()
    for organisation in companies:
        ensure(organisation)


def close(session: Session, organisation: UUID, last: int) -> int:
    """Fold what happened up to day `last`; the last day that is closed then. The caller commits."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": states.day_lock(organisation)})
    book = session.get(DayBook, organisation, populate_existing=True)
    done = book.day if book else None
    if done is not None and done >= last:
        return done
    happened = iter(happened_between(session, organisation, done, last))
    while part := list(islice(happened, AT_ONCE)):
        take(session, organisation, fold(part, known(session, organisation, *touched(part))))
    database.run(session, (CLOSED, {"organisation": organisation, "day": last}))
    return last


@dataclass(frozen=True, slots=True)
class Asking:
    """What one order wants to know of its hubs and ties, and what of it this process had to ask the database."""

    organisation: UUID
    order: EncodedOrder
    kept: _Kept
    hubs: tuple[int, ...]
    ties: tuple[int, ...]

    @property
    def closed(self) -> int:
        """The last closed day, as of which all this is known."""
        return self.kept.day

    @property
    def statements(self) -> tuple[database.Statement, ...]:
        """None where memory has everything, as it has for most orders."""
        if not self.hubs and not self.ties:
            return ()
        return states.reading_keys(self.organisation, self.hubs), _ties(self.organisation, self.ties)

    def answered(self, rows: Sequence[list[dict[str, Any]]]) -> Shared:
        """What the order may know, from the rows of `statements` and from memory."""
        kept, slots = self.kept, self.order.slots
        with _guard:
            kept.hubs.update(dict.fromkeys(self.hubs))
            kept.ties.update(dict.fromkeys(self.ties))
            if rows:
                kept.hubs.update({self.hubs[row["place"] - 1]: bytes(row["state"]) for row in rows[0]})
                kept.ties.update({row["node"]: _tie(row) for row in rows[1]})
            hubs = {key: state for key in slots.hubs if (state := kept.hubs.get(key)) is not None}
            return Shared(hubs, {key: tie for key in slots.ties if (tie := kept.ties.get(key)) is not None})


def asking(organisation: UUID, closed: int, order: EncodedOrder) -> Asking:
    """What has to be read before the order may be observed, `closed` being the last closed day."""
    with _guard:
        kept = _memory.get(organisation)
        if kept is None or kept.day != closed or len(kept.hubs) > KEPT:
            kept = _memory[organisation] = _Kept(closed)
        hubs = tuple(key for key in order.slots.hubs if key and key not in kept.hubs)
        return Asking(
            organisation, order, kept, hubs, tuple(key for key in order.slots.ties if key and key not in kept.ties)
        )


def _ties(organisation: UUID, nodes: Iterable[int]) -> database.Statement:
    return TIES, {"organisation": organisation, "nodes": states.literal(nodes)}


def _tie(row: dict[str, Any]) -> Tie:
    return Tie(row["root"], row["customers"], row["orders"], row["confirmed"])


def known(session: Session, organisation: UUID, hub_keys: Sequence[int], tie_keys: Sequence[int]) -> Shared:
    """All that is known of some hubs and ties, from the database."""
    hubs, ties = database.run(session, states.reading_keys(organisation, hub_keys), _ties(organisation, tie_keys))
    return Shared(
        {hub_keys[row["place"] - 1]: bytes(row["state"]) for row in hubs}, {row["node"]: _tie(row) for row in ties}
    )


def take(session: Session, organisation: UUID, folded: Folded) -> None:
    """Write what a fold changed."""
    mine = {"organisation": organisation}
    components = list(folded.components.values())
    merged = {"old": states.literal(folded.merged), "new": states.literal(folded.merged.values())}
    database.run(
        session,
        (states.WRITE, states.columns_of(organisation, folded.hubs)),
        (MERGED, mine | merged),
        (NODES, mine | {"nodes": states.literal(folded.nodes), "roots": states.literal(folded.nodes.values())}),
        (
            COMPONENTS,
            mine
            | {
                name: states.literal(getattr(each, attribute) for each in components)
                for name, attribute in (
                    ("roots", "root"), ("customers", "customers"), ("orders", "orders"), ("confirmed", "confirmed"),
                )
            },
        ),
    )  # fmt: skip


def clear(session: Session, organisation: UUID) -> None:
    """Drop ties and the book of days of a company, before they are built again."""
    for table in (TieNode, TieComponent, DayBook):
        session.execute(delete(table).where(col(table.organisation_id) == organisation))
    forget(organisation)


def within(moment: datetime, closed: int) -> datetime:
    """A moment on the day that is open: not before its first microsecond, not after its last."""
    start = states.moment_of((closed + 1) * MICROS_PER_DAY)
    return min(max(moment, start), start + timedelta(days=1) - timedelta(microseconds=1))


def happened_between(session: Session, organisation: UUID, after: int | None, last: int) -> Iterator[Happened]:
    """What happened after day `after` up to day `last`, in order: an amended order goes before its amendment comes,
    an outcome comes after the orders of its moment."""
    begin = states.moment_of((after + 1) * MICROS_PER_DAY) if after is not None else datetime(1970, 1, 1, tzinfo=UTC)
    end = states.moment_of((last + 1) * MICROS_PER_DAY)
    versions = select(OrderVersion).where(
        col(OrderVersion.organisation_id) == organisation,
        col(OrderVersion.received_at) >= begin,
        col(OrderVersion.received_at) < end,
    )
    labels = select(Label).where(
        col(Label.organisation_id) == organisation,
        col(Label.known_at) >= begin,
        col(Label.known_at) < end,
        col(Label.counts),
    )
    rows: list[tuple[datetime, int, int, OrderVersion | Label]] = [
        (version.received_at, 0, version.sequence, version) for version in session.exec(versions)
    ]
    found = session.exec(labels.order_by(col(Label.known_at), col(Label.id)))
    rows += [(label.known_at, 1, number, label) for number, label in enumerate(found)]
    for _, _, _, row in sorted(rows, key=lambda each: each[:3]):
        yield from order_happened(session, row) if isinstance(row, OrderVersion) else label_happened(session, row)


def order_happened(session: Session, version: OrderVersion) -> Iterator[Happened]:
    """A version, after the retraction of the one it replaces."""
    at = micros(version.received_at)
    if version.number > 1:
        earlier = session.exec(
            select(OrderVersion).where(
                col(OrderVersion.order_id) == version.order_id, col(OrderVersion.number) == version.number - 1
            )
        ).one()
        yield Happened(stream.RETRACTION, at, encode(record_of(earlier)))
    yield Happened(stream.ORDER, at, encode(record_of(version)))


def label_happened(session: Session, label: Label) -> Iterator[Happened]:
    """A judgement, after the withdrawal of the one before it."""
    before = session.exec(
        select(Label)
        .where(col(Label.order_id) == label.order_id, col(Label.known_at) < label.known_at, col(Label.counts))
        .order_by(col(Label.known_at).desc(), col(Label.id).desc())
    ).first()
    if before is not None:
        lesson = Lesson(_outcome(before), label.known_at, before.known_at)
        yield from _taught(session, before, lesson)
    yield from _taught(session, label, Lesson(_outcome(label), label.known_at))


def _taught(session: Session, label: Label, lesson: Lesson) -> Iterator[Happened]:
    if lesson.teaches:
        version = session.get_one(OrderVersion, label.order_version_id)
        yield Happened(stream.OUTCOME, micros(lesson.known_at), encode(record_of(version)), lesson.label())


def _outcome(label: Label) -> Outcome:
    outcome: Outcome = label.outcome  # type: ignore[assignment]
    return outcome
