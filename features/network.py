"""Network: what this customer shares with others, and what is known of those it deals with."""

from __future__ import annotations

import numpy as np

from features.definition import Facts, FloatArray, feature


@feature(
    "count",
    0,
    label=("Intermediaries", "Посредники"),
    says=("{value:int} intermediaries", "посредников: {value:int}"),
    flags="C17",
)
def intermediary_count(facts: Facts) -> FloatArray:
    """Brokers, traders, forwarders and agents named in the order."""
    return facts["intermediary_count"]


@feature(
    "count",
    1,
    label=("Telephone shared with other customers", "Телефон общий с другими клиентами"),
    says=("{value:int} other customers gave this telephone", "этот телефон указали другие клиенты: {value:int}"),
    flags="C07",
)
def phone_shared(facts: Facts) -> FloatArray:
    """Other customers with the same telephone (four at most)."""
    return facts["phone_others"]


@feature(
    "count",
    1,
    label=("Address shared with other customers", "Адрес общий с другими клиентами"),
    says=("{value:int} other customers gave this address", "этот адрес указали другие клиенты: {value:int}"),
    flags="C07",
)
def address_shared(facts: Facts) -> FloatArray:
    """Other customers with the same address (four at most)."""
    return facts["address_others"]


@feature(
    "count",
    1,
    label=("Device shared with other customers", "Устройство общее с другими клиентами"),
    says=(
        "{value:int} other customers ordered from this device",
        "с этого устройства заказывали другие клиенты: {value:int}",
    ),
    flags="T07 C07",
)
def device_shared(facts: Facts) -> FloatArray:
    """Other customers that ordered from the same device (four at most)."""
    return facts["device_others"]


@feature(
    "count",
    1,
    label=("Name of another customer", "Название другого клиента"),
    says=(
        "{value:int} other customers bear this name in some spelling",
        "это название в каком-либо написании носят другие клиенты: {value:int}",
    ),
    flags="D04 C08",
)
def name_shared(facts: Facts) -> FloatArray:
    """Other customers whose name reads the same across alphabets and legal forms (four at most)."""
    return facts["name_others"]


@feature(
    "count",
    1,
    label=("Other customers of this end user", "Другие клиенты этого конечного пользователя"),
    says=(
        "{value:int} other customers named this end user",
        "этого конечного пользователя называли другие клиенты: {value:int}",
    ),
    flags="Q06 T06",
)
def end_user_shared(facts: Facts) -> FloatArray:
    """Other customers that named the same end user (four at most)."""
    return facts["end_user_others"]


@feature(
    "count",
    1,
    label=("Diversions linked by account", "Утечки, связанные счётом"),
    says=(
        "{value:int} confirmed diversions were paid from this account",
        "с этого счёта оплачены подтверждённые утечки: {value:int}",
    ),
    flags="C07 F11",
)
def account_confirmed(facts: Facts) -> FloatArray:
    """Confirmed diversions known before this order that the same account paid for."""
    return facts["account_confirmed"]


@feature(
    "count",
    1,
    label=("Diversions linked by address", "Утечки, связанные адресом"),
    says=("{value:int} confirmed diversions at this address", "подтверждённые утечки по этому адресу: {value:int}"),
    flags="C07",
)
def address_confirmed(facts: Facts) -> FloatArray:
    """Confirmed diversions known before this order at the same address."""
    return facts["address_confirmed"]


@feature(
    "count",
    1,
    label=("Diversions linked by telephone", "Утечки, связанные телефоном"),
    says=(
        "{value:int} confirmed diversions with this telephone",
        "подтверждённые утечки с этим телефоном: {value:int}",
    ),
    flags="C07",
)
def phone_confirmed(facts: Facts) -> FloatArray:
    """Confirmed diversions known before this order with the same telephone."""
    return facts["phone_confirmed"]


@feature(
    "flag",
    1,
    label=("Shares with a diverter", "Общее с тем, у кого была утечка"),
    says=(
        "confirmed diversions of other customers: {phone_confirmed:int} with this telephone, {account_confirmed:int} with this account, {address_confirmed:int} at this address (of this customer's own: {customer_confirmed:int})",
        "подтверждённые утечки других клиентов: с этим телефоном {phone_confirmed:int}, с этим счётом {account_confirmed:int}, по этому адресу {address_confirmed:int} (собственных: {customer_confirmed:int})",
    ),
    flags="C07",
)
def shares_with_diverter(facts: Facts) -> FloatArray:
    """1 where telephone, account or address saw more confirmed diversions than the customer itself: another's."""
    shared = np.fmax(np.fmax(facts["phone_confirmed"], facts["account_confirmed"]), facts["address_confirmed"])
    return np.where(np.isnan(shared), np.nan, shared > np.fmax(facts["customer_confirmed"], 0.0))
