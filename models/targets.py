"""Which orders a model learns from, and what it is told about them.

Outcomes come late and for some orders never, so an order without a label is not an honest order:

* An order is *mature* when it is older, at `as_of`, than three in four confirmed cases take to become known. Younger
  orders are left out, with or without a label: their silence says nothing yet (the embargo).
* How long cases take is estimated by the reverse-time product limit (Lynden-Bell), because a case counts here only if
  its delay fits between the order and `as_of`: the delays seen are the short ones. The curve gives the share of cases
  known by an order's age; calibration and the weight of a confirmed case make up for the rest.
* Where nearly every mature order has a label (customs, say), unlabelled ones are left out altogether.
* Where labels are few (the usual case), mature unlabelled orders stand for the background, and the probability means
  "comes to be confirmed as diverted", not "is diverted": a scheme that nobody ever finds out is among them.
* Being chosen for review must teach nothing. A legitimate order that suspicion brought to review weighs as an
  unlabelled one does; only a review by chance counts in full (`models.boosting`).
* `unknown` is no label; `loss_or_theft` teaches neither and is left out; of an amended order the last version counts.

Labels known after `as_of` do not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from features.encode import micros
from models.outcomes import BAD, GOOD, LOSS, Labels, latest

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

DAY_MICROS = 86_400_000_000
DELAY_SHARE = 0.75
COMPLETE_FROM = 0.8
SHORTEST_EMBARGO, LONGEST_EMBARGO, EMBARGO_UNKNOWN = 1.0, 180.0, 30.0
LEAST_KNOWN = 1 / 3
NO_LABEL = -1

Regime = Literal["complete", "partial"]


@dataclass(frozen=True, slots=True)
class DelayCurve:
    """Share of all cases that are known within so many days: days (k,) increasing, share (k,) up to 1."""

    days: FloatArray
    share: FloatArray
    cases: int

    def known(self, age_days: FloatArray) -> FloatArray:
        """Share of cases known at an age, between a third and 1 so that no single case weighs more than three."""
        if not self.days.size:
            return np.ones_like(age_days)
        at = np.searchsorted(self.days, age_days, side="right")
        return np.asarray(np.clip(np.append(0.0, self.share)[at], LEAST_KNOWN, 1.0))

    def quantile(self, share: float) -> float:
        """Days within which `share` of the cases become known."""
        position = min(int(np.searchsorted(self.share, share - 1e-12)), self.days.size - 1)
        return float(self.days[position])

    def to_json(self) -> dict[str, Any]:
        """Quartiles and the ninth decile in days, for the report."""
        if not self.days.size:
            return {"cases": 0}
        points = {f"p{round(100 * share)}": round(self.quantile(share), 2) for share in (0.25, 0.5, 0.75, 0.9)}
        return {"cases": self.cases, "days": points}


@dataclass(frozen=True, slots=True)
class Targets:
    """Per row, (n,) each: used, confirmed, reviewed (has a label) and random (by chance) as bool, and `known`, the
    share of its cases known at the order's age; then how this came about."""

    used: BoolArray
    confirmed: BoolArray
    reviewed: BoolArray
    random: BoolArray
    known: FloatArray
    regime: Regime
    embargo_days: float
    delays: DelayCurve
    left_out: dict[str, int]


def targets(reference: IntArray, at: IntArray, labels: Labels, as_of: datetime) -> Targets:
    """Decide for orders in time order, reference hashes and moments (n,), from what is known of each at `as_of`."""
    now = micros(as_of)
    verdict, known_at, random = _matched(reference, latest(labels, as_of))
    last = _last_versions(reference, at <= now)
    confirmed = verdict == BAD
    labelled = confirmed | (verdict == GOOD)
    delays = delay_curve(*_delays(at, known_at, confirmed & last, now))
    embargo = embargo_days(delays)
    mature = at <= now - int(embargo * DAY_MICROS)
    regime: Regime = "complete" if mature.any() and labelled[mature].mean() >= COMPLETE_FROM else "partial"
    silent = ~labelled if regime == "complete" else np.zeros_like(labelled)
    left_out = _left_out({"amended_later": ~last, "loss_or_theft": verdict == LOSS, "unlabelled": silent,
                          "too_young": ~mature})  # fmt: skip
    known = delays.known((now - at) / DAY_MICROS)
    counts = {name: int(rows.sum()) for name, rows in sorted(left_out.items()) if rows.any()}
    used = ~np.logical_or.reduce(list(left_out.values()))
    return Targets(used, confirmed, labelled, random & labelled, known, regime, embargo, delays, counts)


def _matched(reference: IntArray, known: Labels) -> tuple[IntArray, IntArray, BoolArray]:
    """Verdict (NO_LABEL where there is none), moment and chance of each order's judgement; (n,) each."""
    if not known.reference.size:
        return np.full(reference.size, NO_LABEL), np.zeros(reference.size, np.int64), np.zeros(reference.size, np.bool_)
    at = np.minimum(np.searchsorted(known.reference, reference), known.reference.size - 1)
    found = known.reference[at] == reference
    return np.where(found, known.verdict[at], NO_LABEL), known.known_at[at], found & known.random[at]


def _last_versions(reference: IntArray, there: BoolArray) -> BoolArray:
    """Whether no later row of those that are there yet amends this one; later ones are too young in any case."""
    last = ~there
    rows = np.flatnonzero(there)
    _, first_from_the_end = np.unique(reference[rows][::-1], return_index=True)
    last[rows[rows.size - 1 - first_from_the_end]] = True
    return last


def _left_out(why: dict[str, BoolArray]) -> dict[str, BoolArray]:
    """Each row under the first reason that holds for it."""
    taken = np.zeros_like(next(iter(why.values())))
    first = {}
    for name, rows in why.items():
        first[name] = rows & ~taken
        taken = taken | rows
    return first


def _delays(at: IntArray, known_at: IntArray, cases: BoolArray, now: int) -> tuple[FloatArray, FloatArray]:
    """Days each case took to become known and days it had for it, (k,) each."""
    delay = np.maximum(known_at[cases] - at[cases], 0) / DAY_MICROS
    return delay, np.maximum((now - at[cases]) / DAY_MICROS, delay)


def delay_curve(delay: FloatArray, age: FloatArray) -> DelayCurve:
    """The distribution of delays, from those seen (k,) days and the ages (k,) within which each had to fall.

    At each delay s the cases that could have shown it are those with delay <= s <= age; the product runs from the
    longest delay down. Nothing is known of delays longer than the longest seen: the share is 1 there.
    """
    days, seen = np.unique(delay, return_counts=True)
    if not days.size:
        return DelayCurve(days, days.copy(), 0)
    at_risk = np.searchsorted(np.sort(delay), days, side="right") - np.searchsorted(np.sort(age), days, side="left")
    # Where all that could show a delay do, the product would end at nothing: one more is allowed for.
    left = np.where(at_risk > seen, 1 - seen / np.maximum(at_risk, 1), 1 / (at_risk + 1))
    share = np.append(np.cumprod(left[:0:-1])[::-1], 1.0)
    return DelayCurve(days, share, int(delay.size))


def embargo_days(delays: DelayCurve) -> float:
    """Days within which three in four cases become known; a month where no case tells."""
    if not delays.cases:
        return EMBARGO_UNKNOWN
    return float(np.clip(delays.quantile(DELAY_SHARE), SHORTEST_EMBARGO, LONGEST_EMBARGO))
