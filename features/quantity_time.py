"""Quantity over time: other horizons, long-run twins, the season, and the rhythm of orders."""

from __future__ import annotations

import numpy as np

from features.definition import Facts, FloatArray, capped, feature, ratio

CAP = 1000.0


@feature(
    "ratio",
    1,
    label=("7 days against 90 days", "7 дней к 90 дням"),
    says=(
        "{week_with_order:kg} in 7 days with this order, {value:number} times the week of the last 90 days",
        "{week_with_order:kg} за 7 дней с этим заказом, это {value:number} × неделя последних 90 дней",
    ),
    flags="Q01 Q10",
)
def week_against_ninety(facts: Facts) -> FloatArray:
    """Last 7 days with this order over a week at the rate of the last 90 days."""
    return capped(ratio(facts["week_with_order"], facts["goods_kilograms_90d"] / 90.0 * 7.0), CAP)


@feature(
    "ratio",
    1,
    label=("12 months against the 12 before", "12 месяцев к предыдущим 12"),
    says=(
        "{twelve_months_with_order:kg} in 12 months with this order against {goods_kilograms_before_12m:kg} in the 12 before",
        "{twelve_months_with_order:kg} за 12 месяцев с этим заказом против {goods_kilograms_before_12m:kg} за предыдущие 12",
    ),
    flags="Q01 T10",
)
def year_against_before(facts: Facts) -> FloatArray:
    """Twelve calendar months with this order over the twelve before them."""
    return capped(ratio(facts["twelve_months_with_order"], facts["goods_kilograms_before_12m"]), CAP)


@feature(
    "ratio",
    1,
    label=("This month against the highest of 24", "Этот месяц к наибольшему из 24"),
    says=(
        "{month_with_order:kg} this month with this order; the highest month of two years was {goods_monthly_high_24m:kg}",
        "{month_with_order:kg} в этом месяце с этим заказом; наибольший месяц за два года — {goods_monthly_high_24m:kg}",
    ),
    flags="Q01",
)
def month_against_high(facts: Facts) -> FloatArray:
    """Month to date with this order over the highest of the 24 months before."""
    return capped(ratio(facts["month_with_order"], facts["goods_monthly_high_24m"]), CAP)


@feature(
    "ratio",
    0,
    label=("This month against the same season a year ago", "Этот месяц к тому же сезону год назад"),
    says=(
        "{month_with_order:kg} this month with this order against {goods_season_kilograms:kg} a month a year ago",
        "{month_with_order:kg} в этом месяце с этим заказом против {goods_season_kilograms:kg} в месяц год назад",
    ),
    flags="T09",
)
def month_against_season(facts: Facts) -> FloatArray:
    """Month to date with this order over the mean of the same month and its neighbours a year ago."""
    return capped(ratio(facts["month_with_order"], facts["goods_season_kilograms"]), CAP)


@feature(
    "ratio",
    1,
    label=("30 days against the long-run rate", "30 дней к многолетнему темпу"),
    says=(
        "{thirty_with_order:kg} in 30 days with this order, {value:number} times the rate since the first order",
        "{thirty_with_order:kg} за 30 дней с этим заказом, это {value:number} × темп с первого заказа",
    ),
    flags="Q01 T03",
)
def thirty_against_long_run(facts: Facts) -> FloatArray:
    """Last 30 days with this order over 30 days at the whole history's rate (at least 90 days of it)."""
    days = np.maximum(facts["goods_days_known"], 90.0)
    return capped(ratio(facts["thirty_with_order"], facts["goods_kilograms"] / days * 30.0), CAP)


@feature(
    "ratio",
    1,
    label=("30 days against the lowest threshold", "30 дней к низшему порогу"),
    says=(
        "{thirty_with_order:kg} in 30 days with this order, {value:number} times the threshold of {threshold_kilograms:kg}",
        "{thirty_with_order:kg} за 30 дней с этим заказом, это {value:number} × порог ({threshold_kilograms:kg})",
    ),
    flags="Q05 Q03",
)
def thirty_against_threshold(facts: Facts) -> FloatArray:
    """Rolling 30 days with this order over the lowest mass threshold that applies."""
    return capped(ratio(facts["thirty_with_order"], facts["threshold_kilograms"]), CAP)


@feature(
    "ratio",
    1,
    label=("90 days against the lowest threshold", "90 дней к низшему порогу"),
    says=(
        "{ninety_with_order:kg} in 90 days with this order, {value:number} times the threshold of {threshold_kilograms:kg}",
        "{ninety_with_order:kg} за 90 дней с этим заказом, это {value:number} × порог ({threshold_kilograms:kg})",
    ),
    flags="Q05",
)
def ninety_against_threshold(facts: Facts) -> FloatArray:
    """Rolling 90 days with this order over the lowest mass threshold that applies."""
    return capped(ratio(facts["ninety_with_order"], facts["threshold_kilograms"]), CAP)


@feature(
    "ratio",
    0,
    label=("Order against the lowest threshold", "Заказ к низшему порогу"),
    says=(
        "{order_kilograms:kg}, {value:number} times the threshold of {threshold_kilograms:kg}",
        "{order_kilograms:kg}, это {value:number} × порог ({threshold_kilograms:kg})",
    ),
    flags="Q04",
)
def order_against_threshold(facts: Facts) -> FloatArray:
    """Mass of the leading goods over the lowest mass threshold that applies."""
    return capped(ratio(facts["order_kilograms"], facts["threshold_kilograms"]), CAP)


@feature(
    "count",
    0,
    label=("Orders of these goods in one hour", "Заказы этого товара за час"),
    says=(
        "{value:int} orders of these goods within the hour before",
        "заказов этого товара за час до этого: {value:int}",
    ),
    flags="Q05 Q10",
)
def orders_in_hour(facts: Facts) -> FloatArray:
    """Orders of these goods by this customer in the hour before, of the latest 32."""
    return facts["goods_count_1h"]


@feature(
    "count",
    0,
    label=("Orders of these goods in one day", "Заказы этого товара за сутки"),
    says=(
        "{value:int} orders of these goods within a day before",
        "заказов этого товара за сутки до этого: {value:int}",
    ),
    flags="Q05 Q10",
)
def orders_in_day(facts: Facts) -> FloatArray:
    """Orders of these goods by this customer in 24 hours before, of the latest 32."""
    return facts["goods_count_1d"]


@feature(
    "ratio",
    0,
    label=("Gap against the median gap", "Интервал к медианному интервалу"),
    says=(
        "{goods_gap_days:days} since the last order of these goods; the median gap is {goods_spacing_days:days}",
        "{goods_gap_days:days} с последнего заказа этого товара; медианный интервал — {goods_spacing_days:days}",
    ),
    flags="Q10 T01",
)
def gap_against_median(facts: Facts) -> FloatArray:
    """Days since the last order of these goods over the median gap between the latest ones."""
    return capped(ratio(facts["goods_gap_days"], np.maximum(facts["goods_spacing_days"], 0.01)), CAP)


@feature(
    "ratio",
    0,
    label=("Irregularity of the gaps", "Неравномерность интервалов"),
    says=(
        "gaps between orders vary by {value:number} of their median",
        "интервалы между заказами отклоняются на {value:number} от медианы",
    ),
    flags="Q05 Q10",
)
def spacing_spread(facts: Facts) -> FloatArray:
    """Median deviation of the gaps between the latest orders of these goods over their median; 0 like clockwork."""
    return capped(facts["goods_spacing_spread"], CAP)


@feature(
    "ratio",
    0,
    label=("Variation of the quantities", "Разброс количеств"),
    says=(
        "quantities vary by {value:number} of their median of {goods_recent_median:kg}",
        "количества отклоняются на {value:number} от медианы ({goods_recent_median:kg})",
    ),
    flags="Q13 Q04",
)
def quantity_spread(facts: Facts) -> FloatArray:
    """Median deviation of the latest quantities of these goods over their median; 0 where all are alike."""
    return capped(ratio(facts["goods_recent_deviation"], facts["goods_recent_median"]), CAP)


@feature(
    "count",
    0,
    label=("Active months of 24", "Активные месяцы из 24"),
    says=("ordered in {value:int} of the 24 months before", "заказы в {value:int} из 24 предыдущих месяцев"),
    flags="T01 C01",
)
def active_months(facts: Facts) -> FloatArray:
    """Months of the 24 before this one in which the customer ordered these goods."""
    return facts["goods_active_months"]


@feature(
    "ratio",
    1,
    label=("Growth since the early orders", "Рост с первых заказов"),
    says=(
        "the two-year median of {goods_recent_median:kg} is {value:number} times the median of all orders",
        "медиана за два года ({goods_recent_median:kg}) — это {value:number} × медиана всех заказов",
    ),
    flags="T03",
)
def growth_since_early(facts: Facts) -> FloatArray:
    """Median of the latest orders of these goods over the median of all orders ever."""
    return capped(ratio(facts["goods_recent_median"], facts["goods_long_median"]), CAP)


@feature(
    "ratio",
    1,
    label=("Order against the first orders", "Заказ к первым заказам"),
    says=(
        "{order_kilograms:kg} ordered, {value:number} times the mean of the first orders, {goods_early_mean:kg}",
        "заказано {order_kilograms:kg}, это {value:number} × среднее первых заказов ({goods_early_mean:kg})",
    ),
    flags="Q01 T03",
)
def against_early(facts: Facts) -> FloatArray:
    """Mass over the mean of the customer's first twelve orders of these goods, which nothing later absorbs."""
    return capped(ratio(facts["order_kilograms"], facts["goods_early_mean"]), CAP)


@feature(
    "ratio",
    1,
    label=("30 days against the first half year", "30 дней к первому полугодию"),
    says=(
        "{thirty_with_order:kg} in 30 days with this order; a month of the first half year was {goods_early_monthly:kg}",
        "{thirty_with_order:kg} за 30 дней с этим заказом; месяц первого полугодия — {goods_early_monthly:kg}",
    ),
    flags="Q01 T03",
)
def thirty_against_early(facts: Facts) -> FloatArray:
    """Last 30 days with this order over a month of the customer's first half year in these goods."""
    return capped(ratio(facts["thirty_with_order"], facts["goods_early_monthly"]), CAP)


@feature(
    "ratio",
    1,
    label=("90 days against the first half year", "90 дней к первому полугодию"),
    says=(
        "{ninety_with_order:kg} in 90 days with this order; a month of the first half year was {goods_early_monthly:kg}",
        "{ninety_with_order:kg} за 90 дней с этим заказом; месяц первого полугодия — {goods_early_monthly:kg}",
    ),
    flags="Q01 T03",
)
def ninety_against_early(facts: Facts) -> FloatArray:
    """Last 90 days with this order over three months of the customer's first half year in these goods."""
    return capped(ratio(facts["ninety_with_order"], facts["goods_early_monthly"] * 3.0), CAP)


@feature(
    "count",
    1,
    label=("Orders just below a threshold in 30 days", "Заказы чуть ниже порога за 30 дней"),
    says=(
        "{value:int} orders of these goods just below a threshold in 30 days",
        "заказов этого товара чуть ниже порога за 30 дней: {value:int}",
    ),
    flags="Q05 Q04",
)
def near_in_month(facts: Facts) -> FloatArray:
    """Orders of these goods in 30 days that lay just below a threshold, of the latest eight."""
    return facts["goods_near_30d"]
