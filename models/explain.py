"""From contributions to reasons: grouped by family, the strongest first, each with the figures its sentence quotes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.catalogue import BY_NAME, CATALOGUE, FAMILIES
from features.definition import Language
from models.scorer import Assessment

REASONS = 6
LEAST = 0.01
FAMILY_OF = np.array([list(FAMILIES).index(entry.family) for entry in CATALOGUE])


@dataclass(frozen=True, slots=True)
class Reason:
    """One feature that raised the margin: its value and the facts that its sentence quotes, by name."""

    code: str
    family: str
    contribution: float
    params: dict[str, float | str]


@dataclass(frozen=True, slots=True)
class Explanation:
    """base + sum over all features = margin. `families` sum their features, strongest first in either direction."""

    base: float
    margin: float
    families: tuple[tuple[str, float], ...]
    reasons: tuple[Reason, ...]


def explain(assessment: Assessment, values: NDArray[np.float32], facts: Mapping[str, float]) -> Explanation:
    """Why the order scored as it did. `values` (n_features,), `facts` as `features.online` observed them.

    Reasons are the features that raised the margin by at least 0.01, at most six and at least one.
    """
    contributions = assessment.contributions[:-1]
    return Explanation(
        base=float(assessment.contributions[-1]),
        margin=assessment.margin,
        families=by_family(contributions),
        reasons=tuple(_reason(int(column), contributions, values, facts) for column in strongest(contributions)),
    )


def strongest(contributions: NDArray[np.float32], count: int = REASONS) -> NDArray[np.int64]:
    """Columns that raised the margin most, strongest first; ties in catalogue order.

    Those below 0.01 are left out, but for the first: every order has a reason, however slight.
    """
    order = np.argsort(-contributions, kind="stable")[:count]
    raised = int((contributions[order] >= LEAST).sum())
    return order[: max(raised, 1)]


def by_family(contributions: NDArray[np.float32]) -> tuple[tuple[str, float], ...]:
    """Sum of contributions per family, the largest in size first."""
    sums = np.bincount(FAMILY_OF, weights=contributions, minlength=len(FAMILIES)).tolist()
    return tuple(sorted(zip(map(str, FAMILIES), sums, strict=True), key=lambda pair: -abs(pair[1])))


def _reason(
    column: int, contributions: NDArray[np.float32], values: NDArray[np.float32], facts: Mapping[str, float]
) -> Reason:
    entry = CATALOGUE[column]
    params: dict[str, float | str] = {"value": float(values[column])}
    params.update({name: float(facts[name]) for name in entry.evidence if name in facts})
    return Reason(entry.name, entry.family, float(contributions[column]), params)


def sentence(reason: Reason, language: Language) -> str:
    """The reason in words, English or Russian."""
    return BY_NAME[reason.code].sentence(language, reason.params)
