"""A company's stored orders and labels as the source of a dataset (`models.frozen.sources.OrderSource`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from features.records import Outcome, OutcomeRecord
from models.frozen.sources import Portion, Written
from models.refusals import Refusals
from screening.tables.orders import Label, Order, OrderVersion

AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class DatabaseSource:
    """Every version of every order of one organisation, and every label on them, read in the session's transaction."""

    session: Session
    organisation_id: UUID

    def portions(self, size: int) -> Iterator[Portion]:
        """Versions in the order in which they took their turn; each was checked when it arrived, none is refused."""
        found = (
            select(OrderVersion.body, OrderVersion.received_at)
            .where(col(OrderVersion.organisation_id) == self.organisation_id)
            .order_by(col(OrderVersion.received_at), col(OrderVersion.sequence))
            .execution_options(yield_per=AT_ONCE)
        )
        rows = (Written(number, *row) for number, row in enumerate(self.session.exec(found), start=1))
        while orders := list(islice(rows, size)):
            yield Portion(orders, [])

    def labels(self, refusals: Refusals) -> Iterable[OutcomeRecord]:
        """Labels by the moment from which they count; later ones on the same order withdraw earlier ones."""
        found = (
            select(Order.reference, Label.outcome, Label.known_at, Label.source)
            .join(Order, col(Order.id) == col(Label.order_id))
            .where(col(Label.organisation_id) == self.organisation_id)
            .order_by(col(Label.known_at), col(Label.id))
        )
        for reference, outcome, known_at, source in self.session.exec(found):
            said: Outcome = outcome  # type: ignore[assignment]
            yield OutcomeRecord(reference, said, known_at, source)

    def describe(self) -> dict[str, Any]:
        """That it was a service's database, and whose orders."""
        return {"kind": "database", "organisation": str(self.organisation_id)}
