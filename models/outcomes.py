"""The label file: `order_ref, outcome, known_at, source`, one judgement a row.

Several rows may speak of one order; which one counts at a moment is `as_of`'s rule: the latest known wins,
and `unknown` is as if nothing had been said. A label counts only from its `known_at` on.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from features.records import Outcome, OutcomeRecord
from models.dataset import open_bytes
from models.errors import DatasetError
from models.refusals import Refusals, Refused

NEEDED = ("order_ref", "outcome", "known_at")
OUTCOMES: frozenset[str] = frozenset(get_args(Outcome))


def read_outcomes(path: Path, refusals: Refusals) -> Iterator[OutcomeRecord]:
    """Labels of a CSV file in file order; bad rows go to `refusals`. Raises DatasetError for a bad file."""
    if not path.is_file():
        raise DatasetError(f"{path}: no such file")
    with open_bytes(path) as raw:
        try:
            yield from _rows(path, (line.decode("utf-8-sig") for line in raw), refusals)
        except (UnicodeDecodeError, OSError, EOFError) as error:
            raise DatasetError(f"{path}: cannot be read as UTF-8 text: {error}") from error


def _rows(path: Path, lines: Iterator[str], refusals: Refusals) -> Iterator[OutcomeRecord]:
    header = next(lines, "")
    delimiter = max(",;\t", key=header.count)
    names = [name.strip().lower() for name in next(csv.reader([header], delimiter=delimiter), [])]
    absent = [name for name in NEEDED if name not in names]
    if absent:
        raise DatasetError(f"{path}: column {absent[0]} is missing; a label file has order_ref,outcome,known_at,source")
    reader = csv.reader(lines, delimiter=delimiter)
    for cells in reader:
        if cells:
            outcome = _outcome(reader.line_num + 1, dict(zip(names, cells, strict=False)), refusals)
            if outcome is not None:
                yield outcome


def _outcome(line: int, row: dict[str, str], refusals: Refusals) -> OutcomeRecord | None:
    reference = row.get("order_ref", "").strip()
    outcome = row.get("outcome", "").strip().lower()
    if not reference:
        refusals.add(Refused(line, "order_ref", "missing"))
        return None
    if outcome not in OUTCOMES:
        refusals.add(Refused(line, "outcome", "choice", ", ".join(sorted(OUTCOMES))))
        return None
    try:
        known_at = moment(row.get("known_at", ""))
    except (ValueError, OverflowError):
        refusals.add(Refused(line, "known_at", "moment"))
        return None
    source = row.get("source", "").strip() or None
    return OutcomeRecord(reference, outcome, known_at, source)  # type: ignore[arg-type]


def moment(text: str) -> datetime:
    """An ISO moment as aware UTC; one without zone is UTC. Raises ValueError or OverflowError if it is none."""
    parsed = datetime.fromisoformat(text.strip())
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def as_of(outcomes: Iterable[OutcomeRecord], when: datetime) -> dict[str, OutcomeRecord]:
    """What is known of each order at `when`: the latest judgement by then, the last in file order among equals."""
    known: dict[str, OutcomeRecord] = {}
    for outcome in outcomes:
        if outcome.known_at > when:
            continue
        earlier = known.get(outcome.order_ref)
        if earlier is None or earlier.known_at <= outcome.known_at:
            known[outcome.order_ref] = outcome
    return known
