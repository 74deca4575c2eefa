"""Reading by the column takes the orders that reading by the row takes, and refuses what it refuses."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.batch import Batch, joined
from features.bulk import empty_batch
from features.encode import batch_of, encode
from models import batches
from models.batches import Reading, read_batches
from models.dataset import read_orders
from models.errors import DatasetError
from models.parquet import write_parquet
from models.refusals import Refusals
from models.seen import Seen
from models.simulator.config import SimulationConfig
from models.simulator.generate import simulate
from tests.features.bodies import bodies
from tests.features.test_columns import assert_same

SLOW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
# Cells of a spreadsheet: right, doubtful and wrong.
CELLS: dict[str, tuple[str, ...]] = {
    "reference": ("A-1", "A-2", " A-3 ", "Б/7", "", "A;1", "x" * 65, "line\nbreak"),
    "received_at": (
        "2025-01-31T23:59:59Z", "2025-02-01 00:00:00", "2025-02-01", "2025-02-01T03:00:00+05:00",
        "2025-02-30T00:00:00Z", "1969-12-31T23:59:59Z", "2201-01-01T00:00:00Z", "soon", "", "2025-02-01T24:00:00Z",
    ),
    "customer_id": ("C1", "C2", "", "a\x01b", "Ω", "x" * 65),
    "customer_country": ("KZ", "kz", "", "KAZ"),
    "quantity": ("1", "0.5", " 7 ", "1e3", "0", "-1", "12345678901", "0.0000000001", "x", "", "3.141592653", "1,5"),
    "unit": ("kg", "l", "", "stone"),
    "substance": ("acetone", "ацетон", "", "  "),
    "lines.1.quantity": ("2", "", "", "no"),
    "lines.1.cas": ("67-64-1", "", ""),
    "hs": ("291411", "2914.11", "", "29"),
    "customer.licences.0.number": ("L1", "", ""),
    "customer.licences.0.valid_to": ("2026-01-01", "", "2026-13-01"),
    "authorisation.quantity": ("5", "", ""),
    "authorisation.number": ("P-1", "", ""),
    "amendments.0.new": ("cancelled", "", ""),
    "neutral_labels": ("yes", "нет", "", "maybe"),
    "lines.0.package_count": ("3", "0", "", "3.0"),
    "route.legs.1.country": ("KG", "", ""),
    "route.legs.1.latitude": ("51.5", "91", "", "north"),
    "lines.25.quantity": ("1", "", "", ""),
    "remark": ("anything", ""),
}  # fmt: skip


def by_row(paths: list[Path]) -> tuple[Batch, Refusals]:
    refusals = Refusals()
    return batch_of([encode(record) for record in read_orders(paths, refusals)]), refusals


def by_column(paths: list[Path]) -> tuple[Batch, Refusals]:
    refusals = Refusals()
    batches = list(read_batches(paths, refusals))
    return joined(batches) if batches else empty_batch(), refusals


def assert_read_alike(*paths: Path) -> Refusals:
    wanted, refused = by_row(list(paths))
    found, told = by_column(list(paths))
    assert_same(found, wanted)
    assert told.rows == refused.rows
    assert told.counts == refused.counts
    assert told.unused_columns == refused.unused_columns
    return told


@st.composite
def sheets(draw: st.DrawFn) -> list[dict[str, str]]:
    names = ["reference", "received_at", "customer_id", "quantity"]
    names += draw(st.lists(st.sampled_from([name for name in CELLS if name not in names]), unique=True, max_size=8))
    row = st.fixed_dictionaries(
        {
            name: st.one_of(st.just(CELLS[name][0]), st.sampled_from(CELLS[name]))
            for name in draw(st.permutations(names))
        }
    )
    return draw(st.lists(row, min_size=1, max_size=12))


@SLOW
@given(sheets(), st.integers(1, 7))
def test_sheets_are_read_alike_whatever_is_in_their_cells(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str]], stretch: int
) -> None:
    folder = tmp_path_factory.mktemp("sheet")
    with (folder / "o.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    pq.write_table(pa.Table.from_pylist(rows), folder / "o.parquet", row_group_size=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "TABLE_ROWS", stretch)
        assert_read_alike(folder / "o.csv")
        assert_read_alike(folder / "o.parquet")


@SLOW
@given(bodies())
def test_bodies_are_read_alike_from_json_lines_and_from_parquet(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("bodies")
    (folder / "o.jsonl").write_bytes(b"\n".join(orjson.dumps(body) for body in drawn))
    write_parquet(drawn, folder / "o.parquet")
    wanted, refused = by_row([folder / "o.jsonl"])
    assert refused.total == 0
    assert_same(by_column([folder / "o.jsonl"])[0], wanted)
    assert_read_alike(folder / "o.parquet")
    assert_same(by_column([folder / "o.parquet"])[0], wanted)


def test_a_simulated_stream_is_read_alike_from_both_kinds(tmp_path: Path) -> None:
    orders = simulate(SimulationConfig(orders=600, months=3, seed=4)).orders
    (tmp_path / "o.jsonl").write_bytes(b"\n".join(orjson.dumps(body) for body in orders))
    write_parquet(orders, tmp_path / "o.parquet")
    assert_same(by_column([tmp_path / "o.parquet"])[0], by_row([tmp_path / "o.jsonl"])[0])


def test_typed_columns_are_read_alike(tmp_path: Path) -> None:
    moment = datetime(2025, 2, 1, 5, tzinfo=UTC)
    columns = {
        "reference": pa.array(["A", "B", "C", "D", "E", "F"]).dictionary_encode(),
        "time": pa.array(
            [moment, moment, None, moment, moment, datetime(1950, 1, 1, tzinfo=UTC)], pa.timestamp("ns", "UTC")
        ),
        "customer": pa.array([1, 2, 3, 4, 5, 6], pa.int64()),
        "kg": pa.array([1.5, 0.1 + 0.2, float("nan"), float("inf"), 2.0, 1.0]),
        "unit": pa.array([None, "kg", "", "kg", " l ", "kg"], pa.large_string()),
        "price": pa.array([Decimal("1.50"), None, None, None, Decimal("0.01"), None]),
        "hs": pa.array([10619, None, 291411, 291411, 291411, None], pa.int32()),
        "customer.onboarded_at": pa.array([date(2020, 1, 1), None, None, None, date(1969, 7, 20), None]),
        "customer.incorporated_at": pa.array([datetime(2020, 1, 1, 12), None, None, None, None, None]),  # noqa: DTZ001
        "neutral_labels": pa.array([True, False, None, None, True, None]),
        "lines.0.concentration_pct": pa.array([99.5, None, None, None, 12.25, None], pa.float32()),
        "notes": pa.nulls(6),
    }
    pq.write_table(pa.table(columns), tmp_path / "o.parquet")
    refusals = assert_read_alike(tmp_path / "o.parquet")
    assert [(row.line, row.field) for row in refusals.rows] == [
        (2, "lines.0.quantity"), (3, "lines.0.quantity"), (4, "lines.0.quantity"), (6, "received_at"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "table",
    [
        {"kg": pa.array([1.0]), "quantity": pa.array([2.0])},  # two columns of one field
        {"kg": pa.array([1.0]), "notes": pa.array([["a", "b"]])},  # a list where a text belongs
        {"kg": pa.array([1.0]), "notes": pa.array([b"raw"])},
    ],
)
def test_unusual_columns_are_read_by_the_row(tmp_path: Path, table: dict[str, Any]) -> None:
    plain = {"reference": pa.array(["A"]), "date": pa.array(["2025-01-01"]), "customer": pa.array(["C"])}
    pq.write_table(pa.table(plain | table), tmp_path / "o.parquet")
    assert_read_alike(tmp_path / "o.parquet")


def test_no_order_counts_twice_over_all_files(tmp_path: Path) -> None:
    body = {
        "reference": "A",
        "received_at": "2025-01-01T00:00:00Z",
        "customer": {"id": "C"},
        "lines": [{"quantity": 1}],
    }
    for name in ("one", "two"):
        write_parquet([body, body | {"reference": f"only {name}"}], tmp_path / f"{name}.parquet")
    refusals = assert_read_alike(tmp_path / "one.parquet", tmp_path / "two.parquet")
    assert [(row.line, row.code) for row in refusals.rows] == [(1, "duplicate")]
    seen = Seen()
    numbers = [
        list(read_batches([tmp_path / f"{name}.parquet"], Refusals(), Reading(5, seen))) for name in ("one", "two")
    ]
    assert [batch.sequence.tolist() for part in numbers for batch in part] == [[6, 7], [6]]
    assert len(seen) == 3


def test_processes_read_what_one_process_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = simulate(SimulationConfig(orders=300, months=3, seed=4)).orders
    orders[7] = orders[3]  # met again in another row group
    orders[150] = orders[150] | {"received_at": None, "ordered_at": None}
    orders[220] = orders[220] | {"customer": {"name": "x" * 201}}
    write_parquet(orders, tmp_path / "whole.parquet")
    table = pq.read_table(tmp_path / "whole.parquet")
    pq.write_table(table.slice(0, 180), tmp_path / "one.parquet", row_group_size=5)
    pq.write_table(table.slice(100), tmp_path / "two.parquet", row_group_size=40)
    monkeypatch.setattr(batches, "TABLE_ROWS", 60)
    refusals = {processes: Refusals() for processes in (1, 2)}
    read = {
        processes: joined(list(read_batches([tmp_path / "one.parquet", tmp_path / "two.parquet"], refused,
                                            Reading(9, processes=processes))))
        for processes, refused in refusals.items()
    }  # fmt: skip
    assert_same(read[2], read[1])
    assert refusals[2].rows == refusals[1].rows
    assert refusals[2].counts == {"duplicate": 80, "moment": 2, "length": 1}


def test_a_damaged_parquet_file_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "o.parquet"
    write_parquet([{"reference": "A", "customer": {"id": "C"}, "lines": [{"quantity": 1}]}], path)
    whole = path.read_bytes()
    generator = np.random.default_rng(1)
    for data in (b"PAR1 nonsense", whole[:-9], whole[:40] + generator.bytes(40) + whole[80:], b""):
        path.write_bytes(data)
        with pytest.raises(DatasetError) as refused:
            list(read_batches([path], Refusals()))
        assert str(path) in str(refused.value)
        assert "\n" not in str(refused.value)


def test_a_text_that_a_flat_file_cannot_carry_is_refused_when_written(tmp_path: Path) -> None:
    body = {"reference": "A", "customer": {"beneficial_owners": ["a|b"]}, "lines": [{"quantity": 1}]}
    with pytest.raises(ValueError, match="vertical bar"):
        write_parquet([body], tmp_path / "o.parquet")
