"""Whether a simulated stream gives its answer away: how well single features tell schemes from honest orders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from features.catalogue import feature_names
from models.evaluate import best_single_feature
from models.pipeline import Progress, Sources, read_stream
from models.simulator.generate import Simulation


def single_features(simulation: Simulation, files: Mapping[str, Path], progress: Progress) -> list[Mapping[str, Any]]:
    """The ten best single features by AUC against the truth; 0.80 and more would be a planted answer."""
    stream = read_stream(Sources([files["orders.jsonl"]], files["labels.csv"]), progress)
    marked = {row.order_ref for row in simulation.truth if row.typology is not None}
    truth = np.array([reference in marked for reference in stream.references])
    return best_single_feature(stream.values, truth, feature_names())
