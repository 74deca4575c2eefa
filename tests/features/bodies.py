"""Order bodies of every shape that a flat file can carry, for tests of encoding: few values, all combinations."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

START = datetime(2024, 2, 28, 22, 30, tzinfo=UTC)
NAMES = ("ТОО «Лак и краска»", "Lak i kraska LLP", "Лaк и крaска", "Ömür Ticaret A.Ş.", "山田化学", "---", "ьъ", "x")
COUNTRIES = ("KZ", "AF", "US", "DE", "CN")
GOODS = ("acetone", "ацетон 99%", "acetic anhydride", "nobody knows", "PMK ethyl glycidate", "solvent, mixed")
DAYS = tuple((date(2024, 2, 1) + timedelta(days=15 * step)).isoformat() for step in range(6))
QUANTITIES = (100, 0.5, "1250.500", "0.000000001", 7.25, 1023.111111, "9999999999", 1e-6)
CODES = ("1", "00-12 3", "№7", "Ω")


def _some(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


def _part(*needed: dict[str, st.SearchStrategy[Any]], **optional: st.SearchStrategy[Any]) -> Any:
    return st.fixed_dictionaries(needed[0] if needed else {}, optional=optional)


def _members(one: Any, most: int) -> Any:
    """A list as a flat file can carry it: none or some members, each of which states something."""
    return st.lists(one.filter(bool), min_size=1, max_size=most)


name, country, code, day = _some(*NAMES), _some(*COUNTRIES), _some(*CODES), _some(*DAYS)
quantity, unit = _some(*QUANTITIES), _some("kg", "g", "l", "t", "us_gal", "piece", "lb")
flag = st.booleans()
PARTY = {
    "id": code, "name": name, "country": country, "address": _some("Lenina 5", "ул. Ленина, 5", "?"), "city": name,
    "registration_no": code, "tax_no": code, "phone": _some("+7 727 200 00 00", "8 (701) 111-22-33", "12"),
    "email": _some("a@gmail.com", "b@lak.kz", "no address"),
}  # fmt: skip
LINE = _part(
    {"quantity": quantity}, name=_some(*GOODS), trade_name=_some(*GOODS), unit=unit,
    cas=_some("67-64-1", "108-24-7", "67-64-2", "1-2"), hs=_some("291411", "2915.24", "2915", "842129"),
    concentration_pct=_some(48, "99.5", 0.5), form=_some("pure", "medicine"), grade=_some("pharma", "technical"),
    package_type=_some("bottle", "drum"), package_count=st.integers(1, 40), unit_price=_some(0, 2.5, "19.99", 0.1),
    item_type=_some("chemical", "machine"), batch_no=code,
)  # fmt: skip
LEG = _part(
    place=_some("Jebel Ali", "Dostyk", "Алматы", "nowhere"), country=country, place_type=_some("port", "free_zone"),
    mode=_some("sea", "air", "post"), eta=day, latitude=_some(0.0, -12.5, 43.25), longitude=_some(76.9, -0.0),
)  # fmt: skip
LICENCE = _part(
    {"number": code}, valid_to=day, substances=_some(["acetone"], ["ацетон", "toluene"], ["108-24-7"]), site=code
)
CHANGE = _part(
    {"field": _some("consignee.name", "quantity", "order withdrawn", "Количество", "route", "note")},
    new=_some("отменён", "returned to seller", "500", "canceled"), at=_some("2024-03-01T00:00:00Z"),
)  # fmt: skip
PARTS = {
    "seller": _part(**PARTY, site_id=code),
    "consignee": _part(**PARTY, type=_some("own_site", "forwarder", "free_zone"), site_id=code),
    "end_user": _part(**PARTY),
    "intermediaries": _members(_part({"role": _some("broker", "forwarder", "agent")}, **PARTY), 3),
    "declaration": _part(
        end_use=_some("производство", "растворитель для лаков", "own  use."), substance=_some(*GOODS), signed_on=day,
        period_to=day, signatory=name, letterhead=flag, monthly_use_kg=quantity, file_sha256=_some("a" * 64, "b" * 64),
    ),
    "authorisation": _part(
        {"number": code}, type=_some("import", "export"), valid_to=day, quantity=quantity, unit=unit
    ),
    "notification": _part(status=_some("sent", "no_objection"), sent_at=_some("2024-02-27T01:02:03.5+05:00")),
    "route": _part(legs=_members(LEG, 3), customs_office=name, entry_point=name),
    "transport": _part(mode=_some("road", "air", "courier"), carrier=_part(**PARTY), parcel_count=st.integers(1, 9)),
    "payment": _part(
        method=_some("cash", "hawala", "virtual_asset"), terms=_some("prepaid", "on_delivery"), payer=name,
        payer_country=country, account_hash=code, wallet_hash=code, account_kind=_some("personal", "company"),
        account_changed_on=day, instalments=st.integers(1, 4), virtual_asset=code,
    ),
    "placed_by": _part(name=name, email=PARTY["email"], phone=PARTY["phone"], known_contact=flag),
    "amendments": _members(CHANGE, 3),
}  # fmt: skip
PLAIN = {
    "requested_ship_date": day, "channel": _some("email", "marketplace"), "incoterm": _some("EXW", "CIF"),
    "service_level": _some("urgent", "standard"), "value": _some(0, 1234.5, "99.99"), "currency": _some("USD", "KZT"),
    "neutral_labels": flag, "session_ip_country": country, "device_hash": code,
    "notes": _some("отгрузить без маркировки", "as agreed"), "destination_country": country,
    "transfer_method": _some("carrier", "customer_pickup"), "ordered_at": _some("2024-02-20T10:00:00+06:00"),
}  # fmt: skip
CUSTOMER = _part(
    **PARTY, kind=_some("company", "individual"), role=_some("trader", "end_user", "broker"),
    industry_code=_some("C20", "46.12", "2011", "99"), onboarded_at=day, incorporated_at=_some("1969-07-20", *DAYS),
    licences=_members(LICENCE, 2), beneficial_owners=_some(["А. Иванов"], ["B C", "Жанар А.", "B C"]),
    owners_changed_at=day, annual_need_kg=quantity, storage_capacity_kg=quantity,
)  # fmt: skip


@st.composite
def bodies(draw: st.DrawFn, most: int = 12) -> list[dict[str, Any]]:
    """Bodies of orders, each with a reference of its own and a moment within some weeks, midnight among them."""
    found = []
    for number in range(draw(st.integers(1, most))):
        body = draw(
            _part({"customer": CUSTOMER.filter(bool), "lines": st.lists(LINE, min_size=1, max_size=4)}, **PLAIN)
        )
        for part, strategy in PARTS.items():
            if draw(st.integers(0, 2)):
                body |= {part: stated} if (stated := draw(strategy)) else {}
        minutes = draw(st.integers(0, 60 * 24 * 40))
        moment = START + timedelta(minutes=minutes, microseconds=draw(st.sampled_from((0, 1, 999_999))))
        found.append(body | {"reference": f"A-{number}", "received_at": moment.isoformat()})
    return [pruned(body) for body in found]


def pruned(value: Any) -> Any:
    """A body without parts that state nothing: a flat file cannot tell them from absent ones."""
    if isinstance(value, dict):
        parts = {name: pruned(part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part not in ({}, [], None)}
    return [pruned(part) for part in value] if isinstance(value, list) else value
