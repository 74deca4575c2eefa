"""What the API says of duties, permits and notifications, and what it takes to register them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from features.intake import Code, LongText, Quantity, ShortText, Unit
from screening.notifications import Action
from screening.permits import PermitKind


def _day(value: object) -> object:
    return date.fromisoformat(value) if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_day)]


class ContributionOut(BaseModel):
    """One line in a sum. `amount` is in the sum's unit; null where it cannot be measured, `missing` says why."""

    order_id: UUID
    reference: str
    line: int
    counted_at: datetime
    site: str | None
    tie: str = Field(
        description="this, party, operator, or the key shared: registration, tax_number, customer_id, owner"
    )
    amount: str | None
    at_most: str | None
    missing: str | None


class SumOut(BaseModel):
    """A sum against one limit. `at_least` and `at_most` differ where something is not stated; null is unbounded."""

    limit: str
    unit: Literal["kg", "l"]
    limit_as_written: str
    period: str
    starts: datetime | None
    ends: datetime | None
    zone: str
    at_least: str
    at_most: str | None
    of_the_party: str
    contributions: list[ContributionOut]


class DutyOut(BaseModel):
    """One duty for one substance: the rule, its text's reference, and the sums behind it."""

    id: str
    act: str
    act_en: str
    act_ru: str
    kind: str
    status: Literal["applies", "below", "exempt", "unresolved", "conditional"]
    substance: str
    lines: list[int]
    direction: str
    on: date
    en: str
    ru: str
    reference: str
    source: str
    confidence: str
    missing: list[str]
    concentration_limit: float | None
    paper: str | None
    prior_supplies: int | None
    due_on: date | None
    keep_until: date | None
    sums: list[SumOut]


class DrawOut(BaseModel):
    order_id: UUID
    reference: str
    line: int
    amount: str
    drawn_at: datetime
    released_at: datetime | None


class PermitOut(BaseModel):
    """A licence or authorisation for one substance: granted, drawn and left, in `unit`."""

    id: UUID
    kind: PermitKind
    number: str
    authority: str | None
    substance: str
    unit: Literal["kg", "l"]
    granted: str
    drawn: str
    left: str
    valid_from: date | None
    valid_to: date | None


class PermitWholeOut(PermitOut):
    draws: list[DrawOut]


class NotificationOut(BaseModel):
    state: str
    deadline: date | None
    changed_at: datetime


class OrderDrawOut(BaseModel):
    """What one line of the order holds of a permit."""

    permit: PermitOut
    line: int
    amount: str


class DutiesOut(BaseModel):
    """What an order owes by law, as of its own day."""

    order_id: UUID
    reference: str
    version: int
    duties: list[DutyOut]
    permits: list[OrderDrawOut]
    notification: NotificationOut | None


class PermitIn(BaseModel):
    """A permit to register. One row per substance; `substance` is a name or a CAS number."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: PermitKind
    number: Code
    substance: ShortText
    quantity: Quantity
    unit: Unit
    authority: ShortText | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None


class NotificationIn(BaseModel):
    """One step of the order's pre-export notification, as the authority told it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    action: Action
    deadline: Day | None = None
    note: LongText | None = None
