"""Documents: licence, declaration, authorisation and notification, and how much of the order is stated at all."""

from __future__ import annotations

from features.definition import Facts, FloatArray, capped, feature, ratio


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
