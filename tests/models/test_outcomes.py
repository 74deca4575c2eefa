"""Labels: what is known of an order at a moment, and which orders a model may learn from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from features.records import OrderRecord, OutcomeRecord
from models.errors import DatasetError
from models.outcomes import as_of, read_outcomes
from models.refusals import Refusals
from models.targets import targets
from tests.features.builders import order

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


def labelled(orders: list[OrderRecord], outcome: str, days: float) -> dict[str, OutcomeRecord]:
    return {o.reference: OutcomeRecord(o.reference, outcome, o.received_at + days * DAY) for o in orders}  # type: ignore[arg-type]


def test_young_silence_says_nothing() -> None:
    orders = [order(day, day, reference=f"A-{day}") for day in range(100)]
    known = labelled(orders[:10], "diverted", 20) | labelled(orders[10:12], "legitimate", 3)
    made = targets(orders, known, orders[-1].received_at)
    assert made.regime == "partial"
    assert made.embargo_days == 20
    assert made.used.sum() == 80
    assert made.left_out == {"too_young": 20}
    assert made.confirmed.sum() == 10
    assert made.reviewed.sum() == 12


def test_where_nearly_all_are_labelled_the_unlabelled_teach_nothing() -> None:
    orders = [order(day, day, reference=f"A-{day}") for day in range(60)]
    known = labelled(orders[:20], "diverted", 5) | labelled(orders[20:55], "legitimate", 5)
    made = targets(orders, known, orders[-1].received_at)
    assert made.regime == "complete"
    assert made.left_out == {"unlabelled": 5}


def test_losses_and_earlier_versions_are_left_out() -> None:
    first, again = order(0, 0, reference="A"), order(1, 1, reference="A")
    lost, late = order(2, 2, reference="B"), order(300, 3, reference="C")
    known = labelled([lost], "loss_or_theft", 4)
    made = targets([first, again, lost, late], known, late.received_at + 60 * DAY)
    assert made.used.tolist() == [False, True, False, True]
    assert made.left_out == {"amended_later": 1, "loss_or_theft": 1}
