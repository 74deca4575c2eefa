"""Plots of a training run as SVG: recall by share reviewed, calibration, and how cases and others are scored."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models import svg
from models.evaluate import Judged, calibration_table, captured

FloatArray = NDArray[np.float64]
SHARES = (0.0025, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1)
FEWEST = 20
TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
BINS = np.linspace(-5, 0, 21)


def plots(judged: Judged) -> dict[str, str]:
    """File name to SVG. Without a case there is nothing to draw."""
    if not judged.confirmed.any():
        return {}
    return {"recall.svg": _recall(judged), "calibration.svg": _calibration(judged), "scores.svg": _scores(judged)}


def _recall(judged: Judged) -> str:
    gain = judged.confirmed.astype(np.float64)
    mass = np.where(judged.confirmed, np.nan_to_num(judged.kilograms), 0.0)
    axes = svg.Axes((0, 10), (0, 1), "percent of orders reviewed", "recall", (0, 1, 2, 5, 10), TICKS)
    series = {"by orders": _caught(judged.probability, gain)}
    if mass.sum() > 0:
        series["by kilograms"] = _caught(judged.probability, mass)
    return svg.lines(axes, series)


def _caught(score: FloatArray, gain: FloatArray) -> list[tuple[float, float]]:
    return [(100 * share, captured(score, gain, share * score.size) / float(gain.sum())) for share in SHARES]


def _calibration(judged: Judged) -> str:
    shown = [row for row in calibration_table(judged) if row["orders"] >= FEWEST]
    top = max([0.05, *(max(row["predicted"], row["observed"]) for row in shown)]) * 1.05
    ticks = [round(top * share, 3) for share in TICKS]
    axes = svg.Axes((0, top), (0, top), "predicted", "observed", ticks, ticks)
    points = [(row["predicted"], row["observed"]) for row in shown]
    return svg.lines(axes, {f"bands of {FEWEST} orders and more": points}, diagonal=True)


def _scores(judged: Judged) -> str:
    """Shares of cases and of others by the decimal logarithm of the probability."""
    logs = np.log10(np.maximum(judged.probability, 1e-5))
    middles = (BINS[:-1] + BINS[1:]) / 2
    series = {}
    for name, rows in (("confirmed", judged.confirmed), ("others", ~judged.confirmed)):
        counts, _ = np.histogram(logs[rows], BINS)
        series[name] = list(zip(middles.tolist(), (counts / max(1, counts.sum())).tolist(), strict=True))
    axes = svg.Axes((-5, 0), (0, 1), "probability, decimal logarithm", "share", (-5, -4, -3, -2, -1, 0), TICKS)
    return svg.lines(axes, series)
