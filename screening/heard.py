"""What an authority has said of an order, and who at the company may know of it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, exists, select

from screening.access import Principal
from screening.tables.cases import Case, Instruction, Referral

LETTING_GO = frozenset({"release", "controlled_delivery"})
NOT_ABOUT_THE_ORDER = frozenset({"ask", "monitor"})


def may_know(principal: Principal, instruction: Instruction | None) -> bool:
    """Whether the company's person may know of it: of what is restricted only supervisors and the named.

    A controlled delivery is a decision of law enforcement (1988 Convention art 11), and what is asked while it runs
    belongs to it; everybody else sees no trace of either.
    """
    if instruction is None or not instruction.restricted:
        return True
    return principal.has("supervisor") or str(principal.user_id) in instruction.named


def delivery_runs(said: Sequence[Instruction]) -> bool:
    """Whether the order runs under a controlled delivery by the last word on it; `said` is in the order of saying."""
    about = [each for each in said if each.kind not in NOT_ABOUT_THE_ORDER]
    return bool(about) and about[-1].kind == "controlled_delivery"


def superseded() -> ColumnElement[bool]:
    """SQL over Referral: a later correction of it has been sent."""
    later = aliased(Referral)
    return exists().where(
        col(later.order_version_id) == col(Referral.order_version_id),
        col(later.authority_code) == col(Referral.authority_code),
        col(later.correction) > col(Referral.correction),
    )


def told_to_let_go(session: Session, principal: Principal, case: Case) -> bool:
    """Whether the last word on the order, of those the person may know, lets it go."""
    query = (
        select(Instruction)
        .join(Referral, col(Referral.id) == col(Instruction.referral_id))
        .where(Referral.order_version_id == case.order_version_id, Referral.case_id == case.id, ~superseded())
        .order_by(col(Instruction.created_at))
    )
    said = [each for each in session.exec(query) if each.kind not in NOT_ABOUT_THE_ORDER]
    known = [each for each in said if may_know(principal, each)]
    return bool(known) and known[-1].kind in LETTING_GO
