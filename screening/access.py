"""Who is asking: passwords, sessions, API keys, and what each role may do.

A caller is a `Principal` bound to one organisation; every query of the service filters by it. Secrets are compared
as hashes; a sign-in costs the same whether the account exists or not.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

from screening import database, proofs, tenancy
from screening.aside import aside
from screening.audit import AuditEntry, record
from screening.errors import FieldFault, Forbidden, Invalid, NotSignedIn, Text, TooManyAttempts
from screening.ids import utc_now
from screening.settings import settings
from screening.tables.people import ApiKey, Organisation, Role, RoleName, SignInFailure, User, UserSession
from screening.tenancy import SERVICE, Scope

KEY_MARK = "tamga_"
SEEN_EVERY = timedelta(seconds=60)  # how stale `seen_at` may grow before it is written again
_hasher = PasswordHasher()
# Every order passes here: no entity is made of it, and the transaction is the key's organisation's from then on.
FIND_KEY = "SELECT * FROM tamga_find_key(%(prefix)s, %(hash)s)"
MOST_MET = 1024
_met: dict[str, Principal] = {}  # by the hash of their key: what the database last said, never the last word


class WrongCredentials(NotSignedIn):
    code = "wrong_credentials"
    title = Text("Sign-in failed", "Вход не удался")
    detail = Text("The e-mail or the password is wrong.", "Неверный адрес или пароль.")
    remedy = Text("Try again, or ask your administrator for a new password.", "Повторите или попросите новый пароль.")


class WrongPassword(Invalid):
    code = "wrong_password"
    detail = Text("The password is wrong; nothing was signed.", "Пароль неверен; ничего не подписано.")
    remedy = Text("Type your own password again.", "Введите свой пароль ещё раз.")


WRONG_PASSWORD = FieldFault(
    "password", "wrong", Text("is wrong", "неверен"), Text("Type your own password.", "Введите свой пароль.")
)


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller of one request. `user_id` is None for a machine; `key_id` is None for a person."""

    organisation_id: UUID
    organisation_kind: str
    organisation_country: str
    roles: frozenset[str]
    user_id: UUID | None = None
    key_id: UUID | None = None
    authority_code: str | None = None
    language: str = "en"
    name: str = ""
    csrf_token: str | None = None

    @property
    def actor(self) -> str:
        """How the audit log names the caller."""
        return f"user:{self.user_id}" if self.user_id else f"key:{self.key_id}"

    def has(self, *roles: RoleName) -> bool:
        return not self.roles.isdisjoint(roles)


def require(principal: Principal, *roles: RoleName) -> Principal:
    """The principal, if it has one of the roles; Forbidden otherwise."""
    if not principal.has(*roles):
        raise Forbidden
    return principal


def hash_password(password: str) -> str:
    return aside(lambda: _hasher.hash(password))


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    """What the password of an unknown account is compared with, so that it takes as long."""
    return hash_password(secrets.token_urlsafe(16))


def set_password(user: User, password: str) -> None:
    """Give a person a password: what it is compared with, and what their signatures are checked by."""
    user.password_hash = hash_password(password)
    user.signing_check = proofs.new_check(user.id, password)


def password_fits(hashed: str, password: str) -> bool:
    try:
        return aside(lambda: _hasher.verify(hashed, password))
    except (VerificationError, InvalidHashError):
        return False


def sign_in(session: Session, email: str, password: str, address: str) -> tuple[User, str] | None:
    """(user, session token) when the password fits, else None with the failure counted against account and address.

    Raises TooManyAttempts while either has used up its failures. The caller commits in both cases and then raises
    WrongCredentials for None: an error raised here would roll the count back.
    """
    subjects = [_digest(f"account:{email.strip().lower()}"), _digest(f"address:{address}")]
    attempts = settings().login_attempts
    _throttle(session, {subjects[0]: attempts, subjects[1]: attempts * 5})
    user = session.execute(
        select(User)
        .join(Organisation, col(Organisation.id) == col(User.organisation_id))
        .where(col(User.email) == email.strip().lower(), col(User.active), col(Organisation.active))
    ).scalar_one_or_none()
    fits = password_fits(user.password_hash if user else _nobodys_hash(), password)
    if user is None or not fits:
        session.add_all(SignInFailure(subject=subject) for subject in subjects)
        record(session, AuditEntry("sign_in.failed", f"address:{subjects[1][:16]}", subject_id=user and user.id))
        return None
    session.execute(delete(SignInFailure).where(col(SignInFailure.subject) == subjects[0]))
    if user.signing_check is None:  # a password from before signatures
        user.signing_check = proofs.new_check(user.id, password)
    token = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            user_id=user.id,
            token_hash=_digest(token),
            csrf_token=secrets.token_urlsafe(32),
            expires_at=utc_now() + timedelta(hours=settings().session_hours),
        )
    )
    record(session, AuditEntry("sign_in.done", f"user:{user.id}", user.organisation_id, user.id))
    return user, token


def prove(session: Session, principal: Principal, password: str) -> bytes:
    """Re-authenticate the caller for one signature. Raises Forbidden for a machine, WrongPassword, TooManyAttempts.

    A wrong password counts against the account at once, whatever becomes of the caller's transaction.
    """
    if principal.user_id is None:
        raise Forbidden
    user = session.get_one(User, principal.user_id)
    subject = _digest(f"account:{user.email}")
    with tenancy.as_service(session):
        _throttle(session, {subject: settings().login_attempts})
    check = user.signing_check  # as slow to meet as the password's own hash, and one of the two is enough
    proved = proofs.proof(check, user.id, password) if check else b""
    if check is None or not proofs.meets(check, proved):
        with database.session(SERVICE) as apart:
            apart.add(SignInFailure(subject=subject))
            record(apart, AuditEntry("signature.failed", principal.actor, user.organisation_id, user.id))
        raise WrongPassword(faults=(WRONG_PASSWORD,))
    return proved


def _throttle(session: Session, limits: dict[str, int]) -> None:
    window = settings().login_window_seconds
    recent = (
        select(col(SignInFailure.subject), func.count())
        .where(
            col(SignInFailure.subject).in_(limits),
            col(SignInFailure.created_at) > utc_now() - timedelta(seconds=window),
        )
        .group_by(col(SignInFailure.subject))
    )
    if any(count >= limits[subject] for subject, count in session.execute(recent)):
        raise TooManyAttempts(retry_after=window)


def sign_out(session: Session, token: str) -> None:
    """End the session of this token, if there is one."""
    session.execute(delete(UserSession).where(col(UserSession.token_hash) == _digest(token)))


def by_session(session: Session, token: str, *, attended: bool = True) -> Principal | None:
    """The person whose browser holds `token`; None when the session has ended. Rights are read at every request.

    A request that a page makes by itself is not `attended`: it does not keep a session alive that nobody uses.
    """
    with tenancy.as_service(session):
        found = _signed_in(session, token, attended)
    if found is not None:
        tenancy.enter(session, Scope(found.organisation_id, found.authority_code))
    return found


def _signed_in(session: Session, token: str, attended: bool) -> Principal | None:
    now = utc_now()
    idle = now - timedelta(minutes=settings().session_idle_minutes)
    found = session.execute(
        select(UserSession, User, Organisation)
        .join(User, col(User.id) == col(UserSession.user_id))
        .join(Organisation, col(Organisation.id) == col(User.organisation_id))
        .where(
            col(UserSession.token_hash) == _digest(token),
            col(UserSession.expires_at) > now,
            col(UserSession.seen_at) > idle,
            col(User.active),
            col(Organisation.active),
        )
    ).one_or_none()
    if found is None:
        return None
    browser, user, organisation = found
    if attended and now - browser.seen_at > SEEN_EVERY:
        browser.seen_at = now
    roles = set(session.execute(select(col(Role.role)).where(col(Role.user_id) == user.id)).scalars())
    if "chief" in roles:  # a chief may all that a regulator may
        roles.add("regulator")
    return Principal(
        organisation_id=organisation.id,
        organisation_kind=organisation.kind,
        organisation_country=organisation.country,
        roles=frozenset(roles),
        user_id=user.id,
        authority_code=organisation.authority_code,
        language=user.language,
        name=user.name,
        csrf_token=browser.csrf_token,
    )


class Unproven(Exception):
    """What was remembered of a key is so no longer: ask the database first."""


def by_key(session: Session, presented: str) -> Principal | None:
    """The machine that presents `tamga_<prefix>_<secret>`; None for anything else or a revoked key."""
    asked = _key_asked(presented)
    if asked is None:
        return None
    found = _machine(session, database.run(session, (FIND_KEY, asked))[0])
    if found is not None:
        if len(_met) >= MOST_MET:
            _met.clear()
        _met[asked["hash"]] = found
    return found


def expected(session: Session, presented: str) -> Principal | None:
    """The machine that this very key named before; None where that is not remembered.

    The database is asked all the same: first among the session's next statements, and whose rows the others see is
    what the answer says, not what is remembered. Where the two differ, `database.run` raises Unproven.
    """
    asked = _key_asked(presented)
    known = _met.get(asked["hash"]) if asked else None
    if asked is None or known is None:
        return None

    def proven(rows: list[dict[str, Any]]) -> None:
        if _machine(session, rows) != known:
            _met.pop(asked["hash"], None)
            raise Unproven

    database.ahead(session, (FIND_KEY, asked), proven)
    return known


def _key_asked(presented: str) -> dict[str, str] | None:
    parts = presented.split("_", 2)
    if not presented.startswith(KEY_MARK) or len(parts) != 3 or not presented.isascii():
        return None
    return {"prefix": parts[1], "hash": _digest(presented)}


def _machine(session: Session, found: list[dict[str, Any]]) -> Principal | None:
    key = found[0] if found else None
    if key is None:
        return None
    tenancy.entered(session, Scope(key["organisation_id"], key["authority_code"]))
    _note_use(session, key["id"], key["used_at"])
    return Principal(
        organisation_id=key["organisation_id"],
        organisation_kind=key["kind"],
        organisation_country=key["country"],
        roles=frozenset(key["roles"]),
        key_id=key["id"],
        authority_code=key["authority_code"],
        name=key["name"],
    )


def _note_use(session: Session, key_id: UUID, used_at: datetime | None) -> None:
    """Write the key's last use about once a minute, and never wait for it: requests of one key come in crowds."""
    now = utc_now()
    if used_at is None or now - used_at > SEEN_EVERY:
        free = select(col(ApiKey.id)).where(col(ApiKey.id) == key_id).with_for_update(skip_locked=True)
        session.execute(
            update(ApiKey).where(col(ApiKey.id).in_(free)).values(used_at=now),
            execution_options={"synchronize_session": False},
        )


def new_key(roles: frozenset[str]) -> tuple[str, dict[str, Any]]:
    """(key to show once, columns to keep) of a fresh API key."""
    prefix = secrets.token_hex(6)
    shown = f"{KEY_MARK}{prefix}_{secrets.token_urlsafe(32)}"
    return shown, {"prefix": prefix, "key_hash": _digest(shown), "roles": sorted(roles)}


def expire_sessions(session: Session, user_id: UUID, now: datetime | None = None) -> None:
    """End every session of a person: after a change of password, roles or state."""
    session.execute(
        delete(UserSession).where(
            col(UserSession.user_id) == user_id, col(UserSession.created_at) <= (now or utc_now())
        )
    )


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
