"""`tamga dataset build|show`: orders, features and labels frozen as they were known at a date."""

# ruff: noqa: PLR0913, PLR0917 (each parameter is an option of the command line)

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.terminal import chosen_language, fail, one_line_errors, parsed_moment, progress, show

if TYPE_CHECKING:
    from models.frozen.sources import OrderSource

CORES = os.cpu_count() or 1
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable result.")]


def register(app: typer.Typer) -> None:
    """Add the commands about datasets."""
    group = typer.Typer(help="Frozen datasets: orders, features and labels as known at a date.", no_args_is_help=True)
    group.command("build")(build)
    group.command("show")(show_dataset)
    app.add_typer(group, name="dataset")


def build(
    as_of: Annotated[str, typer.Option("--as-of", help="Orders and labels known later are left out.")],
    out: Annotated[Path, typer.Option("--out", help="New folder; one that exists is never replaced.")],
    orders: Annotated[list[Path] | None, typer.Option("--orders", help="JSON Lines, CSV or Parquet.")] = None,
    labels: Annotated[Path | None, typer.Option("--labels", help="CSV of labels.")] = None,
    organisation: Annotated[
        str | None, typer.Option("--organisation", help="Instead of files: this company's orders in the database.")
    ] = None,
    threads: Annotated[int, typer.Option("--threads", min=1, max=256, help="Processes that encode.")] = CORES,
    as_json: AsJson = False,
    lang: Annotated[str | None, typer.Option("--lang", help="en or ru.")] = None,
) -> None:
    """Freeze a dataset from files or from the service's database, with hashes and a data card."""
    from models.frozen.build import Building, build_dataset  # noqa: PLC0415 - seconds to import

    when = parsed_moment(as_of)
    with one_line_errors(), _source(orders, labels, organisation) as source, progress(chosen_language(lang)) as report:
        manifest = build_dataset(source, Building(when, threads), out, report)
    result: dict[str, Any] = {"dataset": str(out), **manifest}
    show(result, as_json, [f"{manifest['id']}: {out}", "", (out / "card.txt").read_text(encoding="utf-8").rstrip()])


def show_dataset(folder: Annotated[Path, typer.Argument(help="Folder of a dataset.")], as_json: AsJson = False) -> None:
    """Check a dataset's files against their hashes and show its card."""
    from models.frozen.opened import open_dataset  # noqa: PLC0415 - seconds to import

    with one_line_errors():
        frozen = open_dataset(folder)
    text = (folder / "card.txt").read_text(encoding="utf-8").rstrip()
    show({"id": frozen.id, **frozen.manifest}, as_json, [f"{frozen.id}: {folder}, every file as frozen", "", text])


@contextmanager
def _source(orders: list[Path] | None, labels: Path | None, organisation: str | None) -> Iterator[OrderSource]:
    """The files, or one read transaction on the database."""
    if organisation is not None:
        if orders or labels:
            fail("give either --organisation or --orders with --labels")
        with _stored(organisation) as source:
            yield source
    elif not orders or labels is None:
        fail("give --orders with --labels, or --organisation")
    else:
        from models.frozen.sources import FileSource  # noqa: PLC0415 - seconds to import

        yield FileSource(orders, labels)


@contextmanager
def _stored(code: str) -> Iterator[OrderSource]:
    from sqlmodel import col, select  # noqa: PLC0415 - only where the database is read

    from api.running import own_database  # noqa: PLC0415
    from screening import database  # noqa: PLC0415
    from screening.order_source import DatabaseSource  # noqa: PLC0415
    from screening.tables.people import Organisation  # noqa: PLC0415

    with own_database(), database.session() as session:
        found = session.exec(select(Organisation).where(col(Organisation.code) == code)).first()
        if found is None:
            fail(f"{code}: no such organisation")
        yield DatabaseSource(session, found.id)
