"""The officer's first pages: the overview, and the queue with its preview, filters, views and who has what open."""

from __future__ import annotations

from math import ceil
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlmodel import Session
from starlette.responses import RedirectResponse

from api.dependencies import SessionDep
from api.workbench import frame
from api.workbench.frame import Reader
from api.workbench.limits import limits
from api.workbench.said import watched, why
from api.workbench.words import capital
from models.explain import sentence
from screening import desk, life, overview, ranking, reading
from screening.access import Principal, require
from screening.ids import utc_now
from screening.overview import BANDS, URGENCIES
from screening.reading import OPEN_STATES, READERS, Filters
from screening.settings import settings

router = APIRouter(include_in_schema=False)
PAGE_SIZE = 50
TOP = 5
STATES = {"open": OPEN_STATES, "closed": tuple(life.CLOSED_CASES), "all": (*OPEN_STATES, *life.CLOSED_CASES)}
# name of a ready view -> its filter, as the address holds it
READY = {
    "all": "", "mine": "who=me", "nobodys": "who=nobody", "past_due": "due=past", "unscored": "band=unscored",
    "closed": "state=closed&sort=newest",
}  # fmt: skip


TEST_ORDER = """curl -X POST {url}/v1/orders -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \\
  -d '{{"reference": "1", "customer": {{"name": "Test", "country": "KZ"}},
       "lines": [{{"name": "acetone", "quantity": "1", "unit": "kg"}}]}}'"""


class QueueWanted(BaseModel):
    """The queue's filters, as the address holds them. `show` is the order in the preview."""

    model_config = ConfigDict(extra="ignore")

    state: Literal["open", "closed", "all"] = "open"
    band: Literal["", "low", "elevated", "high", "unscored"] = ""
    who: Literal["", "me", "nobody"] = ""
    due: Literal["", "past", "soon"] = ""
    sort: Literal["rank", "due", "score", "newest"] = "rank"
    search: str = ""
    page: int = 1
    show: UUID | None = None

    @property
    def query(self) -> str:
        """What makes this filter another than the usual, as the address holds it; without page and preview."""
        return urlencode(self.model_dump(exclude_defaults=True, exclude={"page", "show"}))

    def at(self, page: int) -> str:
        """The address of another page of the same."""
        return f"/queue?{self.query}{'&' if self.query else ''}page={page}"


@router.get("/overview")
def overview_page(request: Request, caller: Reader, session: SessionDep) -> Response:
    """What waits, by harm and urgency; clocks about to run out; the last days."""
    rows, _ = reading.queue(session, caller, Filters(size=TOP))
    reads = frame.language(request, caller)
    return frame.page(
        request,
        "overview.html",
        caller,
        told=overview.overview(session, caller),
        rows=[(row, why(reads, row)) for row in rows],
        bands=BANDS,
        urgencies=URGENCIES,
        command=TEST_ORDER.format(url=settings().public_url),
    )


@router.get("/queue")
def queue(request: Request, caller: Reader, session: SessionDep, wanted: Annotated[QueueWanted, Query()]) -> Response:
    """Held orders in the order of their rank, beside a preview of one."""
    number = min(max(wanted.page, 1), 100_000)
    rows, total = reading.queue(session, caller, _filters(caller, wanted, number))
    reads = frame.language(request, caller)
    shown = wanted.show or (rows[0].order.id if rows else None)
    return frame.page(
        request,
        "queue.html",
        caller,
        rows=[(row, why(reads, row)) for row in rows],
        others=desk.others_at(session, caller, [row.case.id for row in rows]),
        total=total,
        wanted=wanted,
        page_no=number,
        pages=max(ceil(total / PAGE_SIZE), 1),
        ready=READY,
        saved=desk.views(session, caller),
        shown=shown,
        **(_preview(request, caller, session, shown) if shown else {}),
    )


def _filters(caller: Principal, wanted: QueueWanted, number: int) -> Filters:
    search = wanted.search.strip()[:100].replace("\x00", "")
    until = {"past": utc_now(), "soon": utc_now() + ranking.SOON, "": None}[wanted.due]
    return Filters(
        STATES[wanted.state],
        wanted.band or None,
        caller.user_id if wanted.who == "me" else None,
        search or None,
        number,
        PAGE_SIZE,
        unassigned=wanted.who == "nobody",
        due_before=until,
        sort=wanted.sort,
    )


@router.get("/queue/preview/{order_id}")
def preview(request: Request, caller: Reader, session: SessionDep, order_id: UUID) -> Response:
    """The preview alone, for a page that is open already."""
    return frame.page(request, "preview.html", caller, **_preview(request, caller, session, order_id))


def _preview(request: Request, caller: Principal, session: Session, order_id: UUID) -> dict[str, Any]:
    """What a reader needs to choose the next order: facts against limits, legal stops, reasons, who has it."""
    file = reading.order_file(session, caller, order_id)
    reads = frame.language(request, caller)
    return {
        "file": file,
        "limits": limits(reads, file.assessment.facts),
        "reasons": [] if file.hidden else [capital(sentence(reason, reads)) for reason in file.reasons][:3],
        "watched": watched(reads, file.decisions[0].reasons),
        "colleague": desk.others_at(session, caller, [file.case.id]).get(file.case.id) if file.case else None,
    }


@router.get("/find")
def find(caller: Reader, session: SessionDep, reference: Annotated[str, Query(max_length=64)] = "") -> Response:
    """The order of that number; else the queue, searched for it."""
    said = reference.strip()
    found = reading.by_reference(session, caller, said)
    path = f"/orders/{found}" if found else f"/queue?{urlencode({'state': 'all', 'search': said})}"
    return RedirectResponse(path, 303)


class ViewForm(BaseModel):
    """A name for the filter in `query`."""

    model_config = ConfigDict(extra="ignore")

    name: str = ""
    query: str = ""


@router.post("/queue/views")
def save(caller: Reader, session: SessionDep, form: Annotated[ViewForm, Form()]) -> Response:
    """Keep the present filter under a name of one's own."""
    require(caller, *READERS)
    desk.save_view(session, caller, form.name, form.query)
    return RedirectResponse(frame.local_path(f"/queue?{form.query}"), 303)


@router.post("/queue/views/{view_id}/drop")
def drop(caller: Reader, session: SessionDep, view_id: UUID) -> Response:
    """Forget one of one's own views."""
    require(caller, *READERS)
    desk.drop_view(session, caller, view_id)
    return RedirectResponse("/queue", 303)
