"""How long a scheme goes on, and how much it gets, before its actor's first alert."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from models.scoreboard.season import Season

ALERT_SHARE = 0.01
DAY_MICROS = 86_400_000_000


def first_alerts(season: Season, score: NDArray[np.float64]) -> dict[str, float]:
    """Alerts are the highest one percent of test orders; actors are those whose scheme begins in the test.

    actors_alerted: share of them with an alert on any order of the scheme; days_to_alert: median of those;
    kg_before_alert: median kilograms ordered before the alert; kg_not_alerted: share of all their kilograms that
    was ordered before the first alert or without any.
    """
    threshold = np.quantile(score, 1 - ALERT_SHARE)
    rows = np.flatnonzero(season.test)
    schemes: dict[tuple[int | None, str], list[int]] = defaultdict(list)
    earlier = {
        (row.scheme, row.actor)
        for row, test in zip(season.truth, season.test, strict=True)
        if row.scheme is not None and not test
    }
    for place, row in enumerate(rows.tolist()):
        truth = season.truth[row]
        if truth.scheme is not None and (truth.scheme, truth.actor) not in earlier:
            schemes[truth.scheme, truth.actor].append(place)
    at, mass = season.view.at[rows], np.nan_to_num(season.view.kilograms[rows])
    days, before, missed = [], [], 0.0
    for places in schemes.values():
        alerted = next((k for k, place in enumerate(places) if score[place] > threshold), None)
        missed += float(mass[places[:alerted]].sum())
        if alerted is not None:
            days.append(float(at[places[alerted]] - at[places[0]]) / DAY_MICROS)
            before.append(float(mass[places[:alerted]].sum()))
    total = sum(float(mass[places].sum()) for places in schemes.values())
    return {
        "actors": float(len(schemes)),
        "actors_alerted": len(days) / max(1, len(schemes)),
        "days_to_alert": float(np.median(days)) if days else float("nan"),
        "kg_before_alert": float(np.median(before)) if before else float("nan"),
        "kg_not_alerted": missed / total if total else float("nan"),
    }
