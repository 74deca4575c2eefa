"""Payment: who pays, from where and how, as the order states it. All missing where no payment is stated."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from features.carried.core import KEPT, NAN, carried, flag
from features.reference import names

SAME_NAME = 0.9


@carried("payment.method")
def cash(method: str | None) -> float:
    return flag(method == "cash") if method else NAN


@carried("payment.method")
def informal_transfer(method: str | None) -> float:
    return flag(method in ("hawala", "money_service", "e_money")) if method else NAN


@carried("payment?", "payment.method", "payment.wallet_hash?", "payment.virtual_asset?")
def virtual_asset(stated: bool, method: str | None, wallet: bool, asset: bool) -> float:
    return flag(method == "virtual_asset" or wallet or asset) if stated else NAN


@carried("payment.payer", "customer.name", "consignee.name", "end_user.name")
@lru_cache(maxsize=KEPT)
def payer_apart(payer: str | None, *of_parties: str | None) -> float:
    """Whether the payer bears the name of none of the order's parties, in whatever alphabet."""
    parties = [name for name in of_parties if name]
    if payer is None or not parties:
        return NAN
    return flag(all(names.similarity(payer, name) < SAME_NAME for name in parties))


@carried("payment.payer_country", "countries")
def payer_country_apart(country: str | None, countries: tuple[str, ...]) -> float:
    return flag(country not in countries) if country and countries else NAN


@carried("payment.terms")
def prepaid(terms: str | None) -> float:
    return flag(terms == "prepaid") if terms else NAN


@carried("payment.account_kind")
def personal_account(kind: str | None) -> float:
    return flag(kind == "personal") if kind else NAN


@carried("day", "payment.account_changed_on", arithmetic=True)
def account_changed_days(day: Any, changed: Any) -> Any:
    return day - changed


@carried("payment.instalments", arithmetic=True)
def instalments(count: Any) -> Any:
    return count
