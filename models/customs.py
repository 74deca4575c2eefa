"""Customs declarations as orders: an adapter for the published declaration tables (arXiv 2208.02484).

| declaration                       | order                                                        |
|-----------------------------------|--------------------------------------------------------------|
| Declaration ID                    | reference                                                    |
| Date                              | received_at, midnight UTC plus the row's place in its day    |
| Importer ID                       | customer.id                                                  |
| Seller ID                         | seller.id                                                    |
| Declarant ID                      | intermediaries.0.id, role declarant                          |
| Courier ID                        | transport.carrier.id                                         |
| HS6 Code                          | lines.0.hs, leading zero restored                            |
| Net Mass                          | lines.0.quantity in kg                                       |
| Item Price                        | value, and lines.0.unit_price as price per kilogram          |
| Country of Departure, of Origin   | route legs 0 and 1: origin first, then departure             |
| Mode of Transport                 | transport.mode (10 sea, 40 air, 20 rail, 30 road, 50 post)   |
| Office ID                         | route.customs_office                                         |
| Process, Import Type, Import Use  | notes, as written                                            |

Process, import and payment codes have no documented meaning here, so they fill no field of an order; tax columns
are the office's own finding, not what an order carries. `Fraud` 1 is `diverted`, 0 is `legitimate`; the outcome
becomes known DELAY_DAYS after the declaration. A declaration without mass is refused: an order without quantity is
no order.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

MODES = {"10": "sea", "20": "rail", "30": "road", "40": "air", "50": "post"}
DELAY_DAYS = 10
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Converted:
    """Rows of one conversion: written, refused by reason, and every row accounted for."""

    rows: int
    accepted: int
    refused: dict[str, int]


def tuple_of(row: dict[str, str]) -> tuple[str, ...]:
    """The columns by which published warnings count repeated declarations; never a feature."""
    names = ("HS6 Code", "Country of Departure", "Country of Origin", "Tax Rate", "Tax Type", "Net Mass")
    return tuple(row[name] for name in names)


def fold_of(row: dict[str, str]) -> int:
    """The fold of a declaration, 0 to FOLDS - 1, by a hash of its tuple: equal tuples share a fold."""
    digest = hashlib.sha256("|".join(tuple_of(row)).encode()).digest()
    return int.from_bytes(digest[:8], "big") % FOLDS


def convert(
    source: Path, orders: Path, labels: Path, keep: Callable[[dict[str, str]], bool] | None = None
) -> Converted:
    """Write declarations of `source` as orders.jsonl and labels.csv. Each row is accepted or refused with a reason.

    Rows that `keep` does not want are passed over and not counted.
    """
    refused: Counter[str] = Counter()
    rows = 0
    with orders.open("wb") as order_file, labels.open("w", encoding="utf-8", newline="") as label_file:
        judged = csv.writer(label_file, lineterminator="\n")
        judged.writerow(("order_ref", "outcome", "known_at", "source"))
        for moment, row in declarations(source):
            if keep is not None and not keep(row):
                continue
            rows += 1
            reason = refusal(row)
            if reason:
                refused[reason] += 1
                continue
            order_file.write(orjson.dumps(order_of(moment, row)) + b"\n")
            known = (moment + timedelta(days=DELAY_DAYS)).isoformat()
            judged.writerow((row["Declaration ID"], _outcome(row), known, "customs inspection"))
    return Converted(rows, rows - sum(refused.values()), dict(refused))


def declarations(source: Path) -> Iterator[tuple[datetime, dict[str, str]]]:
    """Rows with their moment: midnight UTC of the date plus a second per earlier row of that day."""
    today: Counter[str] = Counter()
    with source.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            day = row["Date"]
            yield datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(seconds=today[day]), row
            today[day] += 1


def refusal(row: dict[str, str]) -> str | None:
    """Why a declaration is no order, or None."""
    if not row["Net Mass"] or float(row["Net Mass"]) <= 0:
        return "no net mass"
    if not row["Importer ID"]:
        return "no importer"
    return None


def order_of(moment: datetime, row: dict[str, str]) -> dict[str, Any]:
    """One declaration as an order body; what the declaration leaves empty stays absent."""
    mass, price = float(row["Net Mass"]), float(row["Item Price"])
    legs = [{"country": row[name]} for name in ("Country of Origin", "Country of Departure") if _country(row[name])]
    body: dict[str, Any] = {
        "reference": row["Declaration ID"],
        "received_at": moment.isoformat(),
        "type": "import",
        "value": round(price, 4),
        "currency": "KRW",
        "notes": f"process {row['Process Type']}, import {row['Import Type']}, use {row['Import Use']}",
        "customer": {"id": row["Importer ID"], "country": "KR"},
        "destination_country": "KR",
        "intermediaries": [{"id": row["Declarant ID"], "role": "declarant"}],
        "lines": [
            {
                "hs": row["HS6 Code"].zfill(6),
                "quantity": round(mass, 6),
                "unit": "kg",
                "unit_price": round(price / mass, 6),
            }
        ],
        "route": {"legs": legs, "customs_office": f"office {row['Office ID']}"},
        "transport": {"mode": MODES[row["Mode of Transport"]]} if row["Mode of Transport"] in MODES else {},
    }
    if row["Seller ID"]:
        body["seller"] = {"id": row["Seller ID"]} | _seller_country(row)
    if row["Courier ID"]:
        body["transport"]["carrier"] = {"id": row["Courier ID"]}
    return body


def _seller_country(row: dict[str, str]) -> dict[str, str]:
    return {"country": row["Country of Departure"]} if _country(row["Country of Departure"]) else {}


def _country(code: str) -> bool:
    return len(code) == 2 and code.isascii() and code.isupper()


def _outcome(row: dict[str, str]) -> str:
    return "diverted" if row["Fraud"] == "1" else "legitimate"
