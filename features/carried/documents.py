"""Documents: licence, declaration, authorisation and notification as the order states them."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from features.carried.core import KEPT, NAN, carried, flag, known, number
from features.carried.days import before
from features.carried.lines import named_substance
from features.intake import LicenceIn
from features.reference import substances, units

REGULATED = 2
OPEN_END = 1e9
VAGUE = frozenset({
    "industrial use", "own use", "own needs", "production", "general use", "various", "other", "trade", "as needed",
    "для собственных нужд", "собственные нужды", "производство", "производственные нужды", "хозяйственные нужды",
    "для торговли", "прочее", "по необходимости",
})  # fmt: skip
SHORT_USE = 12
STATED = (
    "seller?", "consignee?", "end_user?", "declaration?", "route?", "transport?", "payment?", "order.channel?",
    "placed_by?", "order.requested_ship_date?", "order.incoterm?", "order.transfer_method?",
)  # fmt: skip


@known("customer.licences.*.substances", "customer.licences.*.valid_to", "lead.substance", "lead.control")
@lru_cache(maxsize=KEPT)
def covering(
    named: tuple[tuple[str, ...] | None, ...] | None,
    ends: tuple[date | None, ...] | None,
    substance: str | None,
    control: int,
) -> tuple[date | None, ...] | None:
    """Ends of the licences that cover the leading substance, by name or CAS or by naming none; None where no
    licence is asked for or none could be stated."""
    if named is None or ends is None or control == 0:
        return None
    return tuple(end for names, end in zip(named, ends, strict=True) if names_cover(names, substance))


def covers(licence: LicenceIn, substance: str | None) -> bool:
    """Whether a licence covers a substance: it names it by name or CAS, or names none at all."""
    return names_cover(licence.substances, substance)


def names_cover(names: tuple[str, ...] | None, substance: str | None) -> bool:
    """Whether a licence for these substances covers one: it names it by name or CAS, or names none at all."""
    return not names or substance is None or any(named_substance(name) == substance for name in names)


@known("covering")
def licensed_until(ends: tuple[date | None, ...] | None) -> float:
    """Last day of the longest covering licence as days since 1970."""
    if ends is None:
        return NAN
    return max((OPEN_END if end is None else number(end) for end in ends), default=-OPEN_END)


@known("covering")
def last_end(ends: tuple[date | None, ...] | None) -> float:
    """The latest stated end of a covering licence as days since 1970."""
    return max((number(end) for end in ends or () if end is not None), default=NAN)


@carried("licensed_until", "day", arithmetic=True)
def licence_missing(until: Any, day: Any) -> Any:
    return before(until, day)


@carried("last_end", "day", arithmetic=True)
def licence_days_left(end: Any, day: Any) -> Any:
    return end - day


@carried("lead.control", "declaration?")
def declaration_missing(control: int, stated: bool) -> float:
    return flag(not stated) if control >= REGULATED else NAN


@carried("declaration?", "declaration.signatory?", "declaration.signed_on?")
def declaration_unsigned(stated: bool, signed: bool, dated: bool) -> float:
    return flag(not (signed and dated)) if stated else NAN


@known("declaration?", "declaration.period_to")
def declared_until(stated: bool, end: date | None) -> float:
    return NAN if not stated else OPEN_END if end is None else number(end)


@carried("declared_until", "day", arithmetic=True)
def declaration_expired(until: Any, day: Any) -> Any:
    return before(until, day)


@carried("declaration.letterhead")
def no_letterhead(letterhead: bool | None) -> float:
    return NAN if letterhead is None else flag(not letterhead)


@carried("declaration?", "declaration.end_use")
def end_use_words(stated: bool, end_use: str | None) -> float:
    return float(len((end_use or "").split())) if stated else NAN


@carried("declaration?", "declaration.end_use")
def vague_end_use(stated: bool, end_use: str | None) -> float:
    plain = " ".join((end_use or "").split()).casefold().strip(" .")
    return flag(not plain or plain in VAGUE or len(plain) < SHORT_USE) if stated else NAN


@carried("declaration.signed_on", "day", arithmetic=True)
def signed_after_order(signed: Any, day: Any) -> Any:
    return before(day, signed)


@carried("declaration.substance", "lead.substance")
def paper_name_differs(paper: str | None, substance: str | None) -> float:
    """Whether the declaration names another known substance than the order; missing where it names none."""
    named = named_substance(paper) if paper else None
    return flag(named != substance) if named else NAN


@carried("lead.control", "countries", "authorisation?")
def authorisation_missing(control: int, countries: tuple[str, ...], stated: bool) -> float:
    return flag(not stated) if control >= REGULATED and len(countries) > 1 else NAN


@known("authorisation?", "authorisation.valid_to")
def authorised_until(stated: bool, end: date | None) -> float:
    return NAN if not stated else OPEN_END if end is None else number(end)


@carried("authorised_until", "day", arithmetic=True)
def authorisation_expired(until: Any, day: Any) -> Any:
    return before(until, day)


@carried("authorisation.quantity", "authorisation.unit", "lead.substance")
@lru_cache(maxsize=KEPT)
def authorised_kilograms(quantity: Decimal | None, unit: str | None, substance: str | None) -> float:
    """Missing where the permit states no quantity, or only a volume of unknown density."""
    if quantity is None:
        return NAN
    found = substances.by_id(substance)
    mass = units.measure(quantity, unit or "kg", found.density_kg_per_l if found else None).kilograms_micro
    return mass / 1e6 if mass is not None else NAN


@known("authorisation.type", "authorisation.number")
def authorisation_key(kind: str | None, permit: str | None) -> str | None:
    """One key per permit number and kind."""
    if permit is None:
        return None
    return hashlib.blake2b(f"{kind}:{permit.casefold()}".encode(), digest_size=12).hexdigest()


@carried("lead.substance", "countries", "notification?")
def notification_missing(substance: str | None, countries: tuple[str, ...], stated: bool) -> float:
    found = substances.by_id(substance)
    return flag(not stated) if found and found.scheduled and len(countries) > 1 else NAN


@carried("notification.status")
def notification_unsettled(status: str | None) -> float:
    return flag(status != "no_objection") if status else NAN


@carried(*STATED)
def stated_share(*parts: bool) -> float:
    return sum(parts) / len(parts)
