"""All models on one season: each learns from the same rows and scores the same test orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from models.scoreboard import peers
from models.scoreboard.engine import Fitting, Model, families, fit
from models.scoreboard.flags import red_flags
from models.scoreboard.peers import Lesson
from models.scoreboard.season import Season

Scores = dict[str, NDArray[np.float64]]
Said = Callable[[str], None]

TAMGA = "Tamga"
FORMULA = "DEA customer-class formula"
ON_AGGREGATES = ("XGBoost, plain aggregates", "LightGBM, plain aggregates")
PEERS = (
    FORMULA, "red-flag count", "isolation forest", "logistic regression", "XGBoost, raw fields",
    "LightGBM, raw fields", *ON_AGGREGATES,
)  # fmt: skip


def contest(season: Season, say: Said) -> tuple[Scores, Model]:
    """Scores of the test orders (t,) by model, and Tamga's model."""
    scores: Scores = {}
    for name, score in _peers(season):
        scores[name] = score
        say(name)
    model = fit(season.view, season.as_of)
    scores[TAMGA] = model.probability(season.view.values[season.test], nthread=2)
    say(TAMGA)
    return scores, model


def _peers(season: Season) -> Iterator[tuple[str, NDArray[np.float64]]]:
    test, seed = season.test, season.seed
    raw, plain = season.peers.raw.values, season.peers.plain
    codes = season.peers.raw.categories.shape[1]
    yield PEERS[0], season.peers.formula[test]
    yield PEERS[1], red_flags(season.view.values[test])
    yield PEERS[2], peers.isolation_forest(_lesson(season, plain), seed)(plain[test])
    yield PEERS[3], peers.logistic_regression(_lesson(season, plain), codes, seed)(plain[test])
    yield PEERS[4], peers.boosted_xgboost(_lesson(season, raw), seed)(raw[test])
    yield PEERS[5], peers.boosted_lightgbm(_lesson(season, raw), seed)(raw[test])
    yield PEERS[6], peers.boosted_xgboost(_lesson(season, plain), seed)(plain[test])
    yield PEERS[7], peers.boosted_lightgbm(_lesson(season, plain), seed)(plain[test])


def _lesson(season: Season, values: NDArray[np.float32]) -> Lesson:
    used = season.teaching.used
    confirmed, reviewed = season.teaching.confirmed[used], season.teaching.reviewed[used]
    return Lesson(values[used], confirmed, peers.weights(confirmed, reviewed))


def ceiling(season: Season) -> NDArray[np.float64]:
    """Scores (t,) of a booster told the truth of every training order: what Tamga's features could give at best.

    Typologies left out of training stay unknown to it. It is no model that could exist; it tells missing labels
    from missing traces.
    """
    known = ~season.test
    confirmed = season.marked[known]
    lesson = Lesson(season.view.values[known], confirmed, np.where(confirmed, 5.0, 1.0))
    return peers.boosted_xgboost(lesson, season.seed)(season.view.values[season.test])


def plain(season: Season) -> NDArray[np.float64]:
    """Scores (t,) of a plain booster on Tamga's features, told what the labels told at the cut and no more."""
    values = season.view.values
    return peers.boosted_xgboost(_lesson(season, values), season.seed)(values[season.test])


def ablation(season: Season, say: Said) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Test scores of Tamga trained again without one family of features at a time."""
    for family, columns in families().items():
        model = fit(season.view, season.as_of, Fitting(blind=columns))
        say(f"without {family}")
        yield family, model.probability(season.view.values[season.test], nthread=2)
