"""Quantity of the whole customer and of the consignee: their own past, over all goods and all buyers."""

from __future__ import annotations

import numpy as np

from features.definition import Facts, FloatArray, capped, feature, ratio

CAP = 1000.0


@feature(
    "ratio",
    1,
    label=("Whole order against the customer's median", "Весь заказ к медиане клиента"),
    says=(
        "{total_kilograms:kg} ordered in all, {value:number} times the customer's median order of {customer_recent_median:kg}",
        "всего заказано {total_kilograms:kg}, это {value:number} × медианный заказ клиента ({customer_recent_median:kg})",
    ),
    flags="Q01 Q11",
)
def against_customer_median(facts: Facts) -> FloatArray:
    """Mass of the whole order over the median of this customer's latest orders of anything."""
    return capped(ratio(facts["total_kilograms"], facts["customer_recent_median"]), CAP)


@feature(
    "ratio",
    1,
    label=("Whole order against the customer's largest", "Весь заказ к крупнейшему заказу клиента"),
    says=(
        "{total_kilograms:kg} ordered in all; the customer's largest order was {customer_largest:kg}",
        "всего заказано {total_kilograms:kg}; крупнейший заказ клиента — {customer_largest:kg}",
    ),
    flags="Q01",
)
def against_customer_largest(facts: Facts) -> FloatArray:
    """Mass of the whole order over the customer's largest order of anything."""
    return capped(ratio(facts["total_kilograms"], facts["customer_largest"]), CAP)


@feature(
    "ratio",
    1,
    label=("Customer's month against its 12-month mean", "Месяц клиента к среднему за 12 месяцев"),
    says=(
        "{customer_month_with_order:kg} of anything this month with this order; a mean month is {customer_monthly_mean_12m:kg}",
        "{customer_month_with_order:kg} любых товаров в этом месяце с этим заказом; средний месяц — {customer_monthly_mean_12m:kg}",
    ),
    flags="Q01 Q05",
)
def customer_month_against_mean(facts: Facts) -> FloatArray:
    """The customer's month to date over all goods, with this order, over its mean active month of twelve."""
    return capped(ratio(facts["customer_month_with_order"], facts["customer_monthly_mean_12m"]), CAP)


@feature(
    "ratio",
    1,
    label=("Customer's 30 days against its long-run rate", "30 дней клиента к его многолетнему темпу"),
    says=(
        "{customer_thirty_with_order:kg} of anything in 30 days, {value:number} times the customer's rate since its first order",
        "{customer_thirty_with_order:kg} любых товаров за 30 дней, это {value:number} × темп клиента с первого заказа",
    ),
    flags="Q01 T03",
)
def customer_thirty_against_long_run(facts: Facts) -> FloatArray:
    """The customer's last 30 days with this order over 30 days at its whole rate (at least 90 days of history)."""
    days = np.maximum(facts["customer_days_known"], 90.0)
    return capped(ratio(facts["customer_thirty_with_order"], facts["customer_kilograms"] / days * 30.0), CAP)


@feature(
    "ratio",
    1,
    label=("Customer's order frequency against its past", "Частота заказов клиента к прежней"),
    says=(
        "{customer_count_30d:int} orders of anything in 30 days, {value:number} times the customer's own rate",
        "заказов любых товаров за 30 дней: {customer_count_30d:int}, это {value:number} × собственный темп клиента",
    ),
    flags="Q10",
)
def customer_frequency(facts: Facts) -> FloatArray:
    """The customer's orders of 30 days with this one over 30 days at its whole rate (at least 90 days)."""
    days = np.maximum(facts["customer_days_known"], 90.0)
    return capped(ratio(facts["customer_count_30d"] + 1.0, facts["customer_count"] / days * 30.0), CAP)


@feature(
    "count",
    0,
    label=("Orders of the customer in one day", "Заказы клиента за сутки"),
    says=("{value:int} orders of this customer within a day before", "заказов клиента за сутки до этого: {value:int}"),
    flags="Q05 Q10 T07",
)
def customer_orders_in_day(facts: Facts) -> FloatArray:
    """Orders of this customer in 24 hours before, of the latest 32."""
    return facts["customer_count_1d"]


@feature(
    "count",
    0,
    label=("Orders of the customer in 7 days", "Заказы клиента за 7 дней"),
    says=("{value:int} orders of this customer in 7 days before", "заказов клиента за 7 дней до этого: {value:int}"),
    flags="Q10",
)
def customer_orders_in_week(facts: Facts) -> FloatArray:
    """Orders of this customer of anything in the last 7 days."""
    return facts["customer_count_7d"]


@feature(
    "share",
    1,
    label=("Share of the customer's orders just below a threshold", "Доля заказов клиента чуть ниже порога"),
    says=(
        "{value:pct} of {customer_count:int} earlier orders of anything lay just below a threshold",
        "{value:pct} из прежних заказов клиента ({customer_count:int}) были чуть ниже порога",
    ),
    flags="Q05",
)
def customer_near_share(facts: Facts) -> FloatArray:
    """Share of this customer's earlier orders, of whatever goods, that lay just below a threshold."""
    return ratio(facts["customer_near_count"], facts["customer_count"])


@feature(
    "ratio",
    1,
    label=("Consignee's month against its 12-month mean", "Месяц получателя к среднему за 12 месяцев"),
    says=(
        "{consignee_month_with_order:kg} to this consignee this month with this order; a mean month is {consignee_monthly_mean_12m:kg}",
        "{consignee_month_with_order:kg} этому получателю в этом месяце с этим заказом; средний месяц — {consignee_monthly_mean_12m:kg}",
    ),
    flags="Q06 Q01",
)
def consignee_month_against_mean(facts: Facts) -> FloatArray:
    """The consignee's month to date, whoever bought, with this order, over its mean active month of twelve."""
    return capped(ratio(facts["consignee_month_with_order"], facts["consignee_monthly_mean_12m"]), CAP)


@feature(
    "ratio",
    1,
    label=("Consignee's 30 days against its 90 days", "30 дней получателя к 90 дням"),
    says=(
        "{consignee_thirty_with_order:kg} to this consignee in 30 days with this order, {value:number} times a third of 90 days",
        "{consignee_thirty_with_order:kg} этому получателю за 30 дней с этим заказом, это {value:number} × треть 90 дней",
    ),
    flags="Q06",
)
def consignee_thirty_against_ninety(facts: Facts) -> FloatArray:
    """The consignee's last 30 days with this order over a third of its last 90 days."""
    return capped(ratio(facts["consignee_thirty_with_order"], facts["consignee_kilograms_90d"] / 3.0), CAP)


@feature(
    "ratio",
    1,
    label=("Consignee's 30 days against its long-run rate", "30 дней получателя к многолетнему темпу"),
    says=(
        "{consignee_thirty_with_order:kg} to this consignee in 30 days, {value:number} times its rate since the first order",
        "{consignee_thirty_with_order:kg} этому получателю за 30 дней, это {value:number} × темп с первого заказа",
    ),
    flags="Q06 T03",
)
def consignee_thirty_against_long_run(facts: Facts) -> FloatArray:
    """The consignee's last 30 days with this order over 30 days at its whole rate (at least 90 days)."""
    days = np.maximum(facts["consignee_days_known"], 90.0)
    return capped(ratio(facts["consignee_thirty_with_order"], facts["consignee_kilograms"] / days * 30.0), CAP)


@feature(
    "count",
    0,
    label=("Orders to the consignee in 7 days", "Заказы получателю за 7 дней"),
    says=(
        "{value:int} orders to this consignee in 7 days before",
        "заказов этому получателю за 7 дней до этого: {value:int}",
    ),
    flags="Q06 Q10",
)
def consignee_orders_in_week(facts: Facts) -> FloatArray:
    """Orders to this consignee in the last 7 days, whoever bought."""
    return facts["consignee_count_7d"]


@feature(
    "count",
    0,
    label=("Orders to the consignee in one day", "Заказы получателю за сутки"),
    says=(
        "{value:int} orders to this consignee within a day before",
        "заказов этому получателю за сутки до этого: {value:int}",
    ),
    flags="Q06 Q05",
)
def consignee_orders_in_day(facts: Facts) -> FloatArray:
    """Orders to this consignee in 24 hours before, of the latest 32."""
    return facts["consignee_count_1d"]


@feature(
    "count",
    1,
    label=("Unusual orders of the customer in 90 days", "Необычные заказы клиента за 90 дней"),
    says=(
        "{value:int} orders far above this customer's median in 90 days",
        "заказов намного выше медианы клиента за 90 дней: {value:int}",
    ),
    flags="Q01 Q11",
)
def customer_unusual(facts: Facts) -> FloatArray:
    """Orders of 90 days that were more than three times the customer's median (eight at most)."""
    return facts["customer_unusual_90d"]


@feature(
    "count",
    1,
    label=("Unusual orders at the consignee in 30 days", "Необычные заказы получателю за 30 дней"),
    says=(
        "{value:int} orders to this consignee in 30 days were far above the buyer's median",
        "заказов этому получателю за 30 дней намного выше медианы покупателя: {value:int}",
    ),
    flags="Q06 T06",
)
def consignee_unusual_month(facts: Facts) -> FloatArray:
    """Orders to this consignee in 30 days that were more than three times their buyer's median (eight at most)."""
    return facts["consignee_unusual_30d"]


@feature(
    "count",
    1,
    label=("Unusual orders at the consignee in 90 days", "Необычные заказы получателю за 90 дней"),
    says=(
        "{value:int} orders to this consignee in 90 days were far above the buyer's median",
        "заказов этому получателю за 90 дней намного выше медианы покупателя: {value:int}",
    ),
    flags="Q06 T06",
)
def consignee_unusual_quarter(facts: Facts) -> FloatArray:
    """Orders to this consignee in 90 days that were more than three times their buyer's median (eight at most)."""
    return facts["consignee_unusual_90d"]


@feature(
    "share",
    0,
    label=("Share of the consignee's goods bought by this customer", "Доля клиента в поставках получателю"),
    says=(
        "{value:pct} of what this consignee has received was bought by this customer",
        "{value:pct} полученного этим получателем куплено этим клиентом",
    ),
    flags="R05 Q06",
)
def share_of_consignee(facts: Facts) -> FloatArray:
    """Kilograms of this customer to this consignee over all kilograms to the consignee so far."""
    return ratio(facts["customer_consignee_kilograms"], facts["consignee_kilograms"])


@feature(
    "share",
    0,
    label=("Share of the customer's goods sent to this consignee", "Доля получателя в закупках клиента"),
    says=(
        "{value:pct} of what this customer has bought went to this consignee",
        "{value:pct} закупленного клиентом отправлено этому получателю",
    ),
    flags="R05",
)
def share_of_customer(facts: Facts) -> FloatArray:
    """Kilograms of this customer to this consignee over all kilograms of the customer so far."""
    return ratio(facts["customer_consignee_kilograms"], facts["customer_kilograms"])


@feature(
    "ratio",
    1,
    label=("Whole order against the pair's mean", "Весь заказ к среднему этой пары"),
    says=(
        "{total_kilograms:kg} against a mean of earlier orders of this customer to this consignee",
        "{total_kilograms:kg} против среднего прежних заказов клиента этому получателю",
    ),
    flags="Q01 Q11",
)
def against_pair_mean(facts: Facts) -> FloatArray:
    """Mass of the whole order over the mean of this customer's earlier orders to this consignee."""
    mean = ratio(facts["customer_consignee_kilograms"], facts["customer_consignee_count"])
    return capped(ratio(facts["total_kilograms"], mean), CAP)


@feature(
    "ratio",
    1,
    label=("Customer's 30 days against its first half year", "30 дней клиента к его первому полугодию"),
    says=(
        "{customer_thirty_with_order:kg} of anything in 30 days; a month of the first half year was {customer_early_monthly:kg}",
        "{customer_thirty_with_order:kg} любых товаров за 30 дней; месяц первого полугодия — {customer_early_monthly:kg}",
    ),
    flags="Q01 T03",
)
def customer_thirty_against_early(facts: Facts) -> FloatArray:
    """The customer's last 30 days with this order over a month of its first half year, over all goods."""
    return capped(ratio(facts["customer_thirty_with_order"], facts["customer_early_monthly"]), CAP)


@feature(
    "ratio",
    1,
    label=("Consignee's 30 days against its first half year", "30 дней получателя к его первому полугодию"),
    says=(
        "{consignee_thirty_with_order:kg} to this consignee in 30 days; a month of the first half year was {consignee_early_monthly:kg}",
        "{consignee_thirty_with_order:kg} этому получателю за 30 дней; месяц первого полугодия — {consignee_early_monthly:kg}",
    ),
    flags="Q06 T03",
)
def consignee_thirty_against_early(facts: Facts) -> FloatArray:
    """The consignee's last 30 days with this order over a month of its first half year, whoever bought."""
    return capped(ratio(facts["consignee_thirty_with_order"], facts["consignee_early_monthly"]), CAP)


@feature(
    "count",
    1,
    label=("Customer's orders just below a threshold in 30 days", "Заказы клиента чуть ниже порога за 30 дней"),
    says=(
        "{value:int} orders of anything just below a threshold in 30 days",
        "заказов любых товаров чуть ниже порога за 30 дней: {value:int}",
    ),
    flags="Q05 Q04",
)
def customer_near_in_month(facts: Facts) -> FloatArray:
    """The customer's orders of whatever goods in 30 days that lay just below a threshold, of the latest eight."""
    return facts["customer_near_30d"]


@feature(
    "count",
    1,
    label=("Consignee's orders just below a threshold in 30 days", "Заказы получателю чуть ниже порога за 30 дней"),
    says=(
        "{value:int} orders to this consignee just below a threshold in 30 days",
        "заказов этому получателю чуть ниже порога за 30 дней: {value:int}",
    ),
    flags="Q05 Q06",
)
def consignee_near_in_month(facts: Facts) -> FloatArray:
    """Orders to this consignee in 30 days, whoever bought, that lay just below a threshold, of the latest eight."""
    return facts["consignee_near_30d"]


@feature(
    "count",
    1,
    label=(
        "Orders just below a threshold under this telephone, address or account",
        "Заказы чуть ниже порога с этим телефоном, адресом или счётом",
    ),
    says=(
        "{value:int} orders just below a threshold share this telephone, address or account",
        "заказов чуть ниже порога с этим телефоном, адресом или счётом: {value:int}",
    ),
    flags="Q05 Q06 C07",
)
def shared_near_count(facts: Facts) -> FloatArray:
    """Earlier orders just below a threshold with the same telephone, address or account, the most of the three."""
    counts = (facts["phone_near_count"], facts["address_near_count"], facts["account_near_count"])
    return np.fmax(np.fmax(counts[0], counts[1]), counts[2])


@feature(
    "ratio",
    1,
    label=("Lasting surge", "Устойчивый скачок"),
    says=(
        "{customer_thirty_with_order:kg} in 30 days and {customer_ninety_with_order:kg} in 90, where a month of the first half year was {customer_early_monthly:kg}; a declared need does not cover it",
        "{customer_thirty_with_order:kg} за 30 дней и {customer_ninety_with_order:kg} за 90, тогда как месяц первого полугодия — {customer_early_monthly:kg}; заявленная потребность этого не покрывает",
    ),
    flags="Q01 Q14",
)
def lasting_surge(facts: Facts) -> FloatArray:
    """The customer's 30 and 90 days over all goods against its first half year, whichever is less, and at most four
    times what they are of the declared need; a need that is not declared is left out, and so is the first half year."""
    early, thirty = facts["customer_early_monthly"], facts["customer_thirty_with_order"]
    rise = np.minimum(ratio(thirty, early), ratio(facts["customer_ninety_with_order"], early * 3.0))
    need = 4.0 * ratio(thirty, facts["annual_need_kilograms"] / 12.0)
    return capped(np.where(np.isnan(need), rise, np.minimum(rise, need)), CAP)
