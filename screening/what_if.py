"""What would change a score: the order as it would be screened if its company sent it again now with one more paper.

The order as it stands and the order with a paper are screened side by side by the model in service, on what is known
of its parties at this moment, as an amendment would be (`screening.orders.arrive`). Nothing of it is kept but that
somebody looked. Papers are what a company can put on the table (`screening.papers`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session

from features.arrival import to_record
from features.encode import encode
from features.intake import OrderIn
from features.online import States, observe, replace
from features.subject import subject_of
from screening import days, states, views
from screening.access import Principal, require
from screening.audit import AuditEntry, record
from screening.errors import Text, TooManyAttempts
from screening.ids import utc_now
from screening.papers import Given, Paper, Standing, offered, with_all
from screening.policy import Stop, legal_stops
from screening.reading import OrderFile
from screening.scoring import SERVICE
from screening.tables.orders import OrderVersion
from screening.versions import record_of

ACTION = "order.what_if"
MOST, WINDOW = 60, timedelta(minutes=1)  # looks of a company's people: many answers would tell of the model
LOOKS = """
    SELECT (SELECT count(*) FROM audit_staging WHERE organisation_id = :company AND action = :action AND at > :since)
      + (SELECT count(*) FROM audit_event WHERE organisation_id = :company AND action = :action AND at > :since)
"""


class TooManyLooks(TooManyAttempts):
    code = "too_many_looks"
    detail = Text("Too many such questions in one minute.", "Слишком много таких вопросов за минуту.")


@dataclass(frozen=True, slots=True)
class Outlook:
    """One screening that is not kept: probability, None without a model; band; rules of law that are not met."""

    probability: float | None
    band: str
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """A paper that the order lacks, and how it would stand with it; `met` are the rules of law that would be met."""

    paper: Paper
    then: Outlook
    met: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """`now`: the order as it stands, sent again; `changes`, the strongest first; `together`, None below two."""

    now: Outlook
    changes: tuple[Changed, ...]
    together: Outlook | None
    model_version: str | None


def what_if(session: Session, principal: Principal, file: OrderFile, given: Given) -> WhatIf:
    """Screen the order with each paper that it lacks. For officers and supervisors; on record.

    Raises:
        Forbidden; ViewFirst while the reader's own view is asked; TooManyLooks.
    """
    require(principal, "officer", "supervisor")
    if file.case is not None:
        views.refuse_unseen(session, principal, file.case)
    _refuse_many(session, principal)
    order = OrderIn.model_validate_json(file.version.body)
    at, now, facts = _as_it_stands(session, file.version, order)
    papers = offered(order, Standing(at.date(), facts, now.stops), given)
    variants = [*(paper.put(order) for paper in papers), with_all(order, papers)]
    found = [outlook for outlook, _ in _screened(session, file.version, variants, at)]
    changes = [Changed(paper, then, _met(now, then)) for paper, then in zip(papers, found[:-1], strict=True)]
    changes.sort(key=lambda each: (each.then.probability or 0.0, -len(each.met)))
    version = SERVICE.current.version if SERVICE.current else None
    told = {"version": file.version.number, "papers": [paper.code for paper in papers], "model": version}
    record(session, AuditEntry(ACTION, principal.actor, principal.organisation_id, file.order.id, told))
    return WhatIf(now, tuple(changes), found[-1] if len(changes) > 1 else None, version)


def _refuse_many(session: Session, principal: Principal) -> None:
    given = {"company": principal.organisation_id, "action": ACTION, "since": utc_now() - WINDOW}
    if session.execute(text(LOOKS), given).scalar_one() >= MOST:
        raise TooManyLooks(retry_after=int(WINDOW.total_seconds()))


def _met(now: Outlook, then: Outlook) -> tuple[Stop, ...]:
    return tuple(stop for stop in now.stops if stop not in then.stops)


def _as_it_stands(
    session: Session, version: OrderVersion, order: OrderIn
) -> tuple[datetime, Outlook, Mapping[str, float]]:
    """The moment of the screening, and the order screened at it unchanged, with its facts."""
    known = states.load(session, version.organisation_id, encode(record_of(version)))
    last = states.latest_event(known)  # history goes forward, whatever the clock says
    at = max(utc_now(), last + timedelta(microseconds=1)) if last else utc_now()
    ((outlook, facts),) = _screened(session, version, [order], at)
    return at, outlook, facts


def _screened(
    session: Session, version: OrderVersion, orders: Sequence[OrderIn], at: datetime
) -> list[tuple[Outlook, Mapping[str, float]]]:
    """Each of these orders in the place of the stored version, at one moment, on the same history."""
    company, held = version.organisation_id, encode(record_of(version))
    records = [to_record(order, at, version.sequence) for order in orders]
    drafts = [encode(each) for each in records]
    known = states.load(session, company, held, *drafts)
    replace(held, known)
    slots = drafts[0].slots  # no paper changes who or what takes part
    shared = days.known(session, company, [key for key in slots.hubs if key], [key for key in slots.ties if key])
    found = []
    for each, draft in zip(records, drafts, strict=True):
        observation = observe(draft, _copy(known), shared)  # which writes the order into what it was given
        made = SERVICE.assess(observation.values).assessment
        stops = legal_stops(subject_of(each), observation.facts)
        outlook = Outlook(made.probability if made else None, made.band if made else "unscored", stops)
        found.append((outlook, observation.facts))
    return found


def _copy(known: States) -> States:
    return States(known.rows, known.keys, known.deep.copy(), known.slim.copy(), known.profile.copy())
