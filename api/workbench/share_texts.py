"""Texts of what authorities share of reports, in English and Russian; part of `texts`."""

from __future__ import annotations

# key -> (English, Russian)
SHARE_TEXTS: dict[str, tuple[str, str]] = {
    "concerned.exporting": ("exporting country", "страна вывоза"),
    "concerned.importing": ("importing country", "страна ввоза"),
    "concerned.transit": ("country of transit", "страна транзита"),
    "shares.title": ("Shared by other authorities", "Передано другими органами"),
    "shares.by": ("Shared by", "Кем передано"),
    "shares.role": ("Your country is", "Ваша страна"),
    "shares.way": ("From, to", "Откуда, куда"),
    "shares.when": ("Shared", "Передано"),
    "share.title": ("Extract shared by {code}", "Выписка, переданная {code}"),
    "share.what": (
        "What of an order concerns your authority. Your opinion goes to {code}, which decides; it instructs nobody.",
        "То, что в заказе касается вашего органа. Мнение получит {code}, решение за ним; указанием оно не является.",
    ),
    "share.give_receipt": ("Acknowledge", "Подтвердить получение"),
    "share.state.sent": ("not acknowledged yet", "получение не подтверждено"),
    "share.state.received": ("acknowledged", "получение подтверждено"),
    "share.state.no_objection": ("no objection", "возражений нет"),
    "share.state.objection": ("objection", "возражение"),
    "share.state.not_known": ("not known to us", "нам не известно"),
    "share.goods": ("Goods", "Товары"),
    "share.quantity": ("Quantity", "Количество"),
    "share.kilograms": ("In all", "Всего"),
    "share.ordered_at": ("Ordered", "Заказано"),
    "share.requested_ship_date": ("Shipment asked for", "Желаемая отгрузка"),
    "share.notification": ("Pre-export notification", "Предэкспортное уведомление"),
    "share.border": ("Border point", "Пункт на границе"),
    "share.parties": ("Parties", "Стороны"),
    "share.party.seller": ("Seller", "Продавец"),
    "share.party.customer": ("Buyer", "Покупатель"),
    "share.party.consignee": ("Consignee", "Получатель"),
    "share.party.end_user": ("End user", "Конечный пользователь"),
    "share.party.intermediary": ("Intermediary", "Посредник"),
    "share.party.carrier": ("Carrier", "Перевозчик"),
    "share.tax_no": ("tax no. {value}", "налоговый № {value}"),
    "share.hash": ("SHA-256 of the extract", "SHA-256 выписки"),
    "share.legs": ("The way through your countries", "Путь по вашим странам"),
    "share.no_legs": ("The route names no place there.", "В маршруте нет мест в этих странах."),
    "share.opinion": ("Opinion", "Мнение"),
    "share.opinion_kind": ("What you think", "Ваше мнение"),
    "share.opinion_text": ("Words (an objection says why)", "Пояснение (к возражению обязательно)"),
    "share.give_opinion": ("Send the opinion", "Отправить мнение"),
    "share.others": ("Other authorities of this order", "Другие органы по этому заказу"),
    "share.others_what": (
        "They get goods, dates, parties and their part of the route; no score, no reasons, not the report. "
        "Under a controlled delivery only a chief shares.",
        "Они получают товары, даты, стороны и свою часть маршрута; без оценки, причин и самого сообщения. "
        "При контролируемой поставке передаёт только начальник.",
    ),
    "share.with": ("Share with", "Передать органу"),
    "share.send": ("Share", "Передать"),
    "done.shared": ("shared", "передано"),
    "done.opinion": ("opinion sent", "мнение отправлено"),
}
