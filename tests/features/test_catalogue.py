"""The catalogue as a contract: names, directions, sentences and sources hold together."""

from __future__ import annotations

import numpy as np
import pytest

from features.catalogue import (
    CATALOGUE,
    FAMILIES,
    FAMILY_TITLES,
    FINGERPRINT,
    feature_names,
    fingerprint,
    monotone_constraints,
)
from features.definition import Feature
from features.offline import build
from features.reference import flags
from tests.features.builders import order

FLAGS = set(flags.red_flags())


def test_there_are_sixty_features_and_every_family_has_some() -> None:
    assert len(CATALOGUE) >= 60
    assert {entry.family for entry in CATALOGUE} == set(FAMILIES) == set(FAMILY_TITLES)
    assert len(set(feature_names())) == len(CATALOGUE) == len(monotone_constraints())


def test_the_fingerprint_is_that_of_the_list() -> None:
    assert fingerprint() == FINGERPRINT
    assert len(FINGERPRINT) == 64


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
def test_each_feature_speaks_both_languages_and_quotes_known_facts(entry: Feature) -> None:
    facts = build([order()]).facts
    assert set(entry.evidence) <= set(facts)
    assert entry.doc.endswith(".")
    assert entry.monotone in (-1, 0, 1)
    assert set(entry.flags) <= FLAGS
    for language, letters in (("en", "abcdefghijklmnopqrstuvwxyz"), ("ru", "абвгдежзийклмнопрстуфхцчшщыьэюя")):
        for value in (float("nan"), 0.0, 1.0, 1234567.891):
            said = entry.sentence(language, {"value": value, **dict.fromkeys(entry.evidence, value)})
            assert any(letter in said.casefold() for letter in letters)
            assert "{" not in said
            assert "nan" not in said.casefold().split()


def test_numbers_are_written_as_each_language_writes_them() -> None:
    entry = next(each for each in CATALOGUE if each.name == "against_recent_median")
    values = {"value": 6.1, "order_kilograms": 2400.0, "goods_recent_median": 393.4}
    assert (
        entry.sentence("en", values)
        == "2,400\u00a0kg ordered, 6.1 times this customer's two-year median of 393\u00a0kg"
    )
    assert entry.sentence("ru", values).startswith("заказано 2\u00a0400\u00a0кг, это 6,1 ×")


def test_a_vector_is_float32_and_missing_is_nan() -> None:
    values = build([order()]).values
    assert values.dtype == np.float32
    assert values.shape == (1, len(CATALOGUE))
    assert np.isnan(values[0, feature_names().index("against_recent_median")])
