"""An order of the stream together with what the stream's author knows about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.simulator.config import Strength
from models.simulator.world import Company


@dataclass(frozen=True, slots=True)
class Mark:
    """The scheme an order belongs to. `onset` is when the scheme started."""

    scheme: int
    typology: str
    strength: Strength
    onset: datetime


@dataclass(slots=True)
class Placed:
    """One order body at its moment; `mark` is None for honest orders."""

    moment: datetime
    body: dict[str, Any]
    company: Company
    kilograms: float
    mark: Mark | None = None
