"""What may be a policy: rules of known words, in which no missing score and no legal stop lets an order go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from screening.errors import FieldFault, Invalid, Text
from screening.policy import DEFAULT_RULES, RANK, REPEATS, REVIEW, ROLLOUT, STOPS

MOST_REPEATS = {"days": 366, "factor": 2}
MOST_ROLLOUT = 0.5


def check(rules: Mapping[str, Any]) -> None:
    """Raises Invalid for rules that are not a policy: unknown words, or a missing score or legal stop let go."""
    bands, stops = rules.get("bands"), rules.get("stops")
    review = rules.get("review", {})
    sound = (
        set(rules) <= {*DEFAULT_RULES, "review", "clearances", "rollout"}
        and isinstance(bands, dict) and set(bands) == set(DEFAULT_RULES["bands"])
        and isinstance(stops, dict) and set(stops) == set(STOPS)
        and all(outcome in RANK for outcome in (*bands.values(), *stops.values()))
        and bands["unscored"] != "release" and "release" not in stops.values()
        and set(rules.get("refer_bands", ())) <= set(bands) and set(rules.get("refer_stops", ())) <= set(STOPS)
        and "refer_bands" in rules and "refer_stops" in rules
        and isinstance(review, dict) and set(review) <= set(REVIEW) and all(_share(each) for each in review.values())
        and _repeats(rules.get("clearances", {})) and _rollout(rules.get("rollout", {}))
    )  # fmt: skip
    if not sound:
        reason = Text("is not a policy", "не политика")
        remedy = Text(
            "Give bands, stops, refer_bands and refer_stops of known words; no score and legal stops never release.",
            "Укажите bands, stops, refer_bands и refer_stops; без оценки и при запрете закона заказ не отпускается.",
        )
        raise Invalid(faults=(FieldFault("rules", "policy", reason, remedy),))


def _repeats(said: object) -> bool:
    """Days 0 to 366, 0 for none at all; a factor of 1 to 2."""
    if not isinstance(said, dict) or not set(said) <= set(REPEATS):
        return False
    days, factor = said.get("days", 0), said.get("factor", 1)
    numbers = isinstance(days, int) and isinstance(factor, int | float) and not isinstance(days, bool)
    return numbers and 0 <= days <= MOST_REPEATS["days"] and 1 <= factor <= MOST_REPEATS["factor"]


def _rollout(said: object) -> bool:
    return isinstance(said, dict) and set(said) <= set(ROLLOUT) and all(
        _share(most) and most <= MOST_ROLLOUT for most in said.values()
    )  # fmt: skip


def _share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
