"""What an order owes by law, the ledgers of permits, and pre-export notifications; for compliance roles only."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from api.dependencies import CaseReader, Officer, SessionDep
from api.duty_answers import duties_out, notification_out, permit_out, permit_whole
from api.duty_bodies import DutiesOut, NotificationIn, NotificationOut, PermitIn, PermitOut, PermitWholeOut
from screening import notifications, permits
from screening.duties import reading
from screening.notifications import Step
from screening.permits import Grant

router = APIRouter(tags=["duties"])


@router.get("/v1/orders/{order_id:uuid}/duties", summary="Duties of an order with the sums behind them")
def duties(caller: CaseReader, session: SessionDep, order_id: UUID) -> DutiesOut:
    """Every duty in force on the order's day: the rule, its text's reference, limit, and each contributing line."""
    return duties_out(reading.read(session, caller, order_id))


@router.post("/v1/orders/{order_id:uuid}/notification", summary="Write down a step of the pre-export notification")
def notification(caller: Officer, session: SessionDep, order_id: UUID, body: NotificationIn) -> NotificationOut:
    """The authority sends and receives; the company writes down what it is told. Silence becomes `expired`."""
    kept = notifications.take(session, caller, order_id, Step(body.action, body.deadline, body.note))
    return notification_out(kept)


@router.get("/v1/permits", summary="Ledgers of licences and authorisations")
def list_permits(caller: CaseReader, session: SessionDep) -> list[PermitOut]:
    return [permit_out(permit) for permit in permits.listed(session, caller)]


@router.post("/v1/permits", status_code=201, summary="Register a licence or authorisation")
def register(caller: Officer, session: SessionDep, body: PermitIn) -> PermitOut:
    """From then on orders that name it draw from it, and none draws more than it grants."""
    return permit_out(permits.register(session, caller, Grant(**body.model_dump())))


@router.get("/v1/permits/{permit_id:uuid}", summary="One permit with every draw")
def read_permit(caller: CaseReader, session: SessionDep, permit_id: UUID) -> PermitWholeOut:
    return permit_whole(*permits.find(session, caller, permit_id))
