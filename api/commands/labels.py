"""`tamga labels`: what became of a company's orders, and the orders, as files to train on."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from sqlmodel import col, select

from api.commands.terminal import fail
from api.running import own_database
from models.outcomes import moment
from screening import database
from screening.tables.people import Organisation


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("labels")(labels)


def labels(
    company: Annotated[str, typer.Argument(help="Code of the company.")],
    out: Annotated[Path, typer.Option("--out", help="Label file to write: order_ref,outcome,known_at,source.")],
    orders: Annotated[Path | None, typer.Option("--orders", help="Write its orders as well, JSON Lines.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Only what was known at this moment (ISO 8601).")] = None,
    least: Annotated[
        Literal["case", "officer", "incident", "authority"],
        typer.Option("--least", help="Leave out labels of lower ground."),
    ] = "case",
) -> None:
    """Write the labels that count, in the order they became known, as `tamga train` and `tamga score` read them."""
    from screening import labels as made  # noqa: PLC0415 - seconds to import

    until = _moment(as_of)
    with own_database(), database.session() as session:
        found = session.exec(select(Organisation).where(col(Organisation.code) == company)).first()
        if found is None:
            fail(f"{company}: no such organisation")
        with out.open("w", encoding="utf-8", newline="") as file:
            count = made.write(made.known(session, found.id, until, least), file)
        typer.echo(f"{count} labels in {out}")
        if orders is not None:
            with orders.open("w", encoding="utf-8") as file:
                typer.echo(f"{made.write_orders(session, found.id, file)} orders in {orders}")


def _moment(text: str | None) -> datetime | None:
    try:
        return None if text is None else moment(text)
    except (ValueError, OverflowError):
        fail(f"--as-of {text}: not a moment; write it as 2026-12-31T23:59:59Z")
