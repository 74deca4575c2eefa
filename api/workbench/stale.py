"""A word for a page that is open: whether the order is still what it shows."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session

from api.dependencies import SessionDep, onlooker
from api.workbench import frame
from api.workbench.history import BY_AUTHORITY, happened
from screening import people
from screening.access import Principal
from screening.moved import moved
from screening.tables.cases import CaseEvent

router = APIRouter(include_in_schema=False)
Onlooker = Annotated[Principal, Depends(onlooker)]


@router.get("/orders/{order_id}/now")
def now(request: Request, caller: Onlooker, session: SessionDep, order_id: UUID) -> Response:
    """304 while nothing moved; else what did, as a banner with a link to the page as it is now."""
    told = moved(session, caller, order_id)
    tag = f'"{told.mark}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"etag": tag})
    what = happened(frame.language(request, caller), told.last) if told.last else ""
    answer = frame.page(
        request, "stale.html", caller, order_id=order_id, last=told.last, what=what, who=_actor(session, told.last)
    )
    answer.headers["etag"] = tag
    return answer


def _actor(session: Session, event: CaseEvent | None) -> str:
    """Who did it, by name; nothing for the authority's people and the service itself."""
    if event is None or event.actor_id is None or event.kind in BY_AUTHORITY:
        return ""
    return people.name_of(session, event.actor_id)
