"""The duties of an order as its packet tells them: the rule, its text's reference, and the sums behind it.

A sum over all that the company supplies is told as a figure: lines of other customers stay with the company.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from screening.duties.engine import Found
from screening.duties.reading import OrderDuties
from screening.duties.sums import Contribution, Sum

OF_OTHERS = "operator"


def duties_of(known: OrderDuties) -> list[dict[str, Any]]:
    return [_duty(found) for found in known.found]


def permits_of(known: OrderDuties) -> list[dict[str, Any]]:
    """What the order draws of the company's permits."""
    return [
        {"kind": permit.kind, "number": permit.number, "authority": permit.authority, "line": drawn.position,
         "substance": permit.substance_id, "amount": _plain(drawn.amount_micro), "unit": _unit(permit.dimension)}
        for permit, drawn in known.draws
    ]  # fmt: skip


def notification_of(known: OrderDuties) -> dict[str, Any] | None:
    kept = known.notification
    if kept is None:
        return None
    return {"state": known.standing, "deadline": kept.deadline and kept.deadline.isoformat()}


def _duty(found: Found) -> dict[str, Any]:
    duty = found.duty
    return {
        "id": duty.id,
        "act": {"code": found.act.code, "en": found.act.name_en, "ru": found.act.name_ru},
        "kind": duty.kind,
        "status": found.status,
        "substance": found.substance.name,
        "lines": list(found.positions),
        "direction": found.direction,
        "on": found.on.isoformat(),
        "en": duty.text_en,
        "ru": duty.text_ru,
        "reference": duty.reference,
        "confidence": duty.confidence,
        "missing": list(found.missing),
        "paper": found.paper,
        "due_on": found.due_on and found.due_on.isoformat(),
        "keep_until": found.keep_until and found.keep_until.isoformat(),
        "sums": [_sum(each) for each in found.sums],
    }


def _sum(total: Sum) -> dict[str, Any]:
    return {
        "limit": _plain(total.limit.amount_micro or 0),
        "unit": _unit(total.limit.kind),
        "limit_as_written": f"{total.limit.regime}: {total.limit.scope}",
        "period": total.limit.period,
        "at_least": _plain(total.low),
        "at_most": None if total.high is None else _plain(total.high),
        "of_the_party": _plain(total.party_low),
        "lines": _lines(total.contributions),
    }


def _lines(contributions: Sequence[Contribution]) -> list[dict[str, Any]]:
    return [
        {"reference": each.supply.reference, "line": each.supply.position, "tie": each.tie,
         "counted_at": each.supply.counted_at.isoformat(), "amount": _plain(each.counted.low)}
        for each in contributions
        if each.tie != OF_OTHERS
    ]  # fmt: skip


def _unit(dimension: str) -> str:
    return "kg" if dimension == "mass" else "l"


def _plain(micro: Decimal | int) -> str:
    """Micro-units as a decimal of whole units: 1500000 is '1.5'."""
    written = f"{Decimal(int(micro)).scaleb(-6):f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
