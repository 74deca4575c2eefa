"""Which orders a model learns from, and what it is told about them.

Outcomes come late and for some orders never, so an order without a label is not an honest order:

* An order is *mature* when it is older, at `as_of`, than three in four confirmed cases took to become known. Younger
  unlabelled orders are left out: their silence says nothing yet (the embargo).
* Where nearly every mature order has a label (customs, say), unlabelled ones are left out altogether.
* Where labels are few (the usual case), mature unlabelled orders stand for the background with less weight than
  reviewed ones, and the probability means "is confirmed as diverted", not "is diverted".
* `unknown` is no label; `loss_or_theft` teaches neither and is left out; of an amended order the last version counts.

Labels known after `as_of` do not exist.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from features.encode import micros
from features.records import CONFIRMED_BAD, OrderRecord, OutcomeRecord

DAY_MICROS = 86_400_000_000
DELAY_SHARE = 0.75
COMPLETE_FROM = 0.8
SHORTEST_EMBARGO, LONGEST_EMBARGO = 1.0, 180.0

Regime = Literal["complete", "partial"]


@dataclass(frozen=True, slots=True)
class Targets:
    """Per row: used (n,), confirmed (n,), reviewed (n,) bool; and how this came about."""

    used: NDArray[np.bool_]
    confirmed: NDArray[np.bool_]
    reviewed: NDArray[np.bool_]
    regime: Regime
    embargo_days: float
    left_out: dict[str, int]


def moments(records: Sequence[OrderRecord]) -> NDArray[np.int64]:
    """Microseconds since 1970 of each order's arrival, (n,)."""
    return np.array([micros(record.received_at) for record in records], dtype=np.int64)


def targets(records: Sequence[OrderRecord], known: Mapping[str, OutcomeRecord], as_of: datetime) -> Targets:
    """Decide for orders in time order, from what is known of each at `as_of` (see `models.outcomes.as_of`)."""
    at = moments(records)
    outcome = [known[record.reference].outcome if record.reference in known else None for record in records]
    confirmed = np.array([each in CONFIRMED_BAD for each in outcome], dtype=np.bool_)
    cleared = np.array([each == "legitimate" for each in outcome], dtype=np.bool_)
    embargo = embargo_days(records, known, confirmed)
    mature = at <= micros(as_of) - int(embargo * DAY_MICROS)
    labelled = confirmed | cleared
    regime: Regime = "complete" if mature.any() and labelled[mature].mean() >= COMPLETE_FROM else "partial"
    reasons = [_left_out(*row, regime) for row in zip(outcome, mature, _last_versions(records), strict=True)]
    used = np.array([reason is None for reason in reasons], dtype=np.bool_)
    counts = Counter(reason for reason in reasons if reason)
    return Targets(used, confirmed, labelled, regime, embargo, dict(sorted(counts.items())))


def embargo_days(
    records: Sequence[OrderRecord], known: Mapping[str, OutcomeRecord], confirmed: NDArray[np.bool_]
) -> float:
    """Days within which three in four confirmed cases became known; a month where there is none."""
    delays = [
        (known[record.reference].known_at - record.received_at).total_seconds() / 86_400
        for record, case in zip(records, confirmed, strict=True)
        if case
    ]
    if not delays:
        return 30.0
    return float(np.clip(np.quantile(delays, DELAY_SHARE), SHORTEST_EMBARGO, LONGEST_EMBARGO))


def _last_versions(records: Sequence[OrderRecord]) -> list[bool]:
    last = {record.reference: index for index, record in enumerate(records)}
    return [last[record.reference] == index for index, record in enumerate(records)]


def _left_out(outcome: str | None, mature: np.bool_, last: bool, regime: Regime) -> str | None:
    """Why a row teaches nothing, or None if it does."""
    if not last:
        return "amended_later"
    if outcome == "loss_or_theft":
        return "loss_or_theft"
    labelled = outcome is not None and outcome != "unknown"
    if regime == "complete":
        return None if labelled else "unlabelled"
    # A case that became known early must not stand beside neighbours whose silence is too young to count.
    return None if mature else "too_young"
