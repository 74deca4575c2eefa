"""Every knob of the simulated stream, with what it stands for.

The shares are assumptions, not measurements: no public data set has order-level labels (domain.md 8),
so figures measured on this stream must be called synthetic.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

HELD_OUT = ("TY16", "TY18")
"""Typologies that the scoreboard keeps out of training: they begin after the training's as-of moment only."""

Strength = Literal["weak", "medium", "strong"]
STRENGTHS: tuple[Strength, ...] = ("weak", "medium", "strong")

# Chance that one trace of a typology is left on one order of the scheme.
TRACE_CHANCE: dict[Strength, float] = {"weak": 0.25, "medium": 0.55, "strong": 0.85}
# How far a scheme's quantities leave the ordinary, as a factor; a lasting jump (TY05) goes up to LASTING times that.
QUANTITY_FACTOR: dict[Strength, float] = {"weak": 1.5, "medium": 3.0, "strong": 7.0}
LASTING = 10.0
# How many schemes of a typology come for one of the others: the field meets structuring, jumps and ramps most.
COMMON: dict[str, int] = {"TY01": 4, "TY02": 2, "TY05": 4, "TY06": 2, "TY23": 2}


@dataclass(frozen=True, slots=True)
class SimulationConfig:
    """What to simulate. The same configuration gives the same bytes.

    orders: rows in the stream. months: its length from `start`. seed: of every draw.
    diversion_share: orders that belong to a scheme. discovered_share: schemes that ever come to light,
    by strength. label_delay_days: median days from a scheme's order to its discovery (lognormal, sigma 0.7).
    missed_share: orders of a discovered scheme that nobody connects with it.
    reviewed_share: honest orders looked at and labelled legitimate. false_accusation_share: honest orders
    labelled diverted. orders_per_company: mean over the stream, sets how many companies there are.
    typologies: ids to draw schemes from, all twenty-four by default; strengths come in equal numbers.
    held_out, held_out_until: schemes of these typologies begin after that moment only, so that no label of
    theirs can be known at it and a model trained as of it has never seen one. Their density after it is that
    of the others.

    Onset: uniform from 2 to 98 % of the stream. End: the last of a scheme's few orders, or its discovery, after
    which half of the rest are never placed and the others stopped within days.
    """

    orders: int = 20_000
    months: int = 24
    seed: int = 7
    start: datetime = datetime(2024, 1, 1, tzinfo=UTC)
    diversion_share: float = 0.02
    discovered_share: dict[Strength, float] = field(
        default_factory=lambda: {"weak": 0.5, "medium": 0.65, "strong": 0.8}
    )
    label_delay_days: float = 40.0
    missed_share: float = 0.1
    reviewed_share: float = 0.06
    false_accusation_share: float = 0.0008
    orders_per_company: float = 22.0
    typologies: tuple[str, ...] | None = None
    held_out: tuple[str, ...] = ()
    held_out_until: datetime | None = None

    def __post_init__(self) -> None:
        if self.orders < 1 or self.months < 1:
            raise ValueError("orders and months must be at least 1")
        if not 0 <= self.diversion_share <= 0.5:
            raise ValueError("diversion_share must lie between 0 and 0.5")
        if self.start.tzinfo is None:
            raise ValueError("start must carry a time zone")
        if self.held_out and (self.held_out_until is None or self.held_out_until.tzinfo is None):
            raise ValueError("held_out needs held_out_until, a moment with a time zone")
        if self.held_out_until is not None and self.held_out_until > self.start + timedelta(days=0.9 * self.days):
            raise ValueError("held_out_until must leave at least a tenth of the stream")

    @property
    def days(self) -> float:
        return self.months * 30.4375

    def to_json(self) -> dict[str, Any]:
        """The parameters as plain JSON values, for the file beside the stream."""
        values = asdict(self)
        values["start"] = self.start.isoformat()
        values["held_out"] = list(self.held_out)
        values["held_out_until"] = self.held_out_until.isoformat() if self.held_out_until else None
        values["typologies"] = list(self.typologies) if self.typologies is not None else "all"
        values["trace_chance"] = dict(TRACE_CHANCE)
        values["quantity_factor"] = dict(QUANTITY_FACTOR)
        return values
