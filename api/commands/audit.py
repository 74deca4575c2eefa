"""`tamga audit verify`: is the audit log whole?"""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated

import typer

from api.running import own_database
from screening import database
from screening.audit_check import AuditVerdict, verify


def register(app: typer.Typer) -> None:
    """Add the commands about the audit log."""
    audit = typer.Typer(help="The audit log.", no_args_is_help=True)
    audit.command("verify")(verify_command)
    app.add_typer(audit, name="audit")


def verify_command(
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable result.")] = False,
) -> None:
    """Walk the whole log against its signed checkpoints; status 1 and the first bad leaf where it is not whole."""
    with own_database(), database.session() as session:
        verdict = verify(session)
    typer.echo(json.dumps(dataclasses.asdict(verdict)) if as_json else _line(verdict))
    if not verdict.whole:
        raise typer.Exit(1)


def _line(verdict: AuditVerdict) -> str:
    if verdict.whole:
        return f"The audit log is whole: {verdict.leaves} leaves, {verdict.checkpoints} checkpoints hold."
    places = [f"leaf {verdict.bad_leaf}"] if verdict.bad_leaf else []
    places += [f"checkpoint {verdict.bad_checkpoint}"] if verdict.bad_checkpoint else []
    return f"The audit log is NOT whole: {verdict.fault}, first at {' and '.join(places)}."
