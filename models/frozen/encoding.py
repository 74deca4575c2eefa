"""Portions of orders checked, encoded and put into columns: most of the work of freezing, shared out to processes.

A portion is the same whoever makes it, and portions come back in their order: the dataset is the same bytes with one
process or many. Numbers, and which orders were met before, are for who gathers them.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, islice
from multiprocessing import get_context

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.arrival import key_hashes
from features.batch import Batch
from features.bulk import Arrivals, batch_of_columns, taken
from features.encode import micros
from features.intake import FiledOrder
from features.leaves import BodyLeaves
from models.dataset import checked
from models.frozen.sources import OrderSource, Portion, Written
from models.refusals import Complaints, Refusals, Refused

PORTION = 10_000
MOMENT = pa.timestamp("us", "UTC")
ORDER_SCHEMA = pa.schema(
    [("order_ref", pa.string()), ("received_at", MOMENT), ("customer", pa.string()), ("country", pa.string()),
     ("destination", pa.string()), ("goods", pa.string()), ("body", pa.string())]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prepared:
    """Orders of a portion that had arrived by then: the line of each, encoded and not yet numbered, and as a table.

    `late` counts those that arrived after.
    """

    line: list[int]
    batch: Batch
    table: pa.Table
    refused: list[Refused]
    late: int

    def kept(self, new: NDArray[np.bool_]) -> Prepared:
        """The orders marked (n,); the others are refused as met before."""
        if new.all():
            return self
        rows = np.flatnonzero(new)
        repeated = [
            Refused(line, "reference", "duplicate") for line, first in zip(self.line, new, strict=True) if not first
        ]
        refused = sorted([*self.refused, *repeated], key=lambda each: each.line)
        return replace(
            self, line=[self.line[row] for row in rows.tolist()], batch=taken(self.batch, rows),
            table=self.table.take(pa.array(rows)), refused=refused,
        )  # fmt: skip


def prepared(source: OrderSource, as_of: datetime, processes: int = 1) -> Iterator[Prepared]:
    """The portions of a source in their order; what is one portion is not worth a process."""
    portions = source.portions(PORTION)
    first = list(islice(portions, 2))
    whole = chain(first, portions)
    if processes <= 1 or len(first) < 2:
        yield from (prepare(portion, as_of) for portion in whole)
        return
    # Records form no cycles: the collector would walk them again and again.
    with ProcessPoolExecutor(processes, get_context("spawn"), initializer=gc.disable) as pool:
        waiting: deque[Future[Prepared]] = deque()
        for portion in whole:
            waiting.append(pool.submit(prepare, portion, as_of))
            if len(waiting) > processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def prepare(portion: Portion, as_of: datetime) -> Prepared:
    """One portion, checked and encoded."""
    complaints, late = Complaints(), 0
    lines, orders, moments = list[int](), list[FiledOrder](), list[datetime]()
    for written in portion.orders:
        order = _order(written, complaints)
        if order is None:
            continue
        moment = order.received_at or order.ordered_at
        if moment is None:
            complaints.add(Refused(written.line, "received_at", "moment"))
        elif moment > as_of:
            late += 1
        else:
            lines.append(written.line)
            orders.append(order)
            moments.append(moment)
    refused = sorted([*portion.refused, *complaints.rows], key=lambda each: each.line)
    return Prepared(lines, _batch(orders, moments), _table(orders, moments), refused, late)


def _order(written: Written, refusals: Refusals) -> FiledOrder | None:
    order = checked(written.line, written.text, refusals)
    if order is None or written.received_at is None:
        return order
    return order.model_copy(update={"received_at": written.received_at})


def _batch(orders: list[FiledOrder], moments: list[datetime]) -> Batch:
    at = np.array([micros(moment) for moment in moments], dtype=np.int64)
    named = key_hashes([order.reference for order in orders])
    return batch_of_columns(BodyLeaves(orders), Arrivals(named, at, np.zeros(at.size, dtype=np.int64)))


def _table(orders: list[FiledOrder], moments: list[datetime]) -> pa.Table:
    columns = [
        [order.reference for order in orders],
        moments,
        [order.customer.name or order.customer.id for order in orders],
        [order.customer.country for order in orders],
        [order.destination_country for order in orders],
        [order.lines[0].name for order in orders],
        [order.model_dump_json(exclude_unset=True) for order in orders],
    ]
    arrays = [pa.array(each, kind) for each, kind in zip(columns, ORDER_SCHEMA.types, strict=True)]
    return pa.table(arrays, schema=ORDER_SCHEMA)
