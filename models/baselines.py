"""What the field uses today, as the bar the model must clear.

The DEA customer-class formula (domain.md 3.8): compare a customer's month with the average month of its class
over the twelve months before, months without purchases left out, times a factor. 21 CFR 1301.74(b) speaks of
unusual size, deviation from a normal pattern and unusual frequency; the formula sees the first two.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.arrival import key_hash
from features.batch import Batch
from features.offline import Replayed
from features.reference.substances import catalogue

FACTOR_LIST_ONE = 3.0
FACTOR_OTHER = 8.0
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Purchases:
    """Orders in time order: customer, its class (industry, say), calendar month number, kilograms, factor."""

    customers: Sequence[Hashable]
    classes: Sequence[Hashable]
    months: Sequence[int]
    kilograms: Sequence[float]
    factors: Sequence[float]


def purchases_of(stream: Replayed) -> Purchases:
    """Orders in time order as the formula sees them; a customer without industry is a class of its kind."""
    months = stream.column("at").astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
    return Purchases(
        customers=stream.column("customer").tolist(),
        classes=stream.column("industry").tolist(),
        months=months.tolist(),
        kilograms=stream.kilograms.tolist(),
        factors=_factors(stream.batch)[stream.order].tolist(),
    )


def formula_is_for(stream: Replayed) -> NDArray[np.bool_]:
    """Whether any goods of each order, in time order, are on list I or II, (n,): of others the formula was not made."""
    return _listed(stream.batch, {"I", "II"})[stream.order]


def _factors(batch: Batch) -> NDArray[np.float64]:
    """The formula's factor of each order of a batch: that of list I where any of its goods is on it."""
    return np.where(_listed(batch, {"I"}), FACTOR_LIST_ONE, FACTOR_OTHER)


def _listed(batch: Batch, lists: set[str]) -> NDArray[np.bool_]:
    """Whether any goods of each order of a batch are on one of the DEA's lists, (n,)."""
    those = np.array([key_hash(f"s:{each.id}") for each in catalogue() if each.dea_list in lists], dtype=np.int64)
    found = np.concatenate(([0], np.cumsum(np.isin(batch.goods, those))))
    return np.asarray(found[batch.start[1:]] > found[batch.start[:-1]])


def dea_customer_class(purchases: Purchases) -> NDArray[np.float64]:
    """The customer's month so far, this order included, over factor times the class's average month; (n,).

    Above 1 the formula calls the order suspicious. 0 where the class has no earlier month or the mass is unknown.
    """
    scores = np.zeros(len(purchases.customers))
    month_so_far: dict[tuple[Hashable, int], float] = defaultdict(float)
    averages = _ClassMonths()
    rows = zip(
        purchases.customers, purchases.classes, purchases.months, purchases.kilograms, purchases.factors, strict=True
    )
    for position, (customer, group, month, kilograms, factor) in enumerate(rows):
        mass = 0.0 if np.isnan(kilograms) else float(kilograms)
        month_so_far[customer, month] += mass
        usual = averages.mean(group, month)
        if usual > 0 and mass > 0:
            scores[position] = month_so_far[customer, month] / (factor * usual)
        averages.add(group, customer, month, mass)
    return scores


class _ClassMonths:
    """Kilograms per class and customer-month, for the mean over the twelve months before."""

    def __init__(self) -> None:
        self._open: dict[Hashable, dict[tuple[int, Hashable], float]] = defaultdict(dict)
        self._closed: dict[Hashable, deque[tuple[int, float, int]]] = defaultdict(deque)
        self._current: dict[Hashable, int] = {}

    def add(self, group: Hashable, customer: Hashable, month: int, kilograms: float) -> None:
        self._roll(group, month)
        if kilograms > 0:
            months = self._open[group]
            months[month, customer] = months.get((month, customer), 0.0) + kilograms

    def mean(self, group: Hashable, month: int) -> float:
        """Average customer-month of the class over the twelve months before `month`."""
        self._roll(group, month)
        closed = self._closed[group]
        total = sum(kilograms for _, kilograms, _ in closed)
        count = sum(customers for _, _, customers in closed)
        return total / count if count else 0.0

    def _roll(self, group: Hashable, month: int) -> None:
        if self._current.get(group) == month:
            return
        self._current[group] = month
        months = self._open[group]
        for done in sorted({key[0] for key in months if key[0] < month}):
            values = [months.pop(key) for key in [key for key in months if key[0] == done]]
            self._closed[group].append((done, sum(values), len(values)))
        closed = self._closed[group]
        while closed and closed[0][0] < month - MONTHS:
            closed.popleft()
