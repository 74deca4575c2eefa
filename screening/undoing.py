"""Taking back what was just done to a case and told nobody outside: an assignment, or putting it aside.

Only who did it takes it back, only within a minute, and only while nothing else has happened to the case since. What
was done stays on record, and so does that it was taken back. Decisions, reports, questions and signatures stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlmodel import Session

from screening import cases, life
from screening.access import Principal, require
from screening.cases import Happening
from screening.errors import Conflict, Text
from screening.ids import utc_now
from screening.people import colleague
from screening.tables.cases import Case, CaseEvent

WITHIN = timedelta(seconds=60)
BACK = "undo"
UNDONE = {"assigned": "assigned", "snoozed": "woken"}  # what was done -> how the history calls it taken back
# The step by which a case returns to the state it was put aside from, or was assigned from.
RETURN = {"open": "reopen", "in_review": "wake", "waiting": "return"}


class NothingToUndo(Conflict):
    code = "nothing_to_undo"
    detail = Text("This can no longer be taken back.", "Это уже нельзя отменить.")
    remedy = Text(
        "A minute has passed, or the case has moved on. Assign it or take it up again by hand.",
        "Прошла минута, или дело изменилось. Назначьте или возобновите его вручную.",
    )


def undoable(principal: Principal, case: Case | None, events: Sequence[CaseEvent]) -> float:
    """For how many seconds more the caller may take back the last step; 0 where they may not."""
    last = events[-1] if len(events) > 1 else None
    if case is None or last is None or last.kind not in UNDONE or last.action == BACK:
        return 0.0
    before = events[-2]
    if last.actor_id is None or last.actor_id != principal.user_id or before.kind == "voided":
        return 0.0  # a proposal that fell with the step does not rise again
    if case.state != before.state_after and not life.may(case.state, RETURN.get(before.state_after, "")):
        return 0.0
    return max((last.created_at + WITHIN - utc_now()).total_seconds(), 0.0)


def undo(session: Session, principal: Principal, case_id: UUID, was: UUID | None) -> Case:
    """Take back the last step; `was` is who had the case before an assignment. Raises NothingToUndo, NotFound."""
    require(principal, "officer", "supervisor")
    case = cases.find_case(session, principal, case_id, lock=True)
    events = cases.events(session, principal, case)
    if not undoable(principal, case, events):
        raise NothingToUndo
    kind, before = events[-1].kind, events[-2].state_after
    if case.state != before:
        cases.move(case, RETURN[before])
    else:
        case.version += 1
    name = None
    if kind == "assigned":
        case.assignee_id, name = (was, colleague(session, principal, was).name) if was else (None, None)
    cases.note_event(session, principal, case, Happening(UNDONE[kind], BACK, name))
    session.flush()
    return case
