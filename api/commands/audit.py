"""`tamga audit`: is the log whole; write it out for `tamga-verify`; holds and erasure."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session, col, select

from api.cli import fail_plainly as fail
from api.running import own_database
from screening import audit_erasure, database
from screening.audit_check import verify
from screening.audit_erasure import Wish
from screening.audit_export import bundle, snapshot
from screening.errors import TamgaError
from screening.tables.people import Organisation
from screening.tamga_verify import told

ACTOR = "command line"
OrganisationArgument = Annotated[str, typer.Argument(help="Code of the organisation.")]
SubjectOption = Annotated[str | None, typer.Option("--subject", help="Id of the order, case or referral concerned.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; goes on record.")]


def register(app: typer.Typer) -> None:
    """Add the commands about the audit log."""
    audit = typer.Typer(help="The audit log.", no_args_is_help=True)
    audit.command("verify")(verify_command)
    audit.command("export")(export)
    audit.command("hold")(hold)
    audit.command("erase")(erase)
    app.add_typer(audit, name="audit")


def verify_command(
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable result.")] = False,
) -> None:
    """Walk the whole log against its signed checkpoints; status 1 and the first bad leaf where it is not whole."""
    with own_database(), database.session() as session:
        snapshot(session)
        verdict = verify(session)
    typer.echo(json.dumps(dataclasses.asdict(verdict)) if as_json else told(verdict))
    if not verdict.whole:
        raise typer.Exit(1)


def export(out: Annotated[Path, typer.Option("--out", help="File to write, JSON Lines.")]) -> None:
    """Write the whole log with salts, checkpoints and keys, for `tamga-verify` on any machine. It holds every text."""
    draft, leaves = out.with_name(out.name + ".part"), 0
    with own_database(), database.session() as session, os.fdopen(_private(draft), "w", encoding="utf-8") as file:
        snapshot(session)
        for line in bundle(session):
            leaves += line["kind"] == "leaf"
            file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
    draft.replace(out)
    typer.echo(f"{leaves} leaves written to {out}")


def _private(path: Path) -> int:
    """A new file that only its owner may read."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)


def hold(
    organisation: OrganisationArgument,
    reason: ReasonOption,
    subject: SubjectOption = None,
    lift: Annotated[bool, typer.Option("--lift", help="Lift the hold instead.")] = False,
) -> None:
    """Put a legal hold on the events about a subject, or on all of an organisation's: nothing of it is erased."""
    with own_database(), _plainly(), database.session() as session:
        wish = _wish(session, organisation, subject, reason)
        if lift:
            audit_erasure.lift(session, wish)
        else:
            audit_erasure.hold(session, wish)
    typer.echo("The hold is lifted." if lift else "The hold is on.")


def erase(
    organisation: OrganisationArgument,
    reason: ReasonOption,
    subject: SubjectOption = None,
    expired: Annotated[bool, typer.Option("--expired", help="All that is over its term.")] = False,
) -> None:
    """Erase the text of events whose term is over; their leaves and every proof stay. Goes on record itself."""
    if expired == (subject is not None):
        fail("say either --subject ID or --expired")
    with own_database(), _plainly():
        with database.session() as session:
            wish = _wish(session, organisation, subject, reason)
        emptied = audit_erasure.erase(wish)
    typer.echo(f"{emptied} events erased")


@contextmanager
def _plainly() -> Iterator[None]:
    """What the domain refuses ends in one line."""
    try:
        yield
    except TamgaError as error:
        told_why = f"{error.detail.within('en', error.values)} {error.remedy.within('en', error.values)}"
        fail(told_why)


def _wish(session: Session, code: str, subject: str | None, reason: str) -> Wish:
    found = session.exec(select(Organisation).where(col(Organisation.code) == code)).one_or_none()
    if found is None:
        fail(f"no organisation {code}")
    return Wish(found.id, subject, ACTOR, reason)
