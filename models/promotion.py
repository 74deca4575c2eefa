"""Two people put a model into service: who trained it, and another who promotes it.

    promotion.json   the manifest's SHA-256, a serial, who promotes, when and why
    promotion.sig    Ed25519 over these bytes, by a key that is trusted as a promoter's

Keys are trusted for a role by the names of their files: `anna.trainer.pub.pem`, `boris.promoter.pub.pem`; a file that
names no role is a trainer's. The name before the role is the person: one person's keys never do both. Serials only
rise. A process that has served serial 7 refuses 6, so an older model, signed as it is, does not come back under a new
name; going back to it on purpose is a new promotion with serial 8.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from models.errors import ArtefactRefused
from models.keys import key_id, load_public, public_files
from models.registry import Artefact, open_artefact, parsed, read_file, signature_file, signature_in, verified

FORMAT = "tamga-promotion-1"
CONTEXT = b"tamga model promotion v1\n"
STATEMENT, SIGNATURE = "promotion.json", "promotion.sig"
Role = Literal["trainer", "promoter"]


@dataclass(frozen=True, slots=True)
class Signer:
    """A public key, whose it is and what it may sign."""

    key: Ed25519PublicKey
    person: str
    role: Role


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose signatures count. `trainer_alone`: a model without promotion may serve, in development only."""

    signers: tuple[Signer, ...]
    trainer_alone: bool = False

    def keys(self, role: Role) -> list[Ed25519PublicKey]:
        return [each.key for each in self.signers if each.role == role]

    def persons(self, named: str) -> set[str]:
        """Everybody who holds the key of this id."""
        return {each.person for each in self.signers if key_id(each.key) == named}


@dataclass(frozen=True, slots=True)
class Mark:
    """The highest serial that has served here, and which model it was."""

    serial: int = 0
    version: str = ""


@dataclass(frozen=True, slots=True)
class Promoted:
    """A verified model and the serial under which it may serve; 0 where a trainer alone has signed."""

    artefact: Artefact
    serial: int

    @property
    def mark(self) -> Mark:
        return Mark(self.serial, self.artefact.version)


def load_trust(paths: Iterable[Path], *, trainer_alone: bool = False) -> Trust:
    """Trust in the key files given and in all `*.pub.pem` of the folders given. Raises KeyRefused."""
    return Trust(tuple(_signer(path) for path in public_files(paths)), trainer_alone)


def _signer(path: Path) -> Signer:
    name = path.name.removesuffix(".pub.pem")
    person, _, role = name.rpartition(".")
    if role == "promoter" and person:
        return Signer(load_public(path), person, "promoter")
    return Signer(load_public(path), person if role == "trainer" and person else name, "trainer")


def promote(directory: Path, about: Mapping[str, Any], serial: int, key: Ed25519PrivateKey, trust: Trust) -> Promoted:
    """Sign the verified model of a folder as its promoter; `about` says who, when and why.

    Raises ArtefactRefused for a model that no trusted trainer signed, and for a key or person that trained it.
    """
    artefact = open_artefact(directory, trust.keys("trainer"))
    _apart(artefact.key, key_id(key.public_key()), trust)
    written, signature = signed_statement(artefact.sha256, about, serial, key)
    _replace(directory / STATEMENT, written)
    _replace(directory / SIGNATURE, signature)
    return Promoted(artefact, serial)


def signed_statement(sha256: str, about: Mapping[str, Any], serial: int, key: Ed25519PrivateKey) -> tuple[bytes, bytes]:
    """What STATEMENT and SIGNATURE hold of a promotion of the manifest with this SHA-256."""
    statement = {"format": FORMAT, "manifest_sha256": sha256, "serial": serial, **about}
    written = orjson.dumps(statement, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
    return written, signature_file(key, CONTEXT + written)


def open_promoted(directory: Path, trust: Trust, mark: Mark = Mark()) -> Promoted:
    """Read and verify a model folder for service, nothing of which is parsed as a model yet.

    Raises ArtefactRefused: for the reasons of `open_artefact`, `unpromoted` where a trainer alone signed and that does
    not suffice, `same_person` where trainer and promoter are one, `other_model` where the promotion is another
    model's, `older` where this machine has served a higher serial.
    """
    artefact = open_artefact(directory, trust.keys("trainer"))
    if not (directory / STATEMENT).exists() and not (directory / SIGNATURE).exists():
        if not trust.trainer_alone:
            raise ArtefactRefused("unpromoted", "only its trainer has signed it; a promoter has to sign as well")
        return Promoted(artefact, 0)
    written = read_file(directory, STATEMENT)
    promoter = verified(signature_in(directory, SIGNATURE), CONTEXT + written, trust.keys("promoter"))
    _apart(artefact.key, promoter, trust)
    serial = _serial(artefact, parsed(STATEMENT, written))
    if serial < mark.serial or (serial == mark.serial and artefact.version != mark.version):
        raise ArtefactRefused("older", f"serial {serial}, and serial {mark.serial} has served here")
    return Promoted(artefact, serial)


def _serial(artefact: Artefact, statement: Mapping[str, Any]) -> int:
    serial = statement.get("serial")
    if statement.get("format") != FORMAT or not isinstance(serial, int) or serial < 1:
        raise ArtefactRefused("format", f"{STATEMENT} is no promotion")
    if statement.get("manifest_sha256") != artefact.sha256:
        raise ArtefactRefused("other_model", "the promotion is that of another model")
    return serial


def _apart(trainer: str, promoter: str, trust: Trust) -> None:
    """Refuse one key or one person in both roles."""
    if trainer == promoter or trust.persons(trainer) & trust.persons(promoter):
        raise ArtefactRefused("same_person", "who trained a model cannot promote it")


def read_mark(path: Path) -> Mark:
    """The mark kept at `path`, or none yet. Raises ArtefactRefused where it cannot be read: then nothing is known of
    what has served here."""
    if not path.exists():
        return Mark()
    try:
        value = orjson.loads(path.read_bytes())
        return Mark(int(value["serial"]), str(value["version"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtefactRefused("mark", f"{path.name} cannot be read, so no serial can be held against it") from error


def raise_mark(path: Path, mark: Mark) -> None:
    """Keep a mark that is higher than the one kept; a lower one changes nothing."""
    if mark.serial > read_mark(path).serial:
        _replace(path, orjson.dumps({"serial": mark.serial, "version": mark.version}) + b"\n")


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(data)
    draft.replace(path)
