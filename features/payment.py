"""Payment: who pays, from where, how, and whether that is new."""

from __future__ import annotations

from features.definition import Facts, FloatArray, feature, first_of_known


@feature("flag", 1, label=("Cash", "Наличные"), flags="F01")
def cash(facts: Facts) -> FloatArray:
    """Whether payment is in cash."""
    return facts["cash"]


@feature(
    "flag",
    1,
    label=("Hawala, money service or e-money", "Хавала, денежный перевод или электронные деньги"),
    flags="F05",
)
def informal_transfer(facts: Facts) -> FloatArray:
    """Whether payment goes through hawala, a money service or e-money."""
    return facts["informal_transfer"]


@feature("flag", 1, label=("Virtual asset", "Виртуальный актив"), flags="F04")
def virtual_asset(facts: Facts) -> FloatArray:
    """Whether payment is in a virtual asset or from a wallet."""
    return facts["virtual_asset"]


@feature("flag", 1, label=("Payer apart from the parties", "Плательщик не из сторон сделки"), flags="F02")
def payer_apart(facts: Facts) -> FloatArray:
    """Whether the payer is neither customer, consignee nor end user."""
    return facts["payer_apart"]


@feature("flag", 1, label=("Payment from an unrelated country", "Оплата из посторонней страны"), flags="F03 F12")
def payer_country_apart(facts: Facts) -> FloatArray:
    """Whether payment comes from a country that is neither seller's, buyer's nor destination's."""
    return facts["payer_country_apart"]


@feature("flag", 0, label=("Full prepayment", "Полная предоплата"), flags="F06")
def prepaid(facts: Facts) -> FloatArray:
    """Whether the order is prepaid in full."""
    return facts["prepaid"]


@feature("flag", 1, label=("Personal account pays", "Платит личный счёт"), flags="F10")
def personal_account(facts: Facts) -> FloatArray:
    """Whether a personal account pays for the order."""
    return facts["personal_account"]


@feature(
    "days",
    0,
    label=("Days since the account changed", "Дней со смены счёта"),
    says=("account changed {value:days} before this order", "счёт сменён за {value:days} до заказа"),
    flags="F09",
)
def account_changed_days(facts: Facts) -> FloatArray:
    """Days since the paying account was changed."""
    return facts["account_changed_days"]


@feature(
    "count",
    1,
    label=("Instalments", "Платежи частями"),
    says=("paid in {value:int} instalments", "платежей: {value:int}"),
    flags="F07",
)
def instalments(facts: Facts) -> FloatArray:
    """Number of payments for the one order."""
    return facts["instalments"]


@feature("flag", 0, label=("Payer new to a known customer", "Новый плательщик известного клиента"), flags="F02 F09")
def new_payer(facts: Facts) -> FloatArray:
    """Whether this payer pays for a known customer for the first time."""
    return first_of_known(facts, "usual_payer_orders")


@feature(
    "count",
    1,
    label=("Other customers paying from this account", "Другие клиенты с этим счётом"),
    says=("{value:int} other customers paid from this account", "с этого счёта платили другие клиенты: {value:int}"),
    flags="F11 C07",
)
def account_shared(facts: Facts) -> FloatArray:
    """Other customers that paid from this account or wallet before (four at most)."""
    return facts["account_others"]
