"""Orders: submit, amend, read. The answer to a submission is neutral, whoever asks (`DECISIONS.md` 9)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal
from uuid import UUID

import numpy as np
import orjson
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from sqlmodel import Session

from api.dependencies import (
    CaseReader,
    Officer,
    PrincipalDep,
    SessionDep,
    authenticate,
    form_token,
    presented_key,
)
from api.problems import AWAY
from api.schemas import EXAMPLE_ORDER, AssessmentOut, OrderPage, OrderStatus, OutcomeIn, OutcomeOut, ReasonOut
from features.catalogue import feature_names
from features.intake import Moment, OrderIn
from models.explain import sentence
from screening import access, database, failpoints, feedback, idempotency, orders, reading, screen, views
from screening.access import Principal
from screening.errors import NotFound
from screening.orders import Submission
from screening.tables.orders import Assessment, Order
from screening.tenancy import NOBODY

AT_ONCE = 2
router = APIRouter(prefix="/v1/orders", tags=["orders"])
Reference = Annotated[str, Path(description="The company's own reference of the order.", max_length=64)]
ORDER_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/OrderIn"}, "example": EXAMPLE_ORDER}},
    },
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "Repeat a request under its key and get its stored answer; kept 72 hours.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 128},
        }
    ],
}


def parsed(body: bytes) -> OrderIn:
    """The order of a JSON body. Raises RequestValidationError with every fault."""
    try:
        return OrderIn.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError(_own_faults(error)) from error


def _own_faults(error: ValidationError) -> list[Any]:
    """The faults of a body. A list is not also too short because an item of it is wrong."""
    faults = error.errors(include_url=False, include_input=False)
    paths = [fault["loc"] for fault in faults]

    def follows(path: tuple[int | str, ...]) -> bool:
        return any(other[: len(path)] == path and len(other) > len(path) for other in paths)

    return [fault for fault in faults if fault["type"] != "too_short" or not follows(fault["loc"])]


@router.post("", response_model=OrderStatus, status_code=201, openapi_extra=ORDER_BODY, summary="Submit an order")
async def submit(request: Request) -> Response:
    """Screen an order before it ships and answer with its neutral status in the same call.

    The very same order again is answered 200 with the same status; another order under a taken reference is a
    conflict: send it to `PUT /v1/orders/{reference}` to amend.
    """
    return await _in_one_thread(request, None)


@router.put(
    "/{reference:path}", response_model=OrderStatus, status_code=200, openapi_extra=ORDER_BODY, summary="Amend an order"
)
async def amend(request: Request, reference: Reference) -> Response:
    """Replace an order by its amended version, which is screened again. The body carries the same reference."""
    return await _in_one_thread(request, reference)


async def _in_one_thread(request: Request, reference: str | None) -> Response:
    # The hot path: one hop to the thread pool for authentication, screening and commit together.
    body, token = await request.body(), await form_token(request)
    told = await to_thread.run_sync(_take, Sent(request, body, token, reference), limiter=_turns())
    failpoints.reach("committed-not-answered")
    headers = {"idempotent-replayed": "true"} if told.replayed else {}
    return Response(told.answer, told.status, headers, media_type="application/json")


@cache
def _turns() -> CapacityLimiter:
    """How many orders of this process are worked on at once.

    One computes while the other waits for the database; more only take the interpreter from each other.
    """
    return CapacityLimiter(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Sent:
    """A submission as it came: the request, its body and form token, and the reference of its path."""

    request: Request
    body: bytes
    token: str | None
    reference: str | None

    @property
    def idempotency_key(self) -> str | None:
        return self.request.headers.get("idempotency-key")


def _take(sent: Sent) -> idempotency.Told:
    """Where the key is remembered, it is proven with the order's own statements; else before anything is read."""
    key = presented_key(sent.request)
    if key is not None and sent.idempotency_key is None:
        with suppress(access.Unproven):
            return _taken(sent, lambda session: access.expected(session, key))
    return _taken(sent, lambda session: authenticate(session, sent.request, sent.token))


def _taken(sent: Sent, who: Callable[[Session], Principal | None]) -> idempotency.Told:
    with database.session(NOBODY) as session:
        try:
            told = _screened(session, who(session), sent)
        except AWAY:  # it tells nothing of the order, and waits once
            raise
        except Exception as fault:  # nobody is told what is wrong with an order before it is known who asks
            if database.waits(session):
                raise access.Unproven from fault
            raise
        if database.waits(session):
            raise access.Unproven
        failpoints.reach("stored-not-committed")
        return told


def _screened(session: Session, found: Principal | None, sent: Sent) -> idempotency.Told:
    if found is None:
        raise access.Unproven
    caller = access.require(found, "integration", "officer", "supervisor")
    order = parsed(sent.body)
    if sent.reference is not None and order.reference != sent.reference:
        raise RequestValidationError([{"type": "value_error", "loc": ("reference",), "msg": "differs from the path"}])
    work = _work(session, caller, order, "never" if sent.reference is None else "always")
    return work() if sent.idempotency_key is None else _once(session, caller, sent, work)


def _once(session: Session, caller: Principal, sent: Sent, work: Callable[[], idempotency.Told]) -> idempotency.Told:
    told = sent.request.method.encode() + (sent.reference or "").encode() + b"\n" + sent.body
    ask = idempotency.Ask(caller.organisation_id, sent.idempotency_key or "", hashlib.sha256(told).hexdigest())
    return idempotency.once(session, ask, work)


def _work(
    session: Session, caller: Principal, order: OrderIn, amend: Literal["never", "always"]
) -> Callable[[], idempotency.Told]:
    submission = Submission.of(caller.organisation_id, order, amend=amend, submitted_by=caller.key_id or caller.user_id)

    def work() -> idempotency.Told:
        answer = screen.submit(session, submission)
        status = 201 if amend == "never" and not answer.repeated else 200
        return idempotency.Told(status, orjson.dumps(answer.body).decode())

    return work


@router.get("", summary="List orders, newest first")
def listed(
    caller: PrincipalDep,
    session: SessionDep,
    before: Annotated[Moment | None, Query(description="Only orders older than this.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> OrderPage:
    access.require(caller, "integration", *reading.READERS)
    found = reading.recent(session, caller, before, limit)
    following: datetime | None = found[-1].created_at if len(found) == limit else None
    return OrderPage(orders=[_status(order) for order in found], next_before=following)


@router.get("/{order_id:uuid}/assessment", summary="Score, contributions and reasons of an order")
def assessment(caller: CaseReader, session: SessionDep, order_id: UUID) -> AssessmentOut:
    """For compliance roles. Contributions by feature name add up to the margin together with the base."""
    file = reading.order_file(session, caller, order_id)
    if file.hidden:
        raise views.ViewFirst
    return _assessment(file)


@router.post("/{order_id:uuid}/outcome", status_code=201, summary="Say what became of an order")
def outcome(caller: Officer, session: SessionDep, order_id: UUID, body: OutcomeIn) -> OutcomeOut:
    """A judgement counts for orders after it; a later one on the same order withdraws the earlier from history."""
    order = reading.order_file(session, caller, order_id).order
    label = feedback.judge(session, order, feedback.Judgement(body.outcome, body.source, caller.user_id, body.note))
    return OutcomeOut(outcome=label.outcome, known_at=label.known_at, source=label.source)


@router.get("/{reference:path}", summary="Read the status of an order")
def status(caller: PrincipalDep, session: SessionDep, reference: Reference) -> OrderStatus:
    access.require(caller, "integration", *reading.READERS)
    order = orders.find(session, caller.organisation_id, reference)
    if order is None:
        raise NotFound
    return _status(order)


def _status(order: Order) -> OrderStatus:
    return OrderStatus(**orders.neutral_answer(order))


def _assessment(file: reading.OrderFile) -> AssessmentOut:
    kept, explanation = file.assessment, file.assessment.explanation
    return AssessmentOut(
        status=_status(file.order),
        disposition=file.order.disposition,
        band=kept.band,
        probability=kept.probability,
        margin=kept.margin,
        base=explanation.get("base"),
        model_version=kept.model_version,
        failure=kept.failure,
        legal_stops=file.decisions[0].stops,
        families=[(family, contribution) for family, contribution in explanation.get("families", [])],
        reasons=[
            ReasonOut(
                code=reason.code,
                family=reason.family,
                contribution=reason.contribution,
                en=sentence(reason, "en"),
                ru=sentence(reason, "ru"),
            )
            for reason in file.reasons
        ],
        contributions=_contributions(kept),
    )


def _contributions(kept: Assessment) -> dict[str, float]:
    if kept.contributions is None:
        return {}
    values = np.frombuffer(kept.contributions, dtype="<f4")[:-1].tolist()
    return dict(zip(feature_names(), values, strict=True))
