"""The catalogue as straight arithmetic gives what it gives as arrays, whatever the facts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalogue import CATALOGUE, vectorise
from features.definition import Feature
from features.straight import HELPERS, Script, _FactsOf, divided, vector_of, written

SCRIPT = Script()
for _entry in CATALOGUE:
    _entry.compute(_FactsOf(SCRIPT))  # type: ignore[arg-type]
NAMES = tuple(SCRIPT.facts)
USUAL = (math.nan, 0.0, 1.0, 2.0, -1.0, 0.5, 30.0, 1e9, 1e-9)


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 3))
def test_straight_equals_arrays(draw, kind: int) -> None:  # type: ignore[no-untyped-def]
    def value() -> float:
        usual = draw.random() < (0.9, 0.5, 0.1, 0.0)[kind]
        return draw.choice(USUAL) if usual else draw.lognormvariate(2, 4) * draw.choice((1, 1, 1, -1))

    facts = {name: value() for name in NAMES}
    with np.errstate(all="ignore"):
        arrays = vectorise({name: np.array([fact]) for name, fact in facts.items()}, 1)[0]
    np.testing.assert_array_equal(vector_of(facts), arrays, strict=True)


@pytest.mark.parametrize("part", USUAL)
@pytest.mark.parametrize("whole", USUAL)
def test_division_is_that_of_arrays(part: float, whole: float) -> None:
    with np.errstate(all="ignore"):
        expected = (np.array([part]) / np.array([whole]))[0]
    assert np.array(divided(part, whole)).tobytes() == expected.tobytes() or (
        math.isnan(expected) and math.isnan(divided(part, whole))
    )


@pytest.mark.parametrize(
    ("helper", "ufunc"), [("larger", np.maximum), ("smaller", np.minimum), ("known_larger", np.fmax)]
)
def test_the_larger_and_the_smaller_know_what_is_missing(helper: str, ufunc: np.ufunc) -> None:
    for one in USUAL:
        for other in USUAL:
            assert HELPERS[helper](one, other) == pytest.approx(float(ufunc(one, other)), nan_ok=True, rel=0)


def test_a_step_that_cannot_be_written_is_refused() -> None:
    cube = Feature("cube", "quantity", "ratio", 0, lambda facts: np.cbrt(facts["x"]), ("", ""), ("", ""), (), "")
    with pytest.raises(KeyError):
        written([cube])
