"""Changes that the order states of itself: its amendments, by the field they name and the value they give."""

from __future__ import annotations

import re

from features.carried.core import carried, flag

Texts = tuple[str | None, ...] | None
PARTIES = ("consignee", "end_user", "customer")
ROUTE = ("route", "destination", "carrier", "transport", "port", "exit", "entry")
QUANTITY = ("quantity", "количеств", "kilogram", "weight", "масса", "вес")
WITHDRAWN = re.compile(r"\b(cancel|withdr[ae]w|annul|отмен|отозва|отказ|аннулир|снят[аоы]? с)")
RETURNED = re.compile(r"\b(return|reject|destr(oy|uct)|возвра|забраков|отклон|уничтож|утилиз)")


def _names(fields: Texts, words: tuple[str, ...]) -> bool:
    if not fields:
        return False
    return any(word in (field or "").casefold() for field in fields for word in words)


def _says(pattern: re.Pattern[str], fields: Texts, news: Texts) -> bool:
    if not fields:
        return False
    said = (text.replace("_", " ").casefold() for text in (*fields, *(news or ())) if text)
    return any(pattern.search(text) for text in said)


@carried("amendments.*.field")
def late_changes(fields: Texts) -> float:
    return float(len(fields or ()))


@carried("amendments.*.field")
def party_changed(fields: Texts) -> float:
    return flag(_names(fields, PARTIES))


@carried("amendments.*.field")
def route_changed(fields: Texts) -> float:
    return flag(_names(fields, ROUTE))


@carried("amendments.*.field", "amendments.*.new")
def withdrawn(fields: Texts, news: Texts) -> float:
    """Whether an amendment speaks of cancelling or withdrawing the order."""
    return flag(_says(WITHDRAWN, fields, news))


@carried("amendments.*.field", "amendments.*.new")
def returned(fields: Texts, news: Texts) -> float:
    """Whether an amendment speaks of goods returned, rejected or destroyed."""
    return flag(_says(RETURNED, fields, news))


@carried("amendments.*.field")
def quantity_changed(fields: Texts) -> float:
    """Number of amendments of a quantity."""
    return float(sum(_names((field,), QUANTITY) for field in fields or ()))


@carried("amendments.*.field")
def small_amendments(fields: Texts) -> float:
    """Number of amendments that touch neither a party nor the route."""
    return float(sum(not _names((field,), PARTIES + ROUTE) for field in fields or ()))
