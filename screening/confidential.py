"""Confidential lists of an organisation: encrypted, each look on record, never quoted, changed by two people.

An order that meets an entry is held for a look with a reason that says no more than that the house's own checks ask
for one (`house_check`); which entry it met is shown to those who may read the lists. Authorities keep lists too; no
company's order is held by another's list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from features.intake import OrderIn, PartyIn
from screening import keyed
from screening.access import Principal, require
from screening.audit import AuditEntry, record
from screening.errors import FieldFault, Invalid, NotFound, Text
from screening.ids import new_id
from screening.tables.exchange import ConfidentialList, ListEntry, ListMark
from screening.tables.orders import Order, OrderVersion


@dataclass(frozen=True, slots=True)
class Entry:
    """One party of a list, opened, and why it is there."""

    id: UUID
    party: dict[str, Any]
    why: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A list with its name and entries."""

    id: UUID
    name: str
    entries: tuple[Entry, ...]


def make(session: Session, principal: Principal, name: str) -> Opened:
    """A new list of the caller's organisation."""
    require(principal, "supervisor", "regulator")
    sealed = keyed.seal(_purpose(principal), {"name": name})
    made = ConfidentialList(organisation_id=principal.organisation_id, sealed_name=sealed)
    session.add(made)
    session.flush()
    note(session, principal, "list.made", made.id)
    return Opened(made.id, name, ())


def lists(session: Session, principal: Principal) -> list[Opened]:
    """The organisation's lists by age, without their entries."""
    require(principal, "supervisor", "regulator")
    query = select(ConfidentialList).where(ConfidentialList.organisation_id == principal.organisation_id)
    found = session.exec(query.order_by(col(ConfidentialList.created_at)))
    return [Opened(each.id, name_of(principal, each), ()) for each in found]


def opened(session: Session, principal: Principal, list_id: UUID) -> Opened:
    """One list with its entries; that somebody opened it is on record. Raises Forbidden, NotFound."""
    found = _find(session, principal, list_id)
    query = select(ListEntry).where(ListEntry.list_id == found.id, col(ListEntry.removed_at).is_(None))
    rows = session.exec(query.order_by(col(ListEntry.created_at), col(ListEntry.id))).all()
    note(session, principal, "list.opened", found.id)
    return Opened(found.id, name_of(principal, found), tuple(_entry(principal, row) for row in rows))


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A party to be put on a list, and why."""

    list_id: UUID
    party: PartyIn
    why: str


def addition(session: Session, principal: Principal, new: NewEntry) -> dict[str, Any]:
    """What two people have to sign to put a party on a list (`screening.four_eyes`).

    Raises Forbidden, NotFound, Invalid for a party that nothing identifies.
    """
    found, purpose = _find(session, principal, new.list_id), _purpose(principal)
    marks = keyed.marks(purpose, [new.party])
    if not marks:
        reason = Text("names nobody", "никого не называет")
        remedy = Text("Give a name, a register number or a tax number.", "Укажите имя, рег. или налоговый номер.")
        raise Invalid(faults=(FieldFault("party", "party", reason, remedy),))
    told = {"party": new.party.model_dump(mode="json", exclude_none=True), "why": new.why}
    return {
        "action": "add", "list": str(found.id), "entry": str(new_id()), "sealed": keyed.seal(purpose, told),
        "marks": sorted(marks),
    }  # fmt: skip


def removal(session: Session, principal: Principal, entry_id: UUID, why: str) -> dict[str, Any]:
    """What two people have to sign to take an entry off: it is then met no more and stays on record, sealed.

    Raises Forbidden, NotFound for one that is off already too.
    """
    require(principal, "supervisor", "regulator")
    query = select(ListEntry).where(ListEntry.id == entry_id, ListEntry.organisation_id == principal.organisation_id)
    row = session.exec(query.where(col(ListEntry.removed_at).is_(None))).first()
    if row is None:
        raise NotFound
    return {
        "action": "remove", "list": str(row.list_id), "entry": str(row.id), "sealed": row.sealed,
        "words": keyed.seal(_purpose(principal), {"why": why}),
    }  # fmt: skip


def hits(session: Session, principal: Principal, order_id: UUID) -> list[tuple[Opened, Entry]]:
    """Entries that an order of the caller's company meets; the look is on record. Raises Forbidden, NotFound."""
    require(principal, "supervisor")
    query = select(OrderVersion).join(Order, col(Order.version_id) == col(OrderVersion.id))
    version = session.exec(
        query.where(Order.id == order_id, Order.organisation_id == principal.organisation_id)
    ).first()
    if version is None:
        raise NotFound
    marks = marks_of(principal.organisation_id, OrderIn.model_validate_json(version.body))
    met = select(ListMark.entry_id).where(col(ListMark.hash).in_(marks))
    rows = session.exec(
        select(ListEntry).where(col(ListEntry.id).in_(met), ListEntry.organisation_id == principal.organisation_id)
    ).all()
    note(session, principal, "list.hits_read", order_id)
    held = {row.list_id: session.get_one(ConfidentialList, row.list_id) for row in rows}
    named = {key: Opened(key, name_of(principal, each), ()) for key, each in held.items()}
    return [(named[row.list_id], _entry(principal, row)) for row in rows]


def marks_of(organisation_id: UUID, order: OrderIn) -> list[str]:
    """The hashes under which an order's parties would stand on this organisation's lists."""
    return keyed.marks(keyed.list_purpose(organisation_id), keyed.everybody(order))


def _find(session: Session, principal: Principal, list_id: UUID) -> ConfidentialList:
    require(principal, "supervisor", "regulator")
    query = select(ConfidentialList).where(
        ConfidentialList.id == list_id, ConfidentialList.organisation_id == principal.organisation_id
    )
    found = session.exec(query).first()
    if found is None:
        raise NotFound
    return found


def _entry(principal: Principal, row: ListEntry) -> Entry:
    told = unsealed(principal, row.sealed)
    return Entry(row.id, told["party"], told["why"])


def name_of(principal: Principal, found: ConfidentialList) -> str:
    """A list's name, for people of its own organisation."""
    return str(unsealed(principal, found.sealed_name)["name"])


def unsealed(principal: Principal, sealed: str) -> dict[str, Any]:
    """What the caller's own organisation has sealed."""
    return keyed.unseal(_purpose(principal), sealed)


def _purpose(principal: Principal) -> str:
    return keyed.list_purpose(principal.organisation_id)


def note(session: Session, principal: Principal, action: str, subject: UUID) -> None:
    """Who looked or changed, and at what; never what it says."""
    record(session, AuditEntry(action, principal.actor, principal.organisation_id, subject))
