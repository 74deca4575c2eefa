"""Several authorities for one order: sharing an extract of a report, and the receiving authority's opinion."""

from __future__ import annotations

import json
from uuid import UUID

from fastapi import APIRouter

from api.dependencies import Regulator, SessionDep
from api.share_bodies import ConcernOut, OpinionIn, ShareAnswerOut, ShareIn, ShareOut, SharesOut
from screening import shares
from screening.access import Principal
from screening.shares import Shared

router = APIRouter(prefix="/v1/shares", tags=["referrals"])
reports = APIRouter(prefix="/v1/referrals/{referral_id}/shares", tags=["referrals"])
KEPT = ("id", "shared_by", "shared_with", "role", "created_at", "extract_sha256")


def share_out(caller: Principal, told: Shared) -> ShareOut:
    """A share as its sharer or its receiver sees it."""
    share = told.share
    return ShareOut(
        **{name: getattr(share, name) for name in KEPT},
        referral_id=share.referral_id if share.shared_by == caller.authority_code else None,
        state=told.state,
        extract=json.loads(share.extract),
        answers=[ShareAnswerOut.model_validate(each) for each in told.answers],
    )


@reports.get("")
def of_report(session: SessionDep, caller: Regulator, referral_id: UUID) -> SharesOut:
    """What was shared of a report, with the opinions, and the authorities it can still be shared with."""
    found = shares.of_report(session, caller, referral_id)
    return SharesOut(
        shares=[share_out(caller, each) for each in found.shares],
        open_to=[
            ConcernOut(authority=each.authority.code, role=each.role, countries=list(each.countries))
            for each in found.open_to
        ],
    )


@reports.post("", status_code=201)
def share(session: SessionDep, caller: Regulator, referral_id: UUID, body: ShareIn) -> ShareOut:
    """Give another authority what concerns it of a report; under a controlled delivery only a chief may."""
    return share_out(caller, shares.share(session, caller, referral_id, body.authority))


@router.get("")
def inbox(session: SessionDep, caller: Regulator) -> list[ShareOut]:
    """What other authorities shared with the caller's, newest first."""
    return [share_out(caller, each) for each in shares.inbox(session, caller)]


@router.get("/{share_id}")
def read(session: SessionDep, caller: Regulator, share_id: UUID) -> ShareOut:
    """One share for its receiver; that it was opened is on record."""
    return share_out(caller, shares.opened(session, caller, share_id))


@router.post("/{share_id}/receipt", status_code=201)
def acknowledge(session: SessionDep, caller: Regulator, share_id: UUID) -> ShareOut:
    """Acknowledge a share; asked again it is the same."""
    return share_out(caller, shares.acknowledge(session, caller, share_id))


@router.post("/{share_id}/opinion", status_code=201)
def opinion(session: SessionDep, caller: Regulator, share_id: UUID, body: OpinionIn) -> ShareOut:
    """Say what the caller's authority thinks of the order; it instructs nobody, and acknowledges the share."""
    return share_out(caller, shares.give_opinion(session, caller, share_id, (body.kind, body.text)))
