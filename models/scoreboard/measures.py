"""Figures of one model on one season's test orders, as plain JSON values."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from models.evaluate import REVIEW_SHARES, captured
from models.scoreboard.alerts import first_alerts
from models.scoreboard.season import Season, slices

FloatArray = NDArray[np.float64]
UNSEEN_SHARE = 0.02
GROUP_SHARE = 0.05
TOP_SHARE = 0.1


def measure(season: Season, score: FloatArray) -> dict[str, float]:
    """By the truth unless the name says `confirmed`: precision, recall by orders and kilograms, unseen, alerts."""
    marked, confirmed = season.marked[season.test], season.confirmed[season.test]
    unseen = season.unseen[season.test]
    kilograms = np.nan_to_num(season.view.kilograms[season.test])
    figures = {
        "average_precision": float(average_precision_score(marked, score)),
        "auc": float(roc_auc_score(marked, score)),
        "average_precision_confirmed": float(average_precision_score(confirmed, score)),
    }
    for share in REVIEW_SHARES:
        name = f"{share * 100:g}"
        figures[f"recall_{name}"] = recall(score, marked.astype(np.float64), share)
        figures[f"recall_kg_{name}"] = recall(score, kilograms * marked, share)
        figures[f"recall_confirmed_{name}"] = recall(score, confirmed.astype(np.float64), share)
    figures["unseen_recall_2"] = recall(score, unseen.astype(np.float64), UNSEEN_SHARE)
    figures["seen_recall_2"] = recall(score, (marked & ~unseen).astype(np.float64), UNSEEN_SHARE)
    figures["largest_tie"] = largest_tie(score)
    return figures | first_alerts(season, score)


def recall(score: FloatArray, gain: FloatArray, share: float) -> float:
    """Part of the gain among the given share of orders; NaN where there is none to gain."""
    total = float(gain.sum())
    return captured(score, gain, share * score.size) / total if total else float("nan")


def largest_tie(score: FloatArray) -> float:
    """Share of all orders in the largest group of equal scores that reaches into the highest tenth."""
    values, counts = np.unique(score, return_counts=True)
    highest = values >= np.quantile(score, 1 - TOP_SHARE)
    return float(counts[highest].max() / score.size)


def by_typology(season: Season, score: FloatArray) -> list[dict[str, Any]]:
    """Orders of each typology and strength, and how many are among the highest five percent (expected)."""
    rows = []
    truth = [row for row, inside in zip(season.truth, season.test, strict=True) if inside]
    groups = sorted({(row.typology, row.strength) for row in truth if row.typology and row.strength})
    for typology, strength in groups:
        gain = np.array([row.typology == typology and row.strength == strength for row in truth], dtype=np.float64)
        found = captured(score, gain, GROUP_SHARE * score.size)
        rows.append({"typology": typology, "strength": strength, "orders": int(gain.sum()), "found": found})
    return rows


def known_cases(season: Season) -> dict[str, int]:
    """Confirmed cases of each typology that training knew."""
    counts: dict[str, int] = {}
    taught = season.teaching.used & season.teaching.confirmed
    for row, known in zip(season.truth, taught, strict=True):
        if known and row.typology:
            counts[row.typology] = counts.get(row.typology, 0) + 1
    return counts


def by_slice(season: Season, score: FloatArray) -> list[dict[str, Any]]:
    """Cases, cases found and honest orders stopped when five percent of all test orders are reviewed."""
    rows = []
    marked = season.marked[season.test]
    for kind, groups in slices(season).items():
        inside = np.array(groups)[season.test]
        for group in sorted(set(inside.tolist())):
            here = inside == group
            budget = GROUP_SHARE * score.size
            rows.append(
                {
                    "slice": kind,
                    "group": group,
                    "orders": int(here.sum()),
                    "cases": int((here & marked).sum()),
                    "found": captured(score, (here & marked).astype(np.float64), budget),
                    "honest": int((here & ~marked).sum()),
                    "stopped": captured(score, (here & ~marked).astype(np.float64), budget),
                }
            )
    return rows
