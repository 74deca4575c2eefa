"""`tamga replay` and `tamga rebuild`: what was decided, re-lived; what is known, counted again."""

from __future__ import annotations

import dataclasses
import json
from functools import partial
from typing import Annotated
from uuid import UUID

import typer
from sqlmodel import Session, col, select

from api.commands.terminal import fail
from api.running import own_database
from models.keys import load_trusted
from models.registry import ArtefactRefused
from models.scorer import Scorer
from screening import database, rebuild, replaying
from screening.model_folder import model_at_hand, trusted_key_places
from screening.modelling import versions
from screening.tables.modelling import ModelVersion
from screening.tables.orders import Order
from screening.tables.people import Organisation

AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable result.")]


def register(app: typer.Typer) -> None:
    """Add the commands about stored orders."""
    app.command("replay")(replay)
    app.command("rebuild")(rebuild_states)


def replay(order: Annotated[str, typer.Argument(help="The order's id or reference.")], as_json: AsJson = False) -> None:
    """Score the stored vector of an order again; exits 1 unless margin and contributions are equal to the bit."""
    with own_database(), database.session() as session:
        found = _find(session, order)
        try:
            result = replaying.replay(session, found.version_id, partial(_model, session))
        except ArtefactRefused as error:
            fail(str(error))
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(result), default=str))
    else:
        verdict = "equal to the bit" if result.equal else "NOT EQUAL"
        typer.echo(f"{found.reference}: stored margin {result.stored_margin!r}, again {result.margin!r}: {verdict}")
    if not result.equal:
        raise typer.Exit(1)


def rebuild_states(
    company: Annotated[str, typer.Argument(help="Code of the company.")], as_json: AsJson = False
) -> None:
    """Make a company's party states again from its orders and labels, and say how many differed. Stop intake first."""
    with own_database(), database.session() as session:
        found = session.exec(select(Organisation).where(col(Organisation.code) == company)).first()
        if found is None:
            fail(f"{company}: no such organisation")
        result = rebuild.rebuild(session, found.id)
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(result)))
    else:
        typer.echo(
            f"{result.versions} order versions and {result.labels} labels gave {result.states} states; "
            f"{result.differing} differed from the stored ones"
        )


def _find(session: Session, order: str) -> Order:
    try:
        by_id: UUID | None = UUID(order)
    except ValueError:
        by_id = None
    query = select(Order).where(col(Order.id) == by_id if by_id else col(Order.reference) == order)
    rows = session.exec(query.limit(2)).all()
    if len(rows) != 1:
        fail(f"{order}: {'no such order' if not rows else 'several companies have this reference; give the id'}")
    return rows[0]


def _model(session: Session, version: str) -> Scorer:
    """The model that scored the order: kept in the database, or at hand."""
    kept = session.exec(select(ModelVersion.id).where(ModelVersion.version == version)).first()
    if kept is not None:
        return versions.scorer_of(kept)
    directory = model_at_hand()
    if directory is None:
        fail("no model is at hand; set TAMGA_MODEL_DIR to the one that scored the order")
    scorer = Scorer.load(directory, load_trusted(trusted_key_places()))
    if scorer.version != version:
        fail(f"the order was scored by model {version}, at hand is {scorer.version}; set TAMGA_MODEL_DIR")
    return scorer
