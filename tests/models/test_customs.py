"""Customs declarations as orders: each accepted or refused, none lost."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from models import customs
from models.dataset import read_orders
from models.outcomes import read_outcomes
from models.refusals import Refusals

HEADER = (
    "Declaration ID,Date,Office ID,Process Type,Import Type,Import Use,Payment Type,Mode of Transport,Declarant ID,"
    "Importer ID,Seller ID,Courier ID,HS6 Code,Country of Departure,Country of Origin,Tax Rate,Tax Type,"
    "Country of Origin Indicator,Net Mass,Item Price,Fraud,Critical Fraud"
)
ROWS = (
    "1,2020-01-01,40,B,11,21,11,40,D1,I1,S1,,060110,NL,NL,7.2,F,E,12.5,250.0,1,1",
    "2,2020-01-01,40,B,11,21,11,90,D1,I2,,C9,10619,HK,CN,0.0,F,E,400.0,30520.0,0,0",
    "3,2020-01-02,40,B,11,21,11,10,D1,I2,,,760711,HK,CN,0.0,F,E,0.0,99.0,0,0",
)
DATA = Path(os.environ.get("TAMGA_CUSTOMS_DATA", Path(__file__).resolve().parents[3] / "shared/data/customs"))


def test_declarations_become_orders_or_are_refused(tmp_path: Path) -> None:
    source = tmp_path / "d.csv"
    source.write_text("\n".join((HEADER, *ROWS)) + "\n")
    done = customs.convert(source, tmp_path / "o.jsonl", tmp_path / "l.csv")
    assert (done.rows, done.accepted, done.refused) == (3, 2, {"no net mass": 1})
    refusals = Refusals()
    first, second = read_orders([tmp_path / "o.jsonl"], refusals)
    assert refusals.total == 0
    assert first.body.lines[0].hs == "060110"
    assert second.body.lines[0].hs == "010619"
    assert first.carrier_key is None
    assert second.carrier_key is not None
    assert second.seller is None
    assert second.received_at > first.received_at
    assert second.body.transport is not None
    assert second.body.transport.mode is None
    assert [label.outcome for label in read_outcomes(tmp_path / "l.csv", refusals)] == ["diverted", "legitimate"]


def test_every_real_declaration_is_accounted_for(tmp_path: Path) -> None:
    source = DATA / "df_syn_test_eng.csv"
    if not source.is_file():
        pytest.skip(f"no customs data at {DATA}; set TAMGA_CUSTOMS_DATA")
    done = customs.convert(source, tmp_path / "o.jsonl", tmp_path / "l.csv")
    with source.open(encoding="utf-8", newline="") as file:
        assert done.rows == sum(1 for _ in csv.reader(file)) - 1
    assert done.accepted + sum(done.refused.values()) == done.rows
    refusals = Refusals()
    assert sum(1 for _ in read_orders([tmp_path / "o.jsonl"], refusals)) == done.accepted
    assert refusals.total == 0


def test_equal_tuples_share_a_fold_and_only_wanted_rows_are_written(tmp_path: Path) -> None:
    source = tmp_path / "d.csv"
    again = ROWS[0].replace("1,2020-01-01", "4,2020-01-03").replace("I1,S1", "I9,S9")
    source.write_text("\n".join((HEADER, *ROWS[:2], again)) + "\n")
    rows = [row for _, row in customs.declarations(source)]
    folds = [customs.fold_of(row) for row in rows]
    assert folds[0] == folds[2]
    assert set(folds) <= set(range(customs.FOLDS))
    spread = {customs.fold_of(rows[0] | {"Net Mass": str(mass)}) for mass in range(100)}
    assert spread == set(range(customs.FOLDS))
    chosen = customs.convert(source, tmp_path / "o.jsonl", tmp_path / "l.csv", lambda row: row["Importer ID"] != "I2")
    assert (chosen.rows, chosen.accepted) == (2, 2)
    assert "I2" not in (tmp_path / "o.jsonl").read_text()
