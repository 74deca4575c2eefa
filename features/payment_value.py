"""Payment and value: what the order is worth, and the first payment of a new customer."""

from __future__ import annotations

import numpy as np

from features.definition import Facts, FloatArray, feature


@feature(
    "price",
    0,
    label=("Value of the order", "Стоимость заказа"),
    says=("the order is worth {value:number} in its currency", "стоимость заказа {value:number} в его валюте"),
    flags="F14 F08",
)
def order_value(facts: Facts) -> FloatArray:
    """Value of the order in its own currency."""
    return facts["value"]


@feature(
    "price",
    0,
    label=("First payment of a new customer", "Первый платёж нового клиента"),
    says=(
        "{value:number} in its currency is the customer's first payment",
        "первый платёж клиента — {value:number} в его валюте",
    ),
    flags="F14",
)
def first_payment(facts: Facts) -> FloatArray:
    """Value of a customer's first order, 0 for a later one."""
    return np.where(facts["customer_count"] == 0.0, facts["value"], np.where(np.isnan(facts["value"]), np.nan, 0.0))


@feature(
    "price",
    0,
    label=("Price per kilogram", "Цена за килограмм"),
    says=("{value:number} per kilogram in the order's currency", "{value:number} за килограмм в валюте заказа"),
    flags="Q15 F08",
)
def price_per_kilogram(facts: Facts) -> FloatArray:
    """Price per kilogram of the leading line in the order's currency."""
    return facts["price_per_kilogram"]
