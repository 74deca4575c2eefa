"""What two people sign: releases against a high score, policies, models, lists, closed reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlmodel import Session, col, select

from api.bodies import ReasonIn
from api.case_bodies import ApprovalIn, PolicyIn, PolicyOut, ProposalIn, ProposalOut, SignatureOut
from api.dependencies import Officer, PrincipalDep, SessionDep
from screening import four_eyes, list_changes, proposals, views
from screening.access import Principal, require
from screening.errors import Forbidden
from screening.four_eyes import NewPolicy, Signing
from screening.tables.cases import Case
from screening.tables.four_eyes import Proposal
from screening.tables.orders import Policy
from screening.tables.people import RoleName

router = APIRouter(tags=["four eyes"])


Roles = tuple[RoleName, ...]


def each_of(**roles: Roles) -> Callable[[Principal], Principal]:
    """A dependency: people in the roles that are named for their kind of organisation."""

    def check(caller: PrincipalDep) -> Principal:
        return require(caller, *roles[caller.organisation_kind])

    return check


def of_the_operator(*roles: RoleName) -> Callable[[Principal], Principal]:
    """A dependency: the operator's people: a policy holds for every company."""

    def check(caller: PrincipalDep) -> Principal:
        if caller.organisation_kind != "operator":
            raise Forbidden
        return require(caller, *roles)

    return check


AUTHORS: Roles = ("data_scientist", "administrator")
WORKERS: Roles = ("officer", "supervisor")
AUTHORITY: Roles = ("regulator", "chief")
Reader = Annotated[
    Principal,
    Depends(each_of(company=(*WORKERS, "auditor"), operator=(*AUTHORS, "auditor"), authority=AUTHORITY)),
]
Approver = Annotated[
    Principal, Depends(each_of(company=("supervisor",), operator=("administrator",), authority=AUTHORITY))
]
Proposer = Annotated[Principal, Depends(each_of(company=WORKERS, operator=AUTHORS, authority=AUTHORITY))]
PolicyReader = Annotated[Principal, Depends(of_the_operator(*AUTHORS, "auditor"))]
PolicyAuthor = Annotated[Principal, Depends(of_the_operator(*AUTHORS))]


def proposal_out(session: Session, caller: Principal, proposal: Proposal, *, open_it: bool = False) -> ProposalOut:
    """A proposal as the caller may see it: its text holds the score, which waits for their own view.

    `open_it`: show what a change of a list is about, which goes on record.
    """
    case = session.get(Case, proposal.subject_id) if proposal.kind == "release" else None
    kept = proposal.model_dump(include=set(ProposalOut.model_fields) - {"body"})
    return ProposalOut(
        **kept,
        opened=dict(list_changes.opened(session, caller, proposal)) if proposal.kind == "list" and open_it else None,
        body=None if views.hidden(session, caller, case) else proposal.body.decode(),
        signatures=[SignatureOut.model_validate(each) for each in proposals.signatures(session, proposal)],
    )


@router.post("/v1/cases/{case_id}/proposals", status_code=201)
def propose_release(session: SessionDep, caller: Officer, case_id: UUID, body: ProposalIn) -> ProposalOut:
    """Propose to release an order against its high score, signed with the caller's password."""
    signing = Signing(body.password, body.sha256)
    return proposal_out(session, caller, four_eyes.propose_release(session, caller, case_id, body.reason, signing))


@router.get("/v1/proposals")
def list_proposals(session: SessionDep, caller: Reader) -> list[ProposalOut]:
    """The organisation's proposals, newest first."""
    return [proposal_out(session, caller, each) for each in proposals.proposals(session, caller)]


@router.get("/v1/proposals/{proposal_id}")
def read_proposal(session: SessionDep, caller: Reader, proposal_id: UUID) -> ProposalOut:
    """One proposal: the text that is signed, and by whom."""
    return proposal_out(session, caller, proposals.find(session, caller, proposal_id), open_it=True)


@router.post("/v1/proposals/{proposal_id}/approval")
def approve(session: SessionDep, caller: Approver, proposal_id: UUID, body: ApprovalIn) -> ProposalOut:
    """Sign second, under the hash that was read; what was proposed is carried out at once."""
    proposal = four_eyes.approve(session, caller, proposal_id, Signing(body.password, body.sha256))
    return proposal_out(session, caller, proposal)


@router.post("/v1/proposals/{proposal_id}/rejection")
def reject(session: SessionDep, caller: Proposer, proposal_id: UUID, body: ReasonIn) -> ProposalOut:
    """A colleague says no; who proposed takes it back this way."""
    return proposal_out(session, caller, four_eyes.reject(session, caller, proposal_id, body.reason))


@router.get("/v1/policies")
def list_policies(session: SessionDep, caller: PolicyReader) -> list[PolicyOut]:
    """Every version of the policy, newest first."""
    return [
        PolicyOut.model_validate(each) for each in session.exec(select(Policy).order_by(col(Policy.version).desc()))
    ]


@router.post("/v1/policies/proposals", status_code=201)
def propose_policy(session: SessionDep, caller: PolicyAuthor, body: PolicyIn) -> ProposalOut:
    """Propose rules for every order from a day on; another administrator of the operator approves them."""
    new = NewPolicy(body.rules, body.valid_from, body.source)
    proposal = four_eyes.propose_policy(session, caller, new, body.reason, Signing(body.password))
    return proposal_out(session, caller, proposal)
