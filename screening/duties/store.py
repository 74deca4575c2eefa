"""Lines of orders in the database: written with the order, read for the sums of another.

Only the version that holds now has lines: an amendment replaces them. A refused order keeps its lines and does not
count; there is no other way an order is cancelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlmodel import Session, col, select

from features.records import OrderRecord
from features.reference import substances
from screening import database
from screening.duties.supply import Placed, Supply, supplies_of
from screening.orders import Kept
from screening.tables.duties import SupplyLine
from screening.tables.orders import Order, OrderVersion
from screening.versions import record_of

LOOK_BACK = timedelta(days=370)  # a calendar year or twelve months before an order, in any time zone
LONGEST_YEAR = timedelta(days=367)
AT_ONCE = 1000
# A sum may take thousands of lines: they are read as rows, since to make entities of them costs more than the query.
COLUMNS: tuple[Any, ...] = (
    *SupplyLine.__table__.c, Order.reference, Order.created_at, Order.disposition,  # type: ignore[attr-defined]
)  # fmt: skip
CLEAR = "DELETE FROM supply_line WHERE order_id = %(order)s"
WRITE = """
    INSERT INTO supply_line (order_id, organisation_id, counted_at, position, substance_id, dimension, kilograms_micro,
      litres_micro, concentration_pct, form, salt, exporter, importer, site, party, ties)
    SELECT %(order)s::uuid, %(organisation)s::uuid, t.counted_at, t.position, t.substance_id, t.dimension,
      t.kilograms_micro, t.litres_micro, t.concentration_pct, t.form, t.salt, t.exporter, t.importer, t.site, t.party,
      t.ties
    FROM jsonb_to_recordset(%(lines)s::jsonb) AS t(counted_at timestamptz, position int, substance_id text,
      dimension text, kilograms_micro numeric, litres_micro numeric, concentration_pct numeric, form text, salt boolean,
      exporter text, importer text, site text, party text, ties text[])
"""


def columns(record: OrderRecord, order: Order | Kept) -> dict[str, Any]:
    """What `WRITE` asks for, once the order itself is written; no lines where the tables know nothing of its goods."""
    counted = record.body.ordered_at or order.created_at
    lines = [_row(counted, line) for line in supplies_of(record, Placed(order.id, record.received_at, ""))]
    return {"order": order.id, "organisation": order.organisation_id, "lines": orjson.dumps(lines).decode()}


def _row(counted: datetime, line: Supply) -> dict[str, Any]:
    return {
        "counted_at": counted.isoformat(),
        "position": line.position,
        "substance_id": line.substance_id,
        "dimension": line.dimension,
        "kilograms_micro": _exact(line.kilograms_micro),
        "litres_micro": _exact(line.litres_micro),
        "concentration_pct": _exact(line.concentration_pct),
        "form": line.form,
        "salt": line.salt,
        "exporter": line.exporter or None,
        "importer": line.importer,
        "site": line.site,
        "party": line.party,
        "ties": sorted(line.ties),
    }


def _exact(number: object) -> str | None:
    return None if number is None else str(number)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose lines a sum asks for: those of one order's customer and its sisters, and `whole` substances of everybody.

    `home`: the company's own country, the exporter where an order names none. `until`: arrivals after it stay out.
    """

    order: Order
    lines: tuple[Supply, ...]
    whole: frozenset[str]
    home: str
    until: datetime


def earlier(session: Session, wanted: Wanted) -> tuple[Supply, ...]:
    """Lines of the company's other orders of the same substances that had arrived by then and were not refused."""
    if not wanted.lines:
        return ()
    query = (
        select(*COLUMNS)
        .join(Order, col(Order.id) == col(SupplyLine.order_id))
        .where(
            *_around(wanted),
            _ties_column().overlap(_keys(session, wanted)) | col(SupplyLine.substance_id).in_(wanted.whole),
            col(SupplyLine.order_id) != wanted.order.id,
            col(Order.created_at) <= wanted.until,
            col(Order.disposition) != "refuse",
        )
        .order_by(col(SupplyLine.counted_at), col(SupplyLine.order_id), col(SupplyLine.position))
    )
    known = (row for row in session.execute(query) if substances.by_id(row.substance_id))
    return tuple(_supply(row, wanted.home) for row in known)


def _around(wanted: Wanted) -> tuple[Any, ...]:
    at = [line.counted_at for line in wanted.lines]
    return (
        col(SupplyLine.organisation_id) == wanted.order.organisation_id,
        col(SupplyLine.substance_id).in_({line.substance_id for line in wanted.lines}),
        col(SupplyLine.counted_at) > min(at) - LOOK_BACK,
        col(SupplyLine.counted_at) < max(at) + LONGEST_YEAR,
    )


def _keys(session: Session, wanted: Wanted) -> list[str]:
    """Every key by which the customer is known, from this order or another of its own."""
    first = wanted.lines[0]
    own = session.exec(select(SupplyLine.ties).where(*_around(wanted), col(SupplyLine.party) == first.party).distinct())
    return sorted(first.ties.union(*own))


def _ties_column() -> Any:
    return SupplyLine.__table__.c.ties  # type: ignore[attr-defined]


def _supply(row: Any, home: str) -> Supply:
    return Supply(
        order_id=row.order_id,
        reference=row.reference,
        position=row.position,
        substance_id=row.substance_id,
        counted_at=row.counted_at,
        arrived_at=row.created_at,
        dimension=row.dimension,
        kilograms_micro=None if row.kilograms_micro is None else int(row.kilograms_micro),
        litres_micro=None if row.litres_micro is None else int(row.litres_micro),
        concentration_pct=row.concentration_pct,
        form=row.form,
        salt=row.salt,
        exporter=row.exporter or home,
        importer=row.importer,
        site=row.site,
        party=row.party,
        ties=frozenset(row.ties),
        released=row.disposition == "release",
    )


def complete() -> int:
    """Write the lines of orders that have none, as after the migration; how many orders were looked at."""
    with database.session() as session:
        if session.exec(select(SupplyLine.order_id).limit(1)).first() is not None:
            return 0
        current = list(session.exec(select(Order.version_id)))
        query = select(OrderVersion, Order).join(Order, col(Order.version_id) == col(OrderVersion.id))
        for start in range(0, len(current), AT_ONCE):
            chosen = query.where(col(Order.version_id).in_(current[start : start + AT_ONCE]))
            for version, order in session.exec(chosen).all():
                database.run(session, (WRITE, columns(record_of(version), order)))
            session.expunge_all()
        return len(current)
