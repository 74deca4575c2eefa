"""Which countries an order touches, and the authorities that answer for them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from features.reference.authorities import Authority, authorities_for
from screening.settings import settings
from screening.tables.orders import OrderVersion
from screening.tables.people import Organisation


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
