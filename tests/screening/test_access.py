"""Who gets in, who does not, and how little either learns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from screening import access, people
from screening.errors import Conflict, Forbidden, Invalid, NotFound, TooManyAttempts
from screening.ids import utc_now
from screening.people import NewUser
from screening.settings import settings
from screening.tables.people import ApiKey, Organisation, User, UserSession
from tests.builders import make_key, make_organisation, make_user, principal_of, set_password

PASSWORD = "correct horse battery"


@pytest.fixture
def user(session: Session, company: Organisation) -> User:
    made = make_user(session, company, "officer")
    set_password(made, PASSWORD)
    session.flush()
    return made


def token_of(session: Session, user: User) -> str:
    found = access.sign_in(session, user.email, PASSWORD, "192.0.2.1")
    assert found is not None
    session.flush()
    return found[1]


def test_the_right_password_opens_a_session_that_knows_the_roles(session: Session, user: User) -> None:
    caller = access.by_session(session, token_of(session, user))
    assert caller is not None
    assert (caller.user_id, caller.roles) == (user.id, frozenset({"officer"}))
    assert caller.csrf_token


@pytest.mark.parametrize("email", ["known", "nobody@example.org"])
def test_a_wrong_password_and_an_unknown_account_look_the_same(email: str, session: Session, user: User) -> None:
    assert access.sign_in(session, user.email if email == "known" else email, "wrong", "192.0.2.1") is None


def test_the_token_and_the_password_are_kept_only_as_hashes(session: Session, user: User) -> None:
    token = token_of(session, user)
    kept = session.exec(select(UserSession)).one()
    assert token not in kept.model_dump_json()
    assert user.password_hash.startswith("$argon2id$")


def test_an_account_waits_after_too_many_failures_even_with_the_right_password(session: Session, user: User) -> None:
    for _ in range(settings().login_attempts):
        assert access.sign_in(session, user.email, "wrong", "192.0.2.1") is None
        session.flush()
    with pytest.raises(TooManyAttempts) as caught:
        access.sign_in(session, user.email, PASSWORD, "192.0.2.99")
    assert caught.value.retry_after == settings().login_window_seconds


def expire(session: Session, user: User, browser: UserSession) -> None:
    browser.expires_at = utc_now() - timedelta(seconds=1)


def idle(session: Session, user: User, browser: UserSession) -> None:
    browser.seen_at = utc_now() - timedelta(minutes=settings().session_idle_minutes, seconds=1)


def dismiss(session: Session, user: User, browser: UserSession) -> None:
    user.active = False


def close_company(session: Session, user: User, browser: UserSession) -> None:
    session.get_one(Organisation, user.organisation_id).active = False


@pytest.mark.parametrize("end", [expire, idle, dismiss, close_company])
def test_a_session_ends(end: Callable[[Session, User, UserSession], None], session: Session, user: User) -> None:
    token = token_of(session, user)
    end(session, user, session.exec(select(UserSession)).one())
    session.flush()
    assert access.by_session(session, token) is None


def test_signing_out_ends_the_session(session: Session, user: User) -> None:
    token = token_of(session, user)
    access.sign_out(session, token)
    assert access.by_session(session, token) is None


def test_a_key_opens_once_shown_and_is_kept_as_a_hash(session: Session, company: Organisation) -> None:
    shown = make_key(session, company, "integration")
    caller = access.by_key(session, shown)
    assert caller is not None
    assert (caller.organisation_id, caller.roles, caller.user_id) == (company.id, frozenset({"integration"}), None)
    kept = session.exec(select(ApiKey)).one()
    assert shown.split("_", 2)[2] not in kept.model_dump_json()


@pytest.mark.parametrize("spoil", ["", "x", "tamga_", "tamga_a_b", "tamga__", "Bearer", "tamga_\udcff_x"])
def test_no_other_key_opens(spoil: str, session: Session, company: Organisation) -> None:
    shown = make_key(session, company, "integration")
    assert access.by_key(session, spoil) is None
    assert access.by_key(session, shown[:-1] + ("a" if shown[-1] != "a" else "b")) is None


def test_a_revoked_key_is_closed_at_once(session: Session, company: Organisation) -> None:
    shown = make_key(session, company, "integration")
    admin = principal_of(session, company, "administrator")
    people.revoke_key(session, admin, session.exec(select(ApiKey)).one().id)
    session.flush()
    assert access.by_key(session, shown) is None


def test_a_foreign_key_and_a_foreign_colleague_are_not_found(session: Session, company: Organisation) -> None:
    make_key(session, company, "integration")
    stranger = principal_of(session, make_organisation(session), "administrator")
    with pytest.raises(NotFound):
        people.revoke_key(session, stranger, session.exec(select(ApiKey)).one().id)
    with pytest.raises(NotFound):
        people.colleague(session, stranger, make_user(session, company, "officer").id)


@pytest.mark.parametrize(
    ("kind", "role"), [("company", "regulator"), ("authority", "officer"), ("company", "data_scientist")]
)
def test_a_role_belongs_to_its_kind_of_organisation(kind: str, role: str, session: Session) -> None:
    organisation = make_organisation(session, kind)
    with pytest.raises(Invalid):
        people.add_user(session, organisation, NewUser("a@b.example", "A", frozenset({role})), "test")  # type: ignore[arg-type]


def test_changed_roles_hold_at_once_and_leaving_ends_the_sessions(session: Session, user: User) -> None:
    company = session.get_one(Organisation, user.organisation_id)
    admin, token = principal_of(session, company, "administrator"), token_of(session, user)
    people.set_roles(session, admin, user.id, frozenset({"auditor"}))
    session.flush()
    caller = access.by_session(session, token)
    assert caller is not None
    assert caller.roles == frozenset({"auditor"})
    people.set_active(session, admin, user.id, active=False)
    session.flush()
    assert access.by_session(session, token) is None


def test_an_administrator_cannot_lock_themselves_out(session: Session, company: Organisation) -> None:
    admin = principal_of(session, company, "administrator")
    assert admin.user_id is not None
    with pytest.raises(Conflict):
        people.set_active(session, admin, admin.user_id, active=False)


def test_a_changed_password_ends_every_session(session: Session, user: User) -> None:
    token = token_of(session, user)
    with pytest.raises(access.WrongCredentials):
        people.change_password(session, user.id, "wrong", "a much longer password")
    with pytest.raises(Invalid):
        people.change_password(session, user.id, PASSWORD, "short")
    people.change_password(session, user.id, PASSWORD, "a much longer password")
    session.flush()
    assert access.by_session(session, token) is None


def test_require_names_the_roles_that_suffice(session: Session, company: Organisation) -> None:
    officer = principal_of(session, company, "officer")
    assert access.require(officer, "officer", "supervisor") is officer
    with pytest.raises(Forbidden):
        access.require(officer, "supervisor")
