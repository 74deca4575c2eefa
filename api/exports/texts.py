"""Texts of exported documents, in English and Russian."""

from __future__ import annotations

from screening.errors import Language

# key -> (English, Russian)
TEXTS: dict[str, tuple[str, str]] = {
    "packet": ("Packet of order {reference}", "Пакет по заказу {reference}"),
    "subtitle": (
        "{company} · version {version} · received {time} · format {format}",
        "{company} · версия {version} · получен {time} · формат {format}",
    ),
    "case_file": ("Case file: {count} packets", "Материалы дела, пакетов: {count}"),
    "page": ("page {page} of {pages}", "страница {page} из {pages}"),
    "no_glyph": (
        "\ufffd stands for a letter that this document's font lacks; the packet in JSON holds it.",
        "\ufffd стоит вместо буквы, которой нет в шрифте документа; в пакете JSON она есть.",
    ),
    "summary": ("Summary", "Кратко"),
    "caution": ("How to read the score", "Как читать оценку"),
    "duties": ("Duties by law", "Обязанности по закону"),
    "duty": ("Duty and its text", "Обязанность и её источник"),
    "status": ("Status", "Состояние"),
    "sum": ("Sum and limit", "Сумма и предел"),
    "applies": ("applies", "действует"),
    "below": ("below the limit", "ниже предела"),
    "exempt": ("exempt", "освобождено"),
    "unresolved": ("unresolved", "не решено"),
    "conditional": ("on suspicion", "при подозрении"),
    "none": ("None.", "Нет."),
    "no_duty": (
        "The tables know no duty for these goods and countries on this day.",
        "Для этого товара и стран на этот день таблицы обязанностей не знают.",
    ),
    "permits": ("Drawn on permits", "Израсходовано по разрешениям"),
    "contributions": ("What moved the score", "Что изменило оценку"),
    "family": ("Family or feature", "Группа или признак"),
    "push": ("Push, log-odds", "Влияние, логарифм шансов"),
    "base": ("Average order", "Средний заказ"),
    "margin": ("This order", "Этот заказ"),
    "customer_year": ("The customer's twelve months before", "Двенадцать месяцев клиента до заказа"),
    "customer_line": (
        "{orders} orders, {kilograms} kg; held {held}, refused {refused}",
        "заказов: {orders}, {kilograms} кг; задержано {held}, отказано {refused}",
    ),
    "versions": ("Versions", "Версии"),
    "outcomes": ("Known outcomes", "Известные исходы"),
    "decisions": ("Decisions", "Решения"),
    "by": ("By", "Кем"),
    "when": ("When", "Когда"),
    "grounds": ("Grounds", "Основания"),
    "points": ("Points", "Точки"),
    "model": ("Model", "Модель"),
    "verify": ("How to verify", "Как проверить"),
    "key": ("Service key", "Ключ службы"),
    "event": ("Audit event of screening", "Событие проверки в журнале"),
    "proven": ("Proof in the packet's JSON", "Доказательство в JSON пакета"),
    "authorities": ("Authorities", "Компетентные органы"),
    "exporter": ("Exporting country", "Страна вывоза"),
    "importer": ("Importing country", "Страна ввоза"),
    "disposition": ("Decision", "Решение"),
    "body_hash": ("SHA-256 of the order's text", "SHA-256 текста заказа"),
    "notice": (
        "Pre-export notification: data of order {reference}",
        "Данные для предварительного уведомления: {reference}",
    ),
    "notice_help": (
        "Data for the notification by the exporting State under article 12(10)(a) of the 1988 Convention. The "
        "authority sends it; this sheet is not a notification. Silence is not consent.",
        "Данные для уведомления государства-экспортёра по статье 12(10)(a) Конвенции 1988 года. Уведомление "
        "направляет компетентный орган; сам лист уведомлением не является. Молчание не означает согласия.",
    ),
    "missing": ("Required and not stated", "Требуется и не указано"),
    "field": ("Field", "Поле"),
    "value": ("Value", "Значение"),
    "not_stated": ("not stated", "не указано"),
    "required": ("required", "требуется"),
    "conditional_field": ("where it applies", "если применимо"),
    "need": ("Need", "Нужно"),
    "goods_line": ("Goods, line {number}", "Товар, строка {number}"),
    "list.reference": ("Order", "Заказ"),
    "list.received": ("Received (UTC)", "Получен (UTC)"),
    "list.customer": ("Customer", "Клиент"),
    "list.goods": ("Goods", "Товар"),
    "list.kilograms": ("Kilograms", "Килограммы"),
    "list.destination": ("Destination", "Назначение"),
    "list.disposition": ("Decision", "Решение"),
    "list.band": ("Risk", "Риск"),
    "list.probability": ("Probability", "Вероятность"),
    "list.state": ("State", "Состояние"),
    "list.due": ("Due (UTC)", "Срок (UTC)"),
    "list.assignee": ("With", "У кого"),
    "list.stops": ("Rules of law", "Требования закона"),
}  # fmt: skip


def said(language: Language, key: str, /, **values: object) -> str:
    """The text of a key, its places filled."""
    english, russian = TEXTS[key]
    template = russian if language == "ru" else english
    return template.format(**values) if values else template
