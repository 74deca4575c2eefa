"""From an order as written to the record the features read: parties known again, goods identified, units converted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from features.intake import LineIn, OrderIn, PartyIn
from features.records import LineRecord, OrderRecord, PartyRecord
from features.reference import names, substances, units

NO_KEY = bytes(8)


def code_key(code: str) -> str:
    """A register number, code or name without case, spaces and punctuation."""
    kept = "".join(c for c in code.casefold() if c.isalnum())
    return kept or code


def party_key(party: PartyIn | None) -> str | None:
    """Register number where there is one, else tax number, else the name's skeleton and country, else the id."""
    if party is None:
        return None
    return identity(party.country, party.registration_no, party.tax_no, party.name, party.id)


@lru_cache(maxsize=16384)
def identity(
    country: str | None, registration_no: str | None, tax_no: str | None, name: str | None, own_id: str | None
) -> str | None:
    """`party_key` of a party's fields."""
    country = country or "??"
    if registration_no:
        return f"r:{country}:{code_key(registration_no)}"
    if tax_no:
        return f"t:{country}:{code_key(tax_no)}"
    if name and (key := names.name_key(name)):
        return f"n:{country}:{key}"
    return f"i:{own_id}" if own_id else None


def party_record(party: PartyIn | None) -> PartyRecord | None:
    """The party with the keys by which it may be met again; None where nothing identifies it."""
    key = party_key(party)
    if party is None or key is None:
        return None
    return PartyRecord(
        key=key,
        name=party.name,
        country=party.country,
        address_key=names.address_key(f"{party.address} {party.city or ''}") if party.address else None,
        phone_key=names.phone_key(party.phone) if party.phone else None,
        email_domain=names.email_domain(party.email) if party.email else None,
        mixed_script=bool(party.name) and names.mixed_script(party.name or ""),
    )


def goods_key(line: LineIn, substance_id: str | None) -> str:
    """One key for the same goods however they are written: substance, else CAS, HS, name, else the item type."""
    return goods_key_of(substance_id, line.cas, line.hs, line.name or line.trade_name, line.item_type)


def goods_key_of(substance_id: str | None, cas: str | None, hs: str | None, name: str | None, item_type: str) -> str:
    """`goods_key` of a line's fields."""
    if substance_id:
        return f"s:{substance_id}"
    for mark, written in (("c", cas), ("h", hs), ("n", name)):
        if written:
            return f"{mark}:{code_key(written)}"
    return f"t:{item_type}"


def line_record(position: int, line: LineIn) -> LineRecord:
    """One line with its substance and exact quantities; mass from volume only through a stated density."""
    match = substances.identify(line.name or line.trade_name, line.cas, line.hs)
    density = match.substance.density_kg_per_l if match.substance and match.matched_by != "hs" else None
    measure = units.measure(line.quantity, line.unit, density)
    # An HS code alone names a class of goods, never a substance: it may hint, it does not identify.
    substance_id = match.substance.id if match.substance and match.matched_by != "hs" else None
    return LineRecord(
        position=position,
        substance_id=substance_id,
        goods_key=goods_key(line, substance_id),
        matched_by=match.matched_by,
        match_confidence=match.confidence,
        conflicts=match.conflicts,
        kilograms_micro=measure.kilograms_micro,
        litres_micro=measure.litres_micro,
        pieces_micro=measure.pieces_micro,
        concentration_pct=float(line.concentration_pct) if line.concentration_pct is not None else None,
    )


def customer_record(order: OrderIn) -> PartyRecord:
    """The customer is never unknown: one that names nothing at all is its own order's customer."""
    return party_record(order.customer) or PartyRecord(key=f"o:{order.reference}", name=None, country=None)


def destination_of(order: OrderIn) -> str | None:
    """Country the goods are bound for: stated, else the consignee's, end user's, last leg's or customer's."""
    last_leg = order.route.legs[-1].country if order.route and order.route.legs else None
    stated = (
        order.destination_country,
        order.consignee.country if order.consignee else None,
        order.end_user.country if order.end_user else None,
        last_leg,
        order.customer.country,
    )
    return next((country for country in stated if country), None)


def broker_key(order: OrderIn) -> str | None:
    """Key of the first broker, trader, agent or declarant between the parties."""
    for party in order.intermediaries or ():
        if party.role != "forwarder":
            return party_key(party)
    return None


def payer_key(order: OrderIn) -> str | None:
    payment = order.payment
    if payment is None or payment.payer is None:
        return None
    return f"{payment.payer_country or '??'}:{names.skeleton(payment.payer)}"


def account_key(order: OrderIn) -> str | None:
    """The account or wallet that pays, as the hash the caller sent."""
    payment = order.payment
    if payment is None:
        return None
    return payment.account_hash or payment.wallet_hash


def to_record(order: OrderIn, received_at: datetime, sequence: int) -> OrderRecord:
    """The record of an order that arrived at `received_at` (aware) as number `sequence`.

    Raises:
        ValueError: `received_at` carries no time zone.
    """
    if received_at.tzinfo is None:
        raise ValueError("received_at needs a time zone")
    return OrderRecord(
        reference=order.reference,
        received_at=received_at.astimezone(UTC),
        sequence=sequence,
        customer=customer_record(order),
        seller=party_record(order.seller),
        consignee=party_record(order.consignee),
        end_user=party_record(order.end_user),
        payer_key=payer_key(order),
        account_key=account_key(order),
        carrier_key=party_key(order.transport.carrier) if order.transport else None,
        broker_key=broker_key(order),
        destination=destination_of(order),
        lines=tuple(line_record(position, line) for position, line in enumerate(order.lines)),
        body=order,
    )


def key_hashes(keys: Iterable[str | None]) -> NDArray[np.int64]:
    """`key_hash` of many keys, (n,); 0 where there is none."""
    digests = [blake2b(key.encode(), digest_size=8).digest() if key else NO_KEY for key in keys]
    return np.frombuffer(b"".join(digests), ">i8").astype(np.int64)


def key_hash(key: str) -> int:
    """A signed 64-bit number for a key, the same in every process."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)
