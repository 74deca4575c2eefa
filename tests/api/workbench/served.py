"""A model for tests of pages: small, trained once a run, signed and loaded as any other."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.boosting import BoosterConfig
from models.default import DefaultModel, build_model
from models.scorer import Scorer
from models.simulator.config import SimulationConfig
from models.training import TrainingConfig

SMALL = SimulationConfig(orders=3000, months=14, seed=5, diversion_share=0.08, label_delay_days=20.0)


@cache
def small_scorer() -> Scorer:
    """The loaded model; its folder is not needed any more."""
    key = Ed25519PrivateKey.generate()
    with TemporaryDirectory() as folder:
        quick = TrainingConfig(BoosterConfig(trees=40), folds=2, blocks=1)
        build_model(Path(folder) / "model", DefaultModel(key, SMALL, quick))
        return Scorer.load(Path(folder) / "model", [key.public_key()])
