"""A file of orders: every good row accepted once, every bad row answered, resumable at any row.

The upload is read and checked as one transaction; then a worker takes the rows in the file's order, each in a
transaction of its own, so that a killed worker goes on at the row where it stopped and accepts none twice.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, text
from sqlmodel import Session, col, select, update

from features.intake import OrderIn
from models.dataset import DatasetError, csv_rows, read_bodies
from models.refusals import Refusals, Refused
from screening import audit, database, outbox, screen
from screening.errors import FieldFault, Invalid, Language, TamgaError, Text
from screening.ids import utc_now
from screening.orders import Submission
from screening.states import lock_number
from screening.tables.orders import BulkJob, BulkRow
from screening.tenancy import Scope

CHUNK_SECONDS = 7.0  # well below the lease of a piece of work
INSERT_BATCH = 1000
ADDED = ("tamga_line", "tamga_reason", "tamga_remedy")
UPLOAD_KINDS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "csv", ".parquet": "parquet"}


class UnreadableFile(Invalid):
    code = "unreadable_file"
    detail = Text("The file cannot be read: {why}.", "Файл не читается: {why}.")
    remedy = Text(
        "Send JSON Lines, CSV (UTF-8) or Parquet; the file's name tells which.",
        "Отправьте JSON Lines, CSV (UTF-8) или Parquet; вид определяется по имени файла.",
    )


@dataclass(frozen=True, slots=True)
class Upload:
    """A file at hand for one company. `waits`: somebody looks at its rows first, and has them taken by `resume`."""

    organisation_id: UUID
    path: Path
    filename: str
    submitted_by: UUID | None = None
    waits: bool = False


class _Rows(Refusals):
    """Refusals that are kept whole, as rows of the job."""

    def __init__(self) -> None:
        super().__init__()
        self.pending: list[Refused] = []

    def add(self, refused: Refused) -> None:
        super().add(refused)
        self.pending.append(refused)


def receive(session: Session, upload: Upload) -> BulkJob:
    """Check a whole file and put its rows in line. The caller commits.

    Raises:
        UnreadableFile: the file is not what its name says.
    """
    kind = UPLOAD_KINDS.get(upload.path.suffix.lower())
    if kind is None:
        raise UnreadableFile(why="its kind is not known")
    job = BulkJob(
        organisation_id=upload.organisation_id,
        filename=upload.filename[:200],
        format=kind,
        sha256=hashlib.sha256(upload.path.read_bytes()).hexdigest(),
        submitted_by=upload.submitted_by,
    )
    session.add(job)
    session.flush()
    try:
        job.rows = _write_rows(session, job.id, _rows_of(upload.path))
    except DatasetError as error:
        raise UnreadableFile(why=str(error).split(": ", 1)[-1]) from error
    if upload.waits:
        keep_originals(session, job, upload.path)
    else:
        outbox.enqueue(session, "bulk.chunk", {"job": str(job.id)}, organisation_id=upload.organisation_id)
    audit.record(session, _entry(job, "bulk.received"))
    return job


def _rows_of(path: Path) -> Iterator[dict[str, Any]]:
    refusals = _Rows()
    for line, order in read_bodies(path, refusals):
        yield from _refused(refusals)
        if order.received_at is not None:
            refusals.add(Refused(line, "received_at", "unknown_field"))
            continue
        yield {"line": line, "state": "pending", "raw": order.model_dump_json(exclude_unset=True), "problems": []}
    yield from _refused(refusals)


def _refused(refusals: _Rows) -> Iterator[dict[str, Any]]:
    for refused in refusals.pending:
        yield {"line": refused.line, "state": "refused", "raw": "", "problems": [problem_of(refused)]}
    refusals.pending.clear()


def problem_of(refused: Refused) -> dict[str, Any]:
    """One fault of one row in both languages."""
    return {
        "field": refused.field,
        "code": refused.code,
        "reason": {"en": refused.reason("en"), "ru": refused.reason("ru")},
        "remedy": {"en": refused.remedy("en"), "ru": refused.remedy("ru")},
    }


def keep_originals(session: Session, job: BulkJob, path: Path) -> None:
    """Keep the refused rows of a CSV file as they came (JSON of column to cell), so that they can be handed back."""
    if job.format != "csv":
        return
    refused = col(BulkRow.job_id) == job.id, col(BulkRow.state) == "refused"
    wanted = {row.line: row for row in session.exec(select(BulkRow).where(*refused))}
    header: Sequence[str] = ()
    for line, cells in csv_rows(path, Refusals()):
        if line == 1:
            header = cells
        elif line in wanted:
            wanted[line].raw = json.dumps(
                dict(zip_longest(header, cells[: len(header)], fillvalue="")), ensure_ascii=False
            )
    session.flush()


def refused_file(session: Session, job: BulkJob, language: Language) -> str:
    """The refused rows of a CSV file as CSV of the same columns, each with its line, reasons and remedies.

    The added columns are ignored when the corrected file is uploaded.
    """
    refused = col(BulkRow.job_id) == job.id, col(BulkRow.state) == "refused"
    rows = list(session.exec(select(BulkRow).where(*refused).order_by(col(BulkRow.line))))
    originals = [json.loads(row.raw) if row.raw else {} for row in rows]
    columns = list(dict.fromkeys(name for original in originals for name in original if name not in ADDED))
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([*columns, *ADDED])
    for row, original in zip(rows, originals, strict=True):
        told = [f"{each['field']}: {each['reason'][language]}" for each in row.problems]
        remedies = [str(each["remedy"][language]) for each in row.problems]
        cells = [*(original.get(name, "") for name in columns), str(row.line), "; ".join(told), "; ".join(remedies)]
        writer.writerow([guarded(cell) for cell in cells])
    return "\ufeff" + written.getvalue()


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "@", "\t", "\r") else cell


def _write_rows(session: Session, job_id: UUID, rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append({"job_id": job_id, **row})
        count += 1
        if len(batch) == INSERT_BATCH:
            session.execute(insert(BulkRow), batch)
            batch = []
    if batch:
        session.execute(insert(BulkRow), batch)
    return count


@outbox.handles("bulk.chunk")
def work_on(session: Session, work: outbox.Work) -> None:
    """Take rows of one job for a few seconds, then put the rest back in line."""
    job_id = UUID(work.payload["job"])
    job = session.get_one(BulkJob, job_id)
    ours = session.execute(
        text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": lock_number(job.organisation_id, f"bulk:{job_id}")}
    ).scalar_one()
    if not ours:
        return
    until = time.monotonic() + CHUNK_SECONDS
    more = True
    while more and time.monotonic() < until:
        more = accept_next(job.organisation_id, job_id, job.submitted_by)
    if more:
        job.state = "running"
        outbox.enqueue(session, "bulk.chunk", {"job": str(job_id)}, organisation_id=job.organisation_id)
        return
    job.state, job.finished_at = "done", utc_now()
    audit.record(session, _entry(job, "bulk.done"))


def accept_next(organisation_id: UUID, job_id: UUID, submitted_by: UUID | None) -> bool:
    """Accept the next pending row in a transaction of its own; False when none is left."""
    with database.session(Scope(organisation_id)) as session:
        row = session.exec(
            select(BulkRow)
            .where(col(BulkRow.job_id) == job_id, col(BulkRow.state) == "pending")
            .order_by(col(BulkRow.line))
            .limit(1)
        ).first()
        if row is None:
            return False
        try:
            with session.begin_nested():
                _accept(session, row, organisation_id, submitted_by)
        except TamgaError as error:
            row.state, row.problems = "refused", problems_of(error)
        session.add(row)
    return True


def _accept(session: Session, row: BulkRow, organisation_id: UUID, submitted_by: UUID | None) -> None:
    order = OrderIn.model_validate_json(row.raw)
    submission = Submission.of(organisation_id, order, amend="either", source="bulk", submitted_by=submitted_by)
    answer = screen.submit(session, submission)
    row.state = "repeated" if answer.repeated else "amended" if answer.amended else "accepted"
    row.order_id = answer.order.id
    row.disposition = answer.body["status"]


def problems_of(error: TamgaError) -> list[dict[str, Any]]:
    """A domain error as the answer to a row."""
    faults = error.faults or (FieldFault("", error.code, error.detail, error.remedy),)
    return [
        {
            "field": fault.field,
            "code": fault.code,
            "reason": {"en": fault.reason.within("en", error.values), "ru": fault.reason.within("ru", error.values)},
            "remedy": {"en": fault.remedy.within("en", error.values), "ru": fault.remedy.within("ru", error.values)},
        }
        for fault in faults
    ]


def counts(session: Session, job_id: UUID) -> dict[str, int]:
    """Rows of a job by state."""
    found = session.execute(
        select(BulkRow.state, func.count()).where(col(BulkRow.job_id) == job_id).group_by(col(BulkRow.state))
    )
    return {str(state): int(count) for state, count in found}


def resume(session: Session, job: BulkJob) -> None:
    """Put an unfinished job in line again; harmless for one that is being worked on."""
    if job.state != "done":
        session.execute(update(BulkJob).where(col(BulkJob.id) == job.id).values(state="running"))
        outbox.enqueue(session, "bulk.chunk", {"job": str(job.id)}, organisation_id=job.organisation_id)


def _entry(job: BulkJob, action: str) -> audit.AuditEntry:
    return audit.AuditEntry(
        action=action,
        actor=f"key:{job.submitted_by}",
        organisation_id=job.organisation_id,
        subject_id=job.id,
        details={"filename": job.filename, "sha256": job.sha256, "rows": job.rows},
    )
