"""Confidential lists of an organisation: encrypted, each look on record, never quoted.

An order that meets an entry is held for a look with a reason that says no more than that the house's own checks ask
for one (`house_check`); which entry it met is shown to those who may read the lists. Authorities keep lists too; no
company's order is held by another's list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from features.intake import OrderIn, PartyIn
from screening import keyed
from screening.access import Principal, require
from screening.audit import AuditEntry, record
from screening.errors import FieldFault, Invalid, NotFound, Text
from screening.ids import utc_now
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
    _log(session, principal, "list.made", made.id)
    return Opened(made.id, name, ())


def lists(session: Session, principal: Principal) -> list[Opened]:
    """The organisation's lists by age, without their entries."""
    require(principal, "supervisor", "regulator")
    query = select(ConfidentialList).where(ConfidentialList.organisation_id == principal.organisation_id)
    found = session.exec(query.order_by(col(ConfidentialList.created_at)))
    return [Opened(each.id, _name(principal, each), ()) for each in found]


def opened(session: Session, principal: Principal, list_id: UUID) -> Opened:
    """One list with its entries; that somebody opened it is on record. Raises Forbidden, NotFound."""
    found = _find(session, principal, list_id)
    query = select(ListEntry).where(ListEntry.list_id == found.id, col(ListEntry.removed_at).is_(None))
    rows = session.exec(query.order_by(col(ListEntry.created_at), col(ListEntry.id))).all()
    _log(session, principal, "list.opened", found.id)
    return Opened(found.id, _name(principal, found), tuple(_entry(principal, row) for row in rows))


def add(session: Session, principal: Principal, list_id: UUID, party: PartyIn, why: str) -> Entry:
    """Put a party on a list. Raises Forbidden, NotFound, Invalid for a party that nothing identifies."""
    found, purpose = _find(session, principal, list_id, lock=True), _purpose(principal)
    marks = keyed.marks(purpose, [party])
    if not marks:
        reason = Text("names nobody", "никого не называет")
        remedy = Text("Give a name, a register number or a tax number.", "Укажите имя, рег. или налоговый номер.")
        raise Invalid(faults=(FieldFault("party", "party", reason, remedy),))
    told = {"party": party.model_dump(mode="json", exclude_none=True), "why": why}
    made = ListEntry(organisation_id=found.organisation_id, list_id=found.id, sealed=keyed.seal(purpose, told))
    session.add(made)
    session.flush()
    session.add_all(ListMark(entry_id=made.id, hash=mark, organisation_id=found.organisation_id) for mark in marks)
    session.flush()
    _log(session, principal, "list.entry_added", made.id)
    return _entry(principal, made)


def remove(session: Session, principal: Principal, entry_id: UUID) -> None:
    """Take an entry off: it is met no more and stays on record, sealed. Raises Forbidden, NotFound."""
    require(principal, "supervisor", "regulator")
    query = select(ListEntry).where(ListEntry.id == entry_id, ListEntry.organisation_id == principal.organisation_id)
    row = session.exec(query.with_for_update()).first()
    if row is None:
        raise NotFound
    if row.removed_at is None:
        row.removed_at = utc_now()
        session.execute(delete(ListMark).where(col(ListMark.entry_id) == row.id))
        _log(session, principal, "list.entry_removed", row.id)


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
    _log(session, principal, "list.hits_read", order_id)
    held = {row.list_id: session.get_one(ConfidentialList, row.list_id) for row in rows}
    named = {key: Opened(key, _name(principal, each), ()) for key, each in held.items()}
    return [(named[row.list_id], _entry(principal, row)) for row in rows]


def marks_of(organisation_id: UUID, order: OrderIn) -> list[str]:
    """The hashes under which an order's parties would stand on this organisation's lists."""
    return keyed.marks(keyed.list_purpose(organisation_id), keyed.everybody(order))


def _find(session: Session, principal: Principal, list_id: UUID, *, lock: bool = False) -> ConfidentialList:
    require(principal, "supervisor", "regulator")
    query = select(ConfidentialList).where(
        ConfidentialList.id == list_id, ConfidentialList.organisation_id == principal.organisation_id
    )
    found = session.exec(query.with_for_update() if lock else query).first()
    if found is None:
        raise NotFound
    return found


def _entry(principal: Principal, row: ListEntry) -> Entry:
    told = keyed.unseal(_purpose(principal), row.sealed)
    return Entry(row.id, told["party"], told["why"])


def _name(principal: Principal, found: ConfidentialList) -> str:
    return str(keyed.unseal(_purpose(principal), found.sealed_name)["name"])


def _purpose(principal: Principal) -> str:
    return keyed.list_purpose(principal.organisation_id)


def _log(session: Session, principal: Principal, action: str, subject: UUID) -> None:
    """Who looked or changed, and at what; never what it says."""
    record(session, AuditEntry(action, principal.actor, principal.organisation_id, subject))
