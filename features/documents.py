"""Documents: licence, declaration, authorisation and notification, and how much of the order is stated at all."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import lru_cache

from features.definition import Facts, FloatArray, capped, feature, ratio
from features.intake import LicenceIn
from features.reference import substances, units
from features.subject import Subject, severity

NAN = float("nan")
VAGUE = frozenset({
    "industrial use", "own use", "own needs", "production", "general use", "various", "other", "trade", "as needed",
    "для собственных нужд", "собственные нужды", "производство", "производственные нужды", "хозяйственные нужды",
    "для торговли", "прочее", "по необходимости",
})  # fmt: skip
STATED = (
    "seller", "consignee", "end_user", "declaration", "route", "transport", "payment", "channel", "placed_by",
    "requested_ship_date", "incoterm", "transfer_method",
)  # fmt: skip


def observe(subject: Subject) -> dict[str, float]:
    """Facts of the papers that the order itself carries."""
    body, regulated = subject.body, severity(subject.substance) >= 2
    declaration, authorisation, notification = body.declaration, body.authorisation, body.notification
    words = (declaration.end_use or "").split() if declaration else []
    cross = len(subject.countries) > 1
    return {
        **_licence_facts(subject),
        "declaration_missing": float(declaration is None) if regulated else NAN,
        "declaration_unsigned": float(not (declaration.signatory and declaration.signed_on)) if declaration else NAN,
        "declaration_expired": float(_past(declaration.period_to, subject.day)) if declaration else NAN,
        "no_letterhead": float(not declaration.letterhead)
        if declaration and declaration.letterhead is not None
        else NAN,
        "end_use_words": float(len(words)) if declaration else NAN,
        "vague_end_use": _vague(" ".join(words)) if declaration else NAN,
        "authorisation_missing": float(authorisation is None) if regulated and cross else NAN,
        "authorisation_expired": float(_past(authorisation.valid_to, subject.day)) if authorisation else NAN,
        "authorised_kilograms": authorised_kilograms(subject),
        "notification_missing": float(notification is None)
        if subject.substance and subject.substance.scheduled and cross
        else NAN,
        "notification_unsettled": float(notification.status != "no_objection")
        if notification and notification.status
        else NAN,
        "stated_share": sum(getattr(body, field) is not None for field in STATED) / len(STATED),
    }


def _past(until: date | None, day: date) -> bool:
    return until is not None and until < day


def _vague(text: str) -> float:
    plain = text.casefold().strip(" .")
    return float(not plain or plain in VAGUE or len(plain) < 12)


@lru_cache(maxsize=65536)
def _named_substance(name: str) -> str | None:
    match = substances.identify(name, name if name[:1].isdigit() else None, None)
    return match.substance.id if match.substance else None


def covers(licence: LicenceIn, substance_id: str | None) -> bool:
    """Whether a licence covers a substance: it names it by name or CAS, or names none at all."""
    if not licence.substances or substance_id is None:
        return True
    return any(_named_substance(name) == substance_id for name in licence.substances)


def _licence_facts(subject: Subject) -> dict[str, float]:
    licences = subject.body.customer.licences
    if licences is None or severity(subject.substance) == 0:
        return {"licence_missing": NAN, "licence_days_left": NAN}
    covering = [each for each in licences if covers(each, subject.substance.id if subject.substance else None)]
    valid = [each for each in covering if not _past(each.valid_to, subject.day)]
    left = [float((each.valid_to - subject.day).days) for each in covering if each.valid_to]
    return {"licence_missing": float(not valid), "licence_days_left": max(left) if left else NAN}


def authorised_kilograms(subject: Subject) -> float:
    """Quantity of the authorisation, kilograms; NaN where it states none or only a volume of unknown density."""
    permit = subject.body.authorisation
    if permit is None or permit.quantity is None:
        return NAN
    density = subject.substance.density_kg_per_l if subject.substance else None
    mass = units.measure(permit.quantity, permit.unit or "kg", density).kilograms_micro
    return mass / 1e6 if mass is not None else NAN


def authorisation_key(subject: Subject) -> str | None:
    """One key per permit number and kind."""
    permit = subject.body.authorisation
    if permit is None:
        return None
    return hashlib.blake2b(f"{permit.type}:{permit.number.casefold()}".encode(), digest_size=12).hexdigest()


@feature("flag", 1, label=("No valid licence for these goods", "Нет действующей лицензии на этот товар"), flags="C02")
def licence_missing(facts: Facts) -> FloatArray:
    """Whether none of the stated licences is valid and covers the leading substance."""
    return facts["licence_missing"]


@feature(
    "days",
    0,
    label=("Days left on the licence", "Дней до конца лицензии"),
    says=("licence valid for {value:days} more", "лицензия действует ещё {value:days}"),
    flags="C02",
)
def licence_days_left(facts: Facts) -> FloatArray:
    """Days until the covering licence ends; negative when it has ended."""
    return facts["licence_days_left"]


@feature("flag", 1, label=("No customer declaration", "Нет декларации клиента"), flags="D01")
def declaration_missing(facts: Facts) -> FloatArray:
    """Whether controlled goods come without a declaration of use."""
    return facts["declaration_missing"]


@feature("flag", 1, label=("Declaration unsigned or undated", "Декларация без подписи или даты"), flags="D01 D11")
def declaration_unsigned(facts: Facts) -> FloatArray:
    """Whether the declaration lacks signatory or date."""
    return facts["declaration_unsigned"]


@feature("flag", 1, label=("Declaration has ended", "Срок декларации истёк"), flags="D01")
def declaration_expired(facts: Facts) -> FloatArray:
    """Whether the declaration's period has ended."""
    return facts["declaration_expired"]


@feature("flag", 1, label=("Declaration not on letterhead", "Декларация не на бланке"), flags="D01")
def no_letterhead(facts: Facts) -> FloatArray:
    """Whether the declaration is not on headed paper."""
    return facts["no_letterhead"]


@feature(
    "count",
    0,
    label=("Words of end use", "Слов в описании применения"),
    says=("end use described in {value:int} words", "применение описано в {value:int} словах"),
    flags="D02",
)
def end_use_words(facts: Facts) -> FloatArray:
    """Number of words that describe the end use."""
    return facts["end_use_words"]


@feature("flag", 1, label=("Vague end use", "Расплывчатое применение"), flags="D02")
def vague_end_use(facts: Facts) -> FloatArray:
    """Whether the end use is empty, a stock phrase or shorter than twelve letters."""
    return facts["vague_end_use"]


@feature(
    "flag",
    1,
    label=("No authorisation across the border", "Нет разрешения на перемещение через границу"),
    flags="R12 D05",
)
def authorisation_missing(facts: Facts) -> FloatArray:
    """Whether controlled goods cross a border without an authorisation."""
    return facts["authorisation_missing"]


@feature("flag", 1, label=("Authorisation has ended", "Разрешение истекло"), flags="D05")
def authorisation_expired(facts: Facts) -> FloatArray:
    """Whether the authorisation's validity has ended."""
    return facts["authorisation_expired"]


@feature(
    "ratio",
    1,
    label=("Drawn against the authorisation", "Израсходовано по разрешению"),
    says=(
        "{drawn_with_order:kg} drawn with this order on an authorisation of {authorised_kilograms:kg}",
        "с этим заказом израсходовано {drawn_with_order:kg} по разрешению на {authorised_kilograms:kg}",
    ),
    flags="D06 Q08",
)
def against_authorisation(facts: Facts) -> FloatArray:
    """Mass drawn on the authorisation with this order over what it allows."""
    return capped(ratio(facts["drawn_with_order"], facts["authorised_kilograms"]), 1000.0)


@feature(
    "count",
    1,
    label=("Authorisation used by other customers", "Разрешение использовали другие клиенты"),
    says=(
        "{value:int} other customers used this authorisation number",
        "этим номером разрешения пользовались другие клиенты: {value:int}",
    ),
    flags="D05",
)
def authorisation_shared(facts: Facts) -> FloatArray:
    """Other customers that used this authorisation number before (four at most)."""
    return facts["authorisation_others"]


@feature("flag", 1, label=("No pre-export notification", "Нет предварительного уведомления"), flags="R12 D09")
def notification_missing(facts: Facts) -> FloatArray:
    """Whether a scheduled substance crosses a border without a pre-export notification."""
    return facts["notification_missing"]


@feature(
    "flag",
    1,
    label=("Notification not answered without objection", "На уведомление нет ответа без возражений"),
    flags="D09",
)
def notification_unsettled(facts: Facts) -> FloatArray:
    """Whether the notification's state is anything but `no_objection`."""
    return facts["notification_unsettled"]


@feature(
    "share",
    0,
    label=("Share of the order that is stated", "Доля заполненных сведений"),
    says=("{value:pct} of the expected parts are stated", "указано {value:pct} ожидаемых сведений"),
    flags="D08",
)
def stated_share(facts: Facts) -> FloatArray:
    """Share of the expected parts of an order that it states."""
    return facts["stated_share"]
