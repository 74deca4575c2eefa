"""The ties of an order, opened step by step: on a page of its own, and as the part that the order's page takes in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from api.dependencies import SessionDep
from api.workbench import frame
from api.workbench.frame import Reader
from api.workbench.web import web_drawn
from screening import reading
from screening.access import Principal
from screening.reading import OrderFile
from screening.ties import MOST_OPENED, Thing, ties

router = APIRouter(include_in_schema=False)
LONGEST_NAME = 80


class Wanted(BaseModel):
    """Things to open, as earlier answers named them; `part` asks for the drawing and its table alone."""

    model_config = ConfigDict(extra="ignore")

    open: Annotated[list[Annotated[str, Field(max_length=LONGEST_NAME)]], Field(max_length=MOST_OPENED)] = []
    part: bool = False


def around_order(session: Session, caller: Principal, file: OrderFile, opened: Sequence[str] = ()) -> dict[str, Any]:
    """Values for `ties.html`."""
    told = ties(session, caller, file, opened)
    known = [each for each in opened if each in told.things]

    def leads_to(thing: Thing) -> str:
        """The address with this thing opened, or closed where it is open; none where the tables do not lead on."""
        if not thing.may_open:
            return ""
        rest = [each for each in known if each != thing.id]
        wanted = rest if thing.opened else [*rest, thing.id]
        full = len(wanted) > MOST_OPENED
        return "" if full else f"/orders/{file.order.id}/ties?{urlencode({'open': wanted}, doseq=True)}"

    return {"ties": told, "web": web_drawn(told), "leads_to": leads_to}


@router.get("/orders/{order_id}/ties")
def page(
    request: Request, caller: Reader, session: SessionDep, order_id: UUID, wanted: Annotated[Wanted, Query()]
) -> Response:
    """The order's ties with some of the things opened."""
    file = reading.order_file(session, caller, order_id)
    name = "ties.html" if wanted.part else "ties_page.html"
    return frame.page(request, name, caller, file=file, **around_order(session, caller, file, wanted.open))
