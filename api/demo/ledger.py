"""What the database holds of the demo's company: the counts that have to agree, and the held orders."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Executable, func
from sqlmodel import Session, col, select

from screening.reading import reasons_of
from screening.tables.cases import Receipt, Referral
from screening.tables.orders import Assessment, Decision, Order, OrderVersion
from screening.tables.people import Organisation


@dataclass(frozen=True)
class Counts:
    """Orders and versions, decisions of the policy on them, what is reportable and what has its receipt."""

    orders: int
    versions: int
    decided: int
    reportable: int
    referrals: int
    receipts: int
    dispositions: dict[str, int]
    bands: dict[str, int]


def company_id(session: Session, code: str) -> UUID:
    return session.exec(select(Organisation.id).where(col(Organisation.code) == code)).one()


def counts(session: Session, company: UUID) -> Counts:
    """Counted anew from the tables."""

    def number(query: Executable) -> int:
        return int(session.execute(query).scalar_one())

    policy = (col(Decision.organisation_id) == company, col(Decision.maker) == "policy")
    decided = select(Decision.order_version_id).where(*policy).group_by(col(Decision.order_version_id))
    exactly_one = decided.having(func.count() == 1).subquery()
    sent = col(Referral.organisation_id) == company
    receipts = select(func.count()).select_from(Receipt).join(Referral, col(Referral.id) == col(Receipt.referral_id))
    return Counts(
        orders=number(select(func.count()).select_from(Order).where(col(Order.organisation_id) == company)),
        versions=number(
            select(func.count()).select_from(OrderVersion).where(col(OrderVersion.organisation_id) == company)
        ),
        decided=number(select(func.count()).select_from(exactly_one)),
        reportable=number(select(func.count()).select_from(Decision).where(*policy, col(Decision.refer))),
        referrals=number(select(func.count()).select_from(Referral).where(sent)),
        receipts=number(receipts.where(sent)),
        dispositions=_by(session, company, "disposition"),
        bands=_by(session, company, "band"),
    )


def _by(session: Session, company: UUID, what: str) -> dict[str, int]:
    column = col(Order.disposition) if what == "disposition" else col(Assessment.band)
    query = (
        select(column, func.count())
        .select_from(Order)
        .join(Assessment, col(Assessment.order_version_id) == col(Order.version_id))
        .where(col(Order.organisation_id) == company)
        .group_by(column)
    )
    return {str(name): int(number) for name, number in session.execute(query)}


@dataclass(frozen=True)
class Held:
    """One order that was not released, as the demo shows it."""

    order: Order
    version: OrderVersion
    assessment: Assessment
    decision: Decision

    @property
    def why(self) -> list[str]:
        """Legal stops first, then the strongest reason in English."""
        reasons = [reason.code for reason in reasons_of(self.assessment)[:1]]
        return [stop["code"] for stop in self.decision.stops] + reasons


def held(session: Session, company: UUID) -> list[Held]:
    """Orders that were not released, the likeliest first."""
    query = (
        select(Order, OrderVersion, Assessment, Decision)
        .join(OrderVersion, col(OrderVersion.id) == col(Order.version_id))
        .join(Assessment, col(Assessment.order_version_id) == col(Order.version_id))
        .join(Decision, (col(Decision.order_version_id) == col(Order.version_id)) & (col(Decision.number) == 1))
        .where(col(Order.organisation_id) == company, col(Decision.disposition) != "release")
        .order_by(col(Assessment.probability).desc().nulls_last())
    )
    return [Held(*row) for row in session.execute(query).all()]
