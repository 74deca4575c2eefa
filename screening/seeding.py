"""What a development machine starts with: a company, the operator, three authorities, and somebody in every role.

Names are invented. Passwords are random, kept hashed, and written once to a file only its owner can read.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session, select

from screening import people
from screening.ids import utc_now
from screening.jurisdictions import authority_of
from screening.people import NewOrganisation, NewUser
from screening.settings import settings
from screening.tables.people import Organisation, RoleName

ACTOR = "seed"
NEIGHBOURS = ("UZ", "TJ", "TM", "AZ", "TR", "CN", "DE")


@dataclass(frozen=True, slots=True)
class Credential:
    """How one made-up person or machine signs in. For a key, `email` is empty and `secret` is the key."""

    organisation: str
    kind: str
    roles: tuple[str, ...]
    name: str
    email: str
    secret: str


@dataclass(frozen=True, slots=True)
class Seed:
    """An organisation with one person per role and one key."""

    organisation: NewOrganisation
    people: tuple[tuple[str, str, RoleName], ...]  # e-mail, name, role
    key: tuple[str, RoleName]
    language: str = "en"


SEEDS = (
    Seed(
        NewOrganisation("steppe-reagents", "company", "ТОО «Степь Реагенты»", "KZ"),
        (
            ("officer@steppe.example", "Aigul Sarsenova", "officer"),
            ("supervisor@steppe.example", "Daniyar Omarov", "supervisor"),
            ("auditor@steppe.example", "Irina Kim", "auditor"),
            ("admin@steppe.example", "Timur Akhmetov", "administrator"),
        ),
        ("erp", "integration"),
    ),
    Seed(
        NewOrganisation("kz-authority", "authority", "Министерство внутренних дел РК (демо)", "KZ", "KZ-MVD"),
        (
            ("regulator@kz.example", "Marat Zhunusov", "regulator"),
            ("chief@kz.example", "Gulnara Akhmetova", "chief"),
            ("admin@kz.example", "Saule Bekova", "administrator"),
        ),
        ("exchange", "regulator"),
        "ru",
    ),
    Seed(
        NewOrganisation("ru-authority", "authority", "МВД России (демо)", "RU", "RU-MVD"),
        (("regulator@ru.example", "Olga Petrova", "regulator"),),
        ("exchange", "regulator"),
        "ru",
    ),
    Seed(
        NewOrganisation("kg-authority", "authority", "МВД Кыргызской Республики (демо)", "KG", "KG-MVD"),
        (("regulator@kg.example", "Nurlan Asanov", "regulator"),),
        ("exchange", "regulator"),
        "ru",
    ),
    Seed(
        NewOrganisation("operator", "operator", "Tamga operator (demo)", "KZ"),
        (
            ("scientist@operator.example", "Lena Weber", "data_scientist"),
            ("admin@operator.example", "Arman Tulegenov", "administrator"),
        ),
        ("pipeline", "data_scientist"),
    ),
)


def _neighbour(country: str) -> Seed:
    """The authority of another country that the demo's orders leave from, under its real code."""
    authority = authority_of(country, utc_now().date())
    assert authority is not None, f"the reference data names an authority of {country}"
    email, name = f"regulator@{country.lower()}.example", f"{authority.name_en} (demo)"
    return Seed(
        NewOrganisation(f"{country.lower()}-authority", "authority", name, country, authority.code),
        ((email, f"Regulator of {country}", "regulator"),),
        ("exchange", "regulator"),
    )


def seed_development(session: Session) -> list[Credential]:
    """Create what is missing and return every credential known on this machine. In development only."""
    if not settings().development:
        raise RuntimeError("demo accounts are for development only")
    path = settings().demo_credentials
    known = read_credentials(path)
    seeds = (*SEEDS, *(_neighbour(country) for country in NEIGHBOURS))
    made = [credential for seed in seeds for credential in _plant(session, seed)]
    if made:
        names = {(each.organisation, each.name) for each in made}
        known = [each for each in known if (each.organisation, each.name) not in names] + made
        _write(path, known)
    return known


def read_credentials(path: Path) -> list[Credential]:
    """The credentials of the file; none where there is no file."""
    if not path.exists():
        return []
    return [Credential(**{**row, "roles": tuple(row["roles"])}) for row in json.loads(path.read_text("utf-8"))]


def _plant(session: Session, seed: Seed) -> list[Credential]:
    if session.exec(select(Organisation).where(Organisation.code == seed.organisation.code)).first():
        return []
    organisation = people.add_organisation(session, seed.organisation, ACTOR)
    made = []
    for email, name, role in seed.people:
        _, password = people.add_user(
            session, organisation, NewUser(email, name, frozenset({role}), seed.language), ACTOR
        )
        made.append(Credential(organisation.code, organisation.kind, (role,), name, email, password))
    name, role = seed.key
    _, shown = people.add_key(session, organisation, name, [role], ACTOR)
    return [*made, Credential(organisation.code, organisation.kind, (role,), name, "", shown)]


def _write(path: Path, credentials: list[Credential]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{slot: getattr(each, slot) for slot in Credential.__slots__} for each in credentials]
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(rows, file, ensure_ascii=False, indent=1)
