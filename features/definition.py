"""What a feature is: a named function with one sentence, a unit, a family, a direction and its sources."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Facts = Mapping[str, FloatArray]
Compute = Callable[[Facts], FloatArray]
Language = Literal["en", "ru"]
Family = Literal["customer", "quantity", "route", "product", "payment", "documents", "network"]
Unit = Literal["ratio", "flag", "count", "days", "kg", "share", "level", "price"]

THIN_SPACE = "\u00a0"


class Sentence(string.Formatter):
    """Formats `{fact:kg}`, `:number`, `:days`, `:pct` and `:int` as each language writes numbers."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def number(self, value: float, places: int) -> str:
        written = f"{value:,.{places}f}"
        if "." in written:
            written = written.rstrip("0").rstrip(".")
        if self.language == "ru":
            written = written.replace(",", THIN_SPACE).replace(".", ",")
        return written

    def format_field(self, value: Any, format_spec: str) -> str:
        """One value; a missing one reads «not known»."""
        if isinstance(value, str):
            return value
        number = float(value)
        if np.isnan(number):
            return "not known" if self.language == "en" else "нет данных"
        units = {"kg": ("kg", "кг"), "days": ("days", "дн."), "pct": ("%", "%")}
        if format_spec in units:
            unit = units[format_spec][0 if self.language == "en" else 1]
            scaled = number * 100 if format_spec == "pct" else number
            return f"{self.number(scaled, _places(scaled))}{THIN_SPACE}{unit}"
        return self.number(number, 0 if format_spec == "int" else _places(number))


def _places(value: float) -> int:
    """Decimals that a reader needs: none from 100 on, one from 1 on, three below."""
    size = abs(value)
    return 0 if size >= 100 else 1 if size >= 1 else 3


def _missing(unit: Unit, language: Language) -> str:
    """A comparison lacks what to compare with; anything else was not stated."""
    if unit in ("ratio", "share"):
        return "nothing to compare with" if language == "en" else "сравнить не с чем"
    return "not stated" if language == "en" else "не указано"


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the model's input.

    `monotone` is 1 where more of it can only raise the risk, -1 where it can only lower it, 0 where neither holds.
    `label` and `says` are (English, Russian); `says` quotes facts by name and the feature itself as `value`.
    `flags` are the ids of the red flags it measures.
    """

    name: str
    family: Family
    unit: Unit
    monotone: int
    compute: Compute
    label: tuple[str, str]
    says: tuple[str, str]
    flags: tuple[str, ...]
    doc: str

    @property
    def evidence(self) -> tuple[str, ...]:
        """Names of the facts its sentence quotes."""
        names = [name for _, name, _, _ in string.Formatter().parse(self.says[0]) if name]
        return tuple(dict.fromkeys(name for name in names if name != "value"))

    def title(self, language: Language) -> str:
        return self.label[0 if language == "en" else 1]

    def sentence(self, language: Language, values: Mapping[str, Any]) -> str:
        """The reason in words. `values` holds `value` and the facts of `evidence`; missing ones are said to be so."""
        value = float(values.get("value", np.nan))
        title = self.title(language)
        if np.isnan(value):
            return f"{title}: {_missing(self.unit, language)}"
        if self.unit == "flag" and value == 0.0:
            return f"{title}: {'no' if language == 'en' else 'нет'}"
        template = self.says[0 if language == "en" else 1]
        known = {name: values.get(name, np.nan) for name in self.evidence}
        return Sentence(language).vformat(template, (), {"value": value, **known})


_REGISTERED: dict[str, list[Feature]] = {}  # by module


def feature(
    unit: Unit, monotone: int, *, label: tuple[str, str], says: tuple[str, str] | None = None, flags: str = ""
) -> Callable[[Compute], Compute]:
    """Register a function of facts as a feature of its module's family, in the order of definition."""

    def register(compute: Compute) -> Compute:
        family: Any = compute.__module__.rsplit(".", 1)[-1].split("_")[0]
        entry = Feature(
            name=compute.__name__,
            family=family,
            unit=unit,
            monotone=monotone,
            compute=compute,
            label=label,
            says=says or label,
            flags=tuple(flags.split()),
            doc=(compute.__doc__ or "").strip(),
        )
        add(compute.__module__, entry)
        return compute

    return register


def add(module: str, entry: Feature) -> None:
    """Register a feature of a module that is not written as a function of its own."""
    _REGISTERED.setdefault(module, []).append(entry)


def first_of_known(facts: Facts, count: str) -> FloatArray:
    """1 where the count is 0 for a customer that is known, 0 where it is not, NaN where the key is missing."""
    first = (facts[count] == 0.0) & (facts["customer_count"] > 0.0)
    return np.where(np.isnan(facts[count]), np.nan, first)


def own_lift(facts: Facts, party: str) -> FloatArray:
    """Octaves of a party's confirmed cases per order over the rate of all orders, smoothed; NaN without the party."""
    usual = (facts["everything_confirmed"] + 0.5) / (facts["everything_orders"] + 100.0)
    bad, orders = facts[f"{party}_confirmed"], np.maximum(facts[f"{party}_count"], facts[f"{party}_confirmed"])
    return np.log2((bad + 3.0 * usual) / (orders + 3.0) / usual)


def usual_spacing(facts: Facts, party: str) -> FloatArray:
    """Days that usually pass between a party's orders, (n,): the median gap between its latest ones, below three gaps
    the mean so far; NaN before the second order."""
    known, gap = facts[f"{party}_days_known"], facts[f"{party}_gap_days"]
    mean = ratio(known - gap, facts[f"{party}_count"] - 1.0)
    median = facts[f"{party}_spacing_days"]
    return np.where(np.isnan(median), mean, median)


def registered(module: str) -> tuple[Feature, ...]:
    """Features of one module in the order in which they were defined."""
    return tuple(_REGISTERED.get(module, ()))


def ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    """part / whole, NaN where the whole is missing or not positive."""
    out: FloatArray = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return out


def capped(values: FloatArray, limit: float) -> FloatArray:
    """Values no larger than `limit`, so that one absurd quantity does not own the scale; NaN stays NaN."""
    return np.minimum(values, limit)
