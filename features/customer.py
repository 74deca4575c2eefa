"""Customer: who buys, how long it has been known, what became of its earlier orders, how its behaviour changed."""

from __future__ import annotations

import numpy as np

from features.definition import Facts, FloatArray, capped, feature, ratio


@feature(
    "count",
    0,
    label=("Earlier orders of this customer", "Прежние заказы клиента"),
    says=("{value:int} earlier orders of this customer", "прежних заказов клиента: {value:int}"),
    flags="C01",
)
def earlier_orders(facts: Facts) -> FloatArray:
    """Orders of this customer before this one."""
    return facts["customer_count"]


@feature(
    "count",
    0,
    label=("Earlier orders of these goods", "Прежние заказы этого товара"),
    says=(
        "{value:int} earlier orders of these goods by this customer",
        "прежних заказов этого товара клиентом: {value:int}",
    ),
    flags="C01 T02",
)
def earlier_orders_of_goods(facts: Facts) -> FloatArray:
    """Orders of these goods by this customer before this one."""
    return facts["goods_count"]


@feature(
    "days",
    0,
    label=("Days since the first order", "Дней с первого заказа"),
    says=("known to this seller for {value:days}", "известен продавцу {value:days}"),
    flags="C01",
)
def days_known(facts: Facts) -> FloatArray:
    """Days since this customer's first order; missing for a first order."""
    return facts["customer_days_known"]


@feature(
    "days",
    0,
    label=("Days since onboarding", "Дней с начала отношений"),
    says=("taken on {value:days} before this order", "принят за {value:days} до заказа"),
    flags="C01 F14",
)
def onboarded_days(facts: Facts) -> FloatArray:
    """Days since the customer was taken on."""
    return facts["onboarded_days"]


@feature(
    "days",
    0,
    label=("Age of the company", "Возраст компании"),
    says=("company founded {value:days} before this order", "компания основана за {value:days} до заказа"),
    flags="C04",
)
def company_days(facts: Facts) -> FloatArray:
    """Days since the customer was incorporated."""
    return facts["company_days"]


@feature(
    "days",
    0,
    label=("Days since the last order", "Дней с последнего заказа"),
    says=("{value:days} since this customer's last order", "{value:days} с последнего заказа клиента"),
    flags="T01",
)
def gap_days(facts: Facts) -> FloatArray:
    """Days since this customer's last order of anything."""
    return facts["customer_gap_days"]


@feature(
    "ratio",
    0,
    label=("Gap against its usual spacing", "Перерыв к обычному интервалу"),
    says=(
        "{goods_gap_days:days} since the last order of these goods, {value:number} times the usual spacing",
        "{goods_gap_days:days} с последнего заказа этого товара, это {value:number} × обычный интервал",
    ),
    flags="T01 Q10",
)
def gap_against_spacing(facts: Facts) -> FloatArray:
    """Days since the last order of these goods over the mean spacing so far."""
    spacing = ratio(facts["goods_days_known"] - facts["goods_gap_days"], facts["goods_count"] - 1.0)
    return capped(ratio(facts["goods_gap_days"], np.maximum(spacing, 0.01)), 1000.0)


@feature(
    "ratio",
    1,
    label=("Dormant, then large", "Долгий перерыв, затем крупный заказ"),
    says=(
        "{order_kilograms:kg} after {goods_gap_days:days} without an order of these goods",
        "{order_kilograms:kg} после {goods_gap_days:days} без заказов этого товара",
    ),
    flags="T01",
)
def dormant_then_large(facts: Facts) -> FloatArray:
    """Mass over the two-year median where more than 180 days have passed, else 0."""
    size = ratio(facts["order_kilograms"], facts["goods_long_median"])
    return np.where(facts["goods_gap_days"] > 180.0, capped(size, 1000.0), 0.0)


@feature(
    "share",
    1,
    label=("Confirmed diversions of this customer", "Подтверждённые утечки у клиента"),
    says=(
        "{customer_confirmed:int} of {customer_outcomes:int} known outcomes of this customer were diversions",
        "у клиента подтверждены утечки: {customer_confirmed:int} из {customer_outcomes:int} известных исходов",
    ),
    flags="C08 T05",
)
def customer_confirmed_rate(facts: Facts) -> FloatArray:
    """Smoothed share of diversions among this customer's outcomes known before this order."""
    return (facts["customer_confirmed"] + 0.02) / (facts["customer_outcomes"] + 1.0)


@feature(
    "share",
    1,
    label=("Confirmed diversions at this consignee", "Подтверждённые утечки у получателя"),
    says=(
        "{consignee_confirmed:int} of {consignee_outcomes:int} known outcomes at this consignee were diversions",
        "у получателя подтверждены утечки: {consignee_confirmed:int} из {consignee_outcomes:int} известных исходов",
    ),
    flags="C08",
)
def consignee_confirmed_rate(facts: Facts) -> FloatArray:
    """Smoothed share of diversions among the consignee's outcomes known before this order."""
    return (facts["consignee_confirmed"] + 0.02) / (facts["consignee_outcomes"] + 1.0)


@feature(
    "count",
    -1,
    label=("Outcomes known to be legitimate", "Исходы, признанные законными"),
    says=(
        "{value:int} earlier orders of this customer confirmed legitimate",
        "подтверждённо законных заказов клиента: {value:int}",
    ),
)
def customer_cleared(facts: Facts) -> FloatArray:
    """Orders of this customer known before this one to be legitimate."""
    return facts["customer_cleared"]


@feature(
    "count",
    1,
    label=("Amendments of earlier orders", "Изменения прежних заказов"),
    says=(
        "{value:int} earlier orders of this customer were amended",
        "изменённых прежних заказов клиента: {value:int}",
    ),
    flags="T15",
)
def amended_before(facts: Facts) -> FloatArray:
    """Earlier orders of this customer that were amended after they were placed."""
    return facts["customer_amended"]


@feature("flag", 1, label=("A private person buys", "Покупает частное лицо"), flags="C16")
def individual(facts: Facts) -> FloatArray:
    """Whether the customer is a private person."""
    return facts["individual"]


@feature("flag", 0, label=("Trader or broker buys", "Покупает трейдер или брокер"), flags="C17")
def reseller(facts: Facts) -> FloatArray:
    """Whether the customer is a trader or broker."""
    return facts["reseller"]


@feature(
    "flag",
    1,
    label=("Reseller does not name the end user", "Посредник не называет конечного пользователя"),
    flags="C17 D01",
)
def reseller_without_end_user(facts: Facts) -> FloatArray:
    """Whether a trader, broker or distributor names no end user."""
    return facts["reseller_without_end_user"]


@feature(
    "flag",
    1,
    label=("Industry does not use these goods", "Отрасль не использует этот товар"),
    says=(
        "the customer's line of business is not among those that use these goods",
        "вид деятельности клиента не входит в число использующих этот товар",
    ),
    flags="C05 P04 D03",
)
def industry_mismatch(facts: Facts) -> FloatArray:
    """Whether the customer's ISIC division is not among those known to use the leading substance."""
    return facts["industry_mismatch"]


@feature("flag", 1, label=("Free mail address", "Бесплатный почтовый адрес"), flags="C11")
def free_mail(facts: Facts) -> FloatArray:
    """Whether the customer writes from a free mail service."""
    return facts["free_mail"]


@feature("flag", 1, label=("Telephone of another country", "Телефон другой страны"), flags="C12")
def phone_mismatch(facts: Facts) -> FloatArray:
    """Whether the telephone prefix belongs to another country than the customer's."""
    return facts["phone_mismatch"]


@feature("flag", 1, label=("Order placed from another country", "Заказ сделан из другой страны"), flags="C12 T07")
def session_mismatch(facts: Facts) -> FloatArray:
    """Whether the session came from another country than the customer's."""
    return facts["session_mismatch"]


@feature("flag", 1, label=("Placed by an unknown contact", "Заказ сделало неизвестное лицо"), flags="C18")
def unknown_contact(facts: Facts) -> FloatArray:
    """Whether the person who placed the order is not a known contact."""
    return facts["unknown_contact"]


@feature(
    "days",
    0,
    label=("Days since owners changed", "Дней со смены владельцев"),
    says=("owners changed {value:days} before this order", "владельцы сменились за {value:days} до заказа"),
    flags="C13 T10",
)
def owners_changed_days(facts: Facts) -> FloatArray:
    """Days since the customer's beneficial owners changed."""
    return facts["owners_changed_days"]


@feature("flag", 1, label=("Beneficial owners not named", "Бенефициары не названы"), flags="C13")
def owners_unknown(facts: Facts) -> FloatArray:
    """Whether a company names no beneficial owner."""
    return facts["owners_unknown"]


@feature("flag", 1, label=("Name mixes alphabets", "В названии смешаны алфавиты"), flags="D04 C11")
def mixed_script(facts: Facts) -> FloatArray:
    """Whether a word of the customer's name mixes Latin and Cyrillic letters."""
    return facts["mixed_script"]


@feature("flag", 1, label=("No register or tax number", "Нет регистрационного или налогового номера"), flags="C03 C10")
def unregistered(facts: Facts) -> FloatArray:
    """Whether the customer gives neither a register nor a tax number."""
    return facts["unregistered"]


@feature(
    "flag", 1, label=("Ordered over a marketplace or social media", "Заказ через маркетплейс или соцсети"), flags="F13"
)
def social_channel(facts: Facts) -> FloatArray:
    """Whether the order came over a marketplace or social media."""
    return facts["social_channel"]
