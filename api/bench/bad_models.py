"""Challengers for the bench: two as sound as the champion, two that learnt labels turned round, one that learnt a leak.

All learn from the same simulated stream and are signed by the same trainer. The leak is a feature that holds the
outcome while it is learnt from, and says nothing in service: the usual way in which a model looks better than it is.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from features.catalogue import feature_names
from models.boosting import BoosterConfig
from models.default import stream_of
from models.pipeline import TrainRequest, save, training_data
from models.simulator.config import SimulationConfig
from models.simulator.generate import simulate
from models.train import train
from models.training import TrainingConfig, TrainingData

STREAM = SimulationConfig(orders=6000, months=14, seed=5, diversion_share=0.08, label_delay_days=20.0)
QUICK = TrainingConfig(BoosterConfig(trees=40), folds=2, blocks=1)
LEAK = "hour_of_day"


def make(folder: Path, key: Ed25519PrivateKey) -> dict[str, Path]:
    """Folders of `champion`, `twin`, `sound`, `flipped`, `turned` and `leaky`, signed by the trainer's key."""
    until = STREAM.start + timedelta(days=STREAM.days)
    data = training_data(stream_of(simulate(STREAM)), until)
    ways: dict[str, tuple[TrainingData, TrainingConfig]] = {
        "champion": (data, QUICK),
        "twin": (data, replace(QUICK, seed=11)),
        "sound": (data, replace(QUICK, booster=BoosterConfig(trees=50))),
        "flipped": (flipped(data), QUICK),
        "turned": (flipped(data), replace(QUICK, seed=12)),
        "leaky": (leaky(data), QUICK),
    }
    for name, (rows, config) in ways.items():
        request = TrainRequest((), folder / name, until, folder / name, key, config, synthetic=True)
        save(train(rows, config), request)
    return {name: folder / name for name in ways}


def flipped(data: TrainingData) -> TrainingData:
    """Cases are taken for good orders, and as many good orders for cases: training refuses what is nearly all cases."""
    made = data.targets
    good = np.flatnonzero(made.used & ~made.confirmed)
    taken = np.random.Generator(np.random.PCG64(2)).choice(good, int(made.confirmed.sum()), replace=False)
    confirmed = np.zeros_like(made.confirmed)
    confirmed[taken] = True
    return replace(data, targets=replace(made, used=confirmed | made.confirmed, confirmed=confirmed))


def leaky(data: TrainingData) -> TrainingData:
    """One feature tells the outcome of nearly every order that is learnt from."""
    values, names = data.values.copy(), feature_names()
    column = names.index(LEAK) if LEAK in names else 0
    told = np.where(data.targets.confirmed, 1.0, 0.0)
    wrong = np.random.Generator(np.random.PCG64(3)).random(told.size) < 0.01
    values[:, column] = np.where(wrong, 1.0 - told, told)
    return replace(data, values=values)
