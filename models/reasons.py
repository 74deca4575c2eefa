"""The strongest reasons of many orders, noted as numbers and put into words only when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from features.catalogue import BY_NAME, CATALOGUE
from features.definition import Language
from features.offline import Chunk
from models.explain import LEAST

MOST_FACTS = max((len(entry.evidence) for entry in CATALOGUE), default=0)
REMEMBERED = 1 << 16


@dataclass(frozen=True, slots=True)
class Noted:
    """Per order its strongest columns (n, k), -1 where there are fewer, and what their sentences quote (n, k, q): the
    value of the feature and the facts of its evidence, NaN where missing."""

    column: NDArray[np.int16]
    quoted: NDArray[np.float64]

    @classmethod
    def empty(cls, orders: int, reasons: int) -> Noted:
        return cls(np.full((orders, reasons), -1, dtype=np.int16), np.full((orders, reasons, 1 + MOST_FACTS), np.nan))

    def sentences(self, row: int, language: Language) -> tuple[str, ...]:
        """The reasons of one order in words, the strongest first."""
        pairs = zip(self.column[row].tolist(), self.quoted[row].tolist(), strict=True)
        return tuple(_sentence(column, _known(quoted), language) for column, quoted in pairs if column >= 0)


def note(noted: Noted, begin: int, rows: NDArray[np.int64], contributions: NDArray[np.float32], chunk: Chunk) -> None:
    """Note the reasons of `rows` of a chunk that begins at order `begin`; contributions (rows, n_features + 1)."""
    left = contributions[:, :-1].copy()
    places = np.arange(rows.size)
    for k in range(noted.column.shape[1]):
        column = np.argmax(left, axis=1)  # the first of equals, as `explain.strongest` has it
        raised = left[places, column] >= LEAST if k else np.ones(rows.size, dtype=np.bool_)
        left[places, column] = -np.inf
        noted.column[begin + rows, k] = np.where(raised, column, -1)
        for each in np.unique(column[raised]).tolist():
            theirs = rows[raised & (column == each)]
            noted.quoted[begin + theirs, k, 0] = chunk.values[theirs, each]
            for place, name in enumerate(CATALOGUE[each].evidence, start=1):
                if name in chunk.facts:
                    noted.quoted[begin + theirs, k, place] = chunk.facts[name][theirs]


def _known(quoted: list[float]) -> tuple[float | None, ...]:
    """Missing figures as None, which unlike NaN is equal to itself: the sentence is then found again."""
    return tuple(None if value != value else value for value in quoted)  # noqa: PLR0124 (NaN)


@lru_cache(REMEMBERED)
def _sentence(column: int, quoted: tuple[float | None, ...], language: Language) -> str:
    entry = CATALOGUE[column]
    named = zip(("value", *entry.evidence), quoted, strict=False)
    return BY_NAME[entry.name].sentence(language, {name: value for name, value in named if value is not None})
