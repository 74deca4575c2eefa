"""What commands share: progress on stderr, results on stdout, one clear line when something is wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from models.errors import ModelsError

if TYPE_CHECKING:  # seconds to import, and every command imports this module
    from features.definition import Language
    from models.refusals import Refusals

Report = Callable[[str, float], None]
STAGES: dict[str, tuple[str, str]] = {
    "world": ("Making companies", "Создание компаний"),
    "trade": ("Honest trade", "Обычная торговля"),
    "schemes": ("Schemes", "Схемы"),
    "papers": ("References and gaps", "Номера и пробелы"),
    "read": ("Reading orders", "Чтение заказов"),
    "features": ("Features in time order", "Признаки по времени"),
    "search": ("Searching for parameters", "Подбор параметров"),
    "fit": ("Fitting", "Обучение"),
    "fit again": ("Fitting on everything", "Обучение на всех данных"),
    "score": ("Scoring and explaining", "Оценка и объяснение"),
    "write": ("Writing", "Запись"),
}
EXPECTED = (ModelsError, OSError)
REFUSED = ("Rows refused", "Отклонено строк")


def chosen_language(option: str | None) -> Language:
    """`--lang`, else TAMGA_LANG, else English."""
    return "ru" if (option or os.environ.get("TAMGA_LANG", "en")).lower().startswith("ru") else "en"


def fail(message: str) -> NoReturn:
    """One line on stderr and a non-zero status."""
    typer.echo("tamga: " + " ".join(message.split()), err=True)
    raise typer.Exit(1)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Failures that a user can meet end in one line, never in a traceback."""
    try:
        yield
    except EXPECTED as error:
        fail(str(error))


@contextmanager
def progress(language: Language) -> Iterator[Report]:
    """A callback for (stage, share); shows a bar on a terminal and a line per stage elsewhere."""
    console = Console(file=sys.stderr)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=1.0)
        last = [""]

        def report(stage: str, share: float) -> None:
            title = STAGES.get(stage, (stage, stage))[0 if language == "en" else 1]
            bar.update(task, description=title, completed=share, total=1.0 if share else None)
            if stage != last[0] and not console.is_terminal:
                typer.echo(f"{title} ...", err=True)
            last[0] = stage

        yield report


def show(result: Mapping[str, Any], as_json: bool, lines: list[str]) -> None:
    """The result on stdout: one JSON object, or lines for a person."""
    if as_json:
        sys.stdout.write(orjson.dumps(result, option=orjson.OPT_SERIALIZE_NUMPY).decode() + "\n")
    else:
        typer.echo("\n".join(lines))


def tell_refusals(refusals: Refusals, language: Language, titles: tuple[str, str] = REFUSED) -> None:
    """Refused rows on stderr: the count under its title, English or Russian, and the first ten with remedies."""
    if refusals.unused_columns:
        title = "Columns not used" if language == "en" else "Неиспользованные столбцы"
        typer.echo(f"{title}: {', '.join(refusals.unused_columns)}", err=True)
    if not refusals.total:
        return
    typer.echo(f"{titles[0 if language == 'en' else 1]}: {refusals.total}", err=True)
    for row in refusals.rows[:10]:
        where = f"{row.line}: {row.field or '-'}"
        typer.echo(f"  {where}: {row.reason(language)}; {row.remedy(language)}", err=True)


def parsed_moment(text: str) -> datetime:
    """An option's ISO moment; without zone it is UTC."""
    try:
        parsed = datetime.fromisoformat(text.strip())
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        fail(f"{text!r} is not a moment such as 2025-12-31T23:59:59Z")
