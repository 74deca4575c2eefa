"""The register of typologies: every one of domain/typologies.csv, by its id."""

from __future__ import annotations

from collections.abc import Callable

from models.simulator.placed import Placed
from models.simulator.scheme import Scheme
from models.simulator.typologies_goods import GOODS_TYPOLOGIES
from models.simulator.typologies_party import PARTY_TYPOLOGIES
from models.simulator.typologies_route import ROUTE_TYPOLOGIES

Typology = Callable[[Scheme], list[Placed]]
TYPOLOGIES: dict[str, Typology] = dict(sorted({**PARTY_TYPOLOGIES, **GOODS_TYPOLOGIES, **ROUTE_TYPOLOGIES}.items()))
"""TY01 to TY24. Each takes a scheme and returns its orders in any order of time."""
