"""Changes and papers: amendments, withdrawals and returns, what a paper says beside the order, days of law and transit."""

from __future__ import annotations

from features.definition import Facts, FloatArray, feature


@feature("flag", 0, label=("The order was withdrawn", "Заказ отозван"), flags="T14 Q17")
def withdrawn(facts: Facts) -> FloatArray:
    """Whether an amendment speaks of cancelling or withdrawing the order."""
    return facts["withdrawn"]


@feature(
    "flag", 0, label=("Goods returned, rejected or destroyed", "Товар возвращён, забракован или уничтожен"), flags="T13"
)
def returned(facts: Facts) -> FloatArray:
    """Whether an amendment speaks of goods returned, rejected or destroyed."""
    return facts["returned"]


@feature(
    "count",
    0,
    label=("Changes of quantity", "Изменения количества"),
    says=("the quantity was changed {value:int} times", "количество изменено раз: {value:int}"),
    flags="D12 T15",
)
def quantity_changed(facts: Facts) -> FloatArray:
    """Amendments of a quantity: ordered, invoiced, shipped and received may differ."""
    return facts["quantity_changed"]


@feature(
    "count",
    0,
    label=("Small amendments", "Мелкие изменения"),
    says=(
        "{value:int} amendments that touch neither a party nor the route",
        "изменений, не затрагивающих ни стороны, ни маршрут: {value:int}",
    ),
    flags="T15",
)
def small_amendments(facts: Facts) -> FloatArray:
    """Amendments that each look small."""
    return facts["small_amendments"]


@feature(
    "flag",
    1,
    label=("The declaration names another substance", "В декларации названо другое вещество"),
    flags="D10 D03",
)
def paper_name_differs(facts: Facts) -> FloatArray:
    """Whether the declaration's substance is known and another than the leading goods."""
    return facts["paper_name_differs"]


@feature("flag", 0, label=("Declaration signed after the order", "Декларация подписана после заказа"), flags="D08 D01")
def signed_after_order(facts: Facts) -> FloatArray:
    """Whether the declaration was signed after the day of the order: shipping asked for before the papers were there."""
    return facts["signed_after_order"]
