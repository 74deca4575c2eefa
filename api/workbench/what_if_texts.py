"""Texts of what would change an order's score, in English and Russian; part of `texts`."""

from __future__ import annotations

# key -> (English, Russian)
WHAT_IF_TEXTS: dict[str, tuple[str, str]] = {
    "whatif.title": ("What would change it", "Что изменило бы оценку"),
    "whatif.of": ("What would change order {reference}", "Что изменило бы оценку заказа {reference}"),
    "whatif.how": (
        "Papers that the customer can show. The order is screened again with each one, as if it came now; "
        "nothing is stored but that you asked. A paper counts only once it has been seen.",
        "Документы, которые клиент может показать. Заказ проверяется заново с каждым из них, как если бы он пришёл "
        "сейчас; "
        "хранится только то, что вы спросили. Документ учитывается лишь после того, как его увидели.",
    ),
    "whatif.ask": ("Show", "Показать"),
    "whatif.own": ("With your own figures", "Со своими цифрами"),
    "whatif.need": ("Annual need, kg", "Годовая потребность, кг"),
    "whatif.storage": ("Storage, kg", "Склад, кг"),
    "whatif.ship": ("To ship on", "Отгрузить"),
    "whatif.now": ("As it stands, sent again now:", "В нынешнем виде, если прислать сейчас:"),
    "whatif.then_at": ("At its arrival: {percent}.", "При поступлении: {percent}."),
    "whatif.unscored": (
        "No model is in service, so only the rules of law are shown.",
        "Модель не загружена, поэтому показаны только требования закона.",
    ),
    "whatif.paper": ("Paper", "Документ"),
    "whatif.with": ("Probability with it", "Вероятность с ним"),
    "whatif.law": ("Objections of law that would fall", "Какие возражения закона отпадут"),
    "whatif.same": ("as now", "как сейчас"),
    "whatif.lower": ("lower than now", "ниже нынешней"),
    "whatif.higher": ("higher than now", "выше нынешней"),
    "whatif.together": ("All of these together", "Все вместе"),
    "whatif.nothing": (
        "The order lacks none of the papers that a customer can show.",
        "В заказе есть все документы, которые может показать клиент.",
    ),
    "whatif.back": ("Back to the order", "К заказу"),
    "paper.licence": ("Licence for these goods", "Лицензия на этот товар"),
    "paper.licence.shows": ("valid today, in the authority's register", "действует сегодня, есть в реестре органа"),
    "paper.declaration": ("Declaration of use", "Декларация о применении"),
    "paper.declaration.shows": (
        "signed and dated, on letterhead, saying what the goods are for",
        "подписана и датирована, на бланке, с указанием применения",
    ),
    "paper.authorisation": ("Import or export authorisation", "Разрешение на ввоз или вывоз"),
    "paper.authorisation.shows": ("valid today, for this quantity", "действует сегодня, на это количество"),
    "paper.notification": ("Answer to the pre-export notification", "Ответ на предварительное уведомление"),
    "paper.notification.shows": (
        "the importing State does not object",
        "государство-импортёр не возражает",
    ),
    "paper.need": ("Proof of the annual need", "Подтверждение годовой потребности"),
    "paper.need.shows": (
        "{figure} a year, from production records",
        "{figure} в год, по данным производства",
    ),
    "paper.storage": ("Proof of storage", "Подтверждение склада"),
    "paper.storage.shows": ("room for {figure}, seen on site", "вмещает {figure}, осмотрено на месте"),
    "paper.delivery": ("Confirmed day of delivery", "Подтверждённый день поставки"),
    "paper.delivery.shows": ("not before {figure}, by contract", "не раньше {figure}, по договору"),
}
