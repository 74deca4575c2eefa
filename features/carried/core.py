"""Facts of an order as small functions that name what they read: one definition for one order and for a million.

For a single order a function is called once with the order's values. For columns it is called once for every
different combination of what it reads, and the results are spread over the rows. What a function may read:

| name                     | value                                                                              |
|--------------------------|------------------------------------------------------------------------------------|
| `customer.phone`         | a field of the body by its path; a field of the order itself as `order.currency`   |
| `declaration?`           | whether that part or field is stated                                               |
| `route.legs.*.country`   | the field of every member of a list as a tuple; None where there is no list        |
| `lead.cas`, `lead.grade` | a field of the leading goods' first line, or what a function of lines says of it   |
| `goods.conflict_count`   | what a function of lines says of the first line of each kind of goods, summed up   |
| `day`                    | the order's UTC day as days since 1970                                             |
| `kinds`                  | number of kinds of goods                                                           |
| `lead_micro`             | mass of the leading goods in micro-kilograms, None where unknown                   |
| `total_micro`            | known mass of all goods in micro-kilograms                                         |
| any other name           | the result of the function of that name                                            |

An arithmetic function gets numbers (NaN for what is missing, a date as days since 1970) and is written so that it
holds for a float as for an array of them; it costs the same however many different values there are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import numpy as np

F = TypeVar("F", bound=Callable[..., Any])

NAN = float("nan")
# Answers that a costly function keeps, since the same parties and goods come again.
KEPT = 16384
EPOCH = date(1970, 1, 1).toordinal()
MADE = frozenset({"day", "kinds", "lead_micro", "total_micro"})


@dataclass(frozen=True, slots=True)
class Node:
    """A function and the names of what it reads, in the order of its arguments."""

    name: str
    reads: tuple[str, ...]
    compute: Callable[..., Any]
    arithmetic: bool = False


ORDER: dict[str, Node] = {}
LINE: dict[str, Node] = {}
FACTS: list[str] = []


def known(*reads: str, arithmetic: bool = False) -> Callable[[F], F]:
    """Register what other functions or keys read of an order; the result must be hashable."""
    return _registering(ORDER, reads, arithmetic)


def carried(*reads: str, arithmetic: bool = False) -> Callable[[F], F]:
    """Register a fact that the order itself carries: a float, NaN where it is not stated."""

    def register(function: F) -> F:
        FACTS.append(function.__name__)
        return _registering(ORDER, reads, arithmetic)(function)

    return register


def of_line(*reads: str) -> Callable[[F], F]:
    """Register what is known of one line; it reads fields of the line and other functions of lines."""
    return _registering(LINE, reads, arithmetic=False)


def _registering(registry: dict[str, Node], reads: tuple[str, ...], arithmetic: bool) -> Callable[[F], F]:
    def register(function: F) -> F:
        name = function.__name__
        if name in registry:
            raise ValueError(f"two functions named {name}")
        registry[name] = Node(name, reads, function, arithmetic)
        return function

    return register


def number(value: Any) -> float:
    """A value as arithmetic functions read it: NaN for None, days since 1970 for a date."""
    if value is None or type(value) is float:
        return NAN if value is None else value
    if isinstance(value, date):
        return float(value.toordinal() - EPOCH)
    return float(value)


def over(part: Any, whole: Any) -> Any:
    """part / whole, for floats or arrays; NaN where the whole is missing or zero."""
    if isinstance(whole, float):
        return part / whole if whole else NAN
    return part / np.where(whole == 0.0, NAN, whole)


def day_of(days: int) -> date:
    """The date of a number of days since 1970."""
    return date.fromordinal(days + EPOCH)


def flag(holds: bool) -> float:
    """1 where something holds, 0 where not."""
    return 1.0 if holds else 0.0
