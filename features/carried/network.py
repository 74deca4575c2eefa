"""Network: who stands between the parties, as the order states it."""

from __future__ import annotations

from features.carried.core import carried


@carried("intermediaries.*.role")
def intermediary_count(roles: tuple[str, ...] | None) -> float:
    return float(len(roles or ()))
