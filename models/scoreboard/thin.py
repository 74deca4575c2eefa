"""A stream of millions of orders that say only who bought, who received, how much and when; some are diverted.

Everything is drawn by whole arrays from one seeded generator. Honest customers grow, pause, order at night, try new
consignees and share warehouses now and then; a scheme does more of one of these, or takes far more goods.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
DAY = 86_400


@dataclass(frozen=True, slots=True)
class ThinConfig:
    """orders over days; customers by orders each; shares of orders in schemes and of schemes discovered.

    Of a discovered scheme `missed` of the orders stay unlabelled; labels come `delay_days` after the order;
    `accused` honest orders are labelled diverted, `cleared` ones legitimate.
    """

    orders: int = 2_000_000
    days: int = 270
    orders_per_customer: float = 40.0
    diverted: float = 0.008
    discovered: float = 0.6
    missed: float = 0.1
    delay_days: float = 10.0
    accused: float = 0.0003
    cleared: float = 0.03
    seed: int = 5


@dataclass(frozen=True, slots=True)
class Thin:
    """Orders in time order: at (n,) seconds from the start, customer and consignee (n,) numbers, kilograms (n,);
    kind (n,) of the scheme, -1 for honest; labelled (n,) 1 diverted, 0 legitimate, -1 nothing said.
    """

    at: IntArray
    customer: IntArray
    consignee: IntArray
    kilograms: FloatArray
    kind: IntArray
    labelled: IntArray


@dataclass(frozen=True, slots=True)
class _Trade:
    """Customers: usual kilograms (c,), orders each (c,), own consignee (c,)."""

    generator: np.random.Generator
    config: ThinConfig
    usual: FloatArray
    counts: IntArray
    own: IntArray

    def fresh(self, count: int) -> IntArray:
        """Numbers of consignees that nobody used before (collisions are rare and harmless)."""
        return self.generator.integers(10**9, 2 * 10**9, count)


@dataclass(frozen=True, slots=True)
class _Part:
    """Orders of one scheme, unsorted."""

    at: FloatArray
    customer: IntArray
    consignee: IntArray
    kilograms: FloatArray


def thin_stream(config: ThinConfig) -> Thin:
    """The stream; the same configuration gives the same arrays."""
    generator = np.random.Generator(np.random.PCG64(config.seed))
    trade = _trade(generator, config)
    parts, kinds, told = _schemes(trade)
    scheme = _Part(*(np.concatenate([getattr(part, name) for part in parts]) for name in _Part.__slots__))
    honest = _honest(trade, config.orders - scheme.at.size)
    whole = _Part(*(np.concatenate([getattr(honest, name), getattr(scheme, name)]) for name in _Part.__slots__))
    kind = np.concatenate([np.full(honest.at.size, -1), kinds])
    labelled = np.concatenate([_reviewed(generator, config, honest.at.size), told])
    order = np.argsort(whole.at, kind="stable")
    at = np.clip(whole.at[order], 0, config.days * DAY - 1).astype(np.int64)
    kilograms = np.maximum(0.001, np.round(whole.kilograms[order], 3))
    return Thin(at, whole.customer[order], whole.consignee[order], kilograms, kind[order], labelled[order])


def _trade(generator: np.random.Generator, config: ThinConfig) -> _Trade:
    customers = max(50, round(config.orders / config.orders_per_customer))
    pace = generator.lognormal(0.0, 0.8, customers)
    counts = np.maximum(1, np.round(pace / pace.sum() * config.orders)).astype(np.int64)
    own = np.arange(customers)
    shared = generator.random(customers) < 0.15  # a warehouse that several honest customers use
    own[shared] = customers + generator.integers(0, max(1, customers // 40), int(shared.sum()))
    return _Trade(generator, config, generator.lognormal(5.0, 1.3, customers), counts, own)


def _honest(trade: _Trade, count: int) -> _Part:
    generator, config = trade.generator, trade.config
    chance = trade.counts / trade.counts.sum()
    customer = generator.choice(trade.counts.size, count, p=chance)
    joined = generator.random(trade.counts.size) ** 3 * 0.7 * config.days
    day = joined[customer] + generator.random(count) * (config.days - joined[customer])
    quiet = generator.random(trade.counts.size) < 0.06  # silent for a third of the time, then back
    day = np.where(quiet[customer] & (day > config.days * 0.4) & (day < config.days * 0.7), day * 0.4, day)
    at = np.floor(day) * DAY + _hours(generator, count, 0.04)
    growth = generator.normal(0.1, 0.4, trade.counts.size)[customer] * day / config.days
    step = np.where(generator.random(trade.counts.size) < 0.08, generator.uniform(0.5, 1.8, trade.counts.size), 0.0)
    stepped = step[customer] * (day > generator.uniform(0.1, 0.9, trade.counts.size)[customer] * config.days)
    project = np.where(generator.random(count) < 0.01, generator.uniform(0.7, 2.2, count), 0.0)
    size = trade.usual[customer] * np.exp(growth + stepped + project + generator.normal(0.0, 0.4, count))
    consignee = np.where(generator.random(count) < 0.03, trade.fresh(count), trade.own[customer])
    return _Part(at, customer, consignee, size)


def _hours(generator: np.random.Generator, count: int, night: float) -> FloatArray:
    """Seconds of the day: mostly office hours."""
    office = generator.normal(12.5, 2.5, count).clip(6, 20)
    return np.where(generator.random(count) < night, generator.uniform(0, 6, count), office) * 3600


def _reviewed(generator: np.random.Generator, config: ThinConfig, count: int) -> IntArray:
    draw = generator.random(count)
    return np.where(draw < config.accused, 1, np.where(draw < config.accused + config.cleared, 0, -1)).astype(np.int64)


def _schemes(trade: _Trade) -> tuple[list[_Part], IntArray, IntArray]:
    """Schemes of all kinds in turn until the share is reached, with their kinds and labels."""
    generator, config = trade.generator, trade.config
    parts: list[_Part] = []
    kinds: list[IntArray] = []
    told: list[IntArray] = []
    count = 0
    while count < config.diverted * config.orders:
        kind = len(parts) % len(KINDS)
        onset = generator.uniform(0.05, 0.97) * config.days
        part = KINDS[kind][1](trade, int(generator.integers(trade.usual.size)), onset)
        inside = part.at < config.days * DAY
        part = _Part(*(getattr(part, name)[inside] for name in _Part.__slots__))
        size = part.at.size
        found = generator.random() < config.discovered
        parts.append(part)
        kinds.append(np.full(size, kind))
        told.append(np.where(found & (generator.random(size) >= config.missed), 1, -1).astype(np.int64))
        count += size
    return parts, np.concatenate(kinds), np.concatenate(told)


def _days(trade: _Trade, onset: float, count: int, gap: float) -> FloatArray:
    """Working moments from the onset on, `gap` days apart on average."""
    steps = np.cumsum(trade.generator.gamma(2.0, gap / 2, count))
    return np.asarray(np.floor(onset + steps) * DAY + _hours(trade.generator, count, 0.04))


def _sizes(trade: _Trade, customer: int, count: int) -> FloatArray:
    return np.asarray(trade.usual[customer] * trade.generator.lognormal(0.0, 0.4, count))


def _part(trade: _Trade, customer: int, at: FloatArray, kilograms: FloatArray) -> _Part:
    return _Part(at, np.full(at.size, customer), np.full(at.size, trade.own[customer]), kilograms)


def _surge(trade: _Trade, customer: int, onset: float) -> _Part:
    count = int(trade.generator.integers(6, 25))
    factor = trade.generator.uniform(2.5, 12.0)
    return _part(trade, customer, _days(trade, onset, count, 5.0), _sizes(trade, customer, count) * factor)


def _ramp(trade: _Trade, customer: int, onset: float) -> _Part:
    count = int(trade.generator.integers(8, 20))
    rise = trade.generator.uniform(1.1, 1.3) ** np.arange(1, count + 1)
    return _part(trade, customer, _days(trade, onset, count, 6.0), _sizes(trade, customer, count) * rise)


def _structured(trade: _Trade, customer: int, onset: float) -> _Part:
    count = int(trade.generator.integers(8, 22))
    share = trade.generator.uniform(0.15, 0.5)
    return _part(trade, customer, _days(trade, onset, count, 0.6), _sizes(trade, customer, count) * share)


def _collecting(trade: _Trade, customer: int, onset: float) -> _Part:
    count = int(trade.generator.integers(8, 24))
    buyers = trade.generator.integers(0, trade.usual.size, max(4, count // 2))
    customers = trade.generator.choice(buyers, count)
    kilograms = trade.usual[customers] * trade.generator.lognormal(0.2, 0.4, count)
    consignee = np.full(count, trade.fresh(1)[0])
    return _Part(_days(trade, onset, count, 2.0), customers, consignee, kilograms)


def _dormant(trade: _Trade, customer: int, onset: float) -> _Part:
    """A customer of its own: two small orders at the beginning, silence, then large ones; all of them its scheme."""
    count = int(trade.generator.integers(3, 7))
    number = np.full(count, int(trade.fresh(1)[0]))
    late = max(onset, 0.45 * trade.config.days)
    at = np.concatenate([_days(trade, 0.02 * trade.config.days, 2, 4.0), _days(trade, late, count - 2, 3.0)])
    kilograms = _sizes(trade, customer, count) * np.where(np.arange(count) < 2, 0.5, trade.generator.uniform(3, 9))
    return _Part(at, number, number, kilograms)


def _hopping(trade: _Trade, customer: int, onset: float) -> _Part:
    count = int(trade.generator.integers(5, 12))
    at = _days(trade, onset, count, 4.0)
    return _Part(at, np.full(count, customer), trade.fresh(count), _sizes(trade, customer, count) * 1.3)


def _burst(trade: _Trade, customer: int, onset: float) -> _Part:
    count = int(trade.generator.integers(5, 11))
    at = np.floor(onset) * DAY + 9 * 3600 + np.cumsum(trade.generator.uniform(300, 3600, count))
    return _part(trade, customer, at, _sizes(trade, customer, count))


def _night(trade: _Trade, customer: int, onset: float) -> _Part:
    count = int(trade.generator.integers(5, 12))
    steps = np.cumsum(trade.generator.gamma(2.0, 1.5, count))
    at = np.floor(onset + steps) * DAY + trade.generator.uniform(0, 5, count) * 3600
    return _part(trade, customer, at, _sizes(trade, customer, count) * trade.generator.uniform(1.0, 2.0))


KINDS: tuple[tuple[str, Callable[[_Trade, int, float], _Part]], ...] = (
    ("quantity surge", _surge), ("slow ramp", _ramp), ("many small orders", _structured),
    ("collecting consignee", _collecting), ("dormant then large", _dormant), ("new consignees", _hopping),
    ("short burst", _burst), ("night orders", _night),
)  # fmt: skip
