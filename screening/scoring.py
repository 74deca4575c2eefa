"""The scorer in service: one signed model per process, and no answer rather than a late one.

Booster, calibrator and thresholds are one object that is exchanged whole, so no order is ever scored by parts of two.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
import structlog
from numpy.typing import NDArray

from models.scorer import Assessment, Scorer

log = structlog.get_logger()
LIMIT_SECONDS = 2.0
THREADS = 4


@dataclass(frozen=True, slots=True)
class Scored:
    """An assessment and the version that made it, or why there is none."""

    assessment: Assessment | None
    model_version: str | None
    failure: str | None = None


@dataclass
class ScorerInService:
    """Holds the model of this process. Without one, or past the limit, the answer is a failure and never a score."""

    limit_seconds: float = LIMIT_SECONDS
    _scorer: Scorer | None = None
    _serial: int | None = None
    _guard: Lock = field(default_factory=Lock)
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "scorer"))

    def serve(self, scorer: Scorer | None, serial: int | None = None) -> None:
        """Take a model into service, or none out of it; orders in flight finish with the one they started with.

        `serial` is that of its term, where the database knows one.
        """
        with self._guard:
            self._scorer, self._serial = scorer, serial

    @property
    def current(self) -> Scorer | None:
        return self._scorer

    @property
    def serial(self) -> int | None:
        return self._serial

    def assess(self, values: NDArray[np.float32]) -> Scored:
        """Score one vector (n_features,). Any failure is logged and returned as `failure`."""
        scorer = self._scorer
        if scorer is None:
            return Scored(None, None, "scorer_missing")
        started = time.monotonic()
        try:
            assessment = self._answer(scorer, values)
        except Late:
            assessment = None
        except Exception:
            log.exception("scorer_failed", model=scorer.version)
            return Scored(None, scorer.version, "scorer_failed")
        if assessment is None or time.monotonic() - started > self.limit_seconds:
            log.error("scorer_late", model=scorer.version, limit_seconds=self.limit_seconds)
            return Scored(None, scorer.version, "scorer_late")
        return Scored(assessment, scorer.version)

    def _answer(self, scorer: Scorer, values: NDArray[np.float32]) -> Assessment:
        # The compiled kernel takes a fixed tenth of a millisecond; a thread for it would cost more than it.
        if scorer.compiled:
            return scorer.assess(values)
        return self._pool.submit(scorer.assess, values).result(self.limit_seconds)


SERVICE = ScorerInService()
