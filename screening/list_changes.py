"""Changes of a confidential list: one person proposes, another approves, and the database wants both signatures.

What is signed is the sealed entry with its keyed hashes: the seal is authentic, so its hash stands for exactly what
was shown, and the proposal tells nobody who may not open the list. The words of a change are sealed with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col

from screening import confidential
from screening.access import Principal
from screening.case_errors import ProposalGone
from screening.ids import utc_now
from screening.signing import canonical
from screening.tables.exchange import ConfidentialList, ListEntry, ListMark
from screening.tables.four_eyes import Proposal

SEALED_REASON = "sealed"  # the words are in the sealed text


def again(session: Session, proposal: Proposal) -> bytes:
    """What would be signed now: the same, unless the entry is gone already. Raises ProposalGone."""
    said = json.loads(proposal.body)
    if said["action"] == "remove":
        entry = session.get(ListEntry, UUID(said["entry"]), with_for_update=True)
        if entry is None or entry.removed_at is not None:
            raise ProposalGone(state="void")
    return canonical(said).encode()


def enact(session: Session, principal: Principal, proposal: Proposal) -> None:
    """Add or remove the entry, in the transaction of the second signature."""
    said = json.loads(proposal.body)
    if said["action"] == "remove":
        _remove(session, principal, proposal, UUID(said["entry"]))
        return
    entry = ListEntry(
        id=UUID(said["entry"]), organisation_id=proposal.organisation_id, list_id=UUID(said["list"]),
        sealed=said["sealed"], proposal_id=proposal.id,
    )  # fmt: skip
    session.add(entry)
    session.flush()
    session.add_all(
        ListMark(entry_id=entry.id, hash=mark, organisation_id=entry.organisation_id) for mark in said["marks"]
    )
    session.flush()
    confidential.note(session, principal, "list.entry_added", entry.id)


def _remove(session: Session, principal: Principal, proposal: Proposal, entry_id: UUID) -> None:
    entry = session.get_one(ListEntry, entry_id)
    entry.removed_at, entry.removal_id = utc_now(), proposal.id
    session.flush()
    session.execute(delete(ListMark).where(col(ListMark.entry_id) == entry.id))
    confidential.note(session, principal, "list.entry_removed", entry.id)


def opened(session: Session, principal: Principal, proposal: Proposal) -> Mapping[str, Any]:
    """What a proposal of the caller's own organisation would change, opened; that somebody looked is on record."""
    said = json.loads(proposal.body)
    held = session.get_one(ConfidentialList, UUID(said["list"]))
    confidential.note(session, principal, "list.proposal_read", proposal.id)
    told = confidential.unsealed(principal, said["sealed"])
    why_off = confidential.unsealed(principal, said["words"])["why"] if "words" in said else None
    return {"action": said["action"], "list": confidential.name_of(principal, held), **told, "why_off": why_off}
