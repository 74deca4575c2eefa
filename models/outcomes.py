"""The label file: `order_ref, outcome, known_at, source`, one judgement a row.

Several rows may speak of one order; which one counts at a moment is the rule of `latest`: the latest known wins, the
last in file order among equals, and `unknown` withdraws what was said before. A label counts only from its
`known_at` on. A source that says `random` marks a review that no suspicion led to.

Millions of rows are read as columns; rows that the columns do not take go through the row reader, which refuses
them with line, field and remedy. A file with quotes or uneven rows is read row by row from the start.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from features.arrival import key_hash
from features.encode import micros
from features.records import Outcome, OutcomeRecord
from models.dataset import open_bytes
from models.errors import DatasetError
from models.refusals import Refusals, Refused

IntArray = NDArray[np.int64]

NEEDED = ("order_ref", "outcome", "known_at")
OUTCOMES: frozenset[str] = frozenset(get_args(Outcome))
GOOD, BAD, LOSS, UNKNOWN = 0, 1, 2, 3
VERDICTS: dict[str, int] = {
    "legitimate": GOOD, "diverted": BAD, "attempted": BAD, "loss_or_theft": LOSS, "unknown": UNKNOWN,
}  # fmt: skip
_MOMENT = r"^[12]\d{3}-\d\d-\d\d([T ]\d\d:\d\d:\d\d(\.\d{1,6})?)?(Z|[+]00:?00)?$"
_ZONE = r"(Z|[+]00:?00)$"


class Labels(NamedTuple):
    """k judgements: reference (`arrival.key_hash` of the order's reference), verdict (GOOD, BAD, LOSS or UNKNOWN),
    known_at in microseconds since 1970 UTC, and whether a random review found it; (k,) each, in file order."""

    reference: IntArray
    verdict: IntArray
    known_at: IntArray
    random: NDArray[np.bool_]

    @classmethod
    def none(cls) -> Labels:
        empty = np.zeros(0, dtype=np.int64)
        return cls(empty, empty, empty, np.zeros(0, dtype=np.bool_))

    def chosen(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Labels:
        """The judgements of `rows` alone."""
        return Labels(self.reference[rows], self.verdict[rows], self.known_at[rows], self.random[rows])

    def until(self, moment: datetime) -> Labels:
        """What was known at `moment`."""
        return self.chosen(self.known_at <= micros(moment))


def labels_of(outcomes: Iterable[OutcomeRecord]) -> Labels:
    """Judgements as columns."""
    rows = list(outcomes)
    return Labels(
        np.array([key_hash(row.order_ref) for row in rows], dtype=np.int64),
        np.array([VERDICTS[row.outcome] for row in rows], dtype=np.int64),
        np.array([micros(row.known_at) for row in rows], dtype=np.int64),
        np.array([is_random(row.source) for row in rows], dtype=np.bool_),
    )


def is_random(source: str | None) -> bool:
    """Whether a label's source says that the order was drawn for review by chance."""
    return source is not None and "random" in source.casefold()


def latest(labels: Labels, when: datetime) -> Labels:
    """The judgement of each order that counts at `when`, one row an order, by increasing reference."""
    known = labels.until(when)
    order = np.lexsort((known.known_at, known.reference))  # stable: file order among equals
    ends = np.append(known.reference[order][1:] != known.reference[order][:-1], True)[: order.size]
    chosen = known.chosen(order[ends])
    return chosen.chosen(chosen.verdict != UNKNOWN)


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


def read_labels(path: Path, refusals: Refusals) -> Labels:
    """Labels of a CSV file as columns; bad rows go to `refusals`. Raises DatasetError for a bad file."""
    data = _bytes(path)
    table = _table(data)
    if table is None:
        return labels_of(_records(path, data, refusals))
    return _columns(table, refusals)


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise DatasetError(f"{path}: no such file")
    try:
        with open_bytes(path) as raw:
            return raw.read()
    except (OSError, EOFError) as error:
        raise DatasetError(f"{path}: cannot be read as UTF-8 text: {error}") from error


def _table(data: bytes) -> pa.Table | None:
    """The columns as text; None where rows are not simply lines, or the header is not what is needed."""
    header, _, _ = data.partition(b"\n")
    names, delimiter = _names(header.decode("utf-8-sig", "replace"))
    plain = b'"' not in data and b"\r\r" not in data and b"\n\n" not in data and b"\n\r" not in data
    if not plain or len(set(names)) != len(names) or not set(NEEDED) <= set(names):
        return None
    options = pacsv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, include_columns=_wanted(names)
    )
    reading = pacsv.ReadOptions(column_names=names, skip_rows=1, use_threads=False)
    parsing = pacsv.ParseOptions(delimiter=delimiter, quote_char=False)
    try:
        return pacsv.read_csv(io.BytesIO(data), reading, parsing, options)
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return None


def _wanted(names: list[str]) -> list[str]:
    return [*NEEDED, *(name for name in ("source",) if name in names)]


def _names(header: str) -> tuple[list[str], str]:
    delimiter = max(",;\t", key=header.count)
    return [name.strip().lower() for name in next(csv.reader([header], delimiter=delimiter), [])], delimiter


def _columns(table: pa.Table, refusals: Refusals) -> Labels:
    """Rows that the columns take, then the others one by one, all in file order."""
    references = [text.strip() for text in table.column("order_ref").to_pylist()]
    verdict = _verdicts(table.column("outcome"))
    known_at, taken = _moments(table.column("known_at"))
    taken &= (verdict >= 0) & np.array([bool(text) for text in references], dtype=np.bool_)
    random = _random(table)
    hashes = np.fromiter((key_hash(text) for text in references), np.int64, len(references))
    whole = Labels(hashes, verdict, known_at, random)
    others = np.flatnonzero(~taken)
    if not others.size:
        return whole
    kept = []
    for row in others.tolist():
        cells = {name: table.column(name)[row].as_py() for name in table.column_names}
        outcome = _outcome(row + 2, cells, refusals)
        if outcome is not None:
            kept.append(row)
            verdict[row], known_at[row] = VERDICTS[outcome.outcome], micros(outcome.known_at)
    taken[kept] = True
    return whole.chosen(taken)


def _verdicts(column: pa.ChunkedArray) -> IntArray:
    """Verdict of each outcome word, -1 where it is none."""
    words = column.combine_chunks().dictionary_encode()
    codes = [VERDICTS.get(word.strip().lower(), -1) for word in words.dictionary.to_pylist()]
    return np.asarray(np.array(codes or [-1], dtype=np.int64)[words.indices.to_numpy(zero_copy_only=False)])


def _moments(column: pa.ChunkedArray) -> tuple[IntArray, NDArray[np.bool_]]:
    """Microseconds of each moment and whether it was of the plain ISO form in UTC."""
    text = pc.utf8_trim_whitespace(column)
    plain = pc.match_substring_regex(text, _MOMENT)
    bare = pc.replace_substring_regex(pc.if_else(plain, text, "1970-01-01"), _ZONE, "")
    try:
        moments = bare.cast(pa.timestamp("us")).to_numpy().astype(np.int64)
    except pa.ArrowInvalid:  # a day that does not exist: every row through the row reader
        return np.zeros(len(column), dtype=np.int64), np.zeros(len(column), dtype=np.bool_)
    return moments, plain.to_numpy().copy()


def _random(table: pa.Table) -> NDArray[np.bool_]:
    if "source" not in table.column_names:
        return np.zeros(table.num_rows, dtype=np.bool_)
    words = table.column("source").combine_chunks().dictionary_encode()
    marks = [is_random(word) for word in words.dictionary.to_pylist()]
    return np.asarray(np.array(marks or [False], dtype=np.bool_)[words.indices.to_numpy(zero_copy_only=False)])


def read_outcomes(path: Path, refusals: Refusals) -> Iterator[OutcomeRecord]:
    """Labels of a CSV file in file order; bad rows go to `refusals`. Raises DatasetError for a bad file."""
    yield from _records(path, _bytes(path), refusals)


def _records(path: Path, data: bytes, refusals: Refusals) -> Iterator[OutcomeRecord]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path}: cannot be read as UTF-8 text: {error}") from error
    lines = iter(io.StringIO(text, newline=""))
    names, delimiter = _names(next(lines, ""))
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
