"""Parties recognised without being named: keyed hashes, and texts sealed under an organisation's own key.

A hash is of one way of knowing a party again (register number, tax number, name and country); the key is the
service's, so that nobody who reads the table can try names on it. Each purpose has a key of its own: hashes of one
ledger fit no other.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet

from features.arrival import identity
from features.intake import OrderIn, PartyIn
from screening.settings import settings

WATCH, REFUSAL = "watch", "refusal"


def list_purpose(organisation_id: UUID) -> str:
    """The purpose of one organisation's confidential lists."""
    return f"list:{organisation_id}"


def keys_of(party: PartyIn | None) -> frozenset[str]:
    """Every way of knowing this party again: whoever writes it with less is still met."""
    if party is None:
        return frozenset()
    country, name = party.country, party.name
    found = {
        identity(country, party.registration_no, None, None, None),
        identity(country, None, party.tax_no, None, None),
        identity(country, None, None, name, None),
    }
    return frozenset(key for key in found if key)


def marks(purpose: str, parties: Iterable[PartyIn | None]) -> list[str]:
    """Keyed hashes of these parties for one purpose, sorted."""
    key = _key(f"marks:{purpose}")
    return sorted({_hash(key, each) for party in parties for each in keys_of(party)})


def buyers(order: OrderIn) -> list[PartyIn | None]:
    """Who gets the goods: the customer and, where stated, the end user."""
    return [order.customer, order.end_user]


def everybody(order: OrderIn) -> list[PartyIn | None]:
    """Every party of an order but the seller, who is the company itself."""
    carrier = order.transport.carrier if order.transport else None
    return [*buyers(order), order.consignee, *(order.intermediaries or ()), carrier]


def seal(purpose: str, told: Mapping[str, Any]) -> str:
    """Encrypt a small object for the table."""
    return _box(purpose).encrypt(json.dumps(told, ensure_ascii=False).encode()).decode()


def unseal(purpose: str, sealed: str) -> dict[str, Any]:
    opened: dict[str, Any] = json.loads(_box(purpose).decrypt(sealed.encode()))
    return opened


def secret_of(purpose: str) -> bytes:
    """The service's secret for one purpose beside the tables above."""
    return _key(f"secret:{purpose}")


def _hash(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode(), "sha256").hex()


def _box(purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key(f"seal:{purpose}")))


def _key(purpose: str) -> bytes:
    """A key of its own for each purpose, from the service's secret."""
    return _derived(settings().secret_key.get_secret_value(), purpose)


@lru_cache(maxsize=1024)
def _derived(secret: str, purpose: str) -> bytes:
    return hmac.digest(secret.encode(), f"tamga-exchange:{purpose}".encode(), "sha256")
