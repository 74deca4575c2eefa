"""The scorer in service: one signed model per process, and no answer rather than a late one.

Booster, calibrator and thresholds are one object that is exchanged whole, so no order is ever scored by parts of two.
In a rollout a challenger stands beside it in the same object and decides for a share of customers: each order is
scored by one of the two, whole.
"""

from __future__ import annotations

import hmac
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass, field
from threading import Lock
from uuid import UUID

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


@dataclass(frozen=True, slots=True)
class Buyer:
    """Whose order it is: the company, its customer's key, and of how many customers policy lets a challenger decide."""

    organisation_id: UUID
    customer: int
    allowed: float


@dataclass(frozen=True, slots=True)
class Rollout:
    """A challenger that decides for a share of customers: by hash under a key, the same ones for as long as it serves,
    more where the share is raised, and nobody outside can tell which."""

    scorer: Scorer
    share: float
    key: bytes

    def decides_for(self, buyer: Buyer) -> bool:
        share = min(self.share, buyer.allowed)
        if share <= 0:
            return False
        digest = hmac.digest(self.key, f"{buyer.organisation_id}:{buyer.customer}".encode(), "sha256")
        return int.from_bytes(digest[:8], "big") < share * 2**64


@dataclass(frozen=True, slots=True)
class Turn:
    """What serves: the model, the serial of its term, and the challenger of a rollout."""

    scorer: Scorer | None = None
    serial: int | None = None
    rollout: Rollout | None = None

    def chosen(self, buyer: Buyer | None) -> Scorer | None:
        """Which of the two scores an order of this buyer."""
        if self.rollout is not None and buyer is not None and self.rollout.decides_for(buyer):
            return self.rollout.scorer
        return self.scorer


@dataclass
class ScorerInService:
    """Holds the model of this process. Without one, or past the limit, the answer is a failure and never a score."""

    limit_seconds: float = LIMIT_SECONDS
    _turn: Turn = field(default_factory=Turn)
    _guard: Lock = field(default_factory=Lock)
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "scorer"))

    def serve(self, scorer: Scorer | None, serial: int | None = None, rollout: Rollout | None = None) -> None:
        """Take a model into service, or none out of it; orders in flight finish with the one they started with.

        `serial` is that of its term, where the database knows one.
        """
        turn = Turn(scorer, serial, rollout)
        with self._guard:
            self._turn = turn

    @property
    def current(self) -> Scorer | None:
        """The model that decides wherever no challenger does."""
        return self._turn.scorer

    @property
    def serial(self) -> int | None:
        return self._turn.serial

    def assess(self, values: NDArray[np.float32], buyer: Buyer | None = None) -> Scored:
        """Score one vector (n_features,) of a buyer's order. Any failure is logged and returned as `failure`."""
        scorer = self._turn.chosen(buyer)
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
