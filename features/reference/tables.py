"""Reads the reference tables, each verified against its recorded SHA-256 before a row is used."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, cast

DATA = Path(__file__).parent / "data"
REGISTER = "sources.csv"

Row = Mapping[str, str]


class ReferenceDataAltered(RuntimeError):
    """A reference file is missing or is not the file whose checksum was recorded."""


def digest(path: Path) -> str:
    """SHA-256 of a file as 64 lower-case hex digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_csv(path: Path) -> tuple[Row, ...]:
    """Rows of a UTF-8 CSV with a header, unverified; for files that an operator supplies."""
    return _parse(path.read_bytes())


@cache
def rows(name: str) -> tuple[Row, ...]:
    """Rows of one packaged table, such as `rows("substances")`.

    Raises ReferenceDataAltered where the file is absent, unregistered or differs from its checksum.
    """
    recorded = _recorded().get(f"{name}.csv")
    path = DATA / f"{name}.csv"
    if recorded is None or not path.is_file():
        raise ReferenceDataAltered(f"{name}.csv is not a registered reference table")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != recorded:
        raise ReferenceDataAltered(f"{name}.csv differs from the checksum recorded in {REGISTER}")
    return _parse(content)


@cache
def _recorded() -> Mapping[str, str]:
    return {row["file"]: row["sha256"] for row in read_csv(DATA / REGISTER)}


def _parse(content: bytes) -> tuple[Row, ...]:
    reader = csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""), strict=True)
    parsed = []
    for row in reader:
        if None in cast(dict[Any, Any], row) or None in row.values():
            raise ValueError(f"line {reader.line_num}: the row does not have the columns of the header")
        parsed.append(row)
    return tuple(parsed)


def listed(text: str, separator: str = "|") -> tuple[str, ...]:
    """The parts of a cell that holds several values."""
    return tuple(part.strip() for part in text.split(separator) if part.strip())


def optional_date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def optional_text(text: str) -> str | None:
    return text or None


def optional_float(text: str) -> float | None:
    return float(text) if text else None


def micro(text: str) -> int:
    """A decimal quantity as whole micro-units; the tables carry no finer ones."""
    return int((Decimal(text) * 1_000_000).to_integral_exact())


def in_force(valid_from: date | None, valid_to: date | None, on: date | None) -> bool:
    """Whether a dated row holds on a day. An open end holds without limit; no day asks for every row."""
    if on is None:
        return True
    return (valid_from is None or valid_from <= on) and (valid_to is None or on <= valid_to)
