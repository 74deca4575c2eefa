"""Order bodies as flat tables, one column a field, named as `models.flat` reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Cell = str | int | float | bool


def flat(body: Mapping[str, Any]) -> dict[str, Cell]:
    """One body as cells by dotted path; list positions are numbers, texts of a list stand between bars."""
    return dict(_cells(body, ""))


def _cells(value: Any, path: str) -> Iterator[tuple[str, Cell]]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _cells(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and all(isinstance(part, str) for part in value):
        if value:
            yield path, "|".join(value)
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _cells(part, f"{path}.{number}")
    elif value is not None:
        yield path, value


def columns(bodies: Sequence[Mapping[str, Any]]) -> dict[str, list[Cell | None]]:
    """A table of bodies: every column is as long as there are bodies, None where a field is absent."""
    table: dict[str, list[Cell | None]] = {}
    for row, body in enumerate(bodies):
        for path, value in flat(body).items():
            table.setdefault(path, [None] * len(bodies))[row] = value
    return table
