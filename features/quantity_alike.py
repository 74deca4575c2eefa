"""Orders of like size within days: a need that was split need not be split to the kilogram."""

from __future__ import annotations

from features.definition import Facts, FloatArray, feature


@feature(
    "count",
    0,
    label=("Like-sized orders of the customer in 5 days", "Заказы клиента близкого размера за 5 дней"),
    says=(
        "{value:int} orders of this customer in five days before were about as large as these {total_kilograms:kg}",
        "заказов клиента примерно такого же размера ({total_kilograms:kg}) за пять дней до этого: {value:int}",
    ),
    flags="Q05 Q13",
)
def customer_like_sized(facts: Facts) -> FloatArray:
    """Earlier orders of this customer, of anything, in five days that weigh 0.8 to 1.25 times this one, of the latest
    32."""
    return facts["customer_like_5d"]


@feature(
    "count",
    0,
    label=("Like-sized orders to the consignee in 5 days", "Заказы получателю близкого размера за 5 дней"),
    says=(
        "{value:int} orders to this consignee in five days before were about as large as these {total_kilograms:kg}",
        "заказов этому получателю примерно такого же размера ({total_kilograms:kg}) за пять дней до этого: {value:int}",
    ),
    flags="Q05 Q06 Q13",
)
def consignee_like_sized(facts: Facts) -> FloatArray:
    """Earlier orders to this consignee, whoever bought, in five days that weigh 0.8 to 1.25 times this one, of the
    latest 32."""
    return facts["consignee_like_5d"]
