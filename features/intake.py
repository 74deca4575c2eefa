"""The body of one order, as `POST /v1/orders` and every order file carry it.

Strict types, few mandatory fields: a reference, a customer and one line with a quantity.
What is absent stays absent: it is known to the model as missing and never filled in.
Field names follow the record-keeping texts (EU 273/2004 Art 5, 111/2005 Art 13, 21 CFR 1310.06).
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

MAX_LINES = 50
MAX_LEGS = 30
FIRST_YEAR, LAST_YEAR = 1971, 2200
MAX_QUANTITY = Decimal("10000000000")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff]")
DECIMAL_TEXT = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?")


def _decimal_text(value: object) -> object:
    """A JSON number or a decimal string, never a boolean; the decimal keeps the digits as written."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError("must be a decimal number")
    if isinstance(value, str) and not DECIMAL_TEXT.fullmatch(value.strip()):
        raise ValueError("must be a decimal number with a point, such as 1250.5")
    return Decimal(str(value).strip())


def no_control(value: object) -> object:
    """PostgreSQL text refuses U+0000 and UTF-8 refuses lone surrogates, so neither may enter."""
    if isinstance(value, str) and CONTROL.search(value):
        raise ValueError("must not contain control characters")
    return value


Reference = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[\w./:#\- ]+$")
]
ShortText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), BeforeValidator(no_control)
]
LongText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), BeforeValidator(no_control)
]
Code = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64), BeforeValidator(no_control)
]


def _within_calendar(value: datetime) -> datetime:
    """A moment that stays a moment in UTC and in every arithmetic done with it."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"must lie between {FIRST_YEAR} and {LAST_YEAR}")
    return value


Moment = Annotated[AwareDatetime, AfterValidator(_within_calendar)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Quantity = Annotated[
    Decimal,
    BeforeValidator(_decimal_text),
    Field(gt=0, le=MAX_QUANTITY, allow_inf_nan=False, max_digits=20, decimal_places=9),
]
Amount = Annotated[
    Decimal,
    BeforeValidator(_decimal_text),
    Field(ge=0, le=MAX_QUANTITY, allow_inf_nan=False, max_digits=20, decimal_places=9),
]
Percent = Annotated[
    Decimal, BeforeValidator(_decimal_text), Field(gt=0, le=100, allow_inf_nan=False, max_digits=9, decimal_places=6)
]
Unit = Literal["kg", "g", "mg", "ug", "t", "lb", "oz", "l", "ml", "m3", "us_gal", "uk_gal", "piece", "tablet"]


class Strict(BaseModel):
    """Base of every part: unknown fields are refused, values are never coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PersonIn(Strict):
    name: ShortText | None = None
    role: ShortText | None = None
    email: ShortText | None = None
    phone: Code | None = None
    known_contact: bool | None = None


class PartyIn(Strict):
    """A legal or natural person. `id` is the caller's own key, `registration_no` the public register's."""

    id: Code | None = None
    name: ShortText | None = None
    country: Country | None = None
    address: ShortText | None = None
    city: ShortText | None = None
    registration_no: Code | None = None
    tax_no: Code | None = None
    phone: Code | None = None
    email: ShortText | None = None
    url: ShortText | None = None


class LicenceIn(Strict):
    number: Code
    authority: ShortText | None = None
    issued: date | None = None
    valid_to: date | None = None
    substances: Annotated[tuple[ShortText, ...], Field(max_length=200)] | None = None
    activity: ShortText | None = None
    site: ShortText | None = None
    quantity: Quantity | None = None
    unit: Unit | None = None


class SellerIn(PartyIn):
    site_id: Code | None = None
    licence_no: Code | None = None
    responsible_officer: ShortText | None = None


class CustomerIn(PartyIn):
    kind: Literal["company", "individual", "public_body"] | None = None
    role: Literal["end_user", "manufacturer", "distributor", "trader", "broker"] | None = None
    industry_code: Annotated[str, StringConstraints(pattern=r"^[A-U]?[0-9]{2,4}(\.[0-9]{1,2})?$")] | None = None
    onboarded_at: date | None = None
    incorporated_at: date | None = None
    id_type: ShortText | None = None
    id_no: Code | None = None
    licences: Annotated[tuple[LicenceIn, ...], Field(max_length=50)] | None = None
    beneficial_owners: Annotated[tuple[ShortText, ...], Field(max_length=50)] | None = None
    owners_changed_at: date | None = None
    annual_need_kg: Quantity | None = None
    storage_capacity_kg: Quantity | None = None


class ConsigneeIn(PartyIn):
    type: Literal["own_site", "customer_site", "warehouse", "forwarder", "mailbox", "free_zone", "other"] | None = None
    site_id: Code | None = None


class IntermediaryIn(PartyIn):
    role: Literal["broker", "trader", "forwarder", "agent", "declarant"]


class LineIn(Strict):
    """One line of goods. `quantity` is net, in `unit`; either may be any unit of the list."""

    name: ShortText | None = None
    trade_name: ShortText | None = None
    cas: Code | None = None
    hs: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(\.?[0-9]{2}){0,3}$")] | None = None
    quantity: Quantity
    unit: Unit = "kg"
    gross_kg: Quantity | None = None
    concentration_pct: Percent | None = None
    form: Literal["pure", "solution", "mixture", "natural_product", "medicine"] | None = None
    grade: Literal["technical", "industrial", "reagent", "pharma", "food"] | None = None
    package_type: Literal["bulk", "drum", "ibc", "canister", "bag", "bottle", "ampoule", "box", "cylinder"] | None = (
        None
    )
    package_count: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    batch_no: Code | None = None
    unit_price: Amount | None = None
    item_type: Literal["chemical", "machine", "equipment"] = "chemical"
    make: ShortText | None = None
    serial_no: Code | None = None


class DeclarationIn(Strict):
    """Customer declaration of specific use (EU 273/2004 Annex III)."""

    model: Literal["individual", "multiple"] | None = None
    end_use: LongText | None = None
    substance: ShortText | None = None
    cn_code: Code | None = None
    quantity: Quantity | None = None
    unit: Unit | None = None
    monthly_use_kg: Quantity | None = None
    signed_on: date | None = None
    period_to: date | None = None
    prior_supplies_12m: Annotated[int, Field(ge=0, le=100_000)] | None = None
    resale_clause: bool | None = None
    signatory: ShortText | None = None
    signatory_position: ShortText | None = None
    letterhead: bool | None = None
    file_sha256: Sha256 | None = None


class AuthorisationIn(Strict):
    type: Literal["import", "export", "transit"] | None = None
    number: Code
    authority: ShortText | None = None
    issued: date | None = None
    valid_to: date | None = None
    quantity: Quantity | None = None
    unit: Unit | None = None


class NotificationIn(Strict):
    """Pre-export notification (1988 Convention Art 12(10)(a)). Silence is `expired`, never consent."""

    id: Code | None = None
    sent_at: Moment | None = None
    deadline: date | None = None
    status: Literal["sent", "viewed", "no_objection", "objection", "more_time", "expired"] | None = None
    reply_text: LongText | None = None


class LegIn(Strict):
    """One leg of the route; the place is where the leg ends."""

    place: ShortText | None = None
    country: Country | None = None
    place_type: (
        Literal["port", "airport", "rail", "border", "warehouse", "free_zone", "bonded", "site", "customs"] | None
    ) = None
    mode: Literal["sea", "air", "rail", "road", "post", "courier", "inland_water"] | None = None
    eta: date | None = None
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None


class RouteIn(Strict):
    legs: Annotated[tuple[LegIn, ...], Field(max_length=MAX_LEGS)] = ()
    customs_office: ShortText | None = None
    exit_point: ShortText | None = None
    entry_point: ShortText | None = None


class TransportIn(Strict):
    mode: Literal["sea", "air", "rail", "road", "post", "courier", "inland_water"] | None = None
    carrier: PartyIn | None = None
    vehicle_no: Code | None = None
    container_no: Code | None = None
    seal_no: Code | None = None
    parcel_count: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class PaymentIn(Strict):
    method: (
        Literal[
            "bank_transfer", "letter_of_credit", "open_account", "card", "cash", "money_service", "hawala",
            "e_money", "virtual_asset", "barter",
        ]
        | None
    ) = None  # fmt: skip
    terms: Literal["prepaid", "partial_prepaid", "on_delivery", "credit_30", "credit_60", "credit_90"] | None = None
    payer: ShortText | None = None
    payer_country: Country | None = None
    account_hash: Code | None = None
    account_kind: Literal["company", "personal"] | None = None
    account_changed_on: date | None = None
    instalments: Annotated[int, Field(ge=1, le=1000)] | None = None
    virtual_asset: Code | None = None
    wallet_hash: Code | None = None


class AmendmentIn(Strict):
    field: ShortText
    old: ShortText | None = None
    new: ShortText | None = None
    at: Moment | None = None
    by: ShortText | None = None


class OrderIn(Strict):
    """An order before it ships."""

    reference: Reference
    type: Literal["sale", "purchase", "import", "export", "transit", "intermediary"] | None = None
    ordered_at: Moment | None = None
    requested_ship_date: date | None = None
    channel: Literal["email", "portal", "phone", "marketplace", "edi", "in_person", "social_media"] | None = None
    placed_by: PersonIn | None = None
    incoterm: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    service_level: Literal["standard", "express", "urgent"] | None = None
    value: Amount | None = None
    currency: Currency | None = None
    neutral_labels: bool | None = None
    session_ip_country: Country | None = None
    device_hash: Code | None = None
    notes: LongText | None = None
    seller: SellerIn | None = None
    customer: CustomerIn
    consignee: ConsigneeIn | None = None
    end_user: PartyIn | None = None
    intermediaries: Annotated[tuple[IntermediaryIn, ...], Field(max_length=20)] | None = None
    destination_country: Country | None = None
    lines: Annotated[tuple[LineIn, ...], Field(min_length=1, max_length=MAX_LINES)]
    declaration: DeclarationIn | None = None
    authorisation: AuthorisationIn | None = None
    notification: NotificationIn | None = None
    route: RouteIn | None = None
    transport: TransportIn | None = None
    transfer_method: Literal["carrier", "company_truck", "customer_pickup", "post", "courier"] | None = None
    payment: PaymentIn | None = None
    amendments: Annotated[tuple[AmendmentIn, ...], Field(max_length=200)] | None = None


class FiledOrder(OrderIn):
    """An order in a file of past orders, with the moment at which it arrived.

    `received_at` decides what the order may know; where it is absent `ordered_at` is taken.
    """

    received_at: Moment | None = None
