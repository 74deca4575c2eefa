"""What a signature proves the password with: the database checks it by itself and cannot make it.

    password --argon2id(salt of the person)--> proof --SHA-256--> check, kept with the person

The application sends the proof with the one signature it is made for; a trigger compares its hash with the check and
blanks it. Whoever reads the database, or may write to it, has the check and not the proof.
"""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

from argon2.low_level import Type, hash_secret_raw

from screening.aside import aside

COST = (3, 65536, 4)  # passes, kibibytes, lanes: argon2-cffi's own defaults, kept with each check


def new_check(person_id: UUID, password: str) -> str:
    """What is kept of a person to check their proofs by: the cost and the SHA-256 of the proof."""
    cost = ":".join(map(str, COST))
    return f"{cost}:{hashlib.sha256(_derived(COST, person_id, password)).hexdigest()}"


def proof(check: str, person_id: UUID, password: str) -> bytes:
    """The proof that meets the check, where the password is the person's; 32 bytes."""
    passes, memory, lanes = map(int, check.split(":")[:3])
    return _derived((passes, memory, lanes), person_id, password)


def meets(check: str, proved: bytes) -> bool:
    """Whether this is the proof of the person whose check it is."""
    return hmac.compare_digest(hashlib.sha256(proved).hexdigest(), check.rpartition(":")[2])


def _derived(cost: tuple[int, int, int], person_id: UUID, password: str) -> bytes:
    salt = hashlib.sha256(b"tamga-signature" + person_id.bytes).digest()[:16]
    passes, memory, lanes = cost
    return aside(lambda: hash_secret_raw(password.encode(), salt, passes, memory, lanes, 32, Type.ID))
