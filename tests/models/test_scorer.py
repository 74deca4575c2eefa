"""A loaded model: additive, equal to XGBoost, the same to the bit every time, explained in two languages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from features.catalogue import CATALOGUE, FAMILIES
from models.evaluate import Z95, wilson
from models.explain import explain, sentence
from models.pipeline import Stream
from models.registry import open_artefact
from models.scorer import TOLERANCE, Scorer
from models.thresholds import Thresholds, derive
from models.treeshap import explain_rows
from tests.models.conftest import Signed


def facts_of(stream: Stream, row: int) -> dict[str, float]:
    """Facts of one order of a small stream."""
    for chunk in stream.replayed:
        if row < chunk.rows.size:
            return {name: float(values[row]) for name, values in chunk.facts.items()}
        row -= chunk.rows.size
    raise IndexError(row)


def test_base_and_contributions_sum_to_the_margin(scorer: Scorer, stream: Stream) -> None:
    for row in range(0, 400, 4):
        made = scorer.assess(stream.values[row])
        assert abs(float(made.contributions.astype(np.float64).sum()) - made.margin) <= TOLERANCE
        assert made.contributions.shape == (len(CATALOGUE) + 1,)


def test_the_kernel_serves_and_agrees_with_xgboost(scorer: Scorer, stream: Stream) -> None:
    values = stream.values[:500]
    contributions, margins = scorer.explain_many(values)
    assert scorer.compiled
    assert np.array_equal(margins, scorer.reference_margins(values))
    assert np.abs(contributions - scorer.reference_contributions(values)).max() <= TOLERANCE


def test_one_row_many_rows_and_threads_agree_to_the_bit(scorer: Scorer, signed: Signed, stream: Stream) -> None:
    values = np.tile(stream.values, (6, 1))
    alone, margins = scorer.explain_many(values, nthread=1)
    together, same = scorer.explain_many(values, nthread=2)
    assert np.array_equal(alone, together)
    assert np.array_equal(margins, same)
    assert np.array_equal(margins, scorer.margins(values, nthread=2))
    again = Scorer.load(signed.folder, [signed.key.public_key()])
    first, second = scorer.assess(values[17]), again.assess(values[17])
    assert first.contributions.tobytes() == second.contributions.tobytes() == alone[17].tobytes()
    assert (first.margin, first.probability, first.band) == (second.margin, second.probability, second.band)


def test_without_the_kernel_xgboost_serves_the_same(signed: Signed, stream: Stream) -> None:
    slow = Scorer(open_artefact(signed.folder, [signed.key.public_key()]))
    slow._ensemble = None
    fast = Scorer.load(signed.folder, [signed.key.public_key()])
    values = stream.values[:50]
    assert not slow.compiled
    assert np.array_equal(slow.margins(values), fast.margins(values))
    assert np.abs(slow.explain_many(values)[0] - fast.explain_many(values)[0]).max() <= TOLERANCE


def test_no_array_makes_the_kernels_compile_anew(scorer: Scorer, stream: Stream) -> None:
    row = stream.values[3]
    compiled = len(explain_rows.signatures)
    stored = np.frombuffer(row.tobytes(), dtype="<f4")
    assert scorer.assess(stored).margin == scorer.assess(row).margin
    assert np.array_equal(scorer.margins(stream.values[:40:2]), scorer.margins(stream.values[:40])[::2])
    assert len(explain_rows.signatures) == compiled


def test_a_vector_of_another_length_is_refused(scorer: Scorer) -> None:
    with pytest.raises(ValueError, match="values"):
        scorer.assess(np.zeros(3, dtype=np.float32))


def test_bands_follow_the_margin(scorer: Scorer) -> None:
    bands = scorer.thresholds
    assert [bands.band(m) for m in (-50.0, bands.elevated, bands.high + 1)] == ["low", "elevated", "high"]


def test_reference_classes_count_the_calibration_orders(signed: Signed) -> None:
    classes = signed.trained.thresholds.classes
    curve = signed.trained.calibrator
    assert sum(each.total for each in classes) == curve.orders
    assert sum(each.confirmed for each in classes) == curve.cases
    top = signed.trained.thresholds.reference_class(99.0)
    assert (top.low, top.high) == wilson(top.confirmed, top.total, Z95)


def test_thresholds_survive_json_and_refuse_disorder() -> None:
    generator = np.random.default_rng(1)
    margins = generator.normal(size=4000)
    made = derive(margins, generator.random(4000) < 0.1)
    again = Thresholds.from_json(made.to_json())
    assert again.to_json() == made.to_json()
    assert again.classes == made.classes
    for change in ({"elevated": 9e9}, {"classes": []}, {"classes": [{"from": 1, "total": 1, "confirmed": 0}] * 2}):
        with pytest.raises(ValueError, match="order"):
            Thresholds.from_json(made.to_json() | change)


def test_families_and_reasons_come_from_the_contributions(scorer: Scorer, stream: Stream) -> None:
    margins = scorer.margins(stream.values)
    for row in np.argsort(-margins)[:20].tolist():
        made = scorer.assess(stream.values[row])
        told = explain(made, stream.values[row], facts_of(stream, row))
        assert {family for family, _ in told.families} == set(FAMILIES)
        assert abs(told.base + sum(value for _, value in told.families) - told.margin) <= TOLERANCE
        sizes = [each.contribution for each in told.reasons]
        assert sizes == sorted(sizes, reverse=True)
        assert min(sizes) > 0


def test_reasons_read_in_both_languages(scorer: Scorer, stream: Stream) -> None:
    row = int(np.argmax(scorer.margins(stream.values)))
    told = explain(scorer.assess(stream.values[row]), stream.values[row], facts_of(stream, row))
    for reason in told.reasons:
        english, russian = sentence(reason, "en"), sentence(reason, "ru")
        assert english
        assert any("а" <= letter <= "я" for letter in russian.lower())
        assert "{" not in english + russian
        # kept as JSON, a figure that is not known is absent, and the sentence still reads
        assert sentence(replace(reason, params={"value": reason.params["value"]}), "en")
