"""What would change an order's score: on a page of its own, and as the part that the order's page takes in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from api.dependencies import SessionDep
from api.workbench import formats, frame
from api.workbench.frame import Reader
from api.workbench.texts import text
from features.intake import MAX_QUANTITY
from screening import reading
from screening.errors import FieldFault, Invalid, Language, Text
from screening.papers import Given, Paper
from screening.what_if import Changed, Outlook, WhatIf, what_if

router = APIRouter(include_in_schema=False)
SMALLEST = 0.0005  # a shift below it is written as none


class Wanted(BaseModel):
    """Figures as typed into the form; `part` asks for the answer alone, without the page around it."""

    model_config = ConfigDict(extra="ignore")

    need: str = ""
    storage: str = ""
    ship: str = ""
    part: bool = False

    def given(self) -> Given:
        """The figures as numbers. Raises Invalid, naming the field."""
        return Given(_mass("need", self.need), _mass("storage", self.storage), _day(self.ship))


@dataclass(frozen=True, slots=True)
class Row:
    """One paper, or all together (no `shows`): the probability with it, how it moved, band, rules of law then met."""

    name: str
    shows: str
    outlook: Outlook
    moved: str
    met: tuple[str, ...]


def _mass(field: str, typed: str) -> Decimal | None:
    """Kilograms as either language writes them."""
    plain = "".join(typed.split()).replace(",", ".")
    if not plain:
        return None
    try:
        value = round(Decimal(plain), 3)
    except InvalidOperation:
        value = Decimal(0)
    if not (value.is_finite() and 0 < value <= MAX_QUANTITY):
        wrong, remedy = Text("is not a mass", "не масса"), Text("Give kilograms, such as 1250.", "Укажите килограммы.")
        raise Invalid(faults=(FieldFault(field, "mass", wrong, remedy),))
    return value


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed) if typed.strip() else None
    except ValueError as fault:
        wrong, remedy = Text("is not a day", "не дата"), Text("Choose a day.", "Выберите дату.")
        raise Invalid(faults=(FieldFault("ship", "date", wrong, remedy),)) from fault


@router.get("/orders/{order_id}/what-if")
def page(
    request: Request, caller: Reader, session: SessionDep, order_id: UUID, wanted: Annotated[Wanted, Query()]
) -> Response:
    """The papers that the order lacks, and how it would stand with each."""
    file = reading.order_file(session, caller, order_id)
    told = what_if(session, caller, file, wanted.given())
    reads = frame.language(request, caller)
    name = "what_if.html" if wanted.part else "what_if_page.html"
    return frame.page(request, name, caller, file=file, told=told, rows=_rows(reads, told), wanted=wanted)


def _rows(reads: Language, told: WhatIf) -> list[Row]:
    rows = [_row(reads, told.now, each) for each in told.changes]
    if told.together is not None:
        met = tuple(stop for stop in told.now.stops if stop not in told.together.stops)
        name = text(reads, "whatif.together")
        moved = _moved(told.now, told.together)
        rows.append(Row(name, "", told.together, moved, tuple(stop.as_data()[reads] for stop in met)))
    return rows


def _row(reads: Language, now: Outlook, each: Changed) -> Row:
    code = each.paper.code
    shows = text(reads, f"paper.{code}.shows", figure=_figure(reads, each.paper))
    met = tuple(stop.as_data()[reads] for stop in each.met)
    return Row(text(reads, f"paper.{code}"), shows, each.then, _moved(now, each.then), met)


def _figure(reads: Language, paper: Paper) -> str:
    if isinstance(paper.figure, date):
        return formats.day(reads, paper.figure.isoformat())
    return formats.kilograms(reads, float(paper.figure)) if paper.figure is not None else ""


def _moved(now: Outlook, then: Outlook) -> str:
    """`lower`, `higher` or `same`."""
    if now.probability is None or then.probability is None or abs(then.probability - now.probability) < SMALLEST:
        return "same"
    return "lower" if then.probability < now.probability else "higher"
