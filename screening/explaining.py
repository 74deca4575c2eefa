"""An explanation as it is stored."""

from __future__ import annotations

import math
from typing import Any

from models.explain import Explanation
from models.scorer import Assessment


def explanation_data(explanation: Explanation | None, made: Assessment | None) -> dict[str, Any]:
    """Codes and figures, never sentences, so that it reads in any language; empty without a score."""
    if explanation is None or made is None:
        return {}
    reference = made.reference_class
    return {
        "base": explanation.base,
        "margin": explanation.margin,
        "families": [[family, contribution] for family, contribution in explanation.families],
        "reasons": [
            {
                "code": each.code,
                "family": each.family,
                "contribution": each.contribution,
                "params": _finite(each.params),
            }
            for each in explanation.reasons
        ],
        "reference_class": {
            "total": reference.total,
            "confirmed": reference.confirmed,
            "low": reference.low,
            "high": reference.high,
        },
    }


def _finite(params: dict[str, Any]) -> dict[str, Any]:
    """JSON has no NaN: a figure that is not known is left out, and its sentence says so."""
    return {name: value for name, value in params.items() if not isinstance(value, float) or math.isfinite(value)}
