"""Habits of the customer: whom and what it usually deals with, when it orders, and what became of it lately."""

from __future__ import annotations

import numpy as np

from features.definition import Facts, Family, Feature, FloatArray, add, feature, first_of_known, own_lift, ratio
from features.slots import PROFILE

# What a new value of each attribute says: family, titles of "new", "different so far" and "share", red flags.
TITLES: dict[str, tuple[Family, str, str, str]] = {
    "carrier": ("route", "carrier", "перевозчик", "R09"),
    "payer": ("payment", "payer", "плательщик", "F02"),
    "destination": ("route", "country of destination", "страна назначения", "R01 R11"),
    "broker": ("network", "broker", "посредник", "C17 R17"),
    "phone": ("customer", "telephone", "телефон", "C12 C18"),
    "email_domain": ("customer", "e-mail domain", "почтовый домен", "C11"),
    "contact": ("customer", "contact person", "контактное лицо", "C18"),
    "account": ("payment", "account", "счёт", "F09"),
    "ship_to": ("route", "delivery address", "адрес доставки", "R06 R08"),
    "address": ("customer", "address", "адрес", "D04"),
    "site": ("quantity", "supplying site", "площадка поставщика", "Q06"),
}
NEW_ALREADY = ("carrier", "payer", "destination")  # written out in their own families


def _new(name: str) -> Feature:
    family, english, russian, flags = TITLES[name]
    return Feature(
        name=f"new_{name}",
        family=family,
        unit="flag",
        monotone=0,
        compute=lambda facts: first_of_known(facts, f"usual_{name}_orders"),
        label=(f"First use of this {english} by a known customer", f"Впервые у известного клиента: {russian}"),
        says=(f"this {english} is new to a known customer", f"у известного клиента впервые: {russian}"),
        flags=tuple(flags.split()),
        doc=f"Whether a known customer's {english} is none of its latest five.",
    )


def _distinct(name: str) -> Feature:
    family, english, russian, flags = TITLES[name]
    return Feature(
        name=f"{name}_distinct",
        family=family,
        unit="count",
        monotone=0,
        compute=lambda facts: facts[f"usual_{name}_distinct"],
        label=(f"Different values so far: {english}", f"Разных значений до сих пор: {russian}"),
        says=(
            f"{{value:int}} changes or different values of {english} so far",
            f"разных значений ({russian}): {{value:int}}",
        ),
        flags=tuple(flags.split()),
        doc=f"How often a new value of {english} was met at this customer; one that was forgotten counts again.",
    )


def _share(name: str) -> Feature:
    family, english, russian, flags = TITLES[name]
    return Feature(
        name=f"{name}_share",
        family=family,
        unit="share",
        monotone=0,
        compute=lambda facts: ratio(facts[f"usual_{name}_orders"], facts["customer_count"]),
        label=(f"How usual this {english} is", f"Насколько привычно: {russian}"),
        says=(
            f"{{value:pct}} of the customer's earlier orders had this {english}",
            f"{{value:pct}} прежних заказов клиента с тем же значением ({russian})",
        ),
        flags=tuple(flags.split()),
        doc=f"Share of the customer's earlier orders with this {english}.",
    )


for _name in PROFILE:
    if _name not in NEW_ALREADY:
        add(__name__, _new(_name))
    add(__name__, _distinct(_name))
    add(__name__, _share(_name))


@feature(
    "share",
    0,
    label=("How usual this time of day is", "Насколько привычно время суток"),
    says=(
        "{value:pct} of the customer's orders come at this time of day",
        "{value:pct} заказов клиента приходят в это время суток",
    ),
    flags="T07 Q11",
)
def hour_share(facts: Facts) -> FloatArray:
    """Smoothed share of the customer's earlier orders in the same three hours of the UTC day."""
    return facts["customer_hour_share"]


@feature(
    "share",
    0,
    label=("How usual this weekday is", "Насколько привычен день недели"),
    says=(
        "{value:pct} of the customer's orders come on this weekday",
        "{value:pct} заказов клиента приходят в этот день недели",
    ),
    flags="Q11",
)
def weekday_share(facts: Facts) -> FloatArray:
    """Smoothed share of the customer's earlier orders on the same weekday."""
    return facts["customer_weekday_share"]


@feature(
    "count",
    0,
    label=("Hour of the day (UTC)", "Час суток (UTC)"),
    says=("placed at {value:int} h UTC", "размещён в {value:int} ч UTC"),
    flags="T07",
)
def hour(facts: Facts) -> FloatArray:
    """Hour of the UTC day in which the order arrived, 0 to 23."""
    return facts["hour"]


@feature(
    "count",
    0,
    label=("Different consignees of the customer", "Разных получателей у клиента"),
    says=("{value:int} consignees so far", "получателей до сих пор: {value:int}"),
    flags="R05 T02",
)
def customer_partners(facts: Facts) -> FloatArray:
    """Consignees to whom this customer has shipped."""
    return facts["customer_partners"]


@feature(
    "share",
    0,
    label=("Consignees per order of the customer", "Получателей на заказ клиента"),
    says=(
        "{customer_partners:int} consignees in {customer_count:int} orders",
        "получателей {customer_partners:int} на {customer_count:int} заказов",
    ),
    flags="R05",
)
def partners_per_order(facts: Facts) -> FloatArray:
    """Different consignees over orders of the customer."""
    return ratio(facts["customer_partners"], facts["customer_count"])


@feature(
    "days",
    0,
    label=("Days since the customer's last new consignee", "Дней с последнего нового получателя клиента"),
    says=("{value:days} since the customer's last new consignee", "{value:days} с последнего нового получателя"),
    flags="R05",
)
def partner_days(facts: Facts) -> FloatArray:
    """Days since this customer last shipped to a consignee for the first time."""
    return facts["customer_partner_days"]


@feature(
    "level",
    1,
    label=("Diversions of this customer per order", "Утечки клиента на заказ"),
    says=(
        "{customer_confirmed:int} confirmed diversions in {customer_count:int} earlier orders",
        "подтверждённых утечек {customer_confirmed:int} на {customer_count:int} прежних заказов",
    ),
    flags="C08 T05",
)
def customer_lift(facts: Facts) -> FloatArray:
    """Octaves of the customer's confirmed cases per order over the rate of all orders, smoothed."""
    return own_lift(facts, "customer")


@feature(
    "count",
    1,
    label=("Diversions of this customer known in 3 months", "Утечки клиента, ставшие известными за 3 месяца"),
    says=("{value:int} diversions became known in three months", "за три месяца стало известно утечек: {value:int}"),
    flags="C08 T05",
)
def customer_confirmed_recent(facts: Facts) -> FloatArray:
    """Confirmed cases of this customer that became known in this month or the two before."""
    return facts["customer_confirmed_3m"]


@feature(
    "count",
    1,
    label=("Diversions of this customer known in 12 months", "Утечки клиента, ставшие известными за 12 месяцев"),
    says=(
        "{value:int} diversions became known in twelve months",
        "за двенадцать месяцев стало известно утечек: {value:int}",
    ),
    flags="C08 T05",
)
def customer_confirmed_year(facts: Facts) -> FloatArray:
    """Confirmed cases of this customer that became known in twelve calendar months."""
    return facts["customer_confirmed_12m"]


@feature(
    "days",
    -1,
    label=("Days since a diversion of this customer became known", "Дней с последней известной утечки клиента"),
    says=("{value:days} since a diversion became known", "{value:days} с последней известной утечки"),
    flags="T05 Q17",
)
def customer_confirmed_days(facts: Facts) -> FloatArray:
    """Days since a confirmed case of this customer became known; missing where there is none."""
    return facts["customer_days_since_confirmed"]


@feature(
    "share",
    1,
    label=("Losses and thefts of this customer", "Утраты и хищения у клиента"),
    says=(
        "{customer_losses:int} losses in {customer_count:int} orders",
        "утрат {customer_losses:int} на {customer_count:int} заказов",
    ),
    flags="T11 R14",
)
def customer_loss_share(facts: Facts) -> FloatArray:
    """Losses or thefts known before this order over orders of the customer."""
    return facts["customer_losses"] / np.maximum(facts["customer_count"], 1.0)
