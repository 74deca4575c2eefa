"""What beat sweeps away: ended sessions, old failures, finished work, old idempotency keys. Nothing of record goes."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete
from sqlmodel import Session, col

from screening.ids import utc_now
from screening.tables.orders import IdempotencyKey
from screening.tables.people import SignInFailure, UserSession
from screening.tables.queue import Outbox

KEEP_FINISHED_WORK = timedelta(days=7)
KEEP_FAILURES = timedelta(days=1)
KEEP_KEYS = timedelta(hours=72)


def tidy(session: Session) -> None:
    """Delete expired sessions, failures past their window, and work finished a week ago. Dead letters stay."""
    now = utc_now()
    session.execute(delete(UserSession).where(col(UserSession.expires_at) < now))
    session.execute(delete(SignInFailure).where(col(SignInFailure.created_at) < now - KEEP_FAILURES))
    session.execute(delete(IdempotencyKey).where(col(IdempotencyKey.created_at) < now - KEEP_KEYS))
    finished = (col(Outbox.state) == "done", col(Outbox.done_at) < now - KEEP_FINISHED_WORK)
    session.execute(delete(Outbox).where(*finished))
