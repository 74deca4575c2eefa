"""Ledgers of licences and authorisations: each line of an order draws from its permit, and no permit is overdrawn.

    arrival         plan()   the permits the order names are locked; what does not fit becomes a legal stop
    kept            draw()   what fits is drawn in the order's transaction, whether released or held
    release         draw_again()   a held order that was not drawn has to fit now, or is not released
    refusal         free()   its draws are released
    amendment       plan() frees the earlier version's draws first

The database refuses an overdraft by itself (migration 0007); locking first lets the second of two orders hear it as a
legal stop instead of an error. What a permit's unit does not allow to measure does not fit, nor does anything on a day
on which the permit is not valid.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from features.arrival import code_key
from features.intake import OrderIn
from features.records import OrderRecord
from features.reference import substances, units
from screening.access import Principal, require
from screening.audit import AuditEntry, record
from screening.duties.measures import in_dimension
from screening.duties.supply import Placed, supplies_of
from screening.errors import Conflict, FieldFault, Invalid, NotFound, Text
from screening.ids import utc_now
from screening.policy import STOPS, Stop
from screening.tables.duties import Permit, PermitDraw
from screening.tables.orders import Order, OrderVersion
from screening.versions import record_of

PermitKind = Literal["licence", "import", "export", "transit"]
OVERDRAWN = STOPS["authorisation_overdrawn"]


class PermitOverdrawn(Conflict):
    code = "permit_overdrawn"
    detail = Text(
        "Permit {number} does not hold what this order would draw, or its unit does not allow to measure it.",
        "В разрешении {number} нет количества для этого заказа, или единица не позволяет его измерить.",
    )
    remedy = Text(
        "Refuse the order, have it amended, or register what the authority grants beyond.",
        "Откажите в заказе, попросите изменить его или внесите то, что орган разрешил сверх того.",
    )


class PermitKnown(Conflict):
    code = "permit_known"
    detail = Text("This permit is registered for the substance.", "Это разрешение для вещества уже внесено.")


@dataclass(frozen=True, slots=True)
class Grant:
    """A permit as somebody registers it. `substance`: name or CAS; `quantity` in `unit`, of mass or volume."""

    kind: PermitKind
    number: str
    substance: str
    quantity: Decimal
    unit: str
    authority: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """One draw before it is made."""

    permit_id: UUID
    position: int
    amount_micro: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What an order would draw, and the numbers of permits that do not hold it."""

    drafts: tuple[Draft, ...] = ()
    short: tuple[str, ...] = ()

    @property
    def stops(self) -> tuple[Stop, ...]:
        return (OVERDRAWN,) if self.short else ()


NOTHING = Plan()


def plan(session: Session, organisation_id: UUID, taken: OrderRecord, order_id: UUID | None) -> Plan:
    """Lock the permits that an order names or has drawn from and see what of it they hold, its own draws freed."""
    named = _named(taken.body)
    locked = _locked(session, organisation_id, {key for _, key in named}, order_id)
    if order_id is not None:
        _give_back(session, order_id)
        for each in locked:
            session.refresh(each)  # the trigger has moved what it has drawn
    day = taken.received_at.date()
    permits = [each for each in locked if (each.kind, each.number_key) in named]
    drafts: list[Draft] = []
    short: list[str] = []
    for permit in permits:
        wanted = _wanted(permit, taken)
        left = permit.granted_micro - permit.drawn_micro if _valid(permit, day) else 0
        if wanted is None or sum(each.amount_micro for each in wanted) > left:
            short.append(permit.number)
        else:
            drafts.extend(wanted)
    return Plan(tuple(drafts), tuple(short))


def draw(session: Session, order_id: UUID, planned: Plan) -> None:
    """Make the planned draws. Raises IntegrityError where a permit does not hold them: the database decides."""
    if not planned.drafts:
        return
    session.add_all(
        PermitDraw(permit_id=each.permit_id, order_id=order_id, position=each.position, amount_micro=each.amount_micro)
        for each in planned.drafts
    )
    session.flush()


def draw_again(session: Session, order: Order) -> None:
    """Before a held order is released: draw what its version needs. Raises PermitOverdrawn where it does not fit."""
    version = session.get_one(OrderVersion, order.version_id)
    planned = plan(session, order.organisation_id, record_of(version), order.id)
    if planned.short:
        raise PermitOverdrawn(number=", ".join(planned.short))
    draw(session, order.id, planned)


def free(session: Session, order: Order) -> None:
    """Give back what an order has drawn."""
    _locked(session, order.organisation_id, set(), order.id)
    _give_back(session, order.id)


def _locked(session: Session, organisation_id: UUID, keys: set[str], order_id: UUID | None) -> list[Permit]:
    """Permits of these numbers and those an order has drawn from, locked in the order of their ids: two orders that
    share several never wait for each other."""
    drawn = select(PermitDraw.permit_id).where(
        col(PermitDraw.order_id) == order_id, col(PermitDraw.released_at).is_(None)
    )
    query = (
        select(Permit)
        .where(
            col(Permit.organisation_id) == organisation_id,
            col(Permit.number_key).in_(keys) | col(Permit.id).in_(drawn),
        )
        .order_by(col(Permit.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.exec(query))


def _give_back(session: Session, order_id: UUID) -> None:
    held = (col(PermitDraw.order_id) == order_id, col(PermitDraw.released_at).is_(None))
    session.execute(update(PermitDraw).where(*held).values(released_at=utc_now()))


def _named(order: OrderIn) -> set[tuple[str, str]]:
    """(kind, key) of every permit the order names; an authorisation of no kind is tried as every kind."""
    named = {("licence", code_key(licence.number)[:64]) for licence in order.customer.licences or ()}
    if order.authorisation is not None:
        stated = order.authorisation.type
        kinds = (stated,) if stated else ("import", "export", "transit")
        named |= {(kind, code_key(order.authorisation.number)[:64]) for kind in kinds}
    return named


def _valid(permit: Permit, day: date) -> bool:
    return (permit.valid_from is None or permit.valid_from <= day) and (
        permit.valid_to is None or day <= permit.valid_to
    )


def _wanted(permit: Permit, taken: OrderRecord) -> list[Draft] | None:
    """The draws of the order's lines of the permit's substance; None where one cannot be measured."""
    drafts = []
    for line in supplies_of(taken, Placed(permit.id, taken.received_at, "")):
        if line.substance_id == permit.substance_id:
            amount = in_dimension(line, permit.dimension)
            if amount is None:
                return None
            if amount:
                drafts.append(Draft(permit.id, line.position, amount))
    return drafts


def register(session: Session, principal: Principal, grant: Grant) -> Permit:
    """Enter a permit into the ledger. Raises Forbidden, Invalid (substance or unit), PermitKnown."""
    require(principal, "officer", "supervisor")
    substance = substances.identify(grant.substance, grant.substance, None).substance
    if substance is None:
        raise Invalid(faults=(_fault("substance", "is not a listed substance", "не из перечня веществ"),))
    dimension = "mass" if grant.unit in units.KILOGRAMS else "volume"
    if dimension == "volume" and grant.unit not in units.LITRES:
        raise Invalid(faults=(_fault("unit", "is no unit of mass or volume", "не единица массы или объёма"),))
    measured = units.measure(grant.quantity, grant.unit, None)
    granted = measured.kilograms_micro if dimension == "mass" else measured.litres_micro
    if not granted:
        raise Invalid(faults=(_fault("quantity", "is nothing", "равно нулю"),))
    key = code_key(grant.number)[:64]
    known = select(Permit.id).where(
        col(Permit.organisation_id) == principal.organisation_id,
        col(Permit.kind) == grant.kind,
        col(Permit.number_key) == key,
        col(Permit.substance_id) == substance.id,
    )
    if session.exec(known).first() is not None:
        raise PermitKnown
    made = Permit(
        organisation_id=principal.organisation_id,
        kind=grant.kind,
        number=grant.number,
        number_key=key,
        authority=grant.authority,
        substance_id=substance.id,
        dimension=dimension,
        granted_micro=granted,
        valid_from=grant.valid_from,
        valid_to=grant.valid_to,
        created_by=principal.user_id,
    )
    session.add(made)
    session.flush()
    told = {"number": made.number, "kind": made.kind, "substance": made.substance_id, "granted_micro": str(granted)}
    record(session, AuditEntry("permit.registered", principal.actor, principal.organisation_id, made.id, told))
    return made


def _fault(field: str, en: str, ru: str) -> FieldFault:
    return FieldFault(field, "invalid", Text(en, ru), Text("Correct it.", "Исправьте."))


@dataclass(frozen=True, slots=True)
class Drawn:
    """One draw with the order that made it."""

    order_id: UUID
    reference: str
    position: int
    amount_micro: int
    drawn_at: datetime
    released_at: datetime | None


def listed(session: Session, principal: Principal) -> list[Permit]:
    """The company's permits, those that end first first."""
    require(principal, "officer", "supervisor", "auditor")
    query = select(Permit).where(col(Permit.organisation_id) == principal.organisation_id)
    return list(session.exec(query.order_by(col(Permit.valid_to).asc().nulls_last(), col(Permit.id)).limit(1000)))


def find(session: Session, principal: Principal, permit_id: UUID) -> tuple[Permit, list[Drawn]]:
    """One permit with every draw. Raises NotFound for absent and foreign ones alike."""
    require(principal, "officer", "supervisor", "auditor")
    query = select(Permit).where(col(Permit.id) == permit_id, col(Permit.organisation_id) == principal.organisation_id)
    permit = session.exec(query).first()
    if permit is None:
        raise NotFound
    rows = session.exec(
        select(PermitDraw, Order.reference)
        .join(Order, col(Order.id) == col(PermitDraw.order_id))
        .where(col(PermitDraw.permit_id) == permit.id)
        .order_by(col(PermitDraw.created_at), col(PermitDraw.id))
    )
    return permit, [_drawn(row, reference) for row, reference in rows]


def of_order(session: Session, order: Order) -> list[tuple[Permit, Drawn]]:
    """What an order holds of each permit now."""
    rows = session.exec(
        select(Permit, PermitDraw)
        .join(PermitDraw, col(PermitDraw.permit_id) == col(Permit.id))
        .where(col(PermitDraw.order_id) == order.id, col(PermitDraw.released_at).is_(None))
        .order_by(col(PermitDraw.position), col(Permit.id))
    )
    return [(permit, _drawn(row, order.reference)) for permit, row in rows]


def _drawn(row: PermitDraw, reference: str) -> Drawn:
    return Drawn(row.order_id, reference, row.position, int(row.amount_micro), row.created_at, row.released_at)
