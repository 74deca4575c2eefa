"""The company's own people who order: their orders with a neutral status, missing papers, files, receipts.

Nothing here reads a score, a reason, a case or a referral: no query of this file names their tables.
"""

from __future__ import annotations

import tempfile
from math import ceil
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, File, Query, Request, Response, UploadFile
from sqlmodel import Session, col, func, select
from starlette.responses import RedirectResponse

from api.dependencies import SessionDep
from api.workbench import faults, frame
from api.workbench.frame import Reader
from screening import bulk
from screening.access import Principal, require
from screening.errors import NotFound, TamgaError
from screening.orders import neutral_answer, neutral_status
from screening.tables.orders import BulkJob, BulkRow, Order, OrderVersion

router = APIRouter(include_in_schema=False)
PAGE_SIZE, MOST_ROWS, MOST_FILES, MOST_COUNTED = 50, 200, 50, 10_000
COPY_BYTES = 1 << 20
DONE = frozenset({"committed"})


def _orderer(caller: Reader) -> Principal:
    return require(caller, "integration", "officer", "supervisor")


Orderer = Annotated[Principal, Depends(_orderer)]


@router.get("/my-orders")
def orders(
    request: Request, caller: Orderer, session: SessionDep, search: str = "", page: Annotated[int, Query(ge=1)] = 1
) -> Response:
    """The company's orders, newest first, with what is still wanted of each."""
    number = min(page, 100_000)
    said = search.strip()[:64].replace("\x00", "")
    mine = [Order.organisation_id == caller.organisation_id]
    if said:
        mine.append(col(Order.reference).startswith(said, autoescape=True))  # type: ignore[arg-type]
    some = select(Order.id).where(*mine).limit(MOST_COUNTED + 1).subquery()  # nobody pages further than that
    total = session.exec(select(func.count()).select_from(some)).one()
    query = (
        select(Order, OrderVersion.goods, OrderVersion.customer_name)
        .join(OrderVersion, col(OrderVersion.id) == col(Order.version_id))
        .where(*mine)
        .order_by(col(Order.created_at).desc(), col(Order.id))
    )
    rows = session.exec(query.offset((number - 1) * PAGE_SIZE).limit(PAGE_SIZE)).all()
    pages = max(ceil(min(total, MOST_COUNTED) / PAGE_SIZE), 1)
    shown = [(order, _status(order), goods, who) for order, goods, who in rows]
    return frame.page(
        request, "my_orders.html", caller, rows=shown, total=min(total, MOST_COUNTED), more=total > MOST_COUNTED,
        search=said, page_no=number, pages=pages,
    )  # fmt: skip


@router.get("/my-orders/{order_id}")
def order(request: Request, caller: Orderer, session: SessionDep, order_id: UUID) -> Response:
    """One order: its status, the papers it needs, and the receipt of each version."""
    query = select(Order).where(Order.id == order_id, Order.organisation_id == caller.organisation_id)
    found = session.exec(query).first()
    if found is None:
        raise NotFound
    versions = session.exec(
        select(OrderVersion).where(OrderVersion.order_id == found.id).order_by(col(OrderVersion.number).desc())
    ).all()
    return frame.page(request, "my_order.html", caller, told=neutral_answer(found), versions=versions)


def _status(found: Order) -> str:
    return neutral_status(found.disposition, found.documents_needed)


@router.get("/uploads")
def uploads(request: Request, caller: Orderer, session: SessionDep) -> Response:
    """The company's files, newest first, and the form for another."""
    return _uploads(request, caller, session)


def _uploads(request: Request, caller: Principal, session: Session, **values: Any) -> Response:
    query = select(BulkJob).where(BulkJob.organisation_id == caller.organisation_id)
    jobs = session.exec(query.order_by(col(BulkJob.created_at).desc()).limit(MOST_FILES)).all()
    return frame.page(request, "uploads.html", caller, jobs=jobs, **({"problem": None} | values))


@router.post("/uploads")
def upload(
    request: Request, caller: Orderer, session: SessionDep, file: Annotated[UploadFile | None, File()] = None
) -> Response:
    """Check a whole file and show what would come of it; nothing is ordered yet."""
    name = Path((file.filename if file else "") or "").name
    try:
        with tempfile.TemporaryDirectory() as folder, session.begin_nested():
            path = Path(folder) / f"upload{Path(name).suffix}"
            with path.open("wb") as copy:
                while file and (piece := file.file.read(COPY_BYTES)):
                    copy.write(piece)
            job = bulk.receive(session, bulk.Upload(caller.organisation_id, path, name, caller.user_id, waits=True))
    except TamgaError as error:
        problem = faults.told(error, frame.language(request, caller), request)
        return _uploads(request, caller, session, problem=problem, here="/uploads", status=error.status)
    return RedirectResponse(f"/uploads/{job.id}", 303)


@router.get("/uploads/{job_id}")
def job_page(request: Request, caller: Orderer, session: SessionDep, job_id: UUID, done: str = "") -> Response:
    """One file: before it is committed what would come of it, afterwards what came."""
    job = _job(session, caller, job_id)
    query = select(BulkRow).where(BulkRow.job_id == job.id, BulkRow.state == "refused").order_by(col(BulkRow.line))
    return frame.page(
        request,
        "upload.html",
        caller,
        job=job,
        counts=bulk.counts(session, job.id),
        refused=session.exec(query.limit(MOST_ROWS)).all(),
        done=done if done in DONE else "",
    )


@router.post("/uploads/{job_id}/commit")
def commit(caller: Orderer, session: SessionDep, job_id: UUID) -> Response:
    """Have the good rows taken, once: asked again it is the same."""
    bulk.resume(session, _job(session, caller, job_id))
    return RedirectResponse(f"/uploads/{job_id}?done=committed", 303)


@router.get("/uploads/{job_id}/refused")
def refused(request: Request, caller: Orderer, session: SessionDep, job_id: UUID) -> Response:
    """The bad rows with reasons, as a file to correct and upload again."""
    job = _job(session, caller, job_id)
    content = bulk.refused_file(session, job, frame.language(request, caller))
    headers = {"content-disposition": 'attachment; filename="rows-to-correct.csv"', "cache-control": "no-store"}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def _job(session: Session, caller: Principal, job_id: UUID) -> BulkJob:
    query = select(BulkJob).where(BulkJob.id == job_id, BulkJob.organisation_id == caller.organisation_id)
    found = session.exec(query).first()
    if found is None:
        raise NotFound
    return found
