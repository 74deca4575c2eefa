"""The scoreboard's own arithmetic: fair peers, figures that can be checked by hand, patterns without labels."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from features.records import CONFIRMED_BAD
from models.scoreboard import engine, flags
from models.scoreboard.aggregates import earlier, numbered, with_ratios
from models.scoreboard.fields import CATEGORIES, NUMBERS, fields_of
from models.scoreboard.measures import by_slice, by_typology, largest_tie, measure, recall
from models.scoreboard.patterns import Planted, merged, structured, surge
from models.scoreboard.peers import Lesson, boosted_lightgbm, boosted_xgboost, logistic_regression, weights
from models.scoreboard.season import Plan, Season, season_of
from models.scoreboard.summary import Outcome, Typed, bands, failing, mean_of, pooled, typologies
from models.scoreboard.thin import DAY, KINDS, ThinConfig, thin_stream
from models.simulator.chance import Chance
from models.simulator.config import HELD_OUT, SimulationConfig
from models.simulator.generate import Simulation
from models.simulator.world import build_world


@pytest.fixture(scope="module")
def season() -> Season:
    return season_of(Plan(orders=2500, months=14, diversion_share=0.1), seed=2)


def test_aggregates_by_hand() -> None:
    party = numbered(["A", "B", "A", None, "A"])
    at = np.array([0, 1, 2, 3, 5]) * 86_400_000_000
    kilograms = np.array([2.0, 9.0, 6.0, 1.0, np.nan])
    table = earlier(party, at, kilograms)
    assert table[0].tolist()[:2] == [0, 0]
    assert np.isnan(table[0, 2:]).all()
    assert table[2].tolist() == [1, 2, 2, 2, 2]
    assert table[4].tolist() == [2, 8, 4, 6, 3]
    assert np.isnan(table[3]).all()
    assert with_ratios(table, kilograms)[2, 5:].tolist() == [3, 3]


def test_aggregates_do_not_see_later_orders() -> None:
    generator = np.random.default_rng(1)
    party = generator.integers(0, 9, 300)
    at, kilograms = np.arange(300) * 10**9, generator.lognormal(size=300)
    whole = earlier(party, at, kilograms)
    assert np.array_equal(earlier(party[:200], at[:200], kilograms[:200]), whole[:200], equal_nan=True)


def test_raw_fields_hold_what_the_order_says(simulation: Simulation) -> None:
    bodies = simulation.orders[:300]
    made = fields_of(bodies, np.full(300, 7.0))
    assert made.values.shape == (300, 1 + len(NUMBERS) + len(CATEGORIES))
    lines = made.numbers[:, 1 + NUMBERS.index("lines")]
    assert lines.tolist() == [len(body["lines"]) for body in bodies]
    countries = made.categories[:, CATEGORIES.index("customer.country")]
    named = [body["customer"]["country"] for body in bodies]
    assert len(set(countries.tolist())) == len(set(named))
    assert all(countries[i] == countries[0] for i in range(300) if named[i] == named[0])


@pytest.mark.parametrize("fit", [boosted_xgboost, boosted_lightgbm])
def test_boosted_peers_find_a_plain_rule(fit) -> None:
    generator = np.random.default_rng(3)
    values = generator.normal(size=(3000, 4)).astype(np.float32)
    confirmed = values[:, 2] > 1.5
    lesson = Lesson(values[:2000], confirmed[:2000], weights(confirmed[:2000], confirmed[:2000]))
    score = fit(lesson, 1)(values[2000:])
    assert average_precision_score(confirmed[2000:], score) > 0.95


def test_logistic_regression_reads_codes_as_kinds() -> None:
    generator = np.random.default_rng(4)
    values = np.column_stack([generator.normal(size=2000), generator.integers(0, 6, 2000)]).astype(np.float32)
    confirmed = values[:, 1] == 3
    lesson = Lesson(values, confirmed, np.ones(2000))
    score = logistic_regression(lesson, 1, 1)(values)
    assert score[confirmed].min() > score[~confirmed].max()


def test_red_flags_count_ids_not_columns() -> None:
    rules = flags.rules()
    column, level = rules["P09"][0]
    values = np.full((2, len(engine.CATALOGUE)), np.nan, dtype=np.float32)
    values[1, column] = level
    raised = [name for name, columns_ in rules.items() if any(each == column for each, _ in columns_)]
    assert flags.red_flags(values).tolist() == [0, len(raised)]


def test_the_held_out_are_unknown_to_training_and_in_the_test(season: Season) -> None:
    taught = [row.typology for row, used in zip(season.truth, season.teaching.used, strict=True) if used]
    assert not set(taught) & set(HELD_OUT)
    assert season.teaching.confirmed[season.teaching.used].any()
    assert not (season.teaching.used & season.test).any()
    assert season.unseen[~season.test].sum() == 0


def test_a_perfect_score_gets_perfect_figures(season: Season) -> None:
    generator = np.random.default_rng(5)
    truth = season.marked[season.test]
    perfect = truth + generator.random(truth.size) * 0.5
    figures = measure(season, perfect)
    assert figures["average_precision"] == pytest.approx(1)
    assert figures["auc"] == pytest.approx(1)
    assert figures["recall_5"] == pytest.approx(min(1.0, 0.05 * truth.size / truth.sum()))
    stopped = [row["stopped"] for row in by_slice(season, perfect)]
    assert sum(row["found"] for row in by_typology(season, perfect)) == pytest.approx(
        min(truth.sum(), 0.05 * truth.size)
    )
    assert min(stopped) >= 0
    upside_down = measure(season, -perfect)
    assert upside_down["recall_1"] == upside_down["actors_alerted"] == 0
    assert upside_down["kg_not_alerted"] == 1


def test_slices_count_every_order_once(season: Season) -> None:
    rows = by_slice(season, np.arange(float(season.test.sum())))
    for kind in ("country", "company size", "goods"):
        assert sum(row["orders"] for row in rows if row["slice"] == kind) == season.test.sum()
        assert sum(row["cases"] for row in rows if row["slice"] == kind) == season.marked[season.test].sum()


def test_ties_at_the_top_are_seen() -> None:
    assert largest_tie(np.arange(100.0)) == 0.01
    assert largest_tie(np.minimum(np.arange(100.0), 95)) == 0.05
    assert largest_tie(np.maximum(np.arange(100.0), 50)) == 0.01
    assert recall(np.arange(100.0), np.arange(100) >= 98, 0.01) == 0.5


def test_mean_with_the_interval_of_student() -> None:
    mean = mean_of([1.0, 2.0, 3.0])
    assert mean.value == 2
    assert mean.high - mean.value == pytest.approx(2.920 / np.sqrt(3), rel=1e-3)
    assert mean_of([4.0, float("nan")]).value == 4


def test_bands_hold_where_the_rate_fits() -> None:
    generator = np.random.default_rng(6)
    probability = generator.choice([0.015, 0.3], 20_000)
    confirmed = generator.random(20_000) < probability
    each = np.arange(20_000)
    assert failing(bands(Outcome(probability, confirmed, each))) == 0
    assert failing(bands(Outcome(probability / 2, confirmed, each))) == 2
    few = bands(Outcome(probability[:40], confirmed[:40], each[:40]))
    assert [row["holds"] for row in few] == [None, None]


def test_orders_of_one_customer_are_no_independent_news() -> None:
    probability = np.full(1000, 0.1)
    confirmed = np.arange(1000) < 150  # ten customers of a hundred orders, one and a half found out
    apart = bands(Outcome(probability, confirmed, np.arange(1000)))[0]
    together = bands(pooled([Outcome(probability, confirmed, np.arange(1000) // 100)]))[0]
    assert apart["design_effect"] == 1.0
    assert apart["holds"] is False
    assert together["design_effect"] > 20
    assert together["holds"] is True


def test_a_shortfall_is_named_with_its_reason() -> None:
    def row(name: str, found: float) -> dict[str, object]:
        return {"typology": name, "strength": "strong", "orders": 10, "found": found}

    ours = [row("TY01", 9), row("TY02", 3), row("TY03", 3), row("TY04", 3), row("TY05", 5), row("TY16", 0)]
    best = [row("TY01", 9), row("TY02", 5), row("TY03", 9), row("TY04", 9), row("TY05", 9), row("TY16", 1)]
    plain = [row("TY04", 6), row("TY05", 5)]
    cases = {"TY03": 4, "TY04": 400, "TY05": 400}
    reasons = {each["typology"]: each["reason"] for each in typologies(Typed(ours, best, plain, cases))}
    assert reasons["TY01"] == ""
    assert reasons["TY02"].startswith("few traces")
    assert reasons["TY03"].startswith("few labels")
    assert reasons["TY04"] == "none", "a plain booster does better with the same labels"
    assert reasons["TY05"].startswith("late and missing labels")
    assert reasons["TY16"] == "left out of training"


def test_a_surge_is_thirty_fold_and_lasts() -> None:
    config = SimulationConfig(orders=500, months=14, seed=1)
    chance = Chance(np.random.Generator(np.random.PCG64(1)))
    world = build_world(config, chance)
    for number in (0, 1):
        months: dict[int, float] = {}
        for each in surge(world, chance, number, quiet=6):
            mass = float(each.body["value"]) or 0.0
            months[each.part] = months.get(each.part, 0.0) + mass
        before = np.mean([value for part, value in months.items() if part < 1])
        after = np.mean([value for part, value in months.items() if part >= 1])
        assert sorted(months) == list(range(-5, 9))
        assert 8 < after / before < 90


def test_patterns_join_the_stream_without_a_label(simulation: Simulation) -> None:
    chance = Chance(np.random.Generator(np.random.PCG64(2)))
    world = build_world(simulation.config, chance)
    planted: list[Planted] = []
    for number in range(8):
        planted += structured(world, chance, number, simulation.config.start + timedelta(days=100))
    stream, named = merged(simulation, planted)
    moments = [body["received_at"] for body in stream.orders]
    assert moments == sorted(moments)
    assert len(stream.orders) == len(simulation.orders) + len(named)
    assert stream.labels is simulation.labels
    assert {each.group.rsplit(" ", 1)[0] for each in named.values()} == {"days", "sister firms", "substances", "routes"}


def test_training_data_is_cut_at_the_moment(simulation: Simulation) -> None:
    view = engine.view_of(simulation)
    as_of = simulation.config.start + timedelta(days=200)
    data = engine.until(engine.training_data(view.stream, as_of), round(as_of.timestamp() * engine.MICRO))
    assert 0 < data.at.size < len(view.references)
    assert data.at.size == data.values.shape[0] == data.targets.used.size == data.targets.confirmed.size
    assert data.at.max() <= as_of.timestamp() * engine.MICRO
    known = {label.order_ref for label in simulation.labels if label.known_at <= as_of}
    bad = {label.order_ref for label in simulation.labels if label.outcome in CONFIRMED_BAD} & known
    assert data.targets.confirmed.sum() <= len(bad)


def test_thin_streams_are_seeded_in_time_order_and_partly_labelled() -> None:
    config = ThinConfig(orders=20_000, days=90, diverted=0.02, accused=0.005)
    first, again = thin_stream(config), thin_stream(config)
    assert np.array_equal(first.kilograms, again.kilograms)
    assert first.at.size == 20_000
    assert (np.diff(first.at) >= 0).all()
    assert first.at.max() < 90 * DAY
    diverted = first.kind >= 0
    assert set(first.kind[diverted].tolist()) == set(range(len(KINDS)))
    assert 0.2 < (first.labelled[diverted] == 1).mean() < 0.9
    assert 0 < (first.labelled[~diverted] == 1).sum() < (first.labelled[~diverted] == 0).sum()
