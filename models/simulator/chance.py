"""Small draws from a numpy Generator: scalar, cheap and in a fixed order, so that a seed fixes every byte."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from math import exp
from typing import Generic, TypeVar

import numpy as np

T = TypeVar("T")


class Chance:
    """A Generator with the draws the simulator needs; `choice` of numpy costs ten times as much."""

    def __init__(self, generator: np.random.Generator) -> None:
        self.generator = generator
        self._uniform: list[float] = []
        self._hexadecimal = ""

    def uniform(self) -> float:
        """A number in [0, 1); drawn by the thousand, because single draws are most of the simulator's time."""
        if not self._uniform:
            self._uniform = self.generator.random(4096).tolist()
        return self._uniform.pop()

    def happens(self, probability: float) -> bool:
        return self.uniform() < probability

    def pick(self, values: Sequence[T]) -> T:
        return values[int(self.uniform() * len(values))]

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.uniform()

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both possible."""
        return low + int(self.uniform() * (high - low + 1))

    def lognormal(self, median: float, sigma: float) -> float:
        return median * exp(sigma * float(self.generator.standard_normal()))

    def sample(self, values: Sequence[T], count: int) -> list[T]:
        """Up to `count` different members, in random order."""
        order = self.generator.permutation(len(values))
        return [values[int(i)] for i in order[:count]]

    def digits(self, count: int) -> str:
        return f"{int(self.uniform() * 10**count):0{count}d}"

    def hexadecimal(self, count: int) -> str:
        """Hexadecimal digits; drawn by the thousand too."""
        if len(self._hexadecimal) < count:
            self._hexadecimal = self.generator.bytes(4096).hex()
        drawn, self._hexadecimal = self._hexadecimal[:count], self._hexadecimal[count:]
        return drawn


class Weighted(Generic[T]):
    """Members with fixed weights, drawn by one uniform number."""

    def __init__(self, members: Sequence[tuple[T, float]]) -> None:
        self.values = [value for value, _ in members]
        self.edges = list(accumulate(weight for _, weight in members))

    def draw(self, chance: Chance) -> T:
        position = bisect_right(self.edges, chance.uniform() * self.edges[-1])
        return self.values[min(position, len(self.values) - 1)]
