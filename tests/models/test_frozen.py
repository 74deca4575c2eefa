"""A frozen dataset holds what was known at its date, the same bytes each time, and is refused once it is changed."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import orjson
import pyarrow.parquet as pq
import pytest

from features.encode import micros
from models.errors import DatasetError
from models.frozen.build import CARD, FEATURES, FILES, MANIFEST, ORDERS, Building, build_dataset
from models.frozen.opened import Frozen, open_dataset
from models.frozen.rows import Rows
from models.frozen.sources import FileSource
from models.pipeline import Sources, read_stream, training_data
from tests.models.conftest import SMALL

WHEN = SMALL.start + timedelta(days=300)


def test_rows_are_those_that_training_from_the_files_would_see(files: Path, frozen: Frozen, rows: Rows) -> None:
    whole = read_stream(Sources([files / "orders.jsonl"], files / "labels.csv", until=frozen.as_of))
    data = rows.teaching(frozen.as_of)
    assert data.sha256() == training_data(whole, frozen.as_of).sha256()
    assert rows.references == whole.references
    assert frozen.synthetic


def test_an_earlier_moment_is_what_it_was_then(files: Path, rows: Rows) -> None:
    then = read_stream(Sources([files / "orders.jsonl"], files / "labels.csv", until=WHEN))
    data = rows.teaching(WHEN)
    assert data.at.size < rows.size
    assert data.sha256() == training_data(then, WHEN).sha256()
    assert data.targets.confirmed.sum() < rows.targets(rows.as_of).confirmed.sum()


def test_nothing_is_known_after_the_date(rows: Rows) -> None:
    with pytest.raises(DatasetError, match="knows nothing after"):
        rows.targets(rows.as_of + timedelta(seconds=1))


def test_the_same_source_and_date_give_the_same_dataset(files: Path, frozen: Frozen, tmp_path: Path) -> None:
    source = FileSource([files / "orders.jsonl"], files / "labels.csv")
    first = build_dataset(source, WHEN, tmp_path / "first")
    again = build_dataset(source, WHEN, tmp_path / "again")
    assert first["id"] == again["id"] != frozen.id
    with pytest.raises(DatasetError, match="never replaced"):
        build_dataset(source, WHEN, tmp_path / "first")
    card = orjson.loads((tmp_path / "first" / CARD).read_bytes())
    orders = (files / "orders.jsonl").read_bytes().splitlines()
    assert card["orders"]["rows"] + card["dropped"]["orders_after_as_of"] == len(orders)
    known = pq.read_table(tmp_path / "first" / "labels.parquet").column("known_at").to_pylist()
    assert max(known) <= WHEN
    assert card["labels"]["rows"] == len(known)


def test_processes_give_the_same_bytes(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Portions made by two processes, with a line nobody can read and an order that comes twice among them."""
    lines = (files / "orders.jsonl").read_bytes().splitlines(keepends=True)
    given = tmp_path / "orders.jsonl"
    given.write_bytes(b"".join([*lines[:700], b"{broken\n", *lines[600:1500]]))
    monkeypatch.setattr("models.frozen.encoding.PORTION", 400)
    source = FileSource([given], files / "labels.csv")
    alone = build_dataset(source, WHEN, tmp_path / "alone")
    shared = build_dataset(source, Building(WHEN, processes=2), tmp_path / "shared")
    assert shared["id"] == alone["id"]
    assert shared["card"]["refused"]["by_code"] == {"duplicate": 100, "json": 1}
    assert shared["files"] == alone["files"]


def test_the_card_tells_sources_losses_and_the_bias_of_review(frozen: Frozen) -> None:
    card = orjson.loads((frozen.folder / CARD).read_bytes())
    assert card["labels"]["by_source"]["random_review"]["by_chance"]
    assert sum(row["labels"] for row in card["labels"]["by_source"].values()) == card["labels"]["rows"]
    assert sum(card["not_taught"].values()) + card["usable"]["rows"] == card["orders"]["rows"]
    assert sum(card["orders"]["by_month"].values()) == card["orders"]["rows"]
    chance, suspicion = card["review"]["by_chance"], card["review"]["by_suspicion"]
    assert chance["orders"] + suspicion["orders"] == card["review"]["reviewed"]
    assert suspicion["rate"] > chance["interval"][1]  # suspicion finds more than chance does: the bias it warns of
    for kind in {row["slice"] for row in card["review"]["by_slice"]}:
        inside = [row["orders"] for row in card["review"]["by_slice"] if row["slice"] == kind]
        assert sum(inside) == card["orders"]["rows"]


def test_orders_are_kept_as_they_were_submitted(files: Path, frozen: Frozen) -> None:
    table = pq.read_table(frozen.folder / ORDERS)
    given = {(each := orjson.loads(line))["reference"]: each for line in (files / "orders.jsonl").open("rb")}
    for reference, body in zip(table.column("order_ref").to_pylist(), table.column("body").to_pylist(), strict=True):
        kept = orjson.loads(body)
        assert kept["lines"][0].get("cas") == given[reference]["lines"][0].get("cas")
        assert micros(datetime.fromisoformat(kept["received_at"])) == micros(
            datetime.fromisoformat(given[reference]["received_at"])
        )


@pytest.mark.parametrize("name", FILES)
def test_a_changed_or_missing_file_is_refused(frozen: Frozen, tmp_path: Path, name: str) -> None:
    copy = Path(shutil.copytree(frozen.folder, tmp_path / "copy"))
    data = bytearray((copy / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / name).write_bytes(data)
    with pytest.raises(DatasetError, match=name):
        open_dataset(copy)
    (copy / name).unlink()
    with pytest.raises(DatasetError, match=name):
        open_dataset(copy)


def test_a_manifest_that_is_not_one_is_refused_and_a_changed_one_has_another_name(
    frozen: Frozen, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(frozen.folder, tmp_path / "copy"))
    manifest = (copy / MANIFEST).read_bytes()
    (copy / MANIFEST).write_bytes(manifest.replace(b"files", b"Files", 1))
    assert open_dataset(copy).id != frozen.id
    (copy / MANIFEST).write_bytes(manifest[:-20])
    with pytest.raises(DatasetError, match="no frozen dataset"):
        open_dataset(copy)


def test_another_catalogue_is_refused(frozen: Frozen) -> None:
    other = Frozen(frozen.folder, frozen.id, frozen.manifest | {"catalogue": "0" * 64})
    with pytest.raises(DatasetError, match="catalogue"):
        other.rows()


def test_features_are_point_in_time_columns(frozen: Frozen, rows: Rows) -> None:
    table = pq.read_table(frozen.folder / FEATURES, columns=["row", "received_at", "order_ref"])
    assert sorted(table.column("row").to_pylist()) == list(range(1, rows.size + 1))
    assert (np.diff(rows.at) >= 0).all()
