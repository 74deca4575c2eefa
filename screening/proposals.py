"""Proposals as they are read: one, an organisation's, the one that waits on a case or a report, and its signatures."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import Session, col, select

from screening import signatories
from screening.access import Principal
from screening.errors import NotFound
from screening.tables.cases import Case, Referral
from screening.tables.four_eyes import Proposal, Signature


def find(session: Session, principal: Principal, proposal_id: UUID, *, lock: bool = False) -> Proposal:
    """A proposal of the caller's organisation, for the roles that sign or audit. Raises NotFound, Forbidden."""
    query = select(Proposal).where(Proposal.id == proposal_id, Proposal.organisation_id == principal.organisation_id)
    query = query.where(col(Proposal.kind).in_(signatories.readable(principal)))
    found = session.exec(query.with_for_update() if lock else query).first()
    if found is None:
        raise NotFound
    return found


def waiting(session: Session, subject: Case | Referral) -> Proposal | None:
    """The proposal on a case or a report that waits for its second signature."""
    return session.exec(select(Proposal).where(Proposal.subject_id == subject.id, Proposal.state == "proposed")).first()


def proposals(session: Session, principal: Principal) -> list[Proposal]:
    """Proposals of the caller's organisation that the caller may read, newest first."""
    query = select(Proposal).where(Proposal.organisation_id == principal.organisation_id)
    query = query.where(col(Proposal.kind).in_(signatories.readable(principal)))
    return list(session.exec(query.order_by(col(Proposal.created_at).desc()).limit(200)))


def signatures(session: Session, proposal: Proposal) -> list[Signature]:
    """The signatures under a proposal, first the proposer's."""
    query = select(Signature).where(Signature.proposal_id == proposal.id)
    return list(session.exec(query.order_by(col(Signature.created_at))))
