"""Pauses of the customer over all goods: how long they are beside its usual spacing, and those just before."""

from __future__ import annotations

from features.definition import Facts, FloatArray, capped, feature, ratio, usual_spacing

CAP = 1000.0


@feature(
    "ratio",
    0,
    label=("Customer's gap against its usual spacing", "Перерыв клиента к его обычному интервалу"),
    says=(
        "{customer_gap_days:days} since this customer's last order, {value:number} times its usual spacing",
        "{customer_gap_days:days} с последнего заказа клиента, это {value:number} × его обычный интервал",
    ),
    flags="T01 Q10",
)
def customer_gap_against_spacing(facts: Facts) -> FloatArray:
    """Days since this customer's last order of anything over the median gap of its latest, below three the mean."""
    return capped(ratio(facts["customer_gap_days"], usual_spacing(facts, "customer")), CAP)


@feature(
    "days",
    0,
    label=("Gap before the customer's last order", "Перерыв перед последним заказом клиента"),
    says=(
        "this customer's last order came {value:days} after the one before it",
        "последний заказ клиента пришёл через {value:days} после предыдущего",
    ),
    flags="T01",
)
def customer_last_gap_days(facts: Facts) -> FloatArray:
    """Days between this customer's last two orders of anything; a resumed run still shows its pause."""
    return facts["customer_last_gap_days"]


@feature(
    "ratio",
    0,
    label=(
        "Gap before the customer's last order against its usual spacing",
        "Перерыв перед последним заказом клиента к его обычному интервалу",
    ),
    says=(
        "{customer_last_gap_days:days} between this customer's last two orders, {value:number} times its usual spacing",
        "между двумя последними заказами клиента {customer_last_gap_days:days}, это {value:number} × его обычный интервал",
    ),
    flags="T01 Q10",
)
def customer_last_gap_against_spacing(facts: Facts) -> FloatArray:
    """Days between this customer's last two orders over the median gap of its latest, below three the mean."""
    return capped(ratio(facts["customer_last_gap_days"], usual_spacing(facts, "customer")), CAP)


@feature(
    "days",
    0,
    label=("Longest of the customer's last four gaps", "Самый долгий из четырёх последних перерывов клиента"),
    says=(
        "the longest of this customer's last four gaps was {value:days}",
        "самый долгий из четырёх последних перерывов клиента: {value:days}",
    ),
    flags="T01",
)
def customer_longest_gap_days(facts: Facts) -> FloatArray:
    """Longest of the last four gaps of this customer, the one before this order among them; orders of known mass."""
    return facts["customer_longest_gap_days"]


@feature(
    "ratio",
    0,
    label=(
        "Longest of the customer's last four gaps against its usual spacing",
        "Самый долгий из четырёх последних перерывов клиента к его обычному интервалу",
    ),
    says=(
        "{customer_longest_gap_days:days} without an order within this customer's last four gaps, {value:number} times its usual spacing",
        "среди четырёх последних перерывов клиента {customer_longest_gap_days:days} без заказов, это {value:number} × его обычный интервал",
    ),
    flags="T01 Q10",
)
def customer_longest_gap_against_spacing(facts: Facts) -> FloatArray:
    """Longest of this customer's last four gaps over the median gap of its latest orders, below three the mean."""
    return capped(ratio(facts["customer_longest_gap_days"], usual_spacing(facts, "customer")), CAP)
