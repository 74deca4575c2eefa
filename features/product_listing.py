"""Product and the law: how long ago the goods were listed, and who begins with them since."""

from __future__ import annotations

import numpy as np

from features.definition import Facts, FloatArray, feature

SOON = 365.0


@feature(
    "days",
    0,
    label=("Days since these goods were listed", "Дней с включения товара в список"),
    says=(
        "these goods were first listed {value:days} before",
        "товар впервые включён в список за {value:days} до заказа",
    ),
    flags="T04 P06",
)
def days_since_listing(facts: Facts) -> FloatArray:
    """Days since the leading substance was first scheduled; missing for one that is not."""
    return facts["days_since_listing"]


@feature(
    "flag",
    0,
    label=("New to goods just listed", "Впервые заказывает недавно включённый товар"),
    flags="T04 P06",
)
def new_after_listing(facts: Facts) -> FloatArray:
    """Whether a customer's first order of these goods comes within a year of their listing."""
    recent = np.abs(facts["days_since_listing"]) <= SOON
    return np.where(np.isnan(facts["days_since_listing"]), np.nan, recent & (facts["goods_count"] == 0.0))
