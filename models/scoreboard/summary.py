"""Several seeds as one table: means with intervals, bands pooled, typologies with the reason of each shortfall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.evaluate import Z90, Judged, calibration_table, design_effect, wilson
from models.simulator.config import HELD_OUT

FEWEST_IN_BAND = 50
LOWEST, HIGHEST = 0.8, 1.25
TYPOLOGY_RECALL = 0.7
FEW_CASES = 30
AS_GOOD = 0.95  # of the plain booster's recall
# Student's t at 95 %, by degrees of freedom; beyond them the normal value serves.
STUDENT = {1: 6.314, 2: 2.920, 3: 2.353, 4: 2.132, 5: 2.015, 6: 1.943, 7: 1.895, 8: 1.860, 9: 1.833}


@dataclass(frozen=True, slots=True)
class Mean:
    """Mean over seeds and its 90 % interval (Student's t); the interval is the mean itself for one seed."""

    value: float
    low: float
    high: float


def mean_of(values: Sequence[float]) -> Mean:
    """Of the values that are numbers."""
    known = np.array([value for value in values if np.isfinite(value)])
    if known.size == 0:
        return Mean(float("nan"), float("nan"), float("nan"))
    middle = float(known.mean())
    if known.size == 1:
        return Mean(middle, middle, middle)
    half = STUDENT.get(known.size - 1, Z90) * float(known.std(ddof=1)) / float(np.sqrt(known.size))
    return Mean(middle, middle - half, middle + half)


def table(seasons: Sequence[Mapping[str, Mapping[str, float]]]) -> dict[str, dict[str, Mean]]:
    """Means by model and measure from figures by seed, model and measure."""
    return {
        model: {name: mean_of([season[model][name] for season in seasons]) for name in figures}
        for model, figures in seasons[0].items()
    }


@dataclass(frozen=True, slots=True)
class Outcome:
    """Test orders, (n,) each: the probability given, whether confirmed in the end, and the customer's number."""

    probability: NDArray[np.float64]
    confirmed: NDArray[np.bool_]
    customer: NDArray[np.int64]


def pooled(seasons: Sequence[Outcome]) -> Outcome:
    """All seasons as one; customers of different seasons stay apart."""
    step = 1 + max(int(each.customer.max()) for each in seasons)
    return Outcome(
        np.concatenate([each.probability for each in seasons]),
        np.concatenate([each.confirmed for each in seasons]),
        np.concatenate([each.customer + number * step for number, each in enumerate(seasons)]),
    )


def bands(outcome: Outcome) -> list[dict[str, Any]]:
    """The reliability table, each band with its ratio and whether it holds; None where it has too few orders.

    The 90 % interval is Wilson's for as many independent orders as the band's tell apart: orders of one customer are
    found out together, and the table's own interval takes each for news (`models.evaluate.design_effect`).
    """
    rows = []
    for row in calibration_table(Judged.of(outcome.probability, outcome.confirmed)):
        inside = (outcome.probability >= row["from"]) & (outcome.probability < row["to"] + (row["to"] == 1.0))
        effect = design_effect(outcome.confirmed[inside], outcome.customer[inside])
        low, high = wilson(row["confirmed"] / effect, row["orders"] / effect)
        ratio = row["observed"] / row["predicted"] if row["predicted"] else float("inf")
        holds = LOWEST <= ratio <= HIGHEST or low <= row["predicted"] <= high
        rows.append(
            {**row, "interval_of_independent_orders": row["interval"], "interval": [round(low, 6), round(high, 6)],
             "ratio": round(ratio, 3), "design_effect": round(effect, 2),
             "holds": holds if row["orders"] >= FEWEST_IN_BAND else None}
        )  # fmt: skip
    return rows


def failing(rows: Sequence[Mapping[str, Any]]) -> int:
    """Bands with enough orders that do not hold."""
    return sum(row["holds"] is False for row in rows)


@dataclass(frozen=True, slots=True)
class Typed:
    """Rows of `measures.by_typology` over all seeds: of Tamga, of the ceiling and of a plain booster on the same
    features and labels (`contest`), and cases known in training."""

    tamga: Sequence[Mapping[str, Any]]
    ceiling: Sequence[Mapping[str, Any]]
    plain: Sequence[Mapping[str, Any]]
    cases: Mapping[str, int]


def typologies(typed: Typed) -> list[dict[str, Any]]:
    """Recall at five percent by typology: weak, medium, strong, the last two together, the ceiling, and the reason."""
    rows = []
    for name in sorted({str(row["typology"]) for row in typed.tamga}):
        by_strength = {strength: _recall(typed.tamga, name, (strength,)) for strength in ("weak", "medium", "strong")}
        clear = _recall(typed.tamga, name, ("medium", "strong"))
        best = _recall(typed.ceiling, name, ("medium", "strong"))
        told = _recall(typed.plain, name, ("medium", "strong"))
        cases = typed.cases.get(name, 0)
        reason = _reason(name, Recalls(clear, best, told), cases)
        rows.append(
            {"typology": name, **by_strength, "medium_and_strong": clear, "ceiling": best, "plain": told,
             "known_cases": cases,
             "orders": sum(int(row["orders"]) for row in typed.tamga if row["typology"] == name), "reason": reason}
        )  # fmt: skip
    return rows


def _recall(rows: Sequence[Mapping[str, Any]], name: str, strengths: tuple[str, ...]) -> float | None:
    chosen = [row for row in rows if row["typology"] == name and row["strength"] in strengths]
    orders = sum(int(row["orders"]) for row in chosen)
    return sum(float(row["found"]) for row in chosen) / orders if orders else None


@dataclass(frozen=True, slots=True)
class Recalls:
    """Recall of the medium and strong orders of a typology: Tamga's, the ceiling's, the plain booster's."""

    tamga: float | None
    ceiling: float | None
    plain: float | None


def _reason(name: str, found: Recalls, cases: int) -> str:
    """Why a typology stays below the bar, by what was measured; empty where it does not, `none` where unexplained.

    Where a plain booster on the same features and labels stays below the bar too, and Tamga does not fall behind it,
    the labels are the reason: the ceiling knows the truth and not more.
    """
    if found.tamga is None or found.tamga >= TYPOLOGY_RECALL:
        return ""
    if name in HELD_OUT:
        return "left out of training"
    if found.ceiling is not None and found.ceiling < TYPOLOGY_RECALL:
        return f"few traces: told the truth of every training order, a booster recalls {found.ceiling:.2f}"
    if cases < FEW_CASES:
        return f"few labels: training knew {cases} confirmed orders over all seeds"
    told = found.plain
    if told is not None and told < TYPOLOGY_RECALL and found.tamga >= AS_GOOD * told:
        return (
            f"late and missing labels: a booster on the same features recalls {told:.2f} told what was known, "
            f"{found.ceiling or 0.0:.2f} told the truth"
        )
    return "none"
