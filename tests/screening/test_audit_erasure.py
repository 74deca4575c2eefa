"""Erasure empties the text and keeps the proof; law and legal hold come first."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from features.reference.retention import kept_until
from screening import audit, audit_erasure
from screening.audit import AuditEntry, canonical
from screening.audit_check import verify
from screening.audit_erasure import OnHold, StillKept, Wish
from screening.errors import NotFound
from screening.ids import utc_now
from screening.tables.audit import AuditEvent, AuditLeaf, AuditStaging
from tests.builders import make_organisation
from tests.screening.audit_log import fill


@pytest.fixture
def company(session: Session) -> UUID:
    """A company with ten events of eleven years ago about `old` and ten of now about `new`, signed."""
    made = make_organisation(session).id
    for number in range(10):
        for subject, age in (("old", 11 * 366), ("new", 0)):
            row = audit.staged(AuditEntry("order.accepted", "key:1", made, subject, {"number": number}))
            at = row["at"] - timedelta(days=age)
            body = canonical({**json.loads(row["body"]), "at": at.isoformat()})
            session.add(AuditStaging(**{**row, "at": at, "body": body}))
    session.flush()
    audit.append(session)
    audit.checkpoint(session)
    return made


def wish(company: UUID, subject: str | None = None) -> Wish:
    return Wish(company, subject, "test", "term over")


def texts(session: Session, company: UUID) -> list[str]:
    session.expire_all()
    query = select(AuditEvent.body).where(AuditEvent.organisation_id == company)
    return [body for body in session.exec(query) if body]


def test_what_is_over_its_term_goes_and_every_proof_stays(session: Session, company: UUID, tmp_path: Path) -> None:
    before = session.exec(select(AuditLeaf).order_by(col(AuditLeaf.number))).all()
    assert audit_erasure.erase(wish(company)) == 10
    left = texts(session, company)
    assert not any('"subject_id":"old"' in body for body in left)
    assert len(left) == 11  # the ten new ones, and the record
    assert session.exec(select(AuditLeaf).order_by(col(AuditLeaf.number))).all()[:20] == before
    audit.checkpoint(session)
    verdict = verify(session, tmp_path)
    assert (verdict.fault, verdict.erased, verdict.leaves) == (None, 10, 21)
    assert audit_erasure.erase(wish(company)) == 0


def test_the_record_says_who_erased_what_and_why(session: Session, company: UUID) -> None:
    audit_erasure.erase(wish(company, "old"))
    record = session.exec(select(AuditEvent).where(AuditEvent.action == "audit.erased")).one()
    said = json.loads(record.body)
    emptied = session.exec(select(AuditEvent.event_id).where(AuditEvent.body == "")).all()
    assert (said["actor"], said["details"]["reason"]) == ("test", "term over")
    assert sorted(said["details"]["event_ids"]) == sorted(map(str, emptied))


def test_the_law_comes_before_a_wish(session: Session, company: UUID) -> None:
    with pytest.raises(StillKept) as refusal:
        audit_erasure.erase(wish(company, "new"))
    assert refusal.value.values["until"] > utc_now().date().isoformat()
    assert len(texts(session, company)) == 20


@pytest.mark.parametrize("subject", ["old", None])
def test_nothing_under_a_legal_hold_is_erased_until_it_is_lifted(
    subject: str | None, session: Session, company: UUID
) -> None:
    audit_erasure.hold(session, wish(company, subject))
    with pytest.raises(OnHold):
        audit_erasure.erase(wish(company, "old"))
    assert audit_erasure.erase(wish(company)) == 0
    assert audit_erasure.lift(session, wish(company, subject)) == 1
    assert audit_erasure.erase(wish(company, "old")) == 10
    actions = session.exec(select(AuditEvent.action).where(col(AuditEvent.action).like("audit.%"))).all()
    assert actions == ["audit.held", "audit.hold_lifted", "audit.erased"]


def test_the_database_itself_keeps_the_hold(session: Session, company: UUID) -> None:
    events = session.exec(select(AuditEvent.event_id).where(AuditEvent.subject_id == "old")).all()
    details = {"event_ids": [str(event) for event in events]}
    record = audit.record(session, AuditEntry("audit.erased", "test", company, None, details))
    audit_erasure.hold(session, wish(company, "old"))
    session.flush()
    audit.append(session)
    with pytest.raises(DBAPIError, match="only grows"):
        session.execute(text("SELECT tamga_erase_events(:r)"), {"r": record})


def test_nobody_elses_events_are_reached(session: Session, company: UUID) -> None:
    other = make_organisation(session).id
    with pytest.raises(NotFound):
        audit_erasure.erase(wish(other, "old"))
    events = session.exec(select(AuditEvent.event_id).where(AuditEvent.subject_id == "old")).all()
    record = audit.record(
        session, AuditEntry("audit.erased", "test", other, None, {"event_ids": [str(event) for event in events]})
    )
    session.flush()
    audit.append(session)
    with pytest.raises(DBAPIError, match="only grows"):
        session.execute(text("SELECT tamga_erase_events(:r)"), {"r": record})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET body = '', salt = '', action = 'erased', subject_id = NULL",
        "UPDATE audit_event SET body = '', salt = ''",
        "UPDATE audit_event SET subject_id = NULL",
    ],
)
def test_no_event_is_emptied_without_a_record(statement: str, session: Session, company: UUID) -> None:
    with pytest.raises(DBAPIError, match="only grows"):
        session.execute(text(statement))


def test_an_event_emptied_without_a_record_is_found(session: Session, company: UUID, tmp_path: Path) -> None:
    session.execute(text("SET LOCAL session_replication_role = replica"))
    victim = session.exec(select(AuditLeaf.event_id).where(AuditLeaf.number == 4)).one()
    session.execute(text("UPDATE audit_event SET body = '', salt = '' WHERE event_id = :e"), {"e": victim})
    fill(session, 3)
    verdict = verify(session, tmp_path)
    assert (verdict.fault, verdict.bad_leaf) == ("event emptied without a record of it", 4)


@pytest.mark.parametrize(
    ("day", "country", "years", "until"),
    [
        (date(2026, 3, 1), "DE", 1, date(2029, 12, 31)),  # the Union: three years from the end of the year
        (date(2026, 3, 1), "US", 1, date(2028, 3, 1)),
        (date(2026, 3, 1), "KZ", 1, date(2028, 3, 1)),  # the Convention: two years
        (date(2026, 3, 1), None, 1, date(2028, 3, 1)),
        (date(2026, 3, 1), "DE", 5, date(2031, 3, 1)),
        (date(2024, 2, 29), "KZ", 5, date(2029, 3, 1)),
    ],
)
def test_records_are_kept_as_long_as_the_law_says(day: date, country: str | None, years: int, until: date) -> None:
    assert kept_until(day, country, years) == until
