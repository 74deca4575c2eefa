"""Quantity: against this customer's own past, its consignee's, its declared need and the legal thresholds.

Every trailing baseline has a long-run twin: a trailing mean alone absorbs a slow surge.
"""

from __future__ import annotations

import numpy as np

from features.definition import Facts, FloatArray, capped, feature, ratio

CAP = 1000.0


@feature(
    "kg",
    0,
    label=("Quantity ordered", "Заказанное количество"),
    says=("{value:kg} of the leading goods ordered", "заказано {value:kg} основного товара"),
    flags="Q02",
)
def order_kilograms(facts: Facts) -> FloatArray:
    """Mass of the leading goods."""
    return facts["order_kilograms"]


@feature(
    "ratio",
    1,
    label=("Quantity against the customer's two-year median", "Количество к медиане клиента за два года"),
    says=(
        "{order_kilograms:kg} ordered, {value:number} times this customer's two-year median of {goods_recent_median:kg}",
        "заказано {order_kilograms:kg}, это {value:number} × медиана клиента за два года ({goods_recent_median:kg})",
    ),
    flags="Q01 Q11",
)
def against_recent_median(facts: Facts) -> FloatArray:
    """Mass over the median of this customer's latest orders of these goods (32 at most, two years)."""
    return capped(ratio(facts["order_kilograms"], facts["goods_recent_median"]), CAP)


@feature(
    "ratio",
    1,
    label=("Quantity against the customer's long-run median", "Количество к многолетней медиане клиента"),
    says=(
        "{order_kilograms:kg} ordered, {value:number} times this customer's long-run median of {goods_long_median:kg}",
        "заказано {order_kilograms:kg}, это {value:number} × многолетняя медиана клиента ({goods_long_median:kg})",
    ),
    flags="Q01",
)
def against_long_median(facts: Facts) -> FloatArray:
    """Mass over the median of all orders of these goods ever; the long-run twin of the two-year median."""
    return capped(ratio(facts["order_kilograms"], facts["goods_long_median"]), CAP)


@feature(
    "ratio",
    1,
    label=("Robust deviation from own orders", "Робастное отклонение от своих заказов"),
    says=(
        "{order_kilograms:kg} lies {value:number} median deviations above the customer's median of {goods_recent_median:kg}",
        "{order_kilograms:kg} выше медианы клиента ({goods_recent_median:kg}) на {value:number} медианных отклонений",
    ),
    flags="Q01",
)
def robust_deviation(facts: Facts) -> FloatArray:
    """(mass - median) / (median deviation, at least 5 % of the median)."""
    spread = np.maximum(facts["goods_recent_deviation"], 0.05 * facts["goods_recent_median"])
    return capped(ratio(facts["order_kilograms"] - facts["goods_recent_median"], spread), CAP)


@feature(
    "ratio",
    1,
    label=("Quantity against the largest order so far", "Количество к крупнейшему прежнему заказу"),
    says=(
        "{order_kilograms:kg} ordered; the largest earlier order was {goods_largest:kg}",
        "заказано {order_kilograms:kg}; крупнейший прежний заказ был {goods_largest:kg}",
    ),
    flags="Q01",
)
def against_largest(facts: Facts) -> FloatArray:
    """Mass over the largest earlier order of these goods."""
    return capped(ratio(facts["order_kilograms"], facts["goods_largest"]), CAP)


@feature(
    "ratio",
    1,
    label=("Quantity against the previous order", "Количество к предыдущему заказу"),
    says=(
        "{order_kilograms:kg} ordered; the previous order was {goods_last_kilograms:kg}",
        "заказано {order_kilograms:kg}; предыдущий заказ был {goods_last_kilograms:kg}",
    ),
    flags="Q11",
)
def against_previous(facts: Facts) -> FloatArray:
    """Mass over that of the previous order of these goods."""
    return capped(ratio(facts["order_kilograms"], facts["goods_last_kilograms"]), CAP)


@feature(
    "ratio",
    1,
    label=("This month against the 12-month mean", "Этот месяц к среднему за 12 месяцев"),
    says=(
        "{month_with_order:kg} this month with this order, {value:number} times the mean month of {goods_monthly_mean_12m:kg}",
        "{month_with_order:kg} в этом месяце с этим заказом, это {value:number} × средний месяц ({goods_monthly_mean_12m:kg})",
    ),
    flags="Q01 Q11",
)
def month_against_mean(facts: Facts) -> FloatArray:
    """Month to date with this order over the mean of the active months among the last twelve."""
    return capped(ratio(facts["month_with_order"], facts["goods_monthly_mean_12m"]), CAP)


@feature(
    "ratio",
    1,
    label=("This month against the 24-month median", "Этот месяц к медиане за 24 месяца"),
    says=(
        "{month_with_order:kg} this month with this order; the median month of two years is {goods_monthly_median_24m:kg}",
        "{month_with_order:kg} в этом месяце с этим заказом; медианный месяц за два года — {goods_monthly_median_24m:kg}",
    ),
    flags="Q01",
)
def month_against_median(facts: Facts) -> FloatArray:
    """Month to date with this order over the median active month of two years."""
    return capped(ratio(facts["month_with_order"], facts["goods_monthly_median_24m"]), CAP)


@feature(
    "ratio",
    1,
    label=("30 days against 90 days", "30 дней к 90 дням"),
    says=(
        "{thirty_with_order:kg} in 30 days with this order, {value:number} times a third of the 90-day sum",
        "{thirty_with_order:kg} за 30 дней с этим заказом, это {value:number} × треть суммы за 90 дней",
    ),
    flags="Q01 T03",
)
def thirty_against_ninety(facts: Facts) -> FloatArray:
    """Acceleration: the last 30 days with this order over a third of the last 90 days before it."""
    return capped(ratio(facts["thirty_with_order"], facts["goods_kilograms_90d"] / 3.0), CAP)


@feature(
    "ratio",
    1,
    label=("90 days against the long-run rate", "90 дней к многолетнему темпу"),
    says=(
        "{ninety_with_order:kg} in 90 days with this order, {value:number} times the rate since the first order",
        "{ninety_with_order:kg} за 90 дней с этим заказом, это {value:number} × темп с первого заказа",
    ),
    flags="Q01 T03",
)
def ninety_against_long_run(facts: Facts) -> FloatArray:
    """Last 90 days with this order over 90 days at the whole history's rate (at least 90 days of it)."""
    days = np.maximum(facts["goods_days_known"], 90.0)
    return capped(ratio(facts["ninety_with_order"], facts["goods_kilograms"] / days * 90.0), CAP)


@feature(
    "count",
    0,
    label=("Orders of these goods in 7 days", "Заказы этого товара за 7 дней"),
    says=(
        "{value:int} orders of these goods in 7 days before this one",
        "заказов этого товара за 7 дней до этого: {value:int}",
    ),
    flags="Q10",
)
def orders_in_week(facts: Facts) -> FloatArray:
    """Orders of these goods by this customer in the last 7 days."""
    return facts["goods_count_7d"]


@feature(
    "count",
    0,
    label=("Orders of these goods in 30 days", "Заказы этого товара за 30 дней"),
    says=(
        "{value:int} orders of these goods in 30 days before this one",
        "заказов этого товара за 30 дней до этого: {value:int}",
    ),
    flags="Q10 Q05",
)
def orders_in_month(facts: Facts) -> FloatArray:
    """Orders of these goods by this customer in the last 30 days."""
    return facts["goods_count_30d"]


@feature(
    "ratio",
    1,
    label=("Order frequency against its own past", "Частота заказов к своей прежней"),
    says=(
        "{goods_count_30d:int} orders in 30 days, {value:number} times this customer's own rate",
        "{goods_count_30d:int} заказов за 30 дней, это {value:number} × собственный темп клиента",
    ),
    flags="Q10",
)
def frequency_against_past(facts: Facts) -> FloatArray:
    """Orders of 30 days with this one over 30 days at the whole history's rate (at least 90 days of it)."""
    days = np.maximum(facts["goods_days_known"], 90.0)
    return capped(ratio(facts["goods_count_30d"] + 1.0, facts["goods_count"] / days * 30.0), CAP)


@feature(
    "ratio",
    1,
    label=("Quantity against the consignee's median", "Количество к медиане получателя"),
    says=(
        "{total_kilograms:kg} to a consignee whose median is {consignee_recent_median:kg}",
        "{total_kilograms:kg} получателю с медианой {consignee_recent_median:kg}",
    ),
    flags="Q01",
)
def against_consignee_median(facts: Facts) -> FloatArray:
    """Mass of the whole order over the median of what this consignee received."""
    return capped(ratio(facts["total_kilograms"], facts["consignee_recent_median"]), CAP)


@feature(
    "kg",
    0,
    label=("Consignee's 30-day sum", "Сумма получателя за 30 дней"),
    says=(
        "{value:kg} to this consignee in 30 days before this order",
        "{value:kg} этому получателю за 30 дней до заказа",
    ),
    flags="Q06",
)
def consignee_month(facts: Facts) -> FloatArray:
    """Kilograms to this consignee in the last 30 days, whoever bought them."""
    return facts["consignee_kilograms_30d"]


@feature(
    "share",
    0,
    label=("Roundness of the quantity", "Округлённость количества"),
    says=("a round quantity of {order_kilograms:kg}", "круглое количество {order_kilograms:kg}"),
    flags="Q13",
)
def roundness(facts: Facts) -> FloatArray:
    """Share of trailing zeros among the digits of the mass."""
    return facts["round_quantity"]


@feature(
    "count",
    0,
    label=("Identical quantity repeated", "Повтор одного количества"),
    says=("the same quantity {value:int} times in a row before", "одно и то же количество подряд: {value:int}"),
    flags="Q13",
)
def repeats(facts: Facts) -> FloatArray:
    """How often in a row the previous orders of these goods had one and the same quantity."""
    return facts["goods_repeats"]


@feature(
    "days",
    0,
    label=("Days until the requested shipment", "Дней до запрошенной отгрузки"),
    says=("shipment asked for in {value:days}", "отгрузка запрошена через {value:days}"),
    flags="Q16",
)
def lead_days(facts: Facts) -> FloatArray:
    """Days from the order to the requested date of shipment."""
    return facts["lead_days"]


@feature("flag", 1, label=("Urgent delivery asked for", "Запрошена срочная доставка"), flags="Q16")
def urgent(facts: Facts) -> FloatArray:
    """Whether urgent delivery is asked for."""
    return facts["urgent"]
