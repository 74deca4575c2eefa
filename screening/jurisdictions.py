"""Which countries an order touches, and the authorities that answer for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlmodel import Session

from features.reference.authorities import Authority, authorities_for
from screening.settings import settings
from screening.tables.orders import OrderVersion
from screening.tables.people import Organisation

Concerned = Literal["exporting", "importing", "transit"]


@dataclass(frozen=True, slots=True)
class Concern:
    """An authority that an order concerns: its first role there, and the order's countries that it answers for."""

    authority: Authority
    role: Concerned
    countries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """Countries of an order and the authorities that answer for them."""

    exporter: str
    importer: str | None
    exporter_authority: Authority | None
    importer_authority: Authority | None

    @property
    def addressed(self) -> Authority | None:
        """A company reports to the authority where the goods leave; only where none is known, to the importer's."""
        return self.exporter_authority or self.importer_authority


def jurisdiction(session: Session, version: OrderVersion) -> Jurisdiction:
    """Exporter: the seller's country, else the submitting company's. Importer: the destination."""
    company = session.get_one(Organisation, version.organisation_id)
    seller = json.loads(version.body).get("seller") or {}
    exporter = seller.get("country") or company.country
    day = version.received_at.date()
    importer_authority = authority_of(version.destination, day) if version.destination else None
    return Jurisdiction(exporter, version.destination, authority_of(exporter, day), importer_authority)


def authority_of(country: str, on: date) -> Authority | None:
    """Who takes reports of a country on a day: its unit for suspicious reports, else its precursor authority."""
    found = authorities_for(country, on, settings().authorities_file)
    by_role = {authority.role: authority for authority in reversed(found)}
    return by_role.get("suspicious_reports") or by_role.get("precursor_control")


def concerns(body: Mapping[str, Any], exporter: str, importer: str | None, on: date) -> tuple[Concern, ...]:
    """Every authority that an order's body concerns on a day: of the exporter, the importer, each leg of the route.

    A country, and an authority that answers for several, has one role: the first of them, in that order.
    """
    legs = [leg.get("country") for leg in (body.get("route") or {}).get("legs") or ()]
    roles: dict[str, Concerned] = {exporter: "exporting"}
    if importer:
        roles.setdefault(importer, "importing")
    for country in legs:
        if country:
            roles.setdefault(country, "transit")
    found: dict[str, Concern] = {}
    for country, role in roles.items():
        for authority in authorities_for(country, on, settings().authorities_file):
            known = found.get(authority.code, Concern(authority, role, ()))
            found[authority.code] = Concern(authority, known.role, (*known.countries, country))
    return tuple(found.values())
