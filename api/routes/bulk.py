"""Files of orders: upload, follow, read the answer to every row, resume."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, File, Query, UploadFile
from pydantic import BaseModel, Field
from sqlmodel import Session, col, select

from api.dependencies import PrincipalDep, SessionDep
from api.schemas import BulkOut, BulkRowOut, BulkRowPage
from screening import access, bulk
from screening.access import Principal
from screening.errors import NotFound
from screening.tables.orders import BulkJob, BulkRow
from screening.tables.people import RoleName

router = APIRouter(prefix="/v1/orders/bulk", tags=["bulk"])
SUBMITTERS: tuple[RoleName, ...] = ("integration", "officer", "supervisor")
COPY_BYTES = 1 << 20


@router.post("", status_code=202, summary="Upload a file of orders")
def upload(
    caller: PrincipalDep,
    session: SessionDep,
    file: Annotated[UploadFile, File(description="JSON Lines, CSV (UTF-8) or Parquet; the name tells which.")],
) -> BulkOut:
    """Check every row at once, answer for the bad ones, and screen the good ones in the background.

    Rows are taken in the file's order: a reference met again is an amendment. A row that was accepted before is
    `repeated`, so a corrected file may be sent whole.
    """
    access.require(caller, *SUBMITTERS)
    name = Path(file.filename or "").name or "orders"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"upload{''.join(Path(name).suffixes[-1:])}"
        with path.open("wb") as copy:
            while piece := file.file.read(COPY_BYTES):
                copy.write(piece)
        given = bulk.Upload(caller.organisation_id, path, name, caller.key_id or caller.user_id)
        job = bulk.receive(session, given)
    return _told(session, job)


@router.get("/{job_id}", summary="How far a file is")
def follow(caller: PrincipalDep, session: SessionDep, job_id: UUID) -> BulkOut:
    return _told(session, _job(session, caller, job_id))


@router.post("/{job_id}/resume", status_code=202, summary="Go on with an unfinished file")
def resume(caller: PrincipalDep, session: SessionDep, job_id: UUID) -> BulkOut:
    """Harmless while the file is being worked on; what was accepted is not accepted again."""
    access.require(caller, *SUBMITTERS)
    job = _job(session, caller, job_id)
    bulk.resume(session, job)
    return _told(session, job)


class RowsWanted(BaseModel):
    """Which rows of a file: of a state, after a line, so many."""

    state: Literal["pending", "accepted", "amended", "repeated", "refused"] | None = None
    after: int = Field(default=0, ge=0, le=2**31 - 1)
    limit: int = Field(default=200, ge=1, le=1000)


@router.get("/{job_id}/rows", summary="The answer to every row")
def rows(
    caller: PrincipalDep, session: SessionDep, job_id: UUID, wanted: Annotated[RowsWanted, Query()]
) -> BulkRowPage:
    job = _job(session, caller, job_id)
    query = select(BulkRow).where(col(BulkRow.job_id) == job.id, col(BulkRow.line) > wanted.after)
    if wanted.state is not None:
        query = query.where(col(BulkRow.state) == wanted.state)
    found = list(session.exec(query.order_by(col(BulkRow.line)).limit(wanted.limit)))
    return BulkRowPage(
        rows=[_row(row) for row in found], next_after=found[-1].line if len(found) == wanted.limit else None
    )


def _job(session: Session, caller: Principal, job_id: UUID) -> BulkJob:
    access.require(caller, *SUBMITTERS, "auditor")
    query = select(BulkJob).where(col(BulkJob.id) == job_id, col(BulkJob.organisation_id) == caller.organisation_id)
    job = session.exec(query).first()
    if job is None:
        raise NotFound
    return job


def _told(session: Session, job: BulkJob) -> BulkOut:
    session.flush()
    counts = dict.fromkeys(("accepted", "amended", "repeated", "refused", "pending"), 0)
    counts |= bulk.counts(session, job.id)
    return BulkOut(
        id=job.id,
        filename=job.filename,
        format=job.format,
        sha256=job.sha256,
        state=job.state,
        rows=job.rows,
        **counts,
    )


def _row(row: BulkRow) -> BulkRowOut:
    return BulkRowOut(
        line=row.line,
        state=row.state,
        order_id=row.order_id,
        status=row.disposition,
        problems=row.problems,
    )
