"""One answer per key: a repeated request gets the stored answer byte for byte, another request under the key none.

Keys live 72 hours and belong to one company; the same key of two companies never meets. Nothing is stored of a
request that failed, so it may be sent again under its key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from screening.errors import Conflict, Invalid, Text
from screening.states import lock_number
from screening.tables.orders import IdempotencyKey

MAX_KEY = 128


class KeyInUse(Conflict):
    code = "idempotency_key_in_use"
    detail = Text(
        "A request with this idempotency key is being worked on.", "Запрос с этим ключом идемпотентности выполняется."
    )
    remedy = Text("Send the same request again in a second.", "Повторите тот же запрос через секунду.")
    default_wait = 1


class KeyReused(Invalid):
    code = "idempotency_key_reused"
    detail = Text(
        "This idempotency key was used for another request.",
        "Этот ключ идемпотентности уже использован для другого запроса.",
    )
    remedy = Text("Use a new key for a new request.", "Для нового запроса возьмите новый ключ.")


class KeyMalformed(Invalid):
    code = "idempotency_key_malformed"
    detail = Text("The idempotency key is empty or too long.", "Ключ идемпотентности пуст или слишком длинный.")
    remedy = Text("Use 1 to 128 printable ASCII characters.", "Используйте от 1 до 128 печатных символов ASCII.")


@dataclass(frozen=True, slots=True)
class Ask:
    """A request under a key."""

    organisation_id: UUID
    key: str
    body_sha256: str


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as it is sent: status and JSON text."""

    status: int
    answer: str
    replayed: bool = False


def once(session: Session, ask: Ask, work: Callable[[], Told]) -> Told:
    """Do `work` unless the key has its answer already. The caller commits answer and work together.

    Raises:
        KeyMalformed, KeyInUse, KeyReused
    """
    if not 1 <= len(ask.key) <= MAX_KEY or not ask.key.isascii() or not ask.key.isprintable():
        raise KeyMalformed
    lock = lock_number(ask.organisation_id, f"idempotency:{ask.key}")
    if not session.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": lock}).scalar_one():
        raise KeyInUse
    stored = session.get(IdempotencyKey, (ask.organisation_id, ask.key))
    if stored is not None:
        if stored.body_sha256 != ask.body_sha256:
            raise KeyReused
        return Told(stored.status, stored.answer, replayed=True)
    told = work()
    session.add(
        IdempotencyKey(
            organisation_id=ask.organisation_id,
            key=ask.key,
            body_sha256=ask.body_sha256,
            status=told.status,
            answer=told.answer,
        )
    )
    return told
