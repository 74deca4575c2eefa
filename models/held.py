"""The orders a model was judged by, kept beside it: for intervals, slices and plots."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.catalogue import CATALOGUE
from features.reference.typologies import typologies
from models.evaluate import Judged, captured
from models.slices import Groups
from models.training import TrainingData

FloatArray = NDArray[np.float64]
SLICE_SHARE = 0.05
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Held:
    """Later orders of customers the judging boosters never met, (n,) each: outcome and probability, customer, moment
    in microseconds, and their groups."""

    judged: Judged
    customer: NDArray[np.int64]
    at: NDArray[np.int64]
    groups: Groups


def by_slice(held: Held) -> list[dict[str, Any]]:
    """Orders, cases, recall at five percent of all, and mean prediction beside the observed rate of every group."""
    return [row for kind, groups in held.groups.items() for row in _rows(held.judged, kind, groups)]


def _rows(judged: Judged, kind: str, groups: NDArray[np.str_]) -> Iterator[dict[str, Any]]:
    budget = SLICE_SHARE * judged.probability.size
    for group in np.unique(groups).tolist():
        inside = groups == group
        cases = int((inside & judged.confirmed).sum())
        found = captured(judged.probability, (inside & judged.confirmed).astype(np.float64), budget)
        yield {
            "slice": kind, "group": str(group), "orders": int(inside.sum()), "cases": cases,
            "recall": round(found / cases, 6) if cases else None,
            "predicted": round(float(judged.probability[inside].mean()), 6),
            "observed": round(float(judged.confirmed[inside].mean()), 6),
        }  # fmt: skip


def unseen_typologies(data: TrainingData) -> list[str]:
    """Ids of the typologies whose yes-or-no red flags no confirmed order of the training raised: of these the model
    knows only what the trade's belief in the flags says (`models.unseen`). Those without such a flag are not told."""
    cases = data.values[np.flatnonzero(data.targets.used & data.targets.confirmed)]
    raised = {flag for column, flags in _flagged() if (cases[:, column] >= HALF).any() for flag in flags}
    told = {flag for _, flags in _flagged() for flag in flags}
    return [
        name for name, each in sorted(typologies().items())
        if set(each.flags) & told and not set(each.flags) & raised
    ]  # fmt: skip


def _flagged() -> Iterator[tuple[int, tuple[str, ...]]]:
    for column, entry in enumerate(CATALOGUE):
        if entry.unit == "flag" and entry.flags:
            yield column, tuple(entry.flags)
