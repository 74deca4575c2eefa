"""What happened to an order, oldest first: received, screened, worked on, referred, answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from api.workbench.texts import text
from screening.errors import Language
from screening.reading import OrderFile
from screening.referrals import POLICY_REASON
from screening.tables.cases import CaseEvent
from screening.undoing import BACK

BY_AUTHORITY = frozenset({"receipt", "instruction"})
MOVING = frozenset({"decided", "assigned", "referred", "reopened", "closed"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One happening: when, what, who, and the words they left."""

    at: datetime
    what: str
    who: str
    words: str = ""


def history(language: Language, file: OrderFile) -> list[Entry]:
    """The order's versions, the policy's decision on the present one, and its case, in the order of time."""
    system = text(language, "order.system")
    received = [
        Entry(version.received_at, text(language, "order.received_version", number=version.number), "")
        for version in file.versions
    ]
    ruled = [
        Entry(each.created_at, text(language, f"disposition.{each.disposition}"), system)
        for each in file.decisions
        if each.maker == "policy"
    ]
    worked = [_entry(language, file, event) for event in file.events]
    return sorted([*received, *ruled, *worked], key=lambda entry: entry.at)


def last_move(language: Language, file: OrderFile) -> Entry | None:
    """The latest happening that changed the case's version: what somebody who read before it has not seen."""
    moves = [event for event in file.events if event.kind in MOVING]
    return _entry(language, file, moves[-1]) if moves else None


def assignee(file: OrderFile) -> str | None:
    """Who has the case, as the assignment wrote it down."""
    if file.case is None or file.case.assignee_id is None:
        return None
    given = [event.reason for event in file.events if event.kind == "assigned"]
    return given[-1] if given else None


def _entry(language: Language, file: OrderFile, event: CaseEvent) -> Entry:
    who = file.people.get(event.actor_id) if event.actor_id else None
    words = "" if event.reason == POLICY_REASON else event.reason or ""
    by = "" if event.kind in BY_AUTHORITY else who or text(language, "order.system")
    return Entry(at=event.created_at, what=happened(language, event), who=by, words=words)


def happened(language: Language, event: CaseEvent) -> str:
    """What one event was, in words."""
    kind = text(language, f"event.{event.kind}")
    if event.action == BACK:
        return text(language, f"event.{event.kind}_back")
    if event.kind == "decided" and event.action:
        return f"{kind}: {text(language, f'done.{event.action}')}"
    if event.kind == "instruction" and event.action:
        return f"{kind}: {text(language, f'instruction.{event.action}')}"
    if event.kind == "referred" and event.action:
        return f"{kind}: {event.action}"
    return kind
