"""The officer's own view, taken before the score is shown: on a share of cases, and by whoever signs second.

A person who was asked and has not answered sees neither score, band nor reasons of the order, on no page and in no
answer, and decides nothing about it.
"""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, or_
from sqlmodel import Session, col, select

from screening.access import Principal
from screening.errors import Conflict, Text
from screening.life import OPEN_CASES
from screening.policy import REVIEW, PolicyTable
from screening.tables.cases import Case
from screening.tables.four_eyes import OwnView, Proposal


class ViewFirst(Conflict):
    code = "view_first"
    detail = Text("Your own view of this order is asked before its score.", "Сначала нужно ваше мнение, затем оценка.")
    remedy = Text(
        "Say what you would do (POST /v1/cases/{{id}}/view or the order's page), then read the score.",
        "Скажите, как бы вы поступили (POST /v1/cases/{{id}}/view или страница заказа), затем читайте оценку.",
    )


def share(policy: PolicyTable, name: str) -> float:
    """The share that the policy sets for `low_risk` or `own_view`, else the default."""
    return float(policy.rules.get("review", {}).get(name, REVIEW[name]))


def drawn(policy: PolicyTable, name: str, version_id: UUID) -> bool:
    """Whether this version is of the share; the same for ever, and not to be steered by who submits."""
    digest = hashlib.blake2b(f"{name}:{policy.version}:{version_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < share(policy, name) * 2**64


def hides(principal: Principal) -> ColumnElement[bool]:
    """SQL over Case: its score is not for the caller's eyes yet."""
    if principal.user_id is None or not principal.has("officer", "supervisor"):
        return false()
    given = exists().where(
        col(OwnView.order_version_id) == col(Case.order_version_id), col(OwnView.person_id) == principal.user_id
    )
    proposed = exists().where(
        col(Proposal.subject_id) == col(Case.id),
        col(Proposal.state) == "proposed",
        col(Proposal.proposed_by) != principal.user_id,
    )
    return and_(col(Case.state).in_(OPEN_CASES), ~given, or_(col(Case.own_view), proposed))


def hidden(session: Session, principal: Principal, case: Case | None) -> bool:
    """Whether the caller was asked for their own view of this case and has not given it."""
    if case is None:
        return False
    session.flush()
    return session.exec(select(Case.id).where(col(Case.id) == case.id, hides(principal))).first() is not None


def refuse_unseen(session: Session, principal: Principal, case: Case) -> None:
    """Raises ViewFirst while the score is hidden from the caller."""
    if hidden(session, principal, case):
        raise ViewFirst


def without_risk(reasons: list[Any]) -> list[Any]:
    """The case's reasons without what they tell of the score."""
    return [reason for reason in reasons if not str(reason).startswith("risk_")]
