"""Parties and places of an order: the keys by which each may be met again in other orders."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from features.arrival import identity
from features.carried.core import KEPT, known
from features.reference import industries, names

PARTY = ("country", "registration_no", "tax_no", "name", "id")
SHORTEST_TEXT = 12


def _party(prefix: str) -> tuple[str, ...]:
    return tuple(f"{prefix}.{field}" for field in PARTY)


@known(*_party("customer"))
def customer_identity(*party: Any) -> str | None:
    return identity(*party)


@known("customer_identity", "order.reference")
def customer_key(customer_identity: str | None, reference: str) -> str:
    """A customer that names nothing at all is its own order's."""
    return customer_identity or f"o:{reference}"


@known(*_party("consignee"))
def consignee_key(*party: Any) -> str | None:
    return identity(*party)


@known(*_party("end_user"))
def end_user_key(*party: Any) -> str | None:
    return identity(*party)


@known(*_party("seller"))
def seller_key(*party: Any) -> str | None:
    return identity(*party)


@known(*_party("transport.carrier"))
def carrier_key(*party: Any) -> str | None:
    return identity(*party)


@known("intermediaries.*.role", *_party("intermediaries.*"))
def broker_key(roles: tuple[str, ...] | None, *parties: tuple[str | None, ...]) -> str | None:
    """The first broker, trader, agent or declarant between the parties."""
    if not roles:
        return None
    for role, *party in zip(roles, *parties, strict=True):
        if role != "forwarder":
            return identity(*party)
    return None


@known("payment.payer", "payment.payer_country")
def payer_key(payer: str | None, country: str | None) -> str | None:
    return None if payer is None else f"{country or '??'}:{names.skeleton(payer)}"


@known("payment.account_hash", "payment.wallet_hash")
def account_key(account: str | None, wallet: str | None) -> str | None:
    return account or wallet


@known("customer_identity", "customer.country")
def home(identity: str | None, country: str | None) -> str | None:
    """Country of a customer that can be met again."""
    return country if identity else None


@known("seller_key", "seller.country")
def seller_country(key: str | None, country: str | None) -> str | None:
    return country if key else None


@known("order.destination_country", "consignee.country", "end_user.country", "route.legs.*.country", "customer.country")
def destination(
    stated: str | None,
    consignee: str | None,
    end_user: str | None,
    legs: tuple[str | None, ...] | None,
    buyer: str | None,
) -> str | None:
    """Country the goods are bound for: stated, else the consignee's, end user's, last leg's or customer's."""
    return stated or consignee or end_user or (legs[-1] if legs else None) or buyer


@known("seller_country", "home", "destination")
@lru_cache(maxsize=KEPT)
def countries(*of_order: str | None) -> tuple[str, ...]:
    """Countries of seller, customer and destination, each once, in that order."""
    return tuple(dict.fromkeys(country for country in of_order if country))


@known("seller_country", "route.legs.*.country")
def origin(seller: str | None, legs: tuple[str | None, ...] | None) -> str | None:
    return seller or (legs[0] if legs else None)


@known("route.customs_office", "route.entry_point")
def office(customs: str | None, entry: str | None) -> str | None:
    written = customs or entry
    return written.casefold() if written else None


@known("transport.mode", "route.legs.*.mode")
def mode(stated: str | None, legs: tuple[str | None, ...] | None) -> str | None:
    return stated or next((each for each in legs or () if each), None)


@known("customer.industry_code")
@lru_cache(maxsize=KEPT)
def division(code: str | None) -> str | None:
    return industries.division(code) if code else None


@known("customer.phone")
def phone_digits(phone: str | None) -> str | None:
    return names.phone_key(phone)


@known("customer_identity", "phone_digits")
def phone_key(identity: str | None, digits: str | None) -> str | None:
    return digits if identity else None


@known("customer_identity", "customer.address", "customer.city")
def address_key(identity: str | None, address: str | None, city: str | None) -> str | None:
    return _address(address, city) if identity else None


@known("consignee_key", "consignee.address", "consignee.city", "consignee.site_id")
def ship_to(identity: str | None, address: str | None, city: str | None, site: str | None) -> str | None:
    return (_address(address, city) if identity else None) or site


def _address(address: str | None, city: str | None) -> str | None:
    return names.address_key(f"{address} {city or ''}") if address else None


@known("customer.email", "placed_by.email")
def mail_domain(buyer: str | None, person: str | None) -> str | None:
    """Domain of the customer's address, else of the person's who ordered."""
    return names.email_domain(buyer) or names.email_domain(person)


@known("mail_domain")
def own_domain(domain: str | None) -> str | None:
    return None if names.is_free_mail(domain) else domain


@known("customer.name")
def name_key(name: str | None) -> str | None:
    return names.name_key(name) if name else None


@known("placed_by.email", "placed_by.phone", "placed_by.name")
def contact(email: str | None, phone: str | None, name: str | None) -> str | None:
    return email or phone or names.skeleton(name or "")


@known("customer.beneficial_owners")
@lru_cache(maxsize=KEPT)
def owners(written: tuple[str, ...] | None) -> tuple[str, ...]:
    return tuple(sorted(names.skeleton(each) for each in (written or ())[:2]))


@known("owners")
def owner_1(owners: tuple[str, ...]) -> str | None:
    return owners[0] if owners else None


@known("owners")
def owner_2(owners: tuple[str, ...]) -> str | None:
    return owners[1] if len(owners) > 1 else None


@known("lead.hs")
def chapter(hs: str | None) -> str | None:
    return hs[:4] if hs else None


@known("declaration.end_use")
@lru_cache(maxsize=KEPT)
def end_use_text(end_use: str | None) -> str | None:
    """Letters and digits of a stated end use; words too short to tell one buyer from another say nothing."""
    text = "".join(c for c in (end_use or "").casefold() if c.isalnum())
    return text if len(text) >= SHORTEST_TEXT else None


# What gives each key of `batch.BASE_KEYS` its text: a function above or in `documents`, or a field of the body.
KEYS: dict[str, str] = {
    "customer": "customer_key", "consignee": "consignee_key", "end_user": "end_user_key", "seller": "seller_key",
    "payer": "payer_key", "carrier": "carrier_key", "broker": "broker_key", "account": "account_key",
    "phone": "phone_key", "address": "address_key", "email_domain": "own_domain", "name": "name_key",
    "device": "order.device_hash", "authorisation": "authorisation_key", "document": "declaration.file_sha256",
    "end_use": "end_use_text", "owner_1": "owner_1", "owner_2": "owner_2", "contact": "contact", "ship_to": "ship_to",
    "goods": "lead.goods_key", "chapter": "chapter", "origin": "origin", "destination": "destination",
    "office": "office", "industry": "division", "mode": "mode", "site": "seller.site_id",
    "currency": "order.currency",
}  # fmt: skip
