"""Records of an order, its parties and its outcome: frozen, normalised, the unit in each name.

Quantities are whole micro-kilograms (1e-6 kg) or micro-litres, so that sums over any window are exact.
Money is whole micro-units of its currency. Moments are aware UTC datetimes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from features.intake import OrderIn

Outcome = Literal["diverted", "attempted", "legitimate", "loss_or_theft", "unknown"]
CONFIRMED_BAD: frozenset[str] = frozenset({"diverted", "attempted"})


@dataclass(frozen=True, slots=True)
class PartyRecord:
    """A party as it was written and the key by which the service knows it again.

    `key` is stable across spellings and scripts: the register number where there is one,
    else the name's skeleton and country, else the caller's own id.
    """

    key: str
    name: str | None
    country: str | None
    address_key: str | None = None
    phone_key: str | None = None
    email_domain: str | None = None
    mixed_script: bool = False


@dataclass(frozen=True, slots=True)
class LineRecord:
    """One line of goods after look-up. `substance_id` is None where the catalogue does not know it."""

    position: int
    substance_id: str | None
    goods_key: str
    matched_by: str
    match_confidence: float
    conflicts: tuple[str, ...]
    kilograms_micro: int | None
    litres_micro: int | None
    pieces_micro: int | None
    concentration_pct: float | None


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """One order (or one amended version of it) at the moment it became known.

    Orders are totally ordered by (`received_at`, `sequence`). `body` is the order as submitted.
    """

    reference: str
    received_at: datetime
    sequence: int
    customer: PartyRecord
    seller: PartyRecord | None
    consignee: PartyRecord | None
    end_user: PartyRecord | None
    payer_key: str | None
    account_key: str | None
    carrier_key: str | None
    broker_key: str | None
    destination: str | None
    lines: tuple[LineRecord, ...]
    body: OrderIn


@dataclass(frozen=True, slots=True)
class OutcomeRecord:
    """What became of an order, and when that became known. It counts for orders after `known_at` only."""

    order_ref: str
    outcome: Outcome
    known_at: datetime
    source: str | None = None


@dataclass(frozen=True, slots=True)
class LicenceWindow:
    """Validity of one licence on the order's day."""

    number: str
    valid_to: date | None
