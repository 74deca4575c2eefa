"""Where an organisation wants its messages, and what became of each."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.bodies import DeliveryOut, EndpointIn, EndpointMadeOut, EndpointOut
from api.dependencies import Administrator, SessionDep
from screening import webhooks
from screening.tables.queue import WebhookEndpoint

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])


def _made(endpoint: WebhookEndpoint, secret: str) -> EndpointMadeOut:
    return EndpointMadeOut(**EndpointOut.model_validate(endpoint).model_dump(), secret=secret)


@router.get("/endpoints")
def list_endpoints(session: SessionDep, caller: Administrator) -> list[EndpointOut]:
    """The organisation's active endpoints."""
    return [EndpointOut.model_validate(each) for each in webhooks.endpoints(session, caller)]


@router.post("/endpoints", status_code=201)
def add_endpoint(session: SessionDep, caller: Administrator, body: EndpointIn) -> EndpointMadeOut:
    """Register an address; the signing secret is in this answer and nowhere else."""
    return _made(*webhooks.add_endpoint(session, caller, body.url))


@router.post("/endpoints/{endpoint_id}/secret", status_code=201)
def rotate(
    session: SessionDep,
    caller: Administrator,
    endpoint_id: UUID,
    overlap_hours: Annotated[int, Query(ge=0, le=168)] = 24,
) -> EndpointMadeOut:
    """Change the signing secret; the old one signs beside it as long as is asked, not at all if it leaked."""
    return _made(*webhooks.rotate(session, caller, endpoint_id, timedelta(hours=overlap_hours)))


@router.delete("/endpoints/{endpoint_id}", status_code=204)
def remove_endpoint(session: SessionDep, caller: Administrator, endpoint_id: UUID) -> None:
    """Switch an endpoint off."""
    webhooks.remove_endpoint(session, caller, endpoint_id)


@router.get("/deliveries")
def list_deliveries(
    session: SessionDep, caller: Administrator, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> list[DeliveryOut]:
    """The latest deliveries, newest first, dead letters among them."""
    return [DeliveryOut.model_validate(each) for each in webhooks.deliveries(session, caller, limit)]


@router.post("/deliveries/{delivery_id}/retry")
def redeliver(session: SessionDep, caller: Administrator, delivery_id: UUID) -> DeliveryOut:
    """Try a dead delivery again, under the same webhook-id."""
    return DeliveryOut.model_validate(webhooks.redeliver(session, caller, delivery_id))
