"""What the API answers about orders and files of orders. What it takes is `features.intake.OrderIn`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from features.intake import no_control

Status = Literal["received", "documents_needed", "in_process", "confirmed", "not_confirmed"]

EXAMPLE_ORDER: dict[str, Any] = {
    "reference": "2026/0413-7",
    "type": "export",
    "ordered_at": "2026-11-20T09:30:00+05:00",
    "seller": {"name": "ТОО «Степь Химпром»", "country": "KZ", "site_id": "ALA-2"},
    "customer": {
        "name": "ОсОО «Ала-Тоо Лак»",
        "country": "KG",
        "registration_no": "01404200410123",
        "industry_code": "2022",
        "licences": [{"number": "KG-2291", "valid_to": "2027-06-30", "substances": ["acetone"]}],
    },
    "consignee": {"name": "ОсОО «Ала-Тоо Лак»", "country": "KG", "type": "own_site"},
    "lines": [{"name": "ацетон", "cas": "67-64-1", "hs": "2914.11", "quantity": "1200", "unit": "l"}],
    "declaration": {"end_use": "растворитель для производства лакокрасочных материалов", "signed_on": "2026-11-01"},
    "payment": {"method": "bank_transfer", "payer": "ОсОО «Ала-Тоо Лак»", "payer_country": "KG"},
}


class OrderStatus(BaseModel):
    """The neutral answer about an order. It never tells score, reasons or reports."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "019a9f3e-0000-7000-8000-000000000000",
                    "reference": "2026/0413-7",
                    "version": 1,
                    "status": "confirmed",
                    "documents_needed": [],
                }
            ]
        }
    )

    id: UUID
    reference: str
    version: int = Field(description="Counts amendments from 1.")
    status: Status
    documents_needed: list[str] = Field(
        description="Papers that the law asks of the customer: licence, declaration, authorisation, goods."
    )


class OrderPage(BaseModel):
    """Orders, newest first. `next_before` continues the list; null at its end."""

    orders: list[OrderStatus]
    next_before: datetime | None


class ReasonOut(BaseModel):
    """One reason: the feature's code, its share of the margin and its sentence in both languages."""

    code: str
    family: str
    contribution: float
    en: str
    ru: str


class AssessmentOut(BaseModel):
    """What the model said, for compliance roles. Contributions add up to the margin with the base."""

    status: OrderStatus
    disposition: Literal["release", "hold", "refuse"]
    band: Literal["low", "elevated", "high", "unscored"]
    probability: float | None
    margin: float | None
    base: float | None
    model_version: str | None
    failure: str | None
    legal_stops: list[dict[str, Any]]
    families: list[tuple[str, float]]
    reasons: list[ReasonOut]
    contributions: dict[str, float]


class OutcomeIn(BaseModel):
    """What became of an order."""

    model_config = ConfigDict(extra="forbid", strict=True)

    outcome: Literal["diverted", "attempted", "legitimate", "loss_or_theft", "unknown"]
    source: str = Field(min_length=1, max_length=64)
    note: str | None = Field(default=None, max_length=2000)


class AuthorityOutcomeIn(BaseModel):
    """What an authority found out about an order that was referred to it, and how. An administrative finding is about
    papers and no word on diversion: it counts as `unknown`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    outcome: Literal["diverted", "attempted", "legitimate", "loss_or_theft", "unknown"]
    ground: Literal["investigation", "laboratory", "court", "seizure", "administrative"]
    note: Annotated[str, Field(min_length=1, max_length=2000), BeforeValidator(no_control)] | None = None


class OutcomeOut(BaseModel):
    outcome: str
    known_at: datetime
    source: str


class BulkOut(BaseModel):
    """An uploaded file of orders and how far it is. Counts are of its rows."""

    id: UUID
    filename: str
    format: str
    sha256: str
    state: Literal["pending", "running", "done"]
    rows: int
    accepted: int
    amended: int
    repeated: int
    refused: int
    pending: int


class BulkRowOut(BaseModel):
    """The answer to one row: the order it became, or every fault with line, field, reason and remedy."""

    line: int
    state: Literal["pending", "accepted", "amended", "repeated", "refused"]
    order_id: UUID | None
    status: Status | None
    problems: list[dict[str, Any]]


class BulkRowPage(BaseModel):
    """Rows in the file's order. `next_after` continues the list; null at its end."""

    rows: list[BulkRowOut]
    next_after: int | None
