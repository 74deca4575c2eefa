"""Vocabulary of orders in English and Russian: every code that the order's schema allows, as a person reads it."""

from __future__ import annotations

from functools import cache

from api.workbench.action_words import ACTION_WORDS, ACTOR_WORDS, MESSAGE_WORDS
from features.reference.places import country as place_country
from features.reference.substances import by_id, catalogue
from screening.errors import Language

# kind -> code -> (English, Russian)
WORDS: dict[str, dict[str, tuple[str, str]]] = {
    "type": {
        "sale": ("sale within the country", "продажа внутри страны"),
        "purchase": ("purchase", "закупка"),
        "import": ("import", "ввоз"),
        "export": ("export", "вывоз"),
        "transit": ("transit", "транзит"),
        "intermediary": ("intermediary deal", "посредническая сделка"),
    },
    "channel": {
        "email": ("e-mail", "эл. почта"),
        "portal": ("portal", "портал"),
        "phone": ("telephone", "телефон"),
        "marketplace": ("marketplace", "торговая площадка"),
        "edi": ("electronic data interchange", "электронный обмен данными"),
        "in_person": ("in person", "лично"),
        "social_media": ("social media", "социальные сети"),
    },
    "service_level": {
        "standard": ("standard", "обычная"),
        "express": ("express", "ускоренная"),
        "urgent": ("urgent", "срочная"),
    },
    "kind": {
        "company": ("company", "компания"),
        "individual": ("natural person", "физическое лицо"),
        "public_body": ("public body", "государственное учреждение"),
    },
    "role": {
        "end_user": ("end user", "конечный пользователь"),
        "manufacturer": ("manufacturer", "производитель"),
        "distributor": ("distributor", "дистрибьютор"),
        "trader": ("trader", "торговая компания"),
        "broker": ("broker", "брокер"),
        "forwarder": ("forwarder", "экспедитор"),
        "agent": ("agent", "агент"),
        "declarant": ("customs declarant", "таможенный декларант"),
    },
    "consignee": {
        "own_site": ("consignee's own site", "собственная площадка получателя"),
        "customer_site": ("customer's site", "площадка клиента"),
        "warehouse": ("warehouse", "склад"),
        "forwarder": ("forwarder", "экспедитор"),
        "mailbox": ("mailbox address", "адрес почтового ящика"),
        "free_zone": ("free zone", "свободная зона"),
        "other": ("other", "иное"),
    },
    "place": {
        "port": ("port", "порт"),
        "airport": ("airport", "аэропорт"),
        "rail": ("rail station", "железнодорожная станция"),
        "border": ("border point", "пункт пропуска"),
        "warehouse": ("warehouse", "склад"),
        "free_zone": ("free zone", "свободная зона"),
        "bonded": ("bonded warehouse", "таможенный склад"),
        "site": ("site", "площадка"),
        "customs": ("customs office", "таможенный пост"),
    },
    "mode": {
        "sea": ("sea", "море"),
        "air": ("air", "авиа"),
        "rail": ("rail", "железная дорога"),
        "road": ("road", "автомобиль"),
        "post": ("post", "почта"),
        "courier": ("courier", "курьер"),
        "inland_water": ("inland water", "внутренние водные пути"),
    },
    "transfer": {
        "carrier": ("by a carrier", "перевозчиком"),
        "company_truck": ("by the seller's vehicle", "транспортом продавца"),
        "customer_pickup": ("collected by the customer", "самовывоз"),
        "post": ("by post", "почтой"),
        "courier": ("by courier", "курьером"),
    },
    "method": {
        "bank_transfer": ("bank transfer", "банковский перевод"),
        "letter_of_credit": ("letter of credit", "аккредитив"),
        "open_account": ("open account", "открытый счёт"),
        "card": ("card", "карта"),
        "cash": ("cash", "наличные"),
        "money_service": ("money transfer service", "система денежных переводов"),
        "hawala": ("hawala", "хавала"),
        "e_money": ("electronic money", "электронные деньги"),
        "virtual_asset": ("virtual asset", "виртуальный актив"),
        "barter": ("barter", "бартер"),
    },
    "terms": {
        "prepaid": ("prepaid", "предоплата"),
        "partial_prepaid": ("partly prepaid", "частичная предоплата"),
        "on_delivery": ("on delivery", "при получении"),
        "credit_30": ("30 days credit", "отсрочка 30 дней"),
        "credit_60": ("60 days credit", "отсрочка 60 дней"),
        "credit_90": ("90 days credit", "отсрочка 90 дней"),
    },
    "account": {
        "company": ("company's account", "счёт компании"),
        "personal": ("personal account", "личный счёт"),
    },
    "unit": {
        "kg": ("kg", "кг"),
        "g": ("g", "г"),
        "mg": ("mg", "мг"),
        "ug": ("µg", "мкг"),
        "t": ("t", "т"),
        "lb": ("lb", "фунт"),
        "oz": ("oz", "унц."),
        "l": ("l", "л"),
        "ml": ("ml", "мл"),
        "m3": ("m³", "м³"),
        "us_gal": ("US gal", "гал. США"),
        "uk_gal": ("UK gal", "гал. брит."),
        "piece": ("pcs", "шт."),
        "tablet": ("tablets", "табл."),
    },
    "form": {
        "pure": ("pure substance", "чистое вещество"),
        "solution": ("solution", "раствор"),
        "mixture": ("mixture", "смесь"),
        "natural_product": ("natural product", "природный продукт"),
        "medicine": ("medicine", "лекарственная форма"),
    },
    "grade": {
        "technical": ("technical grade", "технический"),
        "industrial": ("industrial grade", "промышленный"),
        "reagent": ("reagent grade", "реактив"),
        "pharma": ("pharmaceutical grade", "фармацевтический"),
        "food": ("food grade", "пищевой"),
    },
    "package": {
        "bulk": ("in bulk", "наливом или насыпью"),
        "drum": ("drums", "бочки"),
        "ibc": ("IBC containers", "еврокубы"),
        "canister": ("canisters", "канистры"),
        "bag": ("bags", "мешки"),
        "bottle": ("bottles", "бутыли"),
        "ampoule": ("ampoules", "ампулы"),
        "box": ("boxes", "коробки"),
        "cylinder": ("cylinders", "баллоны"),
    },
    "item": {
        "chemical": ("chemical", "химическое вещество"),
        "machine": ("machine", "машина"),
        "equipment": ("equipment", "оборудование"),
    },
    "declaration": {
        "individual": ("single transaction", "на одну сделку"),
        "multiple": ("several transactions", "на несколько сделок"),
    },
    "permit": {
        "import": ("import", "на ввоз"),
        "export": ("export", "на вывоз"),
        "transit": ("transit", "на транзит"),
    },
    "notice": {
        "sent": ("sent", "отправлено"),
        "viewed": ("viewed", "просмотрено"),
        "no_objection": ("no objection", "возражений нет"),
        "objection": ("objection", "есть возражение"),
        "more_time": ("more time asked for", "запрошено время"),
        "expired": ("time ran out without an answer", "срок истёк без ответа"),
    },
    "action": ACTION_WORDS,
    "message": MESSAGE_WORDS,
    "actor": ACTOR_WORDS,
}


def word(language: Language, kind: str, code: str | None) -> str:
    """The word of a code; nothing for nothing, and the code itself where an older order has one we do not know."""
    if not code:
        return ""
    english, russian = WORDS[kind].get(code, (code, code))
    return russian if language == "ru" else english


def country(language: Language, code: str | None) -> str:
    """The country's name; the code itself where it is nobody's."""
    found = place_country(code) if code else None
    if found is None:
        return code or ""
    return found.name_ru if language == "ru" else found.name_en


@cache
def _russian_names() -> dict[str, str]:
    return {
        substance.name.lower(): next(name for name in substance.synonyms if _cyrillic(name))
        for substance in catalogue()
        if any(map(_cyrillic, substance.synonyms))
    }


def _cyrillic(name: str) -> bool:
    return any("а" <= letter <= "я" for letter in name.lower())


def goods(language: Language, name: str) -> str:
    """What an order is about: the catalogue's substance in the reader's language, other goods as written."""
    return capital(_russian_names().get(name.lower(), name) if language == "ru" else name)


def goods_by_id(language: Language, said: str) -> str:
    """The same for what may be the id of a substance."""
    known = by_id(said)
    return goods(language, known.name if known else said)


def capital(sentence: str) -> str:
    """The sentence with a capital first letter, the rest untouched."""
    return sentence[:1].upper() + sentence[1:]
