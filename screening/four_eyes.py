"""Four eyes: one person proposes, another approves, each with a signature under the hash of exactly what was shown.

    propose_*() a case's release against a high score, a new policy, a model's turn, a change of a confidential list,
                the closing of a report; the proposer signs
    approve()   another person, with the role at that moment; what is shown then must be what was signed
    reject()    a colleague says no, or who proposed takes it back

A signature is the password again, a hash, and its meaning in words. The database looks at all of it by itself (see
migration 0010): another person, role, password, hash, amendment. Here are the answers a person can act upon. A
proposal is voided by whatever changes what it was about: an amendment, another decision, a new paper.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from sqlmodel import Session, col, select

from screening import (
    access,
    cases,
    casework,
    closings,
    confidential,
    list_changes,
    policy_check,
    proposals,
    reading,
    referrals,
    signatories,
    tenancy,
    views,
)
from screening.access import Principal, require
from screening.audit import AuditEntry, record
from screening.case_errors import AlreadyProposed, NothingHigh, PasswordNewer, ProposalGone, SamePerson, SignedOtherwise
from screening.cases import Happening, Verdict
from screening.closings import Conclusion
from screening.confidential import NewEntry
from screening.errors import FieldFault, Forbidden, Invalid, Text
from screening.meanings import MEANINGS
from screening.modelling import terms
from screening.signing import canonical, sha256
from screening.tables.cases import Case, CaseEvent
from screening.tables.four_eyes import Proposal, Signature
from screening.tables.orders import Policy
from screening.tables.people import User

Part = Literal["propose", "approve"]
Again = Callable[[Session, Proposal], bytes]
Enact = Callable[[Session, Principal, Proposal], None]
# Kinds whose module tells what would be signed now, and carries it out.
OTHERS: dict[str, tuple[Again, Enact]] = {
    "list": (list_changes.again, list_changes.enact), "closing": (closings.again, closings.enact),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signing:
    """How a person signs: their password again, and the hash of what they were shown (None: what is here now)."""

    password: str
    sha256: str | None = None


def propose_release(session: Session, principal: Principal, case_id: UUID, reason: str, signing: Signing) -> Proposal:
    """Propose to release an order against its high score. Raises as `cases.decide` does, NothingHigh, WrongPassword."""
    require(principal, "officer", "supervisor")
    case = cases.find_case(session, principal, case_id, lock=True)
    if case.state == "escalated":
        require(principal, "supervisor")
    cases.may_release(session, principal, case)
    views.refuse_unseen(session, principal, case)
    if not cases.needs_second(session, case):
        raise NothingHigh
    body = canonical(shown(session, principal, case, reason))
    proposal = _propose(session, principal, Proposal(
        organisation_id=case.organisation_id, kind="release", subject_id=case.id,
        order_version_id=case.order_version_id, body=body.encode(), body_sha256=sha256(body), reason=reason,
        proposed_by=_person(principal),
    ), signing)  # fmt: skip
    cases.note_event(session, principal, case, Happening("proposed", "release", reason))
    return proposal


@dataclass(frozen=True, slots=True)
class NewPolicy:
    """A policy to be: its rules (keys of `policy.DEFAULT_RULES`), first day and source."""

    rules: dict[str, Any]
    valid_from: date
    source: str


@dataclass(frozen=True, slots=True)
class ModelChange:
    """Which model is to serve and why; a roll back names none and goes to the last good one, a rollout has a share."""

    action: Literal["promotion", "roll_back", "rollout"]
    reason: str
    version: str | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class LastWord:
    """What an authority found of a report, and why it closes it."""

    conclusion: Conclusion
    reason: str


def propose_policy(session: Session, principal: Principal, new: NewPolicy, reason: str, signing: Signing) -> Proposal:
    """Propose rules for every order from a day on, for the operator's people. Raises Invalid for what is no policy."""
    signatories.may_propose(principal, "policy")
    policy_check.check(new.rules)
    said = {"rules": new.rules, "valid_from": new.valid_from.isoformat(), "source": new.source, "reason": reason}
    body = canonical(said | {"replaces": _latest_policy(session)})
    return _propose(session, principal, Proposal(
        organisation_id=principal.organisation_id, kind="policy", subject_id=principal.organisation_id,
        body=body.encode(), body_sha256=sha256(body), reason=reason, proposed_by=_person(principal),
    ), signing)  # fmt: skip


def propose_model(session: Session, principal: Principal, change: ModelChange, signing: Signing) -> Proposal:
    """Propose that a kept model serves, for the operator's people. Raises NotFound, Invalid, InServiceAlready,
    NothingToReturnTo, RolloutNotAllowed."""
    signatories.may_propose(principal, "model")
    with tenancy.as_service(session):
        model = terms.chosen(session, change.version, change.action)
        body = canonical(terms.shown(session, model, asdict(change)))
    return _propose(session, principal, Proposal(
        organisation_id=principal.organisation_id, kind="model", subject_id=model.id,
        body=body.encode(), body_sha256=sha256(body), reason=change.reason, proposed_by=_person(principal),
    ), signing)  # fmt: skip


def propose_addition(session: Session, principal: Principal, new: NewEntry, signing: Signing) -> Proposal:
    """Propose to put a party on a confidential list. Raises as `confidential.addition` does, WrongPassword."""
    return _propose_change(session, principal, confidential.addition(session, principal, new), signing)


def propose_removal(session: Session, principal: Principal, entry_id: UUID, why: str, signing: Signing) -> Proposal:
    """Propose to take an entry off its list. Raises as `confidential.removal` does, AlreadyProposed, WrongPassword."""
    return _propose_change(session, principal, confidential.removal(session, principal, entry_id, why), signing)


def _propose_change(session: Session, principal: Principal, change: dict[str, Any], signing: Signing) -> Proposal:
    signatories.may_propose(principal, "list")
    body = canonical(change)
    return _propose(session, principal, Proposal(
        organisation_id=principal.organisation_id, kind="list", subject_id=UUID(change["entry"]), body=body.encode(),
        body_sha256=sha256(body), reason=list_changes.SEALED_REASON, proposed_by=_person(principal),
    ), signing)  # fmt: skip


def propose_closing(
    session: Session, principal: Principal, referral_id: UUID, last_word: LastWord, signing: Signing
) -> Proposal:
    """Propose to close a report of the caller's authority. Raises as `closings.shown` does, NotFound, WrongPassword."""
    signatories.may_propose(principal, "closing")
    referral = referrals.addressed(session, principal, referral_id, lock=True)
    body = canonical(closings.shown(session, referral, last_word.conclusion, last_word.reason))
    return _propose(session, principal, Proposal(
        organisation_id=principal.organisation_id, kind="closing", subject_id=referral.id, body=body.encode(),
        body_sha256=sha256(body), reason=last_word.reason, proposed_by=_person(principal),
    ), signing)  # fmt: skip


def approve(session: Session, principal: Principal, proposal_id: UUID, signing: Signing) -> Proposal:
    """Sign second, and carry out what was proposed in the same transaction.

    Raises:
        NotFound, Forbidden, SamePerson, ProposalGone, SignedOtherwise, PasswordNewer, WrongPassword; for a release
        also ViewFirst and whatever `cases.decide` raises.
    """
    proposal = proposals.find(session, principal, proposal_id, lock=True)
    if _person(principal) in (proposal.proposed_by, terms.maker(session, proposal)):
        raise SamePerson
    signatories.may_approve(principal, proposal.kind)
    case = session.get_one(Case, proposal.subject_id, with_for_update=True) if proposal.kind == "release" else None
    if case is not None:
        views.refuse_unseen(session, principal, case)
    if _now(session, principal, proposal, case) != proposal.body or signing.sha256 not in (None, proposal.body_sha256):
        raise SignedOtherwise
    if session.get_one(User, _person(principal)).signing_since >= proposal.created_at:  # type: ignore[operator]
        raise PasswordNewer
    _sign(session, principal, proposal, "approve", signing)
    proposal.state, proposal.approved_by = "approved", _person(principal)
    session.flush()
    _record(session, principal, proposal, "approved")
    if case is not None:
        cases.decide(session, principal, case.id, Verdict("release", proposal.reason, proposal_id=proposal.id))
    else:
        _enact(session, principal, proposal)
    return proposal


def reject(session: Session, principal: Principal, proposal_id: UUID, reason: str) -> Proposal:
    """A colleague says no, with a reason; who proposed takes it back. Either needs the role that may propose."""
    proposal = proposals.find(session, principal, proposal_id, lock=True)
    signatories.may_propose(principal, proposal.kind)
    if proposal.state != "proposed":
        raise ProposalGone(state=proposal.state)
    proposal.state = "withdrawn" if proposal.proposed_by == _person(principal) else "rejected"
    session.flush()
    _record(session, principal, proposal, proposal.state, reason)
    if proposal.kind == "release":
        case = session.get_one(Case, proposal.subject_id, with_for_update=True)
        session.add(CaseEvent(
            case_id=case.id, actor_id=principal.user_id, kind=proposal.state, reason=reason, state_after=case.state,
        ))  # fmt: skip
    return proposal


def shown(session: Session, principal: Principal, case: Case, reason: str) -> dict[str, Any]:
    """Exactly what is signed of a release: the order, facts, score, stops, papers, and the words."""
    file = reading.order_file(session, principal, case.order_id)
    kept = file.assessment
    return {
        "case": str(case.id),
        "order": {
            "reference": file.order.reference, "version": file.version.number, "sha256": file.version.body_sha256,
        },
        "assessment": {
            "model": kept.model_version, "margin": kept.margin, "probability": kept.probability, "band": kept.band,
            "facts": kept.facts, "explanation": kept.explanation,
        },
        "decision": {"number": file.decisions[-1].number, "stops": file.decisions[-1].stops},
        "documents": [each.sha256 for each in casework.documents(session, case)],
        "reason": reason,
    }  # fmt: skip


def _now(session: Session, principal: Principal, proposal: Proposal, case: Case | None) -> bytes:
    """What would be signed at this moment."""
    if proposal.state != "proposed":
        raise ProposalGone(state=proposal.state)
    if case is not None:
        return canonical(shown(session, principal, case, proposal.reason)).encode()
    if proposal.kind in OTHERS:
        return OTHERS[proposal.kind][0](session, proposal)
    said = json.loads(proposal.body)
    if proposal.kind == "model":
        with tenancy.as_service(session):
            return canonical(terms.again(session, said)).encode()
    return canonical(said | {"reason": proposal.reason, "replaces": _latest_policy(session)}).encode()


def _propose(session: Session, principal: Principal, proposal: Proposal, signing: Signing) -> Proposal:
    if not proposal.reason.strip():
        missing, remedy = Text("is missing", "отсутствует"), Text("Say why.", "Напишите, почему.")
        raise Invalid(faults=(FieldFault("reason", "missing", missing, remedy),))
    taken = select(Proposal.id).where(Proposal.subject_id == proposal.subject_id, Proposal.state == "proposed")
    if session.exec(taken).first() is not None:
        raise AlreadyProposed
    if signing.sha256 not in (None, proposal.body_sha256):
        raise SignedOtherwise
    session.add(proposal)
    session.flush()
    session.refresh(proposal)
    _sign(session, principal, proposal, "propose", signing)
    _record(session, principal, proposal, "proposed")
    return proposal


def _sign(session: Session, principal: Principal, proposal: Proposal, part: Part, signing: Signing) -> None:
    proof = access.prove(session, principal, signing.password)
    meant = "rollout" if terms.for_a_share(proposal) else proposal.kind
    meaning = MEANINGS[meant, part].within("ru" if principal.language == "ru" else "en", {"reason": proposal.reason})
    session.add(Signature(
        organisation_id=proposal.organisation_id, proposal_id=proposal.id, person_id=_person(principal), part=part,
        body_sha256=proposal.body_sha256, meaning=meaning[:2000], proof=proof,
    ))  # fmt: skip
    session.flush()


def _person(principal: Principal) -> UUID:
    if principal.user_id is None:
        raise Forbidden
    return principal.user_id


def _latest_policy(session: Session) -> int:
    return session.exec(select(Policy.version).order_by(col(Policy.version).desc()).limit(1)).one()


def _enact(session: Session, principal: Principal, proposal: Proposal) -> None:
    if proposal.kind in OTHERS:
        OTHERS[proposal.kind][1](session, principal, proposal)
        return
    said = json.loads(proposal.body)
    with tenancy.as_service(session):  # it is everybody's; the database looks for the two signatures by itself
        if proposal.kind == "model":
            terms.enact(session, proposal, said)
            return
        session.add(Policy(
            version=_latest_policy(session) + 1, valid_from=date.fromisoformat(said["valid_from"]),
            rules=said["rules"], source=said["source"], created_by=principal.user_id, proposal_id=proposal.id,
        ))  # fmt: skip


def _record(session: Session, principal: Principal, proposal: Proposal, what: str, reason: str | None = None) -> None:
    told = {
        "kind": proposal.kind,
        "sha256": proposal.body_sha256,
        "subject": str(proposal.subject_id),
        "reason": reason,
    }
    entry = AuditEntry(f"proposal.{what}", principal.actor, proposal.organisation_id, proposal.id, told)
    record(session, entry)
