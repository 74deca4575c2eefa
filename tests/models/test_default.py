"""The default model is made anew, not shipped: the same key and code give the same bytes."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.default import DefaultModel, build_model
from models.registry import open_artefact
from models.scorer import Scorer
from models.simulator.config import SimulationConfig
from tests.models.conftest import QUICK


def test_the_default_model_is_made_signed_and_says_that_it_is_synthetic(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    made = DefaultModel(
        key, SimulationConfig(orders=1500, months=12, diversion_share=0.1, label_delay_days=15.0), QUICK
    )
    stages: list[str] = []
    version = build_model(tmp_path / "model", made, lambda stage, share: stages.append(stage))
    assert Scorer.load(tmp_path / "model", [key.public_key()]).version == version
    card = open_artefact(tmp_path / "model", [key.public_key()]).json("card.json")
    assert card["synthetic"] is True
    assert {"en", "ru"} == set(card["purpose"])
    assert any("simulated" in limit["en"] for limit in card["limits"])
    assert {"trade", "read", "features", "fit"} <= set(stages)
