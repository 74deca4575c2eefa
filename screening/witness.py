"""The witness: a process of its own that cosigns a checkpoint only if it continues the last one it cosigned.

It has its own key and its own folder (outside development under another account) and keeps no more than it needs:
the main tree's complete subtrees, and the last size and root of every organisation's tree. For each checkpoint it
asks for the roots that were added, builds the main root from them itself, and has it proven that every tree contains
what it contained before. What it has cosigned is in `cosigned.jsonl`: the file to hand to the regulator, and the
anchor that `tamga-verify` believes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlmodel import Session, col, select

from screening import audit, audit_trees, merkle
from screening.ids import utc_now
from screening.signing import canonical, key_at, key_id, public_bytes, sign
from screening.tables.audit import AuditCheckpoint, AuditCosignature, AuditKey, AuditRoot
from screening.tamga_verify import Frontier, consistency_holds, lines_of, root_leaf, signature_holds, stated

log = structlog.get_logger(__name__)
COSIGNATURE = "tamga-cosignature/1"
AT_ONCE = 100
LOOK_SECONDS = 1.0


@dataclass
class State:
    """What the witness remembers of the last checkpoint it cosigned. Hashes are hex; `trees` gives size and root."""

    number: int = 0
    statement: str = ""
    size: int = 0
    peaks: list[str] = field(default_factory=list)
    trees: dict[str, tuple[int, str]] = field(default_factory=dict)
    service_key: str = ""  # base64; the first one met is believed from then on


@dataclass(frozen=True, slots=True)
class Offer:
    """One checkpoint with what proves that it continues: each new root with its proof of consistency, in hex."""

    line: dict[str, Any]
    service_key: str
    roots: Sequence[dict[str, Any]]


class Refused(Exception):
    """The checkpoint does not continue what was cosigned."""


@dataclass
class Witness:
    """The witness of one folder; `look` does its work."""

    folder: Path

    def __post_init__(self) -> None:
        self.key = key_at(self.folder / "witness.pem")
        self.state = _read(self.folder / "state.json")
        self.refused = ""

    def look(self, session: Session) -> int:
        """Cosign every checkpoint that is new and continues; returns how many. A refusal is told once."""
        done = 0
        try:
            self._still_there(session)
            self._tell_again(session)
            for row in _after(session, self.state.number):
                self._cosign(session, row)
                done += 1
        except Refused as refusal:
            self._refuse(str(refusal))
        return done

    def _still_there(self, session: Session) -> None:
        if self.state.number:
            row = session.get(AuditCheckpoint, self.state.number)
            if row is None or row.statement != self.state.statement:
                raise Refused(f"checkpoint {self.state.number} is no longer the one that was cosigned")

    def _cosign(self, session: Session, row: AuditCheckpoint) -> None:
        """Remember first, then tell: what was told must never be forgotten."""
        state = continued(self.state, offered(session, row, self.state))
        digest = hashlib.sha256(row.statement.encode()).hexdigest()
        said = {"format": COSIGNATURE, "number": row.number, "checkpoint": digest, "at": utc_now().isoformat()}
        statement = canonical(said)
        signer, signature = sign(statement, self.key)
        signed = {"number": row.number, "key_id": signer, "statement": statement, "signature": signature}
        self._write_lines(state, audit.checkpoint_line(row), {"kind": "cosignature", **signed})
        _write(self.folder / "state.json", state)
        self.state = state
        self._store(session, signed)

    def _store(self, session: Session, signed: dict[str, Any]) -> None:
        audit.keep_key(session, signed["key_id"], "witness", public_bytes(self.key.public_key()))
        session.add(AuditCosignature(**signed))
        session.flush()

    def _tell_again(self, session: Session) -> None:
        """Cosignatures that this witness remembers and the database lacks: it died in between."""
        mine = select(AuditCosignature.number).where(AuditCosignature.key_id == key_id(self.key.public_key()))
        known = session.exec(mine.order_by(col(AuditCosignature.number).desc()).limit(1)).one_or_none() or 0
        if known >= self.state.number:
            return
        lines = {line["number"]: line for line in lines_of(cosigned_file(self.folder)) if line["kind"] == "cosignature"}
        for number in range(known + 1, self.state.number + 1):
            self._store(session, {name: value for name, value in lines[number].items() if name != "kind"})

    def _write_lines(self, state: State, *lines: dict[str, Any]) -> None:
        path = cosigned_file(self.folder)
        own = base64.b64encode(public_bytes(self.key.public_key())).decode()
        keys = [{"kind": "key", "role": "service", "public_key": state.service_key},
                {"kind": "key", "role": "witness", "public_key": own}]  # fmt: skip
        with path.open("a", encoding="utf-8") as file:
            for line in (*(keys if file.tell() == 0 else []), *lines):
                file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _refuse(self, fault: str) -> None:
        if fault != self.refused:
            log.error("checkpoint_refused", fault=fault)
            with (self.folder / "refused.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps({"at": utc_now().isoformat(), "fault": fault}) + "\n")
        self.refused = fault


def continued(state: State, offer: Offer) -> State:
    """The state after this checkpoint. Raises Refused where it does not continue the last one. Reads nothing else."""
    said, trees, number = stated(offer.line), dict(state.trees), state.number + 1
    if state.service_key not in ("", offer.service_key):
        raise Refused(f"checkpoint {said['number']} is signed with another key")
    if not signature_holds(offer.line["statement"], offer.line["signature"], offer.service_key):
        raise Refused(f"the signature of checkpoint {said['number']} does not hold")
    main = Frontier(state.size, [bytes.fromhex(peak) for peak in state.peaks])
    for root in offer.roots:
        if not _grown(trees.get(root["tree"]), root):
            raise Refused(f"checkpoint {number} does not contain what tree {root['tree']} contained before")
        trees[root["tree"]] = (root["size"], root["root"])
        main.add(root_leaf(root["tree"], root["size"], root["root"]))
    if (said["number"], said["size"], said["root"]) != (number, main.size, main.root().hex()):
        raise Refused(f"checkpoint {number} does not continue the one before")
    peaks = [peak.hex() for peak in main.peaks]
    return State(number, offer.line["statement"], main.size, peaks, trees, offer.service_key)


def _grown(before: tuple[int, str] | None, root: dict[str, Any]) -> bool:
    if before is None:
        return True
    sizes, roots = (before[0], root["size"]), (bytes.fromhex(before[1]), bytes.fromhex(root["root"]))
    return consistency_holds(sizes, roots, [bytes.fromhex(each) for each in root["proof"]])


def offered(session: Session, row: AuditCheckpoint, state: State) -> Offer:
    """What the database has to offer for the checkpoint to a witness in this state."""
    query = select(AuditRoot).where(col(AuditRoot.position) >= state.size, col(AuditRoot.position) < row.size)
    roots = [
        {"tree": str(root.tree_id), "size": root.size, "root": root.root, "proof": _proof(session, root, state)}
        for root in session.exec(query.order_by(col(AuditRoot.position)))
    ]
    key = session.get(AuditKey, (row.key_id, "service"))
    return Offer(audit.checkpoint_line(row), key.public_key if key else "", roots)


def _proof(session: Session, root: AuditRoot, state: State) -> list[str]:
    first = state.trees.get(str(root.tree_id), (0, ""))[0]
    if not 0 < first < root.size:
        return []
    try:
        return audit_trees.proof(session, UUID(str(root.tree_id)), merkle.consistency(first, root.size))
    except KeyError:
        raise Refused(f"tree {root.tree_id} has lost nodes") from None


def _after(session: Session, number: int) -> Sequence[AuditCheckpoint]:
    query = select(AuditCheckpoint).where(col(AuditCheckpoint.number) > number)
    return session.exec(query.order_by(col(AuditCheckpoint.number)).limit(AT_ONCE)).all()


def cosigned_file(folder: Path) -> Path:
    """Every checkpoint that the witness of this folder cosigned, with its keys: the verifier's anchor."""
    return folder / "cosigned.jsonl"


def _read(path: Path) -> State:
    return State(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else State()


def _write(path: Path, state: State) -> None:
    """Replace the state in one step."""
    draft = path.with_suffix(".new")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(asdict(state), file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
