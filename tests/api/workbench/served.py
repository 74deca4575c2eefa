"""A model for tests of pages: small, trained once a run, signed and loaded as any other."""

from __future__ import annotations

import atexit
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.boosting import BoosterConfig
from models.default import DefaultModel, build_model
from models.scorer import Scorer
from models.simulator.config import SimulationConfig
from models.training import TrainingConfig

SMALL = SimulationConfig(orders=3000, months=14, seed=5, diversion_share=0.08, label_delay_days=20.0)


@cache
def small_folder() -> tuple[Path, Ed25519PrivateKey]:
    """The folder of the model and the key that signed it; removed when the run ends."""
    key = Ed25519PrivateKey.generate()
    folder = Path(mkdtemp(prefix="tamga-model-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    quick = TrainingConfig(BoosterConfig(trees=40), folds=2, blocks=1)
    build_model(folder / "model", DefaultModel(key, SMALL, quick))
    return folder / "model", key


@cache
def small_scorer() -> Scorer:
    """The loaded model."""
    folder, key = small_folder()
    return Scorer.load(folder, [key.public_key()])
