"""Invented names: companies, people, streets. Latin or Cyrillic, with the legal forms of each country."""

from __future__ import annotations

from models.simulator.chance import Chance

LEGAL_FORMS: dict[str, tuple[tuple[str, str], ...]] = {
    # country -> (Latin form, Cyrillic form); an empty Cyrillic form means Latin only
    "KZ": (("LLP", "ТОО"), ("JSC", "АО")),
    "KG": (("LLC", "ОсОО"),),
    "RU": (("LLC", "ООО"), ("JSC", "АО")),
    "BY": (("LLC", "ООО"),),
    "UZ": (("MChJ", "МЧЖ"), ("LLC", "ООО")),
    "TJ": (("LLC", "ҶДММ"),),
    "TM": (("HJ", "ХО"),),
    "AZ": (("MMC", ""),),
    "DE": (("GmbH", ""), ("AG", "")),
    "PL": (("Sp. z o.o.", ""),),
    "NL": (("B.V.", ""),),
    "TR": (("Ltd. Şti.", ""), ("A.Ş.", "")),
    "CN": (("Co., Ltd.", ""),),
    "AE": (("FZE", ""), ("Trading LLC", "")),
    "US": (("Inc.", ""), ("LLC", "")),
    "IN": (("Pvt. Ltd.", ""),),
    "GE": (("LLC", ""),),
    "LT": (("UAB", ""),),
}
CYRILLIC_COUNTRIES = frozenset({"KZ", "KG", "RU", "BY", "UZ", "TJ", "TM"})

STEMS: tuple[tuple[str, str], ...] = (
    ("Altyn", "Алтын"), ("Zhetysu", "Жетысу"), ("Saryarka", "Сарыарка"), ("Irtysh", "Иртыш"), ("Tobol", "Тобол"),
    ("Aral", "Арал"), ("Turan", "Туран"), ("Sogd", "Согд"), ("Fergana", "Фергана"), ("Pamir", "Памир"),
    ("Alatau", "Алатау"), ("Kaspiy", "Каспий"), ("Orion", "Орион"), ("Vega", "Вега"), ("Severnaya", "Северная"),
    ("Ural", "Урал"), ("Sibir", "Сибирь"), ("Volga", "Волга"), ("Baykal", "Байкал"), ("Naryn", "Нарын"),
    ("Issyk", "Иссык"), ("Talas", "Талас"), ("Osh", "Ош"), ("Zarafshan", "Зарафшан"), ("Bukhara", "Бухара"),
    ("Khorezm", "Хорезм"), ("Vakhsh", "Вахш"), ("Gissar", "Гиссар"), ("Merv", "Мерв"), ("Karakum", "Каракум"),
    ("Absheron", "Абшерон"), ("Kura", "Кура"), ("Anatol", "Анатол"), ("Rhein", "Рейн"), ("Elbe", "Эльба"),
    ("Vistula", "Висла"), ("Lianhe", "Ляньхэ"), ("Huaxin", "Хуасинь"), ("Gulf", "Галф"), ("Zenith", "Зенит"),
    ("Meridian", "Меридиан"), ("Kristall", "Кристалл"), ("Spektr", "Спектр"), ("Vostok", "Восток"), ("Rubin", "Рубин"),
    ("Sapfir", "Сапфир"), ("Almaz", "Алмаз"), ("Yantar", "Янтарь"), ("Nurly", "Нурлы"), ("Kelet", "Келет"),
)  # fmt: skip
TRADES: dict[str, tuple[tuple[str, str], ...]] = {
    "chemistry": (("Chem", "Хим"), ("Reagent", "Реагент"), ("Khimprom", "Химпром"), ("Sintez", "Синтез")),
    "pharma": (("Pharm", "Фарм"), ("Med", "Мед"), ("Biofarm", "Биофарм")),
    "coatings": (("Lak", "Лак"), ("Color", "Колор"), ("Polymer", "Полимер")),
    "leather": (("Kozha", "Кожа"), ("Tex", "Текс")),
    "food": (("Agro", "Агро"), ("Food", "Фуд")),
    "metal": (("Metall", "Металл"), ("Mash", "Маш"), ("Gold", "Голд")),
    "water": (("Vodokanal", "Водоканал"), ("Service", "Сервис")),
    "trade": (("Trade", "Трейд"), ("Import", "Импорт"), ("Snab", "Снаб"), ("Group", "Групп")),
    "science": (("Lab", "Лаб"), ("Institute", "Институт"), ("Test", "Тест")),
}
GIVEN = (
    "Aidar", "Bolat", "Dana", "Elena", "Farhod", "Gulnara", "Igor", "Jamshid", "Kamila", "Leyla", "Marat", "Nodir",
    "Olga", "Pavel", "Rustam", "Saule", "Timur", "Umida", "Viktor", "Yulia", "Zarina", "Anna", "Mehmet", "Wei",
)  # fmt: skip
FAMILY = (
    "Akhmetov", "Bekov", "Petrov", "Ivanova", "Karimov", "Rahimov", "Sultanov", "Orlov", "Kuznetsova", "Nazarov",
    "Tashkentov", "Omarova", "Saidov", "Mirzoev", "Weber", "Kaya", "Zhang", "Aliyev", "Mammadov", "Volkova",
)  # fmt: skip
STREETS = (
    "Abay", "Lenin", "Navoi", "Rudaki", "Chuy", "Industrialnaya", "Zavodskaya", "Mira", "Respublika", "Pushkin",
    "Bahnhofstr.", "Hafenweg", "Gagarin", "Sadovaya", "Fabrichnaya", "Zheleznodorozhnaya", "Amir Temur", "Saryarka",
)  # fmt: skip
FREE_MAIL = ("gmail.com", "mail.ru", "yandex.ru", "outlook.com", "inbox.ru", "proton.me")
DIAL_CODES = {
    "KZ": "+7 7", "RU": "+7 9", "KG": "+996 ", "UZ": "+998 ", "TJ": "+992 ", "TM": "+993 ", "AZ": "+994 ",
    "BY": "+375 ", "DE": "+49 ", "PL": "+48 ", "NL": "+31 ", "TR": "+90 ", "CN": "+86 ", "AE": "+971 ", "US": "+1 ",
    "IN": "+91 ", "GE": "+995 ", "LT": "+370 ",
}  # fmt: skip


def company_names(chance: Chance, country: str, trade: str) -> tuple[str, str]:
    """The name in Latin letters and, where the country writes Cyrillic, in Cyrillic (else the same)."""
    stem, stem_ru = chance.pick(STEMS)
    tail, tail_ru = chance.pick(TRADES[trade])
    number = str(chance.whole(2, 99)) if chance.happens(0.35) else ""
    form, form_ru = chance.pick(LEGAL_FORMS[country])
    latin = f"{stem} {tail} {number}".strip() + f" {form}"
    if not form_ru:
        return latin, latin
    return latin, f"{form_ru} «{stem_ru}{tail_ru.lower()}{'-' + number if number else ''}»"


def person(chance: Chance) -> str:
    return f"{chance.pick(GIVEN)} {chance.pick(FAMILY)}"


def phone(chance: Chance, country: str) -> str:
    return DIAL_CODES[country] + chance.digits(9)


def address(chance: Chance) -> str:
    return f"{chance.pick(STREETS)} {chance.whole(1, 240)}"


def domain(latin_name: str, country: str) -> str:
    """The e-mail domain of a company, made from the words of its name."""
    words = [w for w in latin_name.lower().replace(".", "").replace(",", "").split() if w.isascii() and w.isalnum()]
    return "-".join(words[:3]) + "." + {"US": "com", "AE": "ae"}.get(country, country.lower())
