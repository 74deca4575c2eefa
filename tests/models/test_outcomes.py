"""Labels: what is known of an order at a moment, and the same answers whichever way a file is read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from features.arrival import key_hash
from features.records import OutcomeRecord
from models.errors import DatasetError
from models.outcomes import VERDICTS, _table, as_of, labels_of, latest, read_labels, read_outcomes
from models.refusals import Refusals

DAY = timedelta(days=1)
START = datetime(2025, 3, 10, 12, tzinfo=UTC)


def test_the_latest_judgement_by_then_counts() -> None:
    rows = [
        OutcomeRecord("A", "diverted", START + 5 * DAY),
        OutcomeRecord("A", "legitimate", START + 9 * DAY),
        OutcomeRecord("B", "legitimate", START + 2 * DAY),
    ]
    assert as_of(rows, START + DAY) == {}
    assert as_of(rows, START + 5 * DAY)["A"].outcome == "diverted"
    assert as_of(rows, START + 30 * DAY)["A"].outcome == "legitimate"


def test_bad_label_rows_are_answered(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(
        "order_ref,outcome,known_at,source\nA,diverted,2025-01-01T00:00:00Z,seizure\n"
        ",diverted,2025-01-01,x\nB,guilty,2025-01-01,x\nC,legitimate,soon,x\nD,legitimate,2025-01-02,\n"
        "E,legitimate,0001-01-01T00:00:00+05:00,x\n"
    )
    refusals = Refusals()
    taken = list(read_outcomes(path, refusals))
    assert [label.order_ref for label in taken] == ["A", "D"]
    assert taken[1].known_at == datetime(2025, 1, 2, tzinfo=UTC)
    assert [(row.line, row.field) for row in refusals.rows] == [
        (3, "order_ref"),
        (4, "outcome"),
        (5, "known_at"),
        (7, "known_at"),
    ]


def test_a_label_file_without_its_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("order_ref,label\nA,1\n")
    with pytest.raises(DatasetError, match="outcome"):
        list(read_outcomes(path, Refusals()))


GOOD_ROWS = (
    "A,diverted,2025-01-01T00:00:00Z,seizure\n B , Legitimate ,2025-01-02,random review\n"
    "C,unknown,2025-01-03 04:05:06,\nD,loss_or_theft,2025-01-03T04:05:06.250000+00:00,x\n"
)
HEADER = "order_ref,outcome,known_at,source\n"
ODD = (
    ",diverted,2025-01-01,x\nE,guilty,2025-01-01,x\nF,legitimate,soon,x\nG,legitimate,2025-02-30,\n"
    "H,legitimate,0001-01-01T00:00:00+05:00,x\nI,attempted,2025-05-01T02:00:00+05:00,x\n"
)


@pytest.mark.parametrize(
    "text",
    [HEADER + GOOD_ROWS, HEADER + GOOD_ROWS + ODD, HEADER, (HEADER + GOOD_ROWS + ODD).replace("\n", "\r\n"),
     (HEADER + GOOD_ROWS).replace(",", ";"), HEADER + GOOD_ROWS + "J,legitimate\n" + ODD,
     HEADER + '"K, 1",legitimate,2025-01-01,x\n' + ODD, "\ufeff" + HEADER + GOOD_ROWS + "\n" + ODD],
    ids=["plain", "odd", "empty", "crlf", "semicolons", "uneven", "quotes", "blank line"],
)  # fmt: skip
def test_columns_and_rows_read_the_same_and_refuse_the_same(tmp_path: Path, text: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(text.encode())
    by_row, by_column = Refusals(), Refusals()
    rows = labels_of(read_outcomes(path, by_row))
    columns = read_labels(path, by_column)
    for first, second in zip(rows, columns, strict=True):
        assert np.array_equal(first, second)
    assert by_row.rows == by_column.rows


def test_a_plain_file_is_read_by_columns_and_a_quoted_one_by_rows() -> None:
    assert _table((HEADER + GOOD_ROWS).encode()) is not None
    assert _table((HEADER + '"A",diverted,2025-01-01,x\n').encode()) is None


def test_latest_is_as_of_for_any_order_of_the_file() -> None:
    generator = np.random.default_rng(2)
    words = ["legitimate", "diverted", "unknown", "loss_or_theft", "attempted"]
    outcomes = [
        OutcomeRecord(f"A-{generator.integers(40)}", words[generator.integers(5)], START + generator.integers(60) * DAY)  # type: ignore[arg-type]
        for _ in range(300)
    ]
    when = START + 45 * DAY
    expected = {
        key_hash(name): VERDICTS[each.outcome]
        for name, each in as_of(outcomes, when).items()
        if each.outcome != "unknown"
    }
    found = latest(labels_of(outcomes), when)
    assert dict(zip(found.reference.tolist(), found.verdict.tolist(), strict=True)) == expected
    assert (np.diff(found.reference) > 0).all()
