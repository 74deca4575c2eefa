"""No score, no release: whatever goes wrong with the scorer is a failure with a name, never a score."""

from __future__ import annotations

import numpy as np

from features.catalogue import CATALOGUE
from models.scorer import Scorer
from screening.scoring import ScorerInService

VECTOR = np.full(len(CATALOGUE), np.nan, dtype=np.float32)


def test_a_model_in_service_scores(scorer: Scorer) -> None:
    service = ScorerInService()
    service.serve(scorer)
    scored = service.assess(VECTOR)
    assert (scored.failure, scored.model_version) == (None, scorer.version)
    assert scored.assessment is not None
    assert 0.0 < scored.assessment.probability < 1.0


def test_without_a_model_there_is_no_assessment(scorer: Scorer) -> None:
    service = ScorerInService()
    assert service.assess(VECTOR).failure == "scorer_missing"
    service.serve(scorer)
    service.serve(None)
    assert service.assess(VECTOR).assessment is None


def test_an_answer_past_the_limit_is_none(scorer: Scorer) -> None:
    service = ScorerInService(limit_seconds=0.0)
    service.serve(scorer)
    scored = service.assess(VECTOR)
    assert (scored.assessment, scored.failure) == (None, "scorer_late")


def test_a_vector_it_cannot_score_is_a_failure_and_not_a_crash(scorer: Scorer) -> None:
    service = ScorerInService()
    service.serve(scorer)
    scored = service.assess(VECTOR[:-1])
    assert (scored.assessment, scored.failure) == (None, "scorer_failed")
