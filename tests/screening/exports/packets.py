"""A packet to export, with letters of the region and cells that a spreadsheet would run."""

from __future__ import annotations

import json
from typing import Any

from sqlmodel import Session

from screening.packets import packet_for
from screening.signing import canonical
from tests.builders import held_case, make_organisation

NAMES = {
    "kazakh": "ТОО «Әлем Қағазы Ғылым Өнім Үңгір Ұлы Һәм»",
    "kyrgyz": "ЖЧК «Үй Өңдөө»",
    "uzbek": "МЧЖ «Ўзбек Ғишт Ҳунар Қалъа»",
    "tajik": "ҶДММ «Тоҷик Ӣмон Ӯҳда Қувва»",
}
EXPORT: dict[str, Any] = {
    "type": "export",
    "ordered_at": "2026-11-20T09:30:00+05:00",
    "requested_ship_date": "2026-12-20",
    "value": "12500.00",
    "currency": "USD",
    "destination_country": "AF",
    "placed_by": {"name": '=HYPERLINK("http://x","y")', "known_contact": False},
    "seller": {"name": NAMES["kazakh"], "country": "KZ", "city": "Almaty", "registration_no": "990540001111"},
    "customer": {"name": NAMES["tajik"], "country": "TJ", "role": "trader", "registration_no": "55"},
    "consignee": {"name": NAMES["kyrgyz"], "country": "AF", "type": "free_zone"},
    "intermediaries": [{"name": NAMES["uzbek"], "country": "UZ", "role": "forwarder"}],
    "lines": [
        {"name": "Ангидрид уксусный", "cas": "108-24-7", "quantity": "4000.5", "unit": "l", "form": "pure"},
        {"name": "@SUM(1+1)", "quantity": "5", "unit": "kg"},
    ],
    "route": {
        "legs": [
            {"place": "Khorgos", "country": "KZ", "place_type": "border", "mode": "rail"},
            {"place": "Nowhere", "country": "UZ", "latitude": 41.3, "longitude": 69.24, "mode": "road"},
        ],
        "exit_point": "Хоргос",
    },
    "transport": {"mode": "road", "vehicle_no": "123 ABC 02", "carrier": {"name": "-Cargo", "country": "KZ"}},
    "payment": {"method": "bank_transfer", "payer": "+Payer", "payer_country": "AE"},
}  # fmt: skip


def packet_text(session: Session, **fields: Any) -> str:
    """The packet of a held export order, canonical, as a referral freezes it."""
    case = held_case(session, make_organisation(session, country="KZ"), **(EXPORT | fields))
    return canonical(packet_for(session, case.order_version_id))


def packet_of(session: Session, **fields: Any) -> dict[str, Any]:
    return dict(json.loads(packet_text(session, **fields)))
