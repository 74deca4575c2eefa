"""Papers by which a company can prove something of an order, and the order as it would read with one of them.

    licence          valid for the goods                      where none of those stated is
    declaration      of use: signed, dated, on letterhead     where it is missing, ended or says little
    authorisation    to move the goods across the border      where it is missing, ended or drawn beyond its quantity
    notification     the importing State's no objection       where the order has none
    need             the customer's need of a year            where it is not stated, or less than was bought
    storage          room for the goods at the customer's     where it is not stated, or less than the order
    delivery         the day on which the goods are wanted    where it is not stated, or two weeks are not left

A paper states what an authority, an auditor or a site visit can confirm. Who the customer is, where the goods go and
what they cost is not theirs to put otherwise, so none of it is here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from features.intake import AuthorisationIn, DeclarationIn, LicenceIn, NotificationIn, OrderIn
from screening.policy import Stop

PaperCode = Literal["licence", "declaration", "authorisation", "notification", "need", "storage", "delivery"]
Put = Callable[[OrderIn], OrderIn]
TERM, NOTICE = timedelta(days=365), timedelta(days=14)
NUMBER = "NOT YET SEEN"
# As many plain words as a declaration that says something has; the model counts them and reads none.
END_USE = "used by the customer itself at the named site in the named product, month by month, and not sold on"
WEAK = ("declaration_missing", "declaration_unsigned", "declaration_expired", "vague_end_use", "no_letterhead")


@dataclass(frozen=True, slots=True)
class Given:
    """Figures that the asking person wants tried, None for the least that fits the order."""

    need_kg: Decimal | None = None
    storage_kg: Decimal | None = None
    ship_on: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The order as it stands: its UTC day, facts by name (NaN where missing), rules of law that are not met."""

    day: date
    facts: Mapping[str, float]
    stops: tuple[Stop, ...]

    def holds(self, *names: str) -> bool:
        """Whether one of these flags is raised."""
        return any(self.facts.get(name) == 1.0 for name in names)

    def lacks(self, paper: str) -> bool:
        """Whether a rule of law asks for this paper."""
        return any(paper == stop.needs for stop in self.stops)

    def kilograms(self, *names: str) -> Decimal | None:
        """The largest of some masses, rounded up to whole kilograms; None where none is known."""
        known = [self.facts[name] for name in names if math.isfinite(self.facts.get(name, math.nan))]
        return Decimal(math.ceil(max(known))) if known else None


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper the order lacks; `figure` is what it would have to state, `put` the order with it."""

    code: PaperCode
    put: Put
    figure: Decimal | date | None = None


def offered(order: OrderIn, standing: Standing, given: Given) -> tuple[Paper, ...]:
    """The papers that this order lacks, in the order of the table above."""
    return (*_of_law(order, standing), *_of_need(order, standing, given))


def with_all(order: OrderIn, papers: tuple[Paper, ...]) -> OrderIn:
    """The order with every one of these papers."""
    for paper in papers:
        order = paper.put(order)
    return order


def _of_law(order: OrderIn, standing: Standing) -> Iterator[Paper]:
    until = standing.day + TERM
    if standing.lacks("licence") or standing.holds("licence_missing"):
        yield Paper("licence", lambda was: _licensed(was, until))
    if standing.lacks("declaration") or standing.holds(*WEAK):
        yield Paper("declaration", lambda was: _declared(was, standing))
    missing = standing.holds("authorisation_missing", "authorisation_expired")
    if standing.lacks("authorisation") or missing:
        quantity = standing.kilograms("order_kilograms")
        yield Paper("authorisation", lambda was: _authorised(was, until, quantity), quantity)
    unsettled = any(stop.code.startswith("notification_") for stop in standing.stops)
    if unsettled or standing.holds("notification_missing", "notification_unsettled"):
        yield Paper("notification", lambda was: _with(was, notification=NotificationIn(status="no_objection")))


def _of_need(order: OrderIn, standing: Standing, given: Given) -> Iterator[Paper]:
    need = given.need_kg or standing.kilograms("twelve_months_with_order", "year_with_order")
    stated = order.customer.annual_need_kg
    if need is not None and (given.need_kg or stated is None or stated < need):
        yield Paper("need", lambda was: _customer(was, annual_need_kg=need), need)
    room = given.storage_kg or standing.kilograms("order_kilograms")
    stated = order.customer.storage_capacity_kg
    if room is not None and (given.storage_kg or stated is None or stated < room):
        yield Paper("storage", lambda was: _customer(was, storage_capacity_kg=room), room)
    ship_on = given.ship_on or standing.day + NOTICE
    planned = order.requested_ship_date
    if given.ship_on or planned is None or planned < ship_on:
        yield Paper("delivery", lambda was: _with(was, requested_ship_date=ship_on), ship_on)


def _with(order: OrderIn, **parts: object) -> OrderIn:
    return order.model_copy(update=parts)


def _customer(order: OrderIn, **parts: object) -> OrderIn:
    return _with(order, customer=order.customer.model_copy(update=parts))


def _licensed(order: OrderIn, until: date) -> OrderIn:
    """One more licence, which covers the goods of the order by naming none."""
    return _customer(order, licences=(*(order.customer.licences or ()), LicenceIn(number=NUMBER, valid_to=until)))


def _declared(order: OrderIn, standing: Standing) -> OrderIn:
    """The declaration as it is, made whole; its words stay where they say something."""
    was = order.declaration or DeclarationIn(model="individual")
    says = was.end_use if was.end_use and not standing.holds("vague_end_use") else END_USE
    parts = {
        "end_use": says, "signed_on": standing.day, "period_to": standing.day + TERM, "letterhead": True,
        "signatory": was.signatory or NUMBER,
    }  # fmt: skip
    return _with(order, declaration=was.model_copy(update=parts))


def _authorised(order: OrderIn, until: date, quantity: Decimal | None) -> OrderIn:
    """An authorisation of its own, of which nothing is drawn yet."""
    kind = order.type if order.type in ("import", "export", "transit") else "export"
    permit = AuthorisationIn(type=kind, number=NUMBER, valid_to=until, quantity=quantity, unit="kg")
    return _with(order, authorisation=permit)
