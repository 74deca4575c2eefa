"""Whole schemes in one word: several provable facts that must hold at once, so that hardly an honest firm meets them."""

from __future__ import annotations

import numpy as np

from features.definition import Facts, FloatArray, feature, ratio

# Without a declared need there is nothing to hold an honest ramp-up against: it takes more.
STAYS, STAYS_UNDECLARED = 15.0, 20.0
AGAIN = 2 / 3  # of that level: one month may be a quiet one
LONG_STANDING, WELL_BEGUN = 24.0, 10.0
SHARE_OF_A_YEAR = 0.75
SERIES, ALIKE = 2.0, 0.4


@feature(
    "flag",
    1,
    label=("A surge that stays", "Скачок, который не проходит"),
    says=(
        "the level has stayed: {customer_ninety_with_order:kg} in 90 days, where a month of the first half year was {customer_early_monthly:kg}; a whole year's declared need is {annual_need_kilograms:kg}",
        "уровень держится: {customer_ninety_with_order:kg} за 90 дней, тогда как месяц первого полугодия — {customer_early_monthly:kg}; заявленная потребность на весь год — {annual_need_kilograms:kg}",
    ),
    flags="Q01 Q14",
)
def surge_that_stays(facts: Facts) -> FloatArray:
    """1 where a customer of long standing, whose first half year had ten orders or more, took fifteen times that level in
    the 90 days before this order and ten times in the last 30, and three quarters of a year's declared need within 90
    days (where no need is declared, at twenty times that level, and two thirds of it)."""
    early, need = facts["customer_early_monthly"], facts["annual_need_kilograms"]
    ninety = facts["customer_ninety_with_order"]
    level = np.where(np.isnan(need), STAYS_UNDECLARED, STAYS) * early
    begun = 6.0 * ratio(early, facts["customer_early_mean"]) >= WELL_BEGUN
    stays = (ninety - facts["total_kilograms"] >= 3.0 * level) & (facts["customer_thirty_with_order"] >= AGAIN * level)
    beyond = np.isnan(need) | (ninety >= SHARE_OF_A_YEAR * need)
    standing = facts["customer_count"] >= LONG_STANDING
    return np.where(np.isnan(early), np.nan, begun & standing & stays & beyond)


@feature(
    "flag",
    1,
    label=("Begins with a series of equal orders", "Начинает с серии одинаковых заказов"),
    says=(
        "{goods_count:int} orders of these goods before, all within 30 days and about as large: {goods_kilograms:kg} in all",
        "прежних заказов этого товара: {goods_count:int}, все за 30 дней и примерно такие же; всего {goods_kilograms:kg}",
    ),
    flags="Q13 Q10",
)
def begins_with_series(facts: Facts) -> FloatArray:
    """1 where this is at least the customer's third order of these goods, none is older than 30 days, and it is within
    half as much again of their mean."""
    count = facts["goods_count"]
    size = ratio(facts["order_kilograms"], facts["goods_mean_kilograms"])
    alike = np.abs(np.log(np.maximum(size, 1e-6))) < ALIKE
    return np.where(np.isnan(count), np.nan, (count >= SERIES) & (facts["goods_count_30d"] >= count) & alike)
