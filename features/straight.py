"""The catalogue as straight arithmetic for a single order.

An array of one costs numpy a microsecond a step, and a vector has thousands of steps. The definitions stay as they are:
each is run once on `Step`s, which write down what is done to them; what was written becomes one Python function of
plain numbers, every step of it once, however many features share it. Tests hold it to be equal to the arrays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

from features.catalogue import CATALOGUE
from features.definition import Feature

# How numpy's steps are written for numbers. A comparison with NaN is false, and NaN outlives minimum and maximum.
WRITTEN: dict[Any, str] = {
    np.add: "{0} + {1}",
    np.subtract: "{0} - {1}",
    np.multiply: "{0} * {1}",
    np.negative: "-{0}",
    np.absolute: "abs({0})",
    np.greater: "{0} > {1}",
    np.greater_equal: "{0} >= {1}",
    np.less: "{0} < {1}",
    np.less_equal: "{0} <= {1}",
    np.equal: "{0} == {1}",
    np.not_equal: "{0} != {1}",
    np.bitwise_and: "{0} and {1}",
    np.bitwise_or: "{0} or {1}",
    np.invert: "not {0}",
    np.isnan: "{0} != {0}",
    np.divide: "divided({0}, {1})",
    np.maximum: "larger({0}, {1})",
    np.minimum: "smaller({0}, {1})",
    np.fmax: "known_larger({0}, {1})",
    np.log: "log({0})",
    np.log2: "log2({0})",
    np.where: "{1} if {0} else {2}",
}


class Step(NDArrayOperatorsMixin):
    """One number of the function that is written: a fact, or what a step made of others."""

    shape = (1,)

    def __init__(self, script: Script, name: str) -> None:
        self.script, self.name = script, name

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **how: Any) -> Step:
        made = self.script.step(ufunc, inputs)
        masked = how.get("where", True)
        return made if masked is True else self.script.step(np.where, (masked, made, how["out"][0]))

    def __array_function__(self, function: Any, _types: Any, given: Any, _named: Any) -> Step:
        return self.script.step(function, given)


class Script:
    """Lines of straight arithmetic over facts that are named by their place."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, str] = {}  # by what is written
        self.facts: dict[str, Step] = {}

    def fact(self, name: str) -> Step:
        if name not in self.facts:
            self.facts[name] = Step(self, f"f{len(self.facts)}")
        return self.facts[name]

    def step(self, function: Any, inputs: Iterable[Any]) -> Step:
        written = WRITTEN[function].format(*(self.operand(each) for each in inputs))
        if written not in self.names:
            self.names[written] = f"s{len(self.names)}"
            self.lines.append(f"    {self.names[written]} = {written}")
        return Step(self, self.names[written])

    def operand(self, value: Any) -> str:
        if isinstance(value, Step):
            return value.name
        number = np.asarray(value, dtype=np.float64).item()
        return "nan" if math.isnan(number) else repr(number)


class _FactsOf(Mapping[str, Step]):
    """Every fact there may be."""

    def __init__(self, script: Script) -> None:
        self.script = script

    def __getitem__(self, name: str) -> Step:
        return self.script.fact(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.script.facts)

    def __len__(self) -> int:
        return len(self.script.facts)


def divided(part: float, whole: float) -> float:
    """part / whole as IEEE 754 has it."""
    if whole:
        return part / whole
    return math.nan if not part or math.isnan(part) else math.copysign(math.inf, part) * math.copysign(1.0, whole)


def larger(one: float, other: float) -> float:
    return one if one >= other or math.isnan(one) else other


def smaller(one: float, other: float) -> float:
    return one if one <= other or math.isnan(one) else other


def known_larger(one: float, other: float) -> float:
    return one if one >= other or math.isnan(other) else other


# numpy's own logarithms: the last bit of another library's may differ.
HELPERS: dict[str, Any] = {
    "nan": math.nan,
    "divided": divided,
    "larger": larger,
    "smaller": smaller,
    "known_larger": known_larger,
    "log": lambda value: float(np.log(value)),
    "log2": lambda value: float(np.log2(value)),
}
Straight = Callable[[Mapping[str, float]], list[float]]


def written(catalogue: Iterable[Feature]) -> Straight:
    """The features of a catalogue as one function of facts by name. Raises KeyError for a step it cannot write."""
    script = Script()
    facts: Any = _FactsOf(script)
    values = [script.operand(entry.compute(facts)) for entry in catalogue]
    read = [f"    {step.name} = facts[{name!r}]" for name, step in script.facts.items()]
    source = "\n".join(["def straight(facts):", *read, *script.lines, f"    return [{', '.join(values)}]"])
    made: dict[str, Any] = dict(HELPERS)
    exec(compile(source, "catalogue", "exec"), made)  # noqa: S102 - our own definitions, written down above
    function: Straight = made["straight"]
    return function


@cache
def straight_catalogue() -> Straight:
    return written(CATALOGUE)


def vector_of(facts: Mapping[str, float]) -> NDArray[np.float32]:
    """Values (n_features,) float32 of one order from its facts; equal to `catalogue.vectorise` of arrays of one."""
    with np.errstate(all="ignore"):
        return np.array(straight_catalogue()(facts), dtype=np.float32)
