"""The customer's page: licences and balances, months of each substance, need, orders, sister firms."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.dependencies import SessionDep
from api.workbench import formats, frame
from api.workbench.frame import Reader
from api.workbench.sheet import sheet
from api.workbench.words import goods
from features.reference import substances
from screening import customers
from screening.customers import Bought, Customer
from screening.errors import Language
from screening.ids import utc_now
from screening.orders import neutral_status
from screening.tables.duties import Permit

router = APIRouter(include_in_schema=False)
SHADES = 4


@dataclass(frozen=True, slots=True)
class Month:
    """One cell: kilograms in words, and its shade 0 to 4 of the row's strongest month."""

    said: str
    shade: int


@dataclass(frozen=True, slots=True)
class Row:
    """One substance over the months, its year, and the year as a share of the declared need."""

    name: str
    months: tuple[Month, ...]
    total: str
    share: float | None
    unknown: int


@dataclass(frozen=True, slots=True)
class Balance:
    """A registered permit: granted, drawn and left as written, the share drawn, and whether it ends soon."""

    permit: Permit
    granted: str
    drawn: str
    left: str
    share: float
    ends: bool


@router.get("/orders/{order_id}/customer")
def customer_page(request: Request, caller: Reader, session: SessionDep, order_id: UUID) -> Response:
    """The customer of this order, as of now."""
    told = customers.customer(session, caller, order_id)
    reads = frame.language(request, caller)
    return frame.page(
        request,
        "customer.html",
        caller,
        told=told,
        who=told.file.version.customer_name,
        rows=[_row(reads, told, each) for each in told.bought],
        balances=[_balance(reads, each) for each in told.permits],
        sheet=sheet(reads, told.file.body),
        neutral=neutral_status,
    )


def _row(reads: Language, told: Customer, bought: Bought) -> Row:
    strongest = max(bought.months.values(), default=Decimal(0))
    known = substances.by_id(bought.substance_id)
    return Row(
        name=goods(reads, known.name if known else bought.substance_id),
        months=tuple(_month(reads, bought.months.get(month), strongest) for month in told.months),
        total=formats.kilograms(reads, float(bought.total)),
        share=float(bought.total / told.need) if told.need else None,
        unknown=bought.unknown,
    )


def _month(reads: Language, kilograms: Decimal | None, strongest: Decimal) -> Month:
    if not kilograms:
        return Month("", 0)
    share = kilograms / strongest
    return Month(formats.amount(reads, float(kilograms)), min(int(share * SHADES) + 1, SHADES))


def _balance(reads: Language, permit: Permit) -> Balance:
    left, ends = customers.left_of(permit, utc_now())
    granted, drawn = Decimal(permit.granted_micro) / 1_000_000, Decimal(permit.drawn_micro) / 1_000_000
    said, taken, rest = (formats.amount(reads, float(each)) for each in (granted, drawn, left))
    return Balance(permit, said, taken, rest, share=float(drawn / granted), ends=ends)
