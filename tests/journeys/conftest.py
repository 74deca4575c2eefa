"""Journeys need a model that scores: the small one of the model tests, with bands that the test chooses."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator

import pytest

from models.scorer import Scorer
from screening.scoring import SERVICE
from tests.models.conftest import scorer, signed, simulation, stream

__all__ = ["in_service", "scorer", "signed", "simulation", "stream"]


@pytest.fixture
def in_service(scorer: Scorer) -> Iterator[Callable[[float], Scorer]]:
    """Takes the model into service with both bands beginning at a margin; out of it again afterwards."""

    def serve(margin: float) -> Scorer:
        made = copy.copy(scorer)
        made.thresholds = dataclasses.replace(scorer.thresholds, elevated=margin, high=margin)
        SERVICE.serve(made)
        return made

    before = SERVICE.current
    yield serve
    SERVICE.serve(before)
