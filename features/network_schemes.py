"""Links that say something by when they appeared."""

from __future__ import annotations

import numpy as np

from features.definition import Facts, FloatArray, feature

SHARED_BY = ("phone", "address", "account", "device")
NEW_DAYS = 30.0


@feature(
    "flag",
    1,
    label=("New customer, shared details in use", "Новый клиент с чужими реквизитами в ходу"),
    says=(
        "known for {customer_days_known:days} or less than a month; others ordered under the same telephone ({phone_others:int}), address ({address_others:int}), account ({account_others:int}) or device ({device_others:int}) within 30 days",
        "известен {customer_days_known:days} или меньше месяца; другие заказывали за 30 дней с тем же телефоном ({phone_others:int}), адресом ({address_others:int}), счётом ({account_others:int}) или устройством ({device_others:int})",
    ),
    flags="C07 Q06",
)
def newcomer_sharing(facts: Facts) -> FloatArray:
    """1 where a customer known for 30 days at most orders under a telephone, address, account or device that another
    customer used within 30 days."""
    new = ~(facts["customer_days_known"] > NEW_DAYS)
    shared = np.zeros(new.shape, dtype=bool)
    for name in SHARED_BY:
        shared |= (facts[f"{name}_others"] >= 1.0) & (facts[f"{name}_gap_days"] <= NEW_DAYS)
    return np.where(new & shared, 1.0, 0.0)
