"""Texts of the ties of an order, in English and Russian; part of `texts`."""

from __future__ import annotations

# key -> (English, Russian)
TIES_TEXTS: dict[str, tuple[str, str]] = {
    "ties.how": (
        "Choose a customer, goods or another order to see what it is tied to; choose it again to close it. "
        "Latest orders first.",
        "Выберите клиента, товар или другой заказ, чтобы увидеть их связи; выберите ещё раз, чтобы закрыть. "
        "Сначала последние заказы.",
    ),
    "ties.more": ("There is more than is drawn.", "Показано не всё."),
    "ties.kind.order": ("order", "заказ"),
    "ties.kind.party": ("firm", "фирма"),
    "ties.kind.person": ("person", "лицо"),
    "ties.kind.goods": ("goods", "товар"),
    "ties.kind.place": ("place", "место"),
    "ties.kind.vehicle": ("vehicle", "транспорт"),
    "ties.kind.container": ("container", "контейнер"),
}
