"""Confidential lists of the caller's organisation; each look is on record."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from api.dependencies import SessionDep, Supervisor, needs
from api.exchange_bodies import EntryIn, EntryOut, HitOut, ListIn, ListOut, ListWholeOut
from screening import confidential
from screening.access import Principal

router = APIRouter(prefix="/v1", tags=["lists"])
Keeper = Annotated[Principal, Depends(needs("supervisor", "regulator"))]


@router.get("/lists")
def list_lists(session: SessionDep, caller: Keeper) -> list[ListOut]:
    """The organisation's lists, without their entries."""
    return [ListOut.model_validate(each) for each in confidential.lists(session, caller)]


@router.post("/lists", status_code=201)
def make_list(session: SessionDep, caller: Keeper, body: ListIn) -> ListOut:
    """A new list; its name and entries are encrypted under the organisation's own key."""
    return ListOut.model_validate(confidential.make(session, caller, body.name))


@router.get("/lists/{list_id}")
def open_list(session: SessionDep, caller: Keeper, list_id: UUID) -> ListWholeOut:
    """One list with its entries."""
    return ListWholeOut.model_validate(confidential.opened(session, caller, list_id))


@router.post("/lists/{list_id}/entries", status_code=201)
def add_entry(session: SessionDep, caller: Keeper, list_id: UUID, body: EntryIn) -> EntryOut:
    """Put a party on a list: an order that names it is held for a look, and no reason quotes the list."""
    return EntryOut.model_validate(confidential.add(session, caller, list_id, body.party, body.why))


@router.delete("/list-entries/{entry_id}", status_code=204)
def remove_entry(session: SessionDep, caller: Keeper, entry_id: UUID) -> None:
    """Take an entry off its list; it stays on record, sealed."""
    confidential.remove(session, caller, entry_id)


@router.get("/orders/{order_id:uuid}/list-hits")
def list_hits(session: SessionDep, caller: Supervisor, order_id: UUID) -> list[HitOut]:
    """Entries of the company's own lists that an order meets."""
    return [
        HitOut(list_name=held.name, entry=EntryOut.model_validate(entry))
        for held, entry in confidential.hits(session, caller, order_id)
    ]
