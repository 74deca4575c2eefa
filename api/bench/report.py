"""The last line of every benchmark, and its exit status."""

from __future__ import annotations

import json
import operator
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NoReturn

Sense = Literal["at most", "at least", "equals"]
COMPARE: dict[Sense, Callable[[float, float], bool]] = {
    "at most": operator.le,
    "at least": operator.ge,
    "equals": operator.eq,
}


@dataclass
class Report:
    """Bars of one benchmark, each with what was measured and what was asked."""

    bench: str
    bars: dict[str, dict[str, float | bool]] = field(default_factory=dict)

    def bar(self, name: str, value: float, sense: Sense, bar: float) -> None:
        """Note one figure and say it at once."""
        met = COMPARE[sense](value, bar)
        self.bars[name] = {"value": round(value, 6), "bar": bar, "met": met}
        print(f"{'met    ' if met else 'NOT MET'}  {name}: {value:.6g} ({sense} {bar:g})", flush=True)

    def end(self) -> NoReturn:
        """Print the line of JSON and exit: 0 when every bar is met, 1 otherwise."""
        print(f"cores: {len(os.sched_getaffinity(0))}", flush=True)
        print(json.dumps({"bench": self.bench, "bars": self.bars}), flush=True)
        sys.exit(0 if all(bar["met"] for bar in self.bars.values()) else 1)
