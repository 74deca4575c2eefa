"""No cell of a CSV or XLSX is a formula, whatever an order says; what is harmless stays as it was."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.exports.sheets import csv_of, neutral, xlsx_of

RUNS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=cmd", "\uff1d1"]


@pytest.mark.parametrize("cell", RUNS)
def test_what_would_run_is_text(cell: str) -> None:
    rows = [("name",), (cell,)]
    assert openpyxl.load_workbook(io.BytesIO(xlsx_of("orders", rows))).active["A2"].data_type == "s"
    (_, (read,)) = list(csv.reader(io.StringIO(csv_of(rows).decode("utf-8-sig"))))
    assert read.startswith("'")


@given(st.text(max_size=40))
def test_any_text_keeps_its_words_and_its_line(cell: str) -> None:
    told = neutral(cell)
    assert not told.lstrip().startswith(("=", "+", "-", "@"))
    assert len(told.splitlines()) <= 1
    assert told.removeprefix("'").split() == cell.split() or cell.startswith("'")


def test_numbers_stay_numbers_and_bytes_the_same() -> None:
    rows = [("reference", "kilograms"), ("ТОО «Әлем»", 12.5), ("B", None)]
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_of("orders", rows))).active
    assert [cell.value for cell in sheet[2]] == ["ТОО «Әлем»", 12.5]
    assert xlsx_of("orders", rows) == xlsx_of("orders", rows)
