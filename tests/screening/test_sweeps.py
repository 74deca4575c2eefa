"""Sweeps take what has served its time and leave what is of record."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session, select

from screening import outbox, sweeps
from screening.ids import utc_now
from screening.tables.orders import IdempotencyKey
from screening.tables.people import SignInFailure, UserSession
from screening.tables.queue import Outbox
from tests.builders import make_organisation, make_user

LONG_AGO = utc_now() - timedelta(days=30)


def test_tidy_takes_the_old_and_leaves_the_new_and_the_dead(session: Session) -> None:
    company = make_organisation(session)
    user = make_user(session, company, "officer")
    for age, name in ((LONG_AGO, "old"), (utc_now(), "new")):
        session.add(SignInFailure(subject=name, created_at=age))
        session.add(UserSession(user_id=user.id, token_hash=name, csrf_token="c", expires_at=age + timedelta(hours=1)))
        session.add(
            IdempotencyKey(
                organisation_id=company.id, key=name, body_sha256="0", status=200, answer="{}", created_at=age
            )
        )
        for state in ("done", "dead", "pending"):
            row = session.get_one(Outbox, outbox.enqueue(session, f"{name} {state}", {}))
            row.state, row.done_at = state, age if state == "done" else None
    session.flush()
    sweeps.tidy(session)
    assert session.exec(select(SignInFailure.subject)).all() == ["new"]
    assert session.exec(select(UserSession.token_hash)).all() == ["new"]
    assert session.exec(select(IdempotencyKey.key)).all() == ["new"]
    assert set(session.exec(select(Outbox.kind))) == {
        "new done", "new dead", "new pending", "old dead", "old pending",
    }  # fmt: skip
