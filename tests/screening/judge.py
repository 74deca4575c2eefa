"""A scorer for tests of what follows a score."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from features.catalogue import feature_names
from models.scorer import Assessment


@dataclass
class Judge:
    """A scorer that says what it is told to."""

    band: Any = "elevated"
    version: str = "judge"
    compiled: bool = True
    manifest: dict[str, Any] = field(default_factory=dict)

    def assess(self, _values: Any) -> Assessment:
        reference: Any = SimpleNamespace(total=0, confirmed=0, low=0.0, high=1.0)
        return Assessment(0.0, 0.2, self.band, np.zeros(len(feature_names()) + 1, np.float32), reference)
