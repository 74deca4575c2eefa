"""`tamga letters`: work that failed at every attempt, and giving it another round of them."""

from __future__ import annotations

import json
from typing import Annotated
from uuid import UUID

import typer

from api.cli import fail_plainly
from api.running import own_database
from screening import database, outbox
from screening.audit import AuditEntry, record


def register(app: typer.Typer) -> None:
    """Add the commands about dead letters."""
    letters = typer.Typer(help="Work that failed at every attempt.", no_args_is_help=True)
    letters.command("list")(list_letters)
    letters.command("retry")(retry)
    app.add_typer(letters, name="letters")


def list_letters(
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable result.")] = False,
) -> None:
    """Show the dead letters, oldest first."""
    with own_database(), database.session() as session:
        dead = outbox.dead_letters(session)
    if as_json:
        rows = [
            row.model_dump(mode="json", include={"id", "kind", "recipient", "attempts", "last_error"}) for row in dead
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in dead:
        typer.echo(f"{row.id}  {row.kind:18} {row.attempts:3}  {row.last_error or ''}")
    if not dead:
        typer.echo("There are no dead letters.")


def retry(letter: Annotated[UUID, typer.Argument(help="The letter's id, as `tamga letters list` shows it.")]) -> None:
    """Give one dead letter all its attempts again."""
    with own_database(), database.session() as session:
        revived = outbox.revive(session, letter)
        if revived:
            record(session, AuditEntry("outbox.revived", "command line", subject_id=letter))
    if not revived:
        fail_plainly(f"there is no dead letter {letter}")
    typer.echo("It will be tried again.")
