"""Gaps between the orders of a customer or to a consignee, over all goods: in days, and beside the usual spacing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.definition import Facts, Family, Feature, FloatArray, capped, ratio, usual_spacing

CAP = 1000.0
DAY = 1.0  # orders of one day are one purchase, however a company's system splits it: what is shorter counts as a day


@dataclass(frozen=True, slots=True)
class Pause:
    """A gap told by the fact `<party>_<fact>`: its title, and where it lay in words, (English, Russian) each."""

    family: Family
    party: str
    fact: str
    title: tuple[str, str]
    where: tuple[str, str]

    @property
    def told_by(self) -> str:
        """The name of its fact."""
        return f"{self.party}_{self.fact}"


def in_days(pause: Pause, flags: str) -> Feature:
    """The gap itself."""
    english, russian = pause.where
    return Feature(
        name=pause.told_by,
        family=pause.family,
        unit="days",
        monotone=0,
        compute=lambda facts: facts[pause.told_by],
        label=pause.title,
        says=(f"{{value:days}} {english}", f"{{value:days}} {russian}"),
        flags=tuple(flags.split()),
        doc=f"Days {english}.",
    )


def against_spacing(pause: Pause) -> Feature:
    """The gap over the usual spacing of the party's orders."""
    (english, russian), fact = pause.where, pause.told_by

    def compute(facts: Facts) -> FloatArray:
        gap, usual = np.maximum(facts[fact], DAY), np.maximum(usual_spacing(facts, pause.party), DAY)
        return capped(ratio(gap, usual), CAP)

    return Feature(
        name=f"{fact.removesuffix('_days')}_against_spacing",
        family=pause.family,
        unit="ratio",
        monotone=0,
        compute=compute,
        label=(f"{pause.title[0]}, against the usual spacing", f"{pause.title[1]}, к обычному интервалу"),
        says=(
            f"{{{fact}:days}} {english}, {{value:number}} times the usual spacing",
            f"{{{fact}:days}} {russian}, это {{value:number}} × обычный интервал",
        ),
        flags=("T01", "Q10"),
        doc=f"Days {english}, over the median gap between the latest orders, below three gaps the mean; each at least "
        "a day.",
    )
