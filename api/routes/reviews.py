"""The next case, absence, and what reviews tell about the model."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from api.case_bodies import AbsenceIn, FiguresOut
from api.dependencies import Officer, SessionDep, needs
from api.referral_bodies import CaseWholeOut
from api.routes.cases import case_whole
from screening import assigning, reviews
from screening.access import Principal
from screening.assigning import Absence

router = APIRouter(tags=["cases"])
Worker = Annotated[Principal, Depends(needs("officer", "supervisor", "regulator"))]
Counter = Annotated[Principal, Depends(needs("supervisor", "data_scientist"))]


@router.post("/v1/cases/next")
def take_next(session: SessionDep, caller: Officer) -> CaseWholeOut | None:
    """Take the most pressing case that nobody has: legal clock first, then harm times probability; null if none."""
    case = assigning.take_next(session, caller)
    return case_whole(session, caller, case.id) if case else None


@router.put("/v1/me/absence", status_code=204)
def set_absence(session: SessionDep, caller: Worker, body: AbsenceIn) -> None:
    """Say when you are away: no case or report is given to you by itself then. An empty body is present."""
    assigning.set_absence(session, caller, Absence(body.absent_from, body.absent_to, body.deputy_id))


@router.get("/v1/reviews/figures")
def read_figures(session: SessionDep, caller: Counter) -> FiguresOut:
    """Overrides, random reviews, own views and the precision of each reason, over closed cases."""
    return FiguresOut.model_validate(reviews.figures(session, caller))
