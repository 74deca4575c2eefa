"""Files of orders: three kinds, the same records; every bad row answered; no traceback for a bad file."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest

from models.dataset import read_bodies, read_orders
from models.errors import DatasetError
from models.flat import resolve
from models.refusals import Refusals

ORDER: dict[str, Any] = {
    "reference": "A-1",
    "received_at": "2025-03-01T09:30:00Z",
    "customer": {"id": "C1", "name": "ТОО «Лак»", "country": "KZ", "beneficial_owners": ["A B", "C D"]},
    "consignee": {"id": "K1", "country": "KG"},
    "lines": [
        {"name": "acetone", "hs": "291411", "quantity": "120.5", "unit": "l", "package_count": 3},
        {"name": "toluene", "quantity": "5", "unit": "kg"},
    ],
    "route": {"legs": [{"country": "RU", "latitude": 51.5}]},
    "neutral_labels": True,
}
COLUMNS: dict[str, Any] = {
    "reference": "A-1", "received_at": "2025-03-01 09:30:00", "customer_id": "C1", "customer.name": "ТОО «Лак»",
    "customer.country": "KZ", "customer.beneficial_owners": "A B|C D", "consignee": "K1", "consignee.country": "KG",
    "substance": "acetone", "hs": "291411", "quantity": "120.5", "unit": "l", "lines.0.package_count": "3",
    "lines.1.name": "toluene", "lines.1.quantity": "5", "lines.1.unit": "kg", "route.legs.0.country": "RU",
    "route.legs.0.latitude": "51.5", "neutral_labels": "yes", "remark": "not ours",
}  # fmt: skip


def jsonl(path: Path, *rows: Any) -> Path:
    path.write_bytes(b"\n".join(row if isinstance(row, bytes) else orjson.dumps(row) for row in rows) + b"\n")
    return path


def table(path: Path, *rows: dict[str, Any], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_csv_and_parquet_give_the_records_of_json_lines(tmp_path: Path) -> None:
    refusals = Refusals()
    wanted = list(read_orders([jsonl(tmp_path / "o.jsonl", ORDER)], refusals))
    source = table(tmp_path / "o.csv", COLUMNS, delimiter=";")
    duckdb.sql(f"COPY (SELECT * FROM read_csv('{source}', delim=';')) TO '{tmp_path / 'o.parquet'}' (FORMAT parquet)")
    for name in ("o.csv", "o.parquet"):
        assert list(read_orders([tmp_path / name], refusals)) == wanted, name
    assert refusals.total == 0
    assert refusals.unused_columns == ["remark"]


def test_a_packed_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl.gz"
    path.write_bytes(gzip.compress(orjson.dumps(ORDER)))
    assert [record.reference for record in read_orders([path], Refusals())] == ["A-1"]


def test_each_bad_line_is_answered_with_line_field_reason_and_remedy(tmp_path: Path) -> None:
    no_lines = {name: value for name, value in ORDER.items() if name != "lines"}
    path = jsonl(
        tmp_path / "o.jsonl", ORDER, b"{not json", no_lines, ORDER | {"colour": "red"},
        ORDER | {"reference": "A-2", "lines": [{"quantity": "-4"}]}, b"",
        ORDER | {"reference": "A-3", "lines": [{"quantity": 1, "unit": "stone"}]},
        {name: value for name, value in ORDER.items() if name != "received_at"}, ORDER, ORDER | {"reference": "A-4"},
    )  # fmt: skip
    refusals = Refusals()
    taken = [record.reference for record in read_orders([path], refusals)]
    assert taken == ["A-1", "A-4"]
    assert [(row.line, row.field, row.code) for row in refusals.rows] == [
        (2, "", "json"), (3, "lines", "missing"), (4, "colour", "unknown_field"), (5, "lines.0.quantity", "number"),
        (7, "lines.0.unit", "choice"), (8, "received_at", "moment"), (9, "reference", "duplicate"),
    ]  # fmt: skip
    for row in refusals.rows:
        for language in ("en", "ru"):
            assert row.reason(language)
            assert row.remedy(language)
        assert row.reason("en") != row.reason("ru")
    assert refusals.to_json()["refused"] == 7


def test_lines_of_a_csv_are_counted_through_quoted_breaks(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text('reference,received_at,customer,quantity,notes\nA,2025-01-01,C,1,"two\nlines"\nB,2025-01-02,C,x,\n')
    refusals = Refusals()
    assert [record.reference for record in read_orders([path], refusals)] == ["A"]
    assert [(row.line, row.field) for row in refusals.rows] == [(4, "lines.0.quantity")]


def test_a_row_with_too_few_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text("reference,received_at,customer,quantity\nA,2025-01-01,C,1\nB,2025-01-01\n")
    refusals = Refusals()
    assert len(list(read_orders([path], refusals))) == 1
    assert refusals.counts == {"columns": 1}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("o.xlsx", b"PK"),
        ("o.csv", "reference\nимя".encode("cp1251")),
        ("o.parquet", b"PAR1 nonsense"),
        ("o.jsonl.gz", b"x"),
    ],
)
def test_an_unreadable_file_is_one_clear_line(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DatasetError) as refused:
        list(read_bodies(path, Refusals()))
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no such file"):
        list(read_bodies(tmp_path / "o.jsonl", Refusals()))


def test_an_earlier_version_and_its_amendment_are_both_read(tmp_path: Path) -> None:
    later = ORDER | {"received_at": "2025-03-02T09:30:00Z"}
    refusals = Refusals()
    assert len(list(read_orders([jsonl(tmp_path / "o.jsonl", ORDER, later)], refusals))) == 2
    assert refusals.total == 0


@pytest.mark.parametrize(
    ("column", "path"),
    [
        ("order_ref", "reference"), ("time", "received_at"), ("customer_name", "customer.name"),
        ("payment_method", "payment.method"), ("lines.3.cas", "lines.3.cas"), ("cas", "lines.0.cas"),
        ("grade", "lines.0.grade"), ("route_legs_0_country", "route.legs.0.country"), ("kg", "lines.0.quantity"),
        ("carrier", "transport.carrier.id"), ("customer.licences.0.valid_to", "customer.licences.0.valid_to"),
    ],
)  # fmt: skip
def test_columns_find_their_field(column: str, path: str) -> None:
    found = resolve(column)
    assert found is not None
    assert ".".join(found.path) == path


def test_a_number_column_of_customs_codes_regains_its_zero(tmp_path: Path) -> None:
    duckdb.sql(
        "COPY (SELECT 'A' AS reference, TIMESTAMPTZ '2025-01-01 05:00:00+05' AS received_at, 'C' AS customer, "
        f"2.5 AS quantity, 10619 AS hs, NULL AS cas) TO '{tmp_path / 'o.parquet'}' (FORMAT parquet)"
    )
    record = next(read_orders([tmp_path / "o.parquet"], Refusals()))
    assert record.body.lines[0].hs == "010619"
    assert record.received_at.isoformat() == "2025-01-01T00:00:00+00:00"
    assert record.body.lines[0].cas is None
