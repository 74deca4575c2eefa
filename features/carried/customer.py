"""Customer: what the order itself says of who buys."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from features.carried.core import KEPT, NAN, carried, flag
from features.reference import countries, industries, names, substances


@carried("day", "customer.onboarded_at", arithmetic=True)
def onboarded_days(day: Any, since: Any) -> Any:
    return day - since


@carried("day", "customer.incorporated_at", arithmetic=True)
def company_days(day: Any, since: Any) -> Any:
    return day - since


@carried("customer.kind")
def individual(kind: str | None) -> float:
    return flag(kind == "individual") if kind else NAN


@carried("customer.role")
def reseller(role: str | None) -> float:
    return flag(role in ("trader", "broker")) if role else NAN


@carried("customer.role", "end_user_key")
def reseller_without_end_user(role: str | None, end_user: str | None) -> float:
    return flag(role in ("trader", "broker", "distributor") and end_user is None) if role else NAN


@carried("lead.substance", "customer.industry_code")
@lru_cache(maxsize=KEPT)
def industry_mismatch(substance: str | None, code: str | None) -> float:
    found = substances.by_id(substance)
    if code is None or found is None:
        return NAN
    fits = industries.fits(found, code)
    return NAN if fits is None else flag(not fits)


@carried("customer.email", "placed_by.email")
def free_mail(buyer: str | None, person: str | None) -> float:
    domain = names.email_domain(buyer or person)
    return flag(names.is_free_mail(domain)) if domain else NAN


@carried("phone_digits", "customer.country")
@lru_cache(maxsize=KEPT)
def phone_mismatch(digits: str | None, country: str | None) -> float:
    fits = countries.phone_fits_country(digits, country)
    return NAN if fits is None else flag(not fits)


@carried("order.session_ip_country", "customer.country")
def session_mismatch(seen: str | None, country: str | None) -> float:
    return flag(seen != country) if seen and country else NAN


@carried("placed_by.known_contact")
def unknown_contact(contact: bool | None) -> float:
    return NAN if contact is None else flag(not contact)


@carried("day", "customer.owners_changed_at", arithmetic=True)
def owners_changed_days(day: Any, since: Any) -> Any:
    return day - since


@carried("customer.kind", "customer.beneficial_owners")
def owners_unknown(kind: str | None, owners: tuple[str, ...] | None) -> float:
    return flag(not owners) if kind == "company" else NAN


@carried("customer_identity", "customer.name")
@lru_cache(maxsize=KEPT)
def mixed_script(identity: str | None, name: str | None) -> float:
    return flag(bool(identity and name) and names.mixed_script(name or ""))


@carried("customer.registration_no?", "customer.tax_no?")
def unregistered(registered: bool, taxed: bool) -> float:
    return flag(not (registered or taxed))


@carried("order.channel")
def social_channel(channel: str | None) -> float:
    return flag(channel in ("marketplace", "social_media")) if channel else NAN
