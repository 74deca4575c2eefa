"""One line of one order as duties count it: whose, of what, how much, when, and by which keys its party is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from features.arrival import code_key
from features.intake import CustomerIn, LineIn
from features.records import OrderRecord
from features.reference import names, substances, units
from features.reference.cas import read_cas
from features.reference.goods_names import is_salt_name

Dimension = Literal["mass", "volume", "pieces"]
PURE_FROM = Decimal(95)  # per cent; below it the density of the pure substance says nothing of the goods
TIES = (("r", "registration"), ("t", "tax_number"), ("i", "customer_id"), ("o", "owner"))
MIXED_FORMS = frozenset({"solution", "mixture", "natural_product", "medicine"})


@dataclass(frozen=True, slots=True)
class Supply:
    """A line of goods that the tables know. Quantities are micro-units; None where they are not known.

    `counted_at`: the order's own date, else its first arrival; it places the line in a month or year.
    `arrived_at`: first arrival of the order; a sum takes what had arrived by then. `dimension`: the one it was
    stated in; the other quantity follows from a stated density. `ties`: keys it shares with sister firms.
    """

    order_id: UUID
    reference: str
    position: int
    substance_id: str
    counted_at: datetime
    arrived_at: datetime
    dimension: Dimension
    kilograms_micro: int | None
    litres_micro: int | None
    concentration_pct: Decimal | None
    form: str | None
    salt: bool
    exporter: str | None
    importer: str | None
    site: str | None
    party: str
    ties: frozenset[str]
    released: bool

    @property
    def mixed(self) -> bool:
        """Whether the goods hold notably more than the substance."""
        if self.concentration_pct is not None:
            return self.concentration_pct < PURE_FROM
        return self.form in MIXED_FORMS


@dataclass(frozen=True, slots=True)
class Placed:
    """Where and when an order stands: its id, first arrival, the company's own country, whether it was released."""

    order_id: UUID
    arrived_at: datetime
    home: str
    released: bool = False


def supplies_of(record: OrderRecord, placed: Placed) -> tuple[Supply, ...]:
    """The lines of an order whose goods the tables know."""
    return tuple(_supplies(record, placed))


def _supplies(record: OrderRecord, placed: Placed) -> Iterator[Supply]:
    order = record.body
    for line, known in zip(order.lines, record.lines, strict=True):
        if known.substance_id is None:
            continue
        yield Supply(
            order_id=placed.order_id,
            reference=order.reference,
            position=known.position,
            substance_id=known.substance_id,
            counted_at=order.ordered_at or placed.arrived_at,
            arrived_at=placed.arrived_at,
            dimension=_dimension(line.unit),
            kilograms_micro=known.kilograms_micro,
            litres_micro=known.litres_micro,
            concentration_pct=line.concentration_pct,
            form=line.form,
            salt=is_salt(line, known.substance_id),
            exporter=(order.seller.country if order.seller else None) or placed.home,
            importer=record.destination,
            site=order.seller.site_id if order.seller else None,
            party=record.customer.key,
            ties=frozenset((record.customer.key, *ties_of(order.customer))),
            released=placed.released,
        )


def ties_of(customer: CustomerIn) -> Iterator[str]:
    """Keys by which sister firms are known: register and tax numbers, the company's own customer id, owners."""
    country = customer.country or "??"
    for mark, number in (("r", customer.registration_no), ("t", customer.tax_no)):
        if number:
            yield f"{mark}:{country}:{code_key(number)}"
    if customer.id:
        yield f"i:{customer.id}"
    for owner in customer.beneficial_owners or ():
        if key := names.name_key(owner):
            yield f"o:{key}"


def tie_to(party: str, ties: frozenset[str], other: Supply) -> str | None:
    """How a supply's customer belongs to a party known by these keys: 'party', or the key both have; None where not."""
    if party == other.party:
        return "party"
    shared = {key.partition(":")[0] for key in ties & other.ties}
    return next((name for mark, name in TIES if mark in shared), None)


def is_salt(line: LineIn, substance_id: str) -> bool:
    """Whether the goods are a salt of the substance, by the CAS number of one or by a word of the name."""
    substance = substances.by_id(substance_id)
    if substance is None or not substance.has_salts:
        return False
    number = read_cas(line.cas)[0] if line.cas else None
    return number in substance.related_cas or is_salt_name(line.name or line.trade_name or "")


def _dimension(unit: str) -> Dimension:
    return "mass" if unit in units.KILOGRAMS else "volume" if unit in units.LITRES else "pieces"
