"""What happened to an order, oldest first: received, screened, worked on, referred, answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from api.workbench.texts import text
from screening.errors import Language
from screening.reading import OrderFile
from screening.referrals import POLICY_REASON
from screening.tables.cases import CaseEvent

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
    happened = [_entry(language, file, event) for event in file.events]
    return sorted([*received, *ruled, *happened], key=lambda entry: entry.at)


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
    by_authority = event.kind in ("receipt", "instruction")
    words = "" if event.reason == POLICY_REASON else event.reason or ""
    return Entry(
        at=event.created_at,
        what=_what(language, event),
        who="" if by_authority else who or text(language, "order.system"),
        words=words,
    )


def _what(language: Language, event: CaseEvent) -> str:
    happened = text(language, f"event.{event.kind}")
    if event.kind == "decided" and event.action:
        return f"{happened}: {text(language, f'done.{event.action}')}"
    if event.kind == "instruction" and event.action:
        return f"{happened}: {text(language, f'instruction.{event.action}')}"
    if event.kind == "referred" and event.action:
        return f"{happened}: {event.action}"
    return happened
