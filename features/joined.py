"""Facts that join what an order carries with what is known of its parties, as arrays (n,)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.batch import MASS_LIMIT, NO_PRICE, PRICE_STEPS, Batch
from features.definition import FloatArray
from features.encode import CARRIED
from features.rates import RATE_FACTS, rate_rows
from features.slots import lead_quantity
from features.stream import HISTORY_FACTS, HUB_BASE, TIE_BASE

HOUR_MICROS = 3_600_000_000
FIRST_ROW = np.zeros(1, dtype=np.int64)


NAMES = (HISTORY_FACTS, CARRIED, RATE_FACTS, ("order_kilograms", "total_kilograms", "hour"))


def facts_of(batch: Batch, rows: NDArray[np.int64], known: FloatArray) -> dict[str, FloatArray]:
    """All facts of the orders at `rows` by name, (c,) float64; `known` (c, len(HISTORY_FACTS)) is their history."""
    facts: dict[str, FloatArray] = {}
    for names, block in zip(NAMES, _blocks(batch, rows, known), strict=True):
        facts.update(zip(names, np.ascontiguousarray(block.T, dtype=np.float64), strict=True))
    return facts | derive(facts)


def facts_of_one(batch: Batch, known: FloatArray) -> dict[str, float]:
    """All facts of the single order of a batch as numbers; `known` (1, len(HISTORY_FACTS)) is its history."""
    facts: dict[str, float] = {}
    for names, block in zip(NAMES, _blocks(batch, FIRST_ROW, known), strict=True):
        facts.update(zip(names, block[0].tolist(), strict=True))
    facts.update(derive(facts))
    return facts


def _blocks(batch: Batch, rows: NDArray[np.int64], known: FloatArray) -> Iterator[NDArray[Any]]:
    """Facts (c, names) of each part of NAMES."""
    kilograms, price = _kilograms(lead_quantity(batch)[rows]), _octaves(batch.price[rows])
    rates = np.empty((rows.size, len(RATE_FACTS)))
    rate_rows(known[:, HUB_BASE:TIE_BASE], np.log2(kilograms) + _MICRO_OCTAVES, price, rates)
    hour = batch.at[rows] // HOUR_MICROS % 24
    yield from (known, batch.carried[rows], rates)
    yield np.stack([kilograms, _kilograms(totals(batch)[rows]), hour.astype(np.float64)], axis=1)


def totals(batch: Batch) -> NDArray[np.int64]:
    """Known mass (n,) of each order, micro-kilograms, at most MASS_LIMIT."""
    if batch.size == 0:
        return np.empty(0, dtype=np.int64)
    return np.minimum(np.add.reduceat(batch.quantity, batch.start[:-1]), MASS_LIMIT)


_MICRO_OCTAVES = float(np.log2(1e6))


def _kilograms(micro: NDArray[np.int64]) -> FloatArray:
    return np.where(micro > 0, micro / 1e6, np.nan)


def _octaves(price: NDArray[np.int64]) -> FloatArray:
    return np.where(price != NO_PRICE, price / PRICE_STEPS, np.nan)


def derive(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts that join the order with its history, such as the month's sum with this order. Arrays (n,) or numbers."""
    mass, total = facts["order_kilograms"], facts["total_kilograms"]
    return {
        "month_with_order": facts["goods_month_kilograms"] + mass,
        "year_with_order": facts["goods_year_kilograms"] + mass,
        "week_with_order": facts["goods_kilograms_7d"] + mass,
        "thirty_with_order": facts["goods_kilograms_30d"] + mass,
        "ninety_with_order": facts["goods_kilograms_90d"] + mass,
        "twelve_months_with_order": facts["goods_kilograms_12m"] + mass,
        "customer_month_with_order": facts["customer_month_kilograms"] + total,
        "customer_thirty_with_order": facts["customer_kilograms_30d"] + total,
        "customer_ninety_with_order": facts["customer_kilograms_90d"] + total,
        "consignee_month_with_order": facts["consignee_month_kilograms"] + total,
        "consignee_thirty_with_order": facts["consignee_kilograms_30d"] + total,
        "consignee_ninety_with_order": facts["consignee_kilograms_90d"] + total,
        "drawn_with_order": facts["authorisation_kilograms"] + mass,
        "customer_outcomes": facts["customer_confirmed"] + facts["customer_cleared"],
        "consignee_outcomes": facts["consignee_confirmed"] + facts["consignee_cleared"],
    }
