"""The documents of an order as its page lists them, each with its SHA-256."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from screening import casework, people
from screening.reading import OrderFile
from screening.tables.cases import CaseDocument

KILO = 1024


@dataclass(frozen=True, slots=True)
class Paper:
    """One document on file: its name, size in KB, who added it, and where its bytes are."""

    kept: CaseDocument
    kilobytes: float
    by: str
    path: str


@dataclass(frozen=True, slots=True)
class Papers:
    """`stated`: the hash of the declaration's file that the order names; `match`: the name of the document it is of."""

    kept: tuple[Paper, ...]
    stated: str | None
    match: str | None


def papers_of(session: Session, file: OrderFile) -> Papers:
    """The documents of the order's case, oldest first."""
    found = casework.documents(session, file.case) if file.case else []
    names = people.names_of(session, {each.added_by for each in found if each.added_by})
    stated = (file.body.get("declaration") or {}).get("file_sha256")
    kept = tuple(_paper(each, names) for each in found)
    return Papers(kept, stated, _named(found, stated))


def _paper(each: CaseDocument, names: dict[UUID, str]) -> Paper:
    path = f"/v1/cases/{each.case_id}/documents/{each.id}"
    return Paper(each, each.size / KILO, names.get(each.added_by, "") if each.added_by else "", path)


def _named(found: Sequence[CaseDocument], stated: str | None) -> str | None:
    return next((each.filename for each in found if each.sha256 == stated), None)
