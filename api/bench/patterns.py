"""Patterns that must be found, and one that must not be, against a background the model has never seen.

    python -m api.bench.patterns [--teaching 108000] [--orders 36000] [--schemes 500]

A model is trained as shipped on one simulated stream. Another one is the background, with its own schemes and
labels; into it go companies whose monthly quantity rises thirty-fold and stays there for 24 months, companies that
grow by five percent a month with declarations renewed, and schemes that split one need over days, sister firms,
substances or routes. The patterns carry no labels. A company's month is its riskiest order of the month; it stands
in the highest p percent if fewer than p percent of the background's orders of that month score higher.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from api.bench.report import Report
from models.scoreboard.engine import View, fit, view_of
from models.scoreboard.patterns import SPLITS, Planted, growth, merged, pattern_world, structured, surge
from models.simulator.chance import Chance
from models.simulator.config import SimulationConfig
from models.simulator.generate import simulate
from models.simulator.world import build_world

MONTHS, QUIET, COMPANIES = 36, 12, 8
SETTLED = 3
MONTH_MICROS = 2_629_800_000_000
THIRD_PART = 3
TEACHING_SEED, BACKGROUND_SEED, PATTERN_SEED = 101, 202, 303


@dataclass(frozen=True, slots=True)
class Placement:
    """A planted order and the share of the background's orders of its month that score higher."""

    planted: Planted
    above: float


def main() -> None:
    """Run and print; exits 1 if a bar is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--teaching", type=int, default=108_000, help="orders of the stream the model learns from")
    parser.add_argument("--orders", type=int, default=36_000, help="orders of the background")
    parser.add_argument("--schemes", type=int, default=500, help="structuring schemes")
    options = parser.parse_args()
    began = time.perf_counter()
    teaching = SimulationConfig(orders=options.teaching, months=MONTHS, seed=TEACHING_SEED)
    model = fit(view_of(simulate(teaching)), teaching.start + timedelta(days=teaching.days))
    print(f"trained on {options.teaching} orders: {time.perf_counter() - began:.0f} s", flush=True)
    config = SimulationConfig(orders=options.orders, months=MONTHS, seed=BACKGROUND_SEED)
    stream, planted = merged(simulate(config), _patterns(config, options.schemes))
    view = view_of(stream)
    placements = _placements(view, model.probability(view.values, nthread=2), planted)
    print(f"{len(planted)} orders of patterns among {options.orders}: {time.perf_counter() - began:.0f} s", flush=True)
    report = Report("patterns")
    _surges(report, [each for each in placements if each.planted.group.startswith("surge")])
    _growths(report, [each for each in placements if each.planted.group.startswith("growth")])
    _schemes(report, [each for each in placements if each.planted.group.split(" ")[0] not in {"surge", "growth"}])
    report.end()


def _patterns(config: SimulationConfig, schemes: int) -> list[Planted]:
    """All planted orders, seeded."""
    chance = Chance(np.random.Generator(np.random.PCG64(PATTERN_SEED)))
    background = build_world(SimulationConfig(orders=config.orders, months=config.months, seed=config.seed), chance)
    world = pattern_world(config, chance, background)
    planted: list[Planted] = []
    for number in range(COMPANIES):
        planted += surge(world, chance, number, QUIET)
        planted += growth(world, chance, number)
    for number in range(schemes):
        onset = config.start + timedelta(days=config.days * chance.between(0.35, 0.95))
        planted += structured(world, chance, number, onset)
    return planted


def _placements(view: View, score: NDArray[np.float64], planted: dict[str, Planted]) -> list[Placement]:
    """Where each planted order stands among the background of its month."""
    month = (view.at - view.at[0]) // MONTH_MICROS
    own = np.array([reference in planted for reference in view.references])
    background = {number: np.sort(score[~own & (month == number)]) for number in set(month.tolist())}
    rows = []
    for row in np.flatnonzero(own).tolist():
        others = background[int(month[row])]
        above = others.size - int(np.searchsorted(others, score[row], side="left"))
        rows.append(Placement(planted[view.references[row]], above / max(1, others.size)))
    return rows


def _months(placements: list[Placement]) -> dict[str, dict[int, float]]:
    """Standing of each company in each of its months: that of its riskiest order."""
    months: dict[str, dict[int, float]] = defaultdict(dict)
    for each in placements:
        company = months[each.planted.group]
        company[each.planted.part] = min(company.get(each.planted.part, 1.0), each.above)
    return months


def _surges(report: Report, placements: list[Placement]) -> None:
    outside = 0
    for company, months in _months(placements).items():
        later = {month: above for month, above in months.items() if month >= 2}
        worst = sorted(later.items(), key=lambda pair: -pair[1])[:3]
        outside += sum(above > 0.01 for above in later.values())
        print(f"{company}: {len(later)} months from the second, worst {_words(worst)}")
    report.bar("surge_months_outside_the_top_1_percent", outside, "equals", 0)


def _growths(report: Report, placements: list[Placement]) -> None:
    inside = 0
    for company, months in _months(placements).items():
        later = {month: above for month, above in months.items() if month > SETTLED}
        worst = sorted(later.items(), key=lambda pair: pair[1])[:3]
        inside += sum(above <= 0.05 for above in later.values())
        print(f"{company}: {len(later)} months after the first {SETTLED}, highest {_words(worst)}")
    report.bar("growth_months_in_the_top_5_percent", inside, "equals", 0)


def _words(months: list[tuple[int, float]]) -> str:
    return ", ".join(f"month {month} top {above:.2%}" for month, above in months)


def _schemes(report: Report, placements: list[Placement]) -> None:
    standing: dict[str, float] = {}
    for each in placements:
        if each.planted.part <= THIRD_PART:
            group = each.planted.group
            standing[group] = min(standing.get(group, 1.0), each.above)
    kinds = {group: group.rsplit(" ", 1)[0] for group in standing}
    total, found = Counter(kinds.values()), Counter(kinds[group] for group, above in standing.items() if above <= 0.02)
    for kind in SPLITS:
        missed = sorted(int(g.rsplit(" ", 1)[1]) for g, k in kinds.items() if k == kind and standing[g] > 0.02)
        numbers = ", ".join(str(number) for number in missed[:20]) + (" ..." if len(missed) > 20 else "")
        print(f"split over {kind}: {found[kind]} of {total[kind]} in the top 2 % by the third part; missed: {numbers}")
    share = sum(found.values()) / max(1, len(standing))
    report.bar("structuring_schemes_in_the_top_2_percent", share, "at least", 0.9)


if __name__ == "__main__":
    main()
