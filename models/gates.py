"""What a candidate has to pass before anybody may promote it, on orders later than it or the champion has learnt from.

    recall       at the office's review capacity not below the champion's by more than a margin, nor the low end of the
                 paired 90 % interval by more than twice that
    calibration  cases predicted over cases confirmed within a factor, and a small gap of predicted and observed
    slices       recall of no group with enough cases below the champion's by more than a margin, beyond chance
    stability    from one half of the time to the other scores keep their distribution (population stability index),
                 and alerts their rate
    agreement    of the champion's orders to review a share is among the candidate's too
    additivity   contributions add up to the margin
    latency      a single order is scored with its explanation in time

Without a champion, recall is held against the DEA customer-class formula, and slices and agreement have nothing to be
compared with and are left out by name. Bars are data (`Bars`); a gate says by how much it failed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from features.encode import micros
from models.errors import TrainingError
from models.evaluate import Judged, captured, evaluate
from models.frozen.rows import Rows
from models.intervals import difference, draws, weighted_recall
from models.scorer import Scorer

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Sense = Literal["at least", "at most"]
FEWEST_CASES = 10
PSI_BINS = 10
PSI_FLOOR = 1e-4
EXPLAINED, TIMED = 2_000, 300
SEED = 7


@dataclass(frozen=True, slots=True)
class Bars:
    """What the gates ask. Shares of orders, recall in parts of one, milliseconds."""

    capacity: float = 0.01
    recall_margin: float = 0.02
    calibration_low: float = 0.5
    calibration_high: float = 2.0
    calibration_gap: float = 0.01
    slice_cases: int = 20
    slice_margin: float = 0.15
    psi: float = 0.25
    alert_rate_change: float = 2.0
    agreement: float = 0.4
    additivity: float = 1e-3
    latency_ms: float = 10.0

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Bars:
        """The defaults with the given ones over them. Raises ValueError for a name or value that is none."""
        unknown = set(value) - {each.name for each in fields(cls)}
        if unknown:
            raise ValueError(f"no such bar: {', '.join(sorted(unknown))}")
        if not all(isinstance(each, int | float) and each >= 0 for each in value.values()):
            raise ValueError("bars are numbers of zero or more")
        return cls(**value)


@dataclass(frozen=True, slots=True)
class Gate:
    """One figure held against its bar. `short` is by how much it fails, 0 where it passes."""

    gate: str
    figure: str
    value: float
    sense: Sense
    bar: float

    @property
    def short(self) -> float:
        gap = self.bar - self.value if self.sense == "at least" else self.value - self.bar
        return gap if gap > 0 or np.isnan(gap) else 0.0

    @property
    def passed(self) -> bool:
        return self.short == 0.0

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"passed": self.passed, "short": self.short}


@dataclass(frozen=True)
class Trial:
    """A candidate, a champion or none, and the orders (k,) of `rows` that judge them; `confirmed` is of these."""

    candidate: Scorer
    champion: Scorer | None
    rows: Rows
    judged: IntArray
    confirmed: NDArray[np.bool_]
    bars: Bars
    nthread: int = 1

    @cached_property
    def values(self) -> NDArray[np.float32]:
        return self.rows.values[self.judged]

    @cached_property
    def own(self) -> FloatArray:
        """The candidate's probabilities, (k,)."""
        return _probability(self.candidate, self.values, self.nthread)

    @cached_property
    def other(self) -> FloatArray:
        """What the candidate is compared with: the champion's probabilities, else the DEA formula's scores, (k,)."""
        if self.champion is None:
            return self.rows.formula[self.judged]
        return _probability(self.champion, self.values, self.nthread)

    @cached_property
    def weights(self) -> list[FloatArray]:
        """Draws of the bootstrap over customers."""
        return list(draws(self.rows.customer[self.judged], SEED))

    def recall(self, score: FloatArray, among: NDArray[np.bool_] | None = None) -> float:
        """Recall at capacity of all cases or of those `among`."""
        cases = self.confirmed if among is None else self.confirmed & among
        return captured(score, cases.astype(np.float64), self.bars.capacity * score.size) / max(1, int(cases.sum()))


def trial(candidate: Scorer, champion: Scorer | None, rows: Rows, bars: Bars, nthread: int = 1) -> Trial:
    """On the mature orders later than what either model has learnt from. Raises TrainingError where cases are few."""
    known = max(datetime.fromisoformat(each.manifest["as_of"]) for each in (candidate, champion or candidate))
    made = rows.targets(rows.as_of)
    judged = np.flatnonzero(made.used & (rows.at[: made.used.size] > micros(known)))
    cases = int(made.confirmed[judged].sum())
    if cases < FEWEST_CASES:
        raise TrainingError(
            f"{cases} confirmed cases among the {judged.size} mature orders after {known.isoformat()}: "
            f"gates need {FEWEST_CASES}, from a dataset that knows more of the time after"
        )
    return Trial(candidate, champion, rows, judged, made.confirmed[judged], bars, nthread)


def gates(tried: Trial) -> dict[str, Any]:
    """Every gate with its figures as plain JSON values, and whether all passed."""
    found = [*_recall(tried), *_calibration(tried), *_slices(tried), *_stability(tried), *_agreement(tried),
             *_additivity(tried), *_latency(tried)]  # fmt: skip
    champion = tried.champion.version if tried.champion else None
    judged = Judged.of(tried.own, tried.confirmed, tried.rows.kilograms[tried.judged])
    at = tried.rows.at[tried.judged].astype("datetime64[us]")
    return {
        "candidate": tried.candidate.version,
        "champion": champion,
        "compared_with": champion or "DEA customer-class formula",
        "orders": int(tried.judged.size),
        "confirmed": int(tried.confirmed.sum()),
        "from": f"{at[0]}Z",
        "to": f"{at[-1]}Z",
        "bars": asdict(tried.bars),
        "gates": [each.to_json() for each in found],
        "left_out": [] if champion else ["slices", "agreement"],
        "failed": sorted({each.gate for each in found if not each.passed}),
        "passed": all(each.passed for each in found),
        "metrics": evaluate(judged),
    }


def _probability(scorer: Scorer, values: NDArray[np.float32], nthread: int) -> FloatArray:
    return scorer.calibrator.probability(scorer.margins(values, nthread).astype(np.float64))


def _recall(tried: Trial) -> Iterator[Gate]:
    bars = tried.bars
    gain = tried.recall(tried.own) - tried.recall(tried.other)
    yield Gate("recall", "recall at capacity over the champion's", gain, "at least", -bars.recall_margin)
    low, _ = difference(
        lambda score, weight: weighted_recall(score, tried.confirmed, weight, bars.capacity),
        (tried.own, tried.other), tried.weights,
    )  # fmt: skip
    yield Gate("recall", "low end of its 90 % interval", low, "at least", -2 * max(bars.recall_margin, _noise(tried)))


def _noise(tried: Trial) -> float:
    """What a single case is worth: an interval cannot be narrower than that."""
    return 1.0 / max(1, int(tried.confirmed.sum()))


def _calibration(tried: Trial) -> Iterator[Gate]:
    """Cases still to come are not counted on: judged orders are mature, the rest of the cases is within the bars."""
    ratio = float(tried.own.sum()) / max(1, int(tried.confirmed.sum()))
    gap = evaluate(Judged.of(tried.own, tried.confirmed))["calibration_error"]
    yield Gate("calibration", "cases predicted over confirmed", ratio, "at least", tried.bars.calibration_low)
    yield Gate("calibration", "cases predicted over confirmed", ratio, "at most", tried.bars.calibration_high)
    yield Gate("calibration", "mean gap of predicted and observed", gap, "at most", tried.bars.calibration_gap)


def _slices(tried: Trial) -> Iterator[Gate]:
    """Only losses that the paired interval of the group's recall leaves no doubt of count."""
    if tried.champion is None:
        return
    for kind, groups in tried.rows.slices(tried.judged).items():
        for group in np.unique(groups).tolist():
            inside = groups == group
            if int((inside & tried.confirmed).sum()) < tried.bars.slice_cases:
                continue
            cases = tried.confirmed & inside
            _, high = difference(
                lambda score, weight, cases=cases: _share_found(score, cases, weight, tried.bars.capacity),  # type: ignore[misc]
                (tried.own, tried.other), tried.weights,
            )  # fmt: skip
            gain = tried.recall(tried.own, inside) - tried.recall(tried.other, inside)
            sure = gain if high < 0 else max(gain, 0.0)
            yield Gate("slices", f"recall over the champion's, {kind}: {group}", sure, "at least",
                       -tried.bars.slice_margin)  # fmt: skip


def _share_found(score: FloatArray, cases: NDArray[np.bool_], weight: FloatArray, capacity: float) -> float:
    """Weighted share of some cases among the highest `capacity` of all orders."""
    order = np.argsort(-score, kind="stable")
    taken = np.cumsum(weight[order]) <= capacity * weight.sum()
    gain = (weight * cases)[order]
    return float(gain[taken].sum() / gain.sum()) if gain.sum() else float("nan")


def _stability(tried: Trial) -> Iterator[Gate]:
    """The earlier half of the time against the later one."""
    middle = (int(tried.rows.at[tried.judged[0]]) + int(tried.rows.at[tried.judged[-1]])) // 2
    late = tried.rows.at[tried.judged] > middle
    index = stability_index(tried.own[~late], tried.own[late])
    yield Gate("stability", "population stability index of the score", index, "at most", tried.bars.psi)
    alerts = tried.own >= np.quantile(tried.own, 1 - tried.bars.capacity)
    rates = sorted(max(float(alerts[part].mean()), PSI_FLOOR) for part in (late, ~late))
    yield Gate("stability", "alert rate, higher over lower half", rates[1] / rates[0], "at most",
               tried.bars.alert_rate_change)  # fmt: skip


def stability_index(before: FloatArray, after: FloatArray) -> float:
    """Population stability index of two samples over the tenths of the first; 0 where they are alike."""
    edges = np.unique(np.quantile(before, np.linspace(0, 1, PSI_BINS + 1)[1:-1]))
    shares = [np.bincount(np.searchsorted(edges, each, side="right"), minlength=edges.size + 1) / each.size
              for each in (before, after)]  # fmt: skip
    first, second = (np.maximum(each, PSI_FLOOR) for each in shares)
    return float(((second - first) * np.log(second / first)).sum())


def _agreement(tried: Trial) -> Iterator[Gate]:
    if tried.champion is not None:
        share = agreement(tried.own, tried.other, tried.bars.capacity)
        yield Gate("agreement", "champion's orders to review that are the candidate's too", share, "at least",
                   tried.bars.agreement)  # fmt: skip


def agreement(own: FloatArray, other: FloatArray, capacity: float) -> float:
    """Share of the highest `capacity` of one score that is among the highest of the other."""
    count = max(1, round(capacity * own.size))
    highest = [set(np.argsort(-score, kind="stable")[:count].tolist()) for score in (own, other)]
    return len(highest[0] & highest[1]) / count


def _additivity(tried: Trial) -> Iterator[Gate]:
    step = max(1, tried.judged.size // EXPLAINED)
    contributions, margins = tried.candidate.explain_many(tried.values[::step], tried.nthread)
    worst = float(np.abs(contributions.sum(axis=1, dtype=np.float64) - margins).max())
    yield Gate("additivity", "largest gap of contributions and margin", worst, "at most", tried.bars.additivity)


def _latency(tried: Trial) -> Iterator[Gate]:
    """Single orders as the service scores them, one after another; the 99th percentile."""
    spent = []
    for row in tried.values[:TIMED]:
        began = time.perf_counter()
        tried.candidate.assess(np.ascontiguousarray(row))
        spent.append(1000 * (time.perf_counter() - began))
    yield Gate("latency", "p99 milliseconds with explanation", float(np.quantile(spent, 0.99)), "at most",
               tried.bars.latency_ms)  # fmt: skip
