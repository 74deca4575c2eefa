"""The plan of kills: the same from its seed, half at named points, every part of the service in turn."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import api
import screening
from api.bench.fault_plan import AT_RANDOM, POINTS, plan


@pytest.mark.parametrize("seed", range(5))
def test_a_seed_is_a_plan(seed: int) -> None:
    made = plan(seed, 30, 100)
    assert made == plan(seed, 30, 100)
    assert made != plan(seed + 1, 30, 100)
    assert sum(each.point is not None for each in made) == 15
    assert {each.point for each in made if each.point} == POINTS.keys()
    assert {each.target for each in made if each.point is None} == set(AT_RANDOM)
    assert all(1 <= each.after < 100 for each in made)


def test_every_named_point_is_in_the_service() -> None:
    sources = [path for package in (api, screening) for path in Path(package.__file__).parent.rglob("*.py")]  # type: ignore[arg-type]
    reached = {name for path in sources for name in re.findall(r'failpoints\.reach\("([a-z-]+)"\)', path.read_text())}
    assert reached == POINTS.keys()
