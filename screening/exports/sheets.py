"""Tables for people's spreadsheets: CSV and XLSX in which no cell is ever a formula.

A spreadsheet runs what begins with = + - @ or a control character; such a text gets an apostrophe before it (OWASP).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime

import xlsxwriter

RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the wide forms run too
FIRST_MOMENT = datetime(1980, 1, 1, tzinfo=UTC)
WIDEST = 60
Row = Sequence[object]


def neutral(value: object) -> str:
    """The value as text that no spreadsheet runs, on one line."""
    text = "" if value is None else str(value)
    runs = text.startswith(RUNS) or text.lstrip().startswith(RUNS)
    return ("'" if runs else "") + " ".join(text.splitlines())


def csv_of(rows: Sequence[Row]) -> bytes:
    """UTF-8 with a byte order mark, comma, CRLF (RFC 4180); the first row names the columns."""
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_MINIMAL).writerows([neutral(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def xlsx_of(title: str, rows: Sequence[Row]) -> bytes:
    """One sheet, its first row frozen. Numbers stay numbers, all else is text; the same rows give the same bytes."""
    out = io.BytesIO()
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, plain) as book:
        book.set_properties({"created": FIRST_MOMENT.replace(tzinfo=None)})
        sheet = book.add_worksheet(title)
        head = book.add_format({"bold": True})
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                _write(sheet, (number, column), value, head if number == 0 else None)
        sheet.freeze_panes(1, 0)
        for column, width in enumerate(_widths(rows)):
            sheet.set_column(column, column, width)
    return out.getvalue()


def _write(sheet: xlsxwriter.worksheet.Worksheet, at: tuple[int, int], value: object, style: object) -> None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(*at, value, style)
    else:
        sheet.write_string(*at, neutral(value), style)


def _widths(rows: Sequence[Row]) -> list[int]:
    return [min(max(len(str(value or "")) for value in column) + 2, WIDEST) for column in zip(*rows, strict=True)]
