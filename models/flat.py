"""Flat rows (CSV, Parquet) as order bodies: which column fills which field.

A column is named by its path in the body of `POST /v1/orders`, with list positions as numbers:

| column                              | field                                                  |
|-------------------------------------|--------------------------------------------------------|
| `reference`                         | the order's own reference; also `order_ref`, `order_id`|
| `received_at`                       | moment of arrival; also `time`, `timestamp`, `date`    |
| `customer.name`                     | any field of a part; also written `customer_name`      |
| `lines.0.cas`                       | fields of the first line; also plain `cas`             |
| `lines.1.quantity`                  | fields of further lines                                |
| `route.legs.0.country`              | fields of a leg                                        |
| `customer.licences.0.number`        | fields of a licence                                    |
| `intermediaries.0.name`             | brokers and forwarders; the role is `broker` if absent |
| `customer.beneficial_owners`        | a list of texts, separated by a vertical bar           |

Short names: `customer`, `consignee`, `seller`, `end_user`, `carrier`, `broker` (its id), `quantity` or `kg`,
`unit`, `substance`, `cas`, `hs`, `price`, `destination`. An empty cell is an absent field. A moment without
zone is read as UTC, a bare date as its midnight. Columns that fit nothing are named and not used.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import pairwise
from math import isnan
from typing import Any, Literal

from pydantic import BaseModel

from features.intake import FiledOrder

Kind = Literal["text", "whole", "float", "bool", "texts", "moment", "date", "decimal"]
SHORT: dict[str, str] = {
    "order_ref": "reference", "order_id": "reference", "ref": "reference", "time": "received_at",
    "timestamp": "received_at", "date": "received_at", "datetime": "received_at", "order_date": "received_at",
    "customer": "customer.id", "buyer": "customer.id", "importer": "customer.id", "consignee": "consignee.id",
    "seller": "seller.id", "supplier": "seller.id", "end_user": "end_user.id", "carrier": "transport.carrier.id",
    "broker": "intermediaries.0.id", "broker_id": "intermediaries.0.id", "quantity": "lines.0.quantity",
    "qty": "lines.0.quantity", "kg": "lines.0.quantity", "quantity_kg": "lines.0.quantity",
    "kilograms": "lines.0.quantity", "unit": "lines.0.unit", "substance": "lines.0.name", "product": "lines.0.name",
    "goods": "lines.0.name", "cas": "lines.0.cas", "hs": "lines.0.hs", "hs6": "lines.0.hs", "hs_code": "lines.0.hs",
    "price": "lines.0.unit_price", "unit_price": "lines.0.unit_price", "destination": "destination_country",
}  # fmt: skip
TRUE = frozenset({"true", "1", "yes", "y", "t", "да"})
FALSE = frozenset({"false", "0", "no", "n", "f", "нет"})
_NAIVE = re.compile(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?$")


@dataclass(frozen=True, slots=True)
class Column:
    """Where one column goes: the path in the body and how its text is read."""

    path: tuple[str, ...]
    kind: Kind


def columns_of(header: Iterable[str]) -> tuple[dict[int, Column], list[str]]:
    """Columns by position, and the names that fit no field."""
    found: dict[int, Column] = {}
    unused: list[str] = []
    for position, name in enumerate(header):
        column = resolve(name)
        if column is None:
            unused.append(name)
        else:
            found[position] = column
    return found, unused


def resolve(name: str) -> Column | None:
    """The field a column name means, or None."""
    written = name.strip().strip("\ufeff")
    key = SHORT.get(written.lower(), written)
    leaves, underscored = _leaves()
    for candidate in (key, underscored.get(written.lower(), ""), f"lines.0.{written}"):
        template = ".".join("*" if part.isdigit() else part for part in candidate.split("."))
        if template in leaves:
            return Column(tuple(candidate.split(".")), leaves[template])
    return None


@cache
def _leaves() -> tuple[dict[str, Kind], dict[str, str]]:
    """Kinds by path (`*` for a position), and paths by their spelling with underscores."""
    leaves: dict[str, Kind] = {}
    _walk(FiledOrder, "", leaves)
    firsts = (path.replace("*", "0") for path in leaves if path.count("*") <= 1)
    spelled = {path.replace(".", "_"): path for path in firsts}
    return leaves, spelled


@cache
def declared_types() -> dict[str, Any]:
    """The declared type of every field by its path (`*` for a position), as the schema checks it."""
    found: dict[str, Any] = {}
    _declare(FiledOrder, "", found)
    return found


def _declare(model: type[BaseModel], prefix: str, found: dict[str, Any]) -> None:
    for name, declared in typing.get_type_hints(model, include_extras=True).items():
        if name not in model.model_fields:
            continue
        inner, many = _inner(declared)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            _declare(inner, f"{prefix}{name}.*." if many else f"{prefix}{name}.", found)
        else:
            found[f"{prefix}{name}"] = declared


@cache
def required_fields() -> dict[str, str]:
    """The field that each part or list member must state, by the part's path; every part has at most one."""
    found: dict[str, str] = {}
    _require(FiledOrder, "", found)
    found.pop("intermediaries.*")  # a flat row without a role means a broker
    return found


def _require(model: type[BaseModel], path: str, found: dict[str, str]) -> None:
    for name, info in model.model_fields.items():
        inner, many = _inner(info.annotation)
        below = f"{path}.{name}" if path else name
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            _require(inner, f"{below}.*" if many else below, found)
        elif info.is_required():
            found[path] = name


def _walk(model: type[BaseModel], prefix: str, leaves: dict[str, Kind]) -> None:
    for name, info in model.model_fields.items():
        inner, many = _inner(info.annotation)
        path = f"{prefix}{name}"
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            _walk(inner, f"{path}.*." if many else f"{path}.", leaves)
        else:
            leaves[path] = "texts" if many else _kind(inner)


def _inner(annotation: Any) -> tuple[Any, bool]:
    """The type inside Optional, Annotated and tuple, and whether it was a tuple."""
    many = False
    while True:
        origin = typing.get_origin(annotation)
        if origin is typing.Annotated:
            annotation = typing.get_args(annotation)[0]
        elif origin in {typing.Union, types.UnionType}:
            annotation = next(part for part in typing.get_args(annotation) if part is not type(None))
        elif origin is tuple:
            annotation, many = typing.get_args(annotation)[0], True
        else:
            return annotation, many


def _kind(inner: Any) -> Kind:
    kinds: dict[Any, Kind] = {bool: "bool", int: "whole", float: "float", Decimal: "decimal", date: "date"}
    if inner in kinds:
        return kinds[inner]
    return "moment" if inner is datetime or "Aware" in str(inner) else "text"


def body_of(cells: Mapping[int, Any], columns: Mapping[int, Column]) -> dict[str, Any]:
    """The order body of one row. Values that cannot be read stay as written, for the schema to refuse."""
    body: dict[str, Any] = {}
    for position, column in columns.items():
        value = read_cell(cells.get(position), column)
        if value is not None:
            _put(body, column.path, value)
    for party in body.get("intermediaries", ()):
        party.setdefault("role", "broker")
    return body


def _put(body: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Set a value deep in the body; list positions are filled in the order of their numbers."""
    here: Any = body
    for part, following in pairwise(path):
        if isinstance(here, list):
            while len(here) <= int(part):
                here.append({})
            here = here[int(part)]
        else:
            here = here.setdefault(part, [] if following.isdigit() else {})
    here[path[-1]] = value


def read_cell(cell: Any, column: Column) -> Any:
    """One cell as the value that its field takes in JSON; None for an empty one."""
    if cell is None or (isinstance(cell, float) and isnan(cell)):
        return None
    if isinstance(cell, str):
        cell = cell.strip()
        if not cell:
            return None
    return _convert(cell, column)


def _convert(cell: Any, column: Column) -> Any:
    text = str(cell)
    if column.kind == "decimal":
        return cell if isinstance(cell, int | float) else text
    if column.kind == "text" and column.path[-1] == "hs" and not isinstance(cell, str):
        return text.zfill(len(text) + len(text) % 2)  # a number has lost its leading zero
    return _READERS.get(column.kind, str)(text)


def _bool(text: str) -> bool | str:
    lowered = text.lower()
    return True if lowered in TRUE else False if lowered in FALSE else text


def _whole(text: str) -> int | str:
    return int(text) if re.fullmatch(r"[+-]?\d{1,18}", text) else text


def _float(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _texts(text: str) -> list[str]:
    return [part.strip() for part in text.split("|") if part.strip()]


def _day(text: str) -> str:
    return text[:10]


def _moment(text: str) -> str:
    if _NAIVE.match(text):
        return text.replace(" ", "T") + "Z"
    return f"{text}T00:00:00Z" if len(text) == 10 else text.replace(" ", "T", 1)


_READERS: dict[str, Callable[[str], Any]] = {
    "bool": _bool, "whole": _whole, "float": _float, "texts": _texts, "date": _day, "moment": _moment,
}  # fmt: skip
