"""Confidential lists of the caller's organisation; each look is on record, each change takes two people."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from api.case_bodies import ProposalOut
from api.dependencies import SessionDep, Supervisor, needs
from api.exchange_bodies import EntryIn, EntryOut, HitOut, ListIn, ListOut, ListWholeOut, RemovalIn
from api.routes.proposals import proposal_out
from screening import confidential, four_eyes
from screening.access import Principal
from screening.confidential import NewEntry
from screening.four_eyes import Signing

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
def add_entry(session: SessionDep, caller: Keeper, list_id: UUID, body: EntryIn) -> ProposalOut:
    """Propose a party for a list. Once a colleague approves (`POST /v1/proposals/{id}/approval`), an order that names
    it is held for a look, and no reason quotes the list."""
    new = NewEntry(list_id, body.party, body.why)
    made = four_eyes.propose_addition(session, caller, new, Signing(body.password))
    return proposal_out(session, caller, made)


@router.post("/list-entries/{entry_id}/removal", status_code=201)
def remove_entry(session: SessionDep, caller: Keeper, entry_id: UUID, body: RemovalIn) -> ProposalOut:
    """Propose to take an entry off its list; approved by a colleague, it is met no more and stays on record, sealed."""
    made = four_eyes.propose_removal(session, caller, entry_id, body.why, Signing(body.password))
    return proposal_out(session, caller, made)


@router.get("/orders/{order_id:uuid}/list-hits")
def list_hits(session: SessionDep, caller: Supervisor, order_id: UUID) -> list[HitOut]:
    """Entries of the company's own lists that an order meets."""
    return [
        HitOut(list_name=held.name, entry=EntryOut.model_validate(entry))
        for held, entry in confidential.hits(session, caller, order_id)
    ]
