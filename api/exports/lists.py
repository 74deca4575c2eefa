"""The order list and the case list as files."""

from __future__ import annotations

from typing import Literal

from sqlmodel import Session

from api.exports.making import File
from api.exports.texts import said
from screening.access import Principal
from screening.errors import Language
from screening.exports.lists import CASE_COLUMNS, ORDER_COLUMNS, ListName, cases_table, orders_table
from screening.exports.sheets import csv_of, xlsx_of

ListFormat = Literal["csv", "xlsx"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def list_file(session: Session, caller: Principal, what: tuple[ListName, ListFormat], language: Language) -> File:
    """A list of the caller's company with its columns named in the language."""
    name, wanted = what
    columns = ORDER_COLUMNS if name == "orders" else CASE_COLUMNS
    rows = orders_table(session, caller) if name == "orders" else cases_table(session, caller, language)
    table = [tuple(said(language, f"list.{column}") for column in columns), *rows]
    if wanted == "csv":
        return File(f"{name}.csv", "text/csv; charset=utf-8", csv_of(table))
    return File(f"{name}.xlsx", XLSX, xlsx_of(name, table))
