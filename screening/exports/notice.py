"""The data of a pre-export notification (1988 Convention art 12(10)(a)): which fields it needs and what is stated.

Fields and their need follow the record-keeping texts: `required` always, `where_applicable` where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from screening import signing

FORMAT = "tamga-pre-export-data/1"
REQUIRED, APPLICABLE = "required", "where_applicable"
# field -> path in the order's body, need, English, Russian
FIELDS = (
    ("exporter", "seller", REQUIRED, "Exporter", "Экспортёр"),
    ("importer", "customer", REQUIRED, "Importer", "Импортёр"),
    ("ultimate_consignee", "consignee", REQUIRED, "Ultimate consignee", "Конечный получатель"),
    ("end_user", "end_user", APPLICABLE, "End user", "Конечный пользователь"),
    ("intermediaries", "intermediaries", APPLICABLE, "Intermediaries", "Посредники"),
    ("dispatch_date", "requested_ship_date", REQUIRED, "Expected date of dispatch", "Ожидаемая дата отправки"),
    ("entry_point", "route.entry_point", REQUIRED, "Expected point of entry", "Ожидаемый пункт ввоза"),
    ("exit_point", "route.exit_point", REQUIRED, "Point of exit", "Пункт вывоза"),
    ("customs_office", "route.customs_office", REQUIRED, "Customs office", "Таможенный орган"),
    ("legs", "route.legs", APPLICABLE, "Itinerary", "Маршрут"),
    ("authorisation", "authorisation", APPLICABLE, "Authorisation", "Разрешение"),
    ("notification_id", "notification.id", REQUIRED, "Number of the notification", "Номер уведомления"),
    ("notification_sent", "notification.sent_at", REQUIRED, "Sent", "Отправлено"),
    ("notification_deadline", "notification.deadline", REQUIRED, "Answer asked for by", "Ответ запрошен до"),
    ("notification_status", "notification.status", REQUIRED, "Status", "Состояние"),
    ("reply", "notification.reply_text", APPLICABLE, "Reply", "Ответ"),
)
GOODS = (
    ("name", "name", REQUIRED, "Name as in the schedule", "Название по списку"),
    ("cas", "cas", APPLICABLE, "CAS", "CAS"),
    ("hs", "hs", APPLICABLE, "HS code", "Код ТН ВЭД"),
    ("quantity", "quantity", REQUIRED, "Net quantity", "Количество нетто"),
    ("unit", "unit", REQUIRED, "Unit", "Единица"),
    ("gross_kg", "gross_kg", APPLICABLE, "Gross, kg", "Брутто, кг"),
    ("concentration_pct", "concentration_pct", APPLICABLE, "Concentration, %", "Концентрация, %"),
    ("form", "form", APPLICABLE, "Form", "Вид"),
)
Field = dict[str, Any]


def notice_of(packet: Mapping[str, Any], digest: str) -> dict[str, Any]:
    """The data sheet of a packet whose SHA-256 is `digest`; `missing` names what is required and not stated."""
    body = packet["order"]["body"]
    fields = [_field(body, row) for row in FIELDS]
    lines = [[_field({"unit": "kg", **line}, row) for row in GOODS] for line in body["lines"]]
    missing = [field["field"] for field in fields if _missing(field)]
    missing += [
        f"lines.{number}.{field['field']}" for number, line in enumerate(lines) for field in line if _missing(field)
    ]
    return {
        "format": FORMAT,
        "packet_sha256": digest,
        "order": {name: packet["order"][name] for name in ("id", "reference", "version", "body_sha256")},
        "jurisdiction": packet["jurisdiction"],
        "state": packet["notification"],
        "fields": fields,
        "lines": lines,
        "missing": missing,
    }


def notice_json(packet: Mapping[str, Any], digest: str) -> bytes:
    return signing.canonical(notice_of(packet, digest)).encode()


def _field(part: Mapping[str, Any], row: tuple[str, str, str, str, str]) -> Field:
    name, path, need, english, russian = row
    value: Any = part
    for step in path.split("."):
        value = (value or {}).get(step)
    return {
        "field": name,
        "need": need,
        "en": english,
        "ru": russian,
        "value": value if value not in ([], ()) else None,
    }


def _missing(field: Field) -> bool:
    return field["need"] == REQUIRED and field["value"] is None
