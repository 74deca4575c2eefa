"""What duties are counted from and drawn from: lines of orders, ledgers of permits, pre-export notifications.

A permit never gives more than it holds: `drawn_micro` follows its draws by trigger, and a CHECK refuses the rest.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from screening.ids import utc_now
from screening.tables.base import Bare, Row, one_of

DIMENSIONS = ("mass", "volume", "pieces")
PERMIT_KINDS = ("licence", "import", "export", "transit")
NOTIFICATION_STATES = (
    "drafted", "sent", "acknowledged", "more_time", "no_objection", "objected", "expired", "withdrawn",
)  # fmt: skip
MICRO = Numeric(24, 0)


class SupplyLine(Bare, table=True):
    """A line of the version of an order that holds now, as sums over a month or year count it."""

    __tablename__ = "supply_line"
    __table_args__ = (
        one_of("dimension", *DIMENSIONS),
        Index("ix_supply_line_counted", "organisation_id", "substance_id", "counted_at"),
        Index("ix_supply_line_party", "organisation_id", "party", "counted_at"),
    )

    order_id: UUID = Field(primary_key=True, foreign_key="orders.id")
    position: int = Field(primary_key=True)
    organisation_id: UUID
    substance_id: str = Field(max_length=64)
    counted_at: datetime
    dimension: str = Field(max_length=16)
    kilograms_micro: Any = Field(default=None, sa_type=MICRO, nullable=True)
    litres_micro: Any = Field(default=None, sa_type=MICRO, nullable=True)
    concentration_pct: Any = Field(default=None, sa_type=Numeric(9, 6), nullable=True)
    form: str | None = Field(default=None, max_length=16)
    salt: bool
    exporter: str | None = Field(default=None, max_length=2)
    importer: str | None = Field(default=None, max_length=2)
    site: str | None = Field(default=None, max_length=64)
    party: str = Field(sa_type=Text)
    ties: list[str] = Field(sa_type=ARRAY(Text))


class Permit(Row, table=True):
    """A licence or authorisation for one substance, with what it grants and what orders have drawn of it."""

    __tablename__ = "permit"
    __table_args__ = (
        one_of("kind", *PERMIT_KINDS),
        one_of("dimension", "mass", "volume"),
        CheckConstraint("granted_micro > 0", name="granted"),
        CheckConstraint("drawn_micro BETWEEN 0 AND granted_micro", name="within_grant"),
        UniqueConstraint("organisation_id", "kind", "number_key", "substance_id"),
    )

    organisation_id: UUID = Field(foreign_key="organisation.id")
    kind: str = Field(max_length=16)
    number: str = Field(max_length=64)
    number_key: str = Field(max_length=64)
    authority: str | None = Field(default=None, max_length=200)
    substance_id: str = Field(max_length=64)
    dimension: str = Field(max_length=16)
    granted_micro: Any = Field(sa_type=MICRO)
    drawn_micro: Any = Field(default=0, sa_type=MICRO)
    valid_from: date | None = None
    valid_to: date | None = None
    created_by: UUID | None = None


class PermitDraw(Row, table=True):
    """What one line of an order takes of a permit, until it is released again."""

    __tablename__ = "permit_draw"
    __table_args__ = (
        CheckConstraint("amount_micro > 0", name="amount"),
        Index(
            "uq_permit_draw_open", "permit_id", "order_id", "position", unique=True,
            postgresql_where=text("released_at IS NULL"),
        ),
        Index("ix_permit_draw_order", "order_id"),
    )  # fmt: skip

    permit_id: UUID = Field(foreign_key="permit.id")
    order_id: UUID = Field(foreign_key="orders.id")
    position: int
    amount_micro: Any = Field(sa_type=MICRO)
    released_at: datetime | None = None


class Notification(Row, table=True):
    """The pre-export notification of one order, as the company was told of it."""

    __tablename__ = "notification"
    __table_args__ = (one_of("state", *NOTIFICATION_STATES), UniqueConstraint("order_id"))

    organisation_id: UUID = Field(foreign_key="organisation.id")
    order_id: UUID = Field(foreign_key="orders.id")
    state: str = Field(default="drafted", max_length=16)
    deadline: date | None = None
    changed_at: datetime = Field(default_factory=utc_now)


class NotificationEvent(Row, table=True):
    """One step of a notification: who took it and what was said. The clock's own step has nobody."""

    __tablename__ = "notification_event"
    __table_args__ = (one_of("state_after", *NOTIFICATION_STATES),)

    notification_id: UUID = Field(foreign_key="notification.id", index=True)
    action: str = Field(max_length=16)
    state_after: str = Field(max_length=16)
    actor_id: UUID | None = Field(default=None, foreign_key="person.id")
    note: str | None = Field(default=None, max_length=2000)
