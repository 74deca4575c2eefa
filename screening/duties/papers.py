"""Whether the papers an order states meet a duty that asks for one, and if not, in what they fall short.

Article 4 of Regulation (EC) 273/2004: a declaration per transaction; one for several transactions, category 2 only, for
a year at most, and only where the customer was supplied on three occasions in the twelve months before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from features.carried.documents import covers
from features.carried.lines import named_substance
from features.intake import AuthorisationIn, DeclarationIn, OrderIn
from features.reference import substances, units
from features.reference.duties import Act, Direction, Duty
from screening.duties.clocks import months_before, years_after
from screening.duties.supply import Supply

PaperState = Literal[
    "met", "missing", "ended", "other_substance", "other_direction", "unsigned", "several_not_allowed",
    "too_few_supplies", "longer_than_a_year", "quantity_exceeded", "objected", "unsettled", "expired",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stated:
    """What an order states and what is known beside it. `notice`: state of a notification the service keeps."""

    order: OrderIn
    line: Supply
    day: date
    direction: Direction
    prior: int
    notice: str | None = None


def paper_state(duty: Duty, stated: Stated) -> PaperState | None:
    """What the paper that the duty asks for is worth on the order's day; None where it asks for none."""
    if duty.paper == "licence":
        return _licence(stated)
    if duty.paper == "declaration":
        return _declaration(duty, stated)
    if duty.paper == "authorisation":
        return _authorisation(stated.order.authorisation, stated)
    return _notification(stated) if duty.paper == "notification" else None


def prior_supplies(duty: Duty, act: Act, line: Supply, earlier: tuple[Supply, ...]) -> int:
    """Occasions on which the same customer was supplied with the substance in the months before, released ones only."""
    if duty.supplies_months is None:
        return 0
    local = line.counted_at.astimezone(act.zone)
    start = datetime.combine(months_before(local.date(), duty.supplies_months), local.timetz())
    return len(
        {
            each.order_id
            for each in earlier
            if each.released
            and each.party == line.party
            and each.substance_id == line.substance_id
            and start <= each.counted_at < line.counted_at
        }
    )


def _ended(until: date | None, day: date) -> bool:
    return until is not None and until < day


def _licence(stated: Stated) -> PaperState:
    licences = stated.order.customer.licences
    if not licences:
        return "missing"
    fitting = [each for each in licences if covers(each, stated.line.substance_id)]
    if not fitting:
        return "other_substance"
    return "ended" if all(_ended(each.valid_to, stated.day) for each in fitting) else "met"


def _declaration(duty: Duty, stated: Stated) -> PaperState:
    declaration = stated.order.declaration
    if declaration is None:
        return "missing"
    if _ended(declaration.period_to, stated.day):
        return "ended"
    named = named_substance(declaration.substance) if declaration.substance else None
    if named is not None and named != stated.line.substance_id:
        return "other_substance"
    if not (declaration.signatory and declaration.signed_on):
        return "unsigned"
    if declaration.model == "multiple":
        return _several(duty, stated, declaration)
    return "quantity_exceeded" if _exceeded(declaration, stated.line) else "met"


def _several(duty: Duty, stated: Stated, declaration: DeclarationIn) -> PaperState:
    if duty.supplies is None:
        return "several_not_allowed"
    if stated.prior < duty.supplies:
        return "too_few_supplies"
    signed, until = declaration.signed_on, declaration.period_to
    return "longer_than_a_year" if signed and (until is None or until > years_after(signed, 1)) else "met"


def _exceeded(declaration: DeclarationIn, line: Supply) -> bool:
    """Whether the line is more than a declaration for one transaction says, where both are known in one dimension."""
    if declaration.quantity is None:
        return False
    substance = substances.by_id(line.substance_id)
    declared = units.measure(
        declaration.quantity, declaration.unit or "kg", substance.density_kg_per_l if substance else None
    )
    pairs = ((line.kilograms_micro, declared.kilograms_micro), (line.litres_micro, declared.litres_micro))
    known = [(mine, theirs) for mine, theirs in pairs if mine is not None and theirs is not None]
    return bool(known) and all(mine > theirs for mine, theirs in known)


def _authorisation(permit: AuthorisationIn | None, stated: Stated) -> PaperState:
    if permit is None:
        return "missing"
    if permit.type in ("import", "export") and permit.type != stated.direction:
        return "other_direction"
    return "ended" if _ended(permit.valid_to, stated.day) else "met"


def _notification(stated: Stated) -> PaperState:
    """Only an answer without objection meets the duty: silence has run out, it has not agreed."""
    stating = stated.order.notification
    state = stated.notice or (stating.status if stating else None)
    if state is None:
        return "unsettled" if stating else "missing"
    if state == "no_objection":
        return "met"
    if state in ("objection", "objected"):
        return "objected"
    late = state == "expired" or (
        stated.notice is None and stating is not None and _ended(stating.deadline, stated.day)
    )
    return "expired" if late else "unsettled"
