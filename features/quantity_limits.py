"""Quantity against limits: legal thresholds, declared need and use, storage."""

from __future__ import annotations

from features.definition import Facts, FloatArray, capped, feature, ratio

CAP = 1000.0


@feature(
    "ratio",
    1,
    label=("Month's sum against the lowest threshold", "Сумма месяца к низшему порогу"),
    says=(
        "{month_with_order:kg} this month with this order, {value:number} times the threshold of {threshold_kilograms:kg}",
        "{month_with_order:kg} в этом месяце с этим заказом, это {value:number} × порог ({threshold_kilograms:kg})",
    ),
    flags="Q03",
)
def month_against_threshold(facts: Facts) -> FloatArray:
    """Calendar month's sum with this order over the lowest mass threshold that applies."""
    return capped(ratio(facts["month_with_order"], facts["threshold_kilograms"]), CAP)


@feature(
    "ratio",
    1,
    label=("Year's sum against the lowest threshold", "Сумма года к низшему порогу"),
    says=(
        "{year_with_order:kg} this year with this order, {value:number} times the threshold of {threshold_kilograms:kg}",
        "{year_with_order:kg} в этом году с этим заказом, это {value:number} × порог ({threshold_kilograms:kg})",
    ),
    flags="Q07",
)
def year_against_threshold(facts: Facts) -> FloatArray:
    """Calendar year's sum with this order over the lowest mass threshold that applies."""
    return capped(ratio(facts["year_with_order"], facts["threshold_kilograms"]), CAP)


@feature(
    "flag",
    1,
    label=("Just below a threshold", "Чуть ниже порога"),
    says=(
        "{order_kilograms:kg} is between 80 % of a threshold and that threshold",
        "{order_kilograms:kg} — от 80 % порога до порога",
    ),
    flags="Q04",
)
def just_below_threshold(facts: Facts) -> FloatArray:
    """Whether the mass lies between 80 % of a threshold and that threshold."""
    return facts["near_threshold"]


@feature(
    "share",
    1,
    label=("Share of earlier orders just below a threshold", "Доля прежних заказов чуть ниже порога"),
    says=(
        "{value:pct} of {goods_count:int} earlier orders lay just below a threshold",
        "{value:pct} из прежних заказов ({goods_count:int}) были чуть ниже порога",
    ),
    flags="Q04 Q05",
)
def near_threshold_share(facts: Facts) -> FloatArray:
    """Share of this customer's earlier orders of these goods that lay just below a threshold."""
    return ratio(facts["goods_near_count"], facts["goods_count"])


@feature(
    "count",
    1,
    label=("Orders just below a threshold so far", "Прежние заказы чуть ниже порога"),
    says=(
        "{value:int} earlier orders of these goods just below a threshold",
        "прежних заказов этого товара чуть ниже порога: {value:int}",
    ),
    flags="Q05",
)
def near_threshold_count(facts: Facts) -> FloatArray:
    """Number of earlier orders of these goods just below a threshold."""
    return facts["goods_near_count"]


@feature(
    "ratio",
    1,
    label=("Year's sum against declared annual need", "Сумма года к заявленной годовой потребности"),
    says=(
        "{year_with_order:kg} this year with this order against a declared need of {annual_need_kilograms:kg}",
        "{year_with_order:kg} в этом году с этим заказом при заявленной потребности {annual_need_kilograms:kg}",
    ),
    flags="Q14 C19",
)
def year_against_need(facts: Facts) -> FloatArray:
    """Calendar year's sum with this order over the customer's declared annual need."""
    return capped(ratio(facts["year_with_order"], facts["annual_need_kilograms"]), CAP)


@feature(
    "ratio",
    1,
    label=("Month's sum against declared monthly use", "Сумма месяца к заявленному месячному расходу"),
    says=(
        "{month_with_order:kg} this month with this order against a declared use of {declared_monthly_kilograms:kg}",
        "{month_with_order:kg} в этом месяце с этим заказом при заявленном расходе {declared_monthly_kilograms:kg}",
    ),
    flags="Q14",
)
def month_against_declared(facts: Facts) -> FloatArray:
    """Calendar month's sum with this order over the monthly use of the declaration."""
    return capped(ratio(facts["month_with_order"], facts["declared_monthly_kilograms"]), CAP)


@feature(
    "ratio",
    1,
    label=("Quantity against storage", "Количество к вместимости склада"),
    says=(
        "{order_kilograms:kg} for a store of {storage_kilograms:kg}",
        "{order_kilograms:kg} при складе на {storage_kilograms:kg}",
    ),
    flags="C19",
)
def against_storage(facts: Facts) -> FloatArray:
    """Mass over the customer's storage capacity."""
    return capped(ratio(facts["order_kilograms"], facts["storage_kilograms"]), CAP)


@feature(
    "ratio",
    1,
    label=("12 months against declared annual need", "12 месяцев к заявленной годовой потребности"),
    says=(
        "{twelve_months_with_order:kg} in 12 months with this order against a declared need of {annual_need_kilograms:kg}",
        "{twelve_months_with_order:kg} за 12 месяцев с этим заказом при заявленной потребности {annual_need_kilograms:kg}",
    ),
    flags="Q14 C19",
)
def twelve_months_against_need(facts: Facts) -> FloatArray:
    """Twelve calendar months with this order over the customer's declared annual need."""
    return capped(ratio(facts["twelve_months_with_order"], facts["annual_need_kilograms"]), CAP)


@feature(
    "ratio",
    1,
    label=("30 days against declared annual need", "30 дней к заявленной годовой потребности"),
    says=(
        "{thirty_with_order:kg} in 30 days with this order against a declared annual need of {annual_need_kilograms:kg}",
        "{thirty_with_order:kg} за 30 дней с этим заказом при заявленной годовой потребности {annual_need_kilograms:kg}",
    ),
    flags="Q14",
)
def thirty_against_need(facts: Facts) -> FloatArray:
    """Last 30 days with this order over a twelfth of the declared annual need."""
    return capped(ratio(facts["thirty_with_order"], facts["annual_need_kilograms"] / 12.0), CAP)
