"""Checks Tamga's audit log offline: this one file, Python and `cryptography`; no service, no database, no package.

    python tamga_verify.py BUNDLE --anchor WITNESS_FILE     a whole log, as `tamga audit export` writes it
    python tamga_verify.py PROOF --document FILE            one event's proof, and a packet or receipt it names

Each event is committed to as SHA-256(salt, text). A company's commitments are the leaves of its own Merkle tree
(RFC 6962: leaf SHA-256(0x00, data), node SHA-256(0x01, left, right)); at each checkpoint the size and root of every
tree that grew become a leaf of the main tree, whose root the service signs and a witness cosigns. An anchor is any
file of checkpoints and keys kept away from the service, such as the witness's own. What it holds is believed; the
bundle is not. Without one, keys come from the bundle and a log rewritten by who holds them cannot be told.
Status: 0 whole, 1 not whole (the first bad leaf or checkpoint is named), 2 not readable.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

OWN_TREE = "00000000-0000-0000-0000-000000000000"  # events that belong to no organisation
CHAIN_START = "0" * 64
Line = dict[str, Any]


def canonical(value: Line) -> str:
    """One text per value: what is signed and what is committed to."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_leaf(tree: str, size: int, root: str) -> bytes:
    """Leaf hash in the main tree of one tree's size and root."""
    return leaf_hash(canonical({"root": root, "size": size, "tree": tree}).encode())


def folded(peaks: Sequence[bytes]) -> bytes:
    """Root over complete subtrees, largest first; the hash of nothing for none."""
    if not peaks:
        return hashlib.sha256(b"").digest()
    result = peaks[-1]
    for peak in reversed(peaks[:-1]):
        result = node_hash(peak, result)
    return result


@dataclass
class Frontier:
    """A tree that grows to the right: its size and the roots of its complete subtrees, largest first."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def add(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Take the next leaf hash; returns the nodes that became complete as (level, position, hash)."""
        made, position, level = [], self.size, 0
        while position & 1:
            leaf, position, level = node_hash(self.peaks.pop(), leaf), position >> 1, level + 1
            made.append((level, position, leaf))
        self.peaks.append(leaf)
        self.size += 1
        return made

    def root(self) -> bytes:
        return folded(self.peaks)


def inclusion_holds(leaf: bytes, place: tuple[int, int], proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf hash stands at `place` = (position from 0, tree size) under the root (RFC 9162, 2.1.3.2)."""
    position, last = place[0], place[1] - 1
    if not 0 <= position <= last:
        return False
    result = leaf
    for each in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            result = node_hash(each, result)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            result = node_hash(result, each)
        position, last = position >> 1, last >> 1
    return last == 0 and result == root


def consistency_holds(sizes: tuple[int, int], roots: tuple[bytes, bytes], proof: Sequence[bytes]) -> bool:
    """Whether the tree of `sizes[0]` is the beginning of that of `sizes[1]` (RFC 9162, 2.1.4.2).

    An empty tree proves nothing and is refused.
    """
    first, second = sizes
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and roots[0] == roots[1]
    path = [roots[0], *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for each in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(each, old), node_hash(each, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, each)
        place, last = place >> 1, last >> 1
    return last == 0 and (old, new) == roots


def signature_holds(text: str, signature: str, public_key: str) -> bool:
    """Whether the base64 Ed25519 signature over the text is that of the base64 public key."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
        key.verify(base64.b64decode(signature, validate=True), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass
class Verdict:
    """What was found. `bad_leaf` is the number of the first bad leaf, `bad_checkpoint` that of the first bad one."""

    leaves: int = 0
    checkpoints: int = 0
    cosigned: int = 0
    erased: int = 0
    fault: str | None = None
    bad_leaf: int | None = None
    bad_checkpoint: int | None = None
    keys_from: str = "bundle"

    @property
    def whole(self) -> bool:
        return self.fault is None


class Bad(Exception):
    """The first fault; the rest need not be looked at."""

    def __init__(self, fault: str, leaf: int | None = None, checkpoint: int | None = None) -> None:
        super().__init__(fault)
        self.leaf, self.checkpoint = leaf, checkpoint


@dataclass
class Signed:
    """The lines of a bundle or an anchor that are not leaves."""

    keys: dict[str, set[str]] = field(default_factory=dict)
    roots: list[Line] = field(default_factory=list)
    checkpoints: dict[int, Line] = field(default_factory=dict)
    cosignatures: dict[int, list[Line]] = field(default_factory=dict)
    chain: list[Line] = field(default_factory=list)

    def take(self, line: Line) -> None:
        """Keep one line. A checkpoint told in two ways is no checkpoint."""
        kind = line.get("kind", "chain")
        if kind == "key":
            self.keys.setdefault(line["role"], set()).add(line["public_key"])
        elif kind == "root":
            self.roots.append(line)
        elif kind == "checkpoint":
            known = self.checkpoints.setdefault(line["number"], line)
            if known["statement"] != line["statement"]:
                raise Bad("checkpoint told in two ways", checkpoint=line["number"])
        elif kind == "cosignature":
            self.cosignatures.setdefault(line["number"], []).append(line)
        elif kind == "chain":
            self.chain.append(line)

    def signed_by(self, role: str, line: Line) -> bool:
        return any(signature_holds(line["statement"], line["signature"], key) for key in self.keys.get(role, ()))

    def cosigned(self, number: int, statement: str) -> bool:
        """Whether a witness signed exactly this checkpoint."""
        wanted = hashlib.sha256(statement.encode()).hexdigest()
        lines = [line for line in self.cosignatures.get(number, []) if self.signed_by("witness", line)]
        return any(json.loads(line["statement"])["checkpoint"] == wanted for line in lines)


@dataclass
class Claim:
    """One checkpoint, the roots that it added to the main tree, and how many leaves it covers in all."""

    number: int
    line: Line
    roots: list[Line]
    leaves: int


class Check:
    """One pass over a bundle: what is signed first, then the leaves by number."""

    def __init__(self, anchor: Signed | None = None) -> None:
        self.anchor, self.said, self.verdict = anchor or Signed(), Signed(), Verdict()
        self.trees: dict[str, Frontier] = {}
        self.main = Frontier()
        self.emptied: dict[str, int] = {}
        self.chain_hash, self.chain_due = CHAIN_START, dict[int, list[Line]]()
        self.due: list[Claim] | None = None

    def run(self, lines: Iterable[Line]) -> Verdict:
        """Take every line; the verdict names the first fault."""
        try:
            for line in lines:
                self._take(line)
            self._end()
        except Bad as bad:
            self.verdict.fault, self.verdict.bad_leaf, self.verdict.bad_checkpoint = str(bad), bad.leaf, bad.checkpoint
        return self.verdict

    def _take(self, line: Line) -> None:
        if line.get("kind") == "leaf":
            if self.due is None:
                self._begin()
            self._leaf(line)
            self._reached()
        elif line.get("kind") == "loose":
            raise Bad(f"event {line['event_id']} has no leaf", leaf=self.verdict.leaves + 1)
        else:
            self.said.take(line)

    def _begin(self) -> None:
        """Everything signed is known: believe the anchor's keys, and see what each checkpoint claims."""
        for role, keys in self.anchor.keys.items():
            self.said.keys[role], self.verdict.keys_from = keys, "anchor"
        self.due = list(self._claims())
        for line in (*self.said.chain, *self.anchor.chain):
            self.chain_due.setdefault(json.loads(line["statement"])["size"], []).append(line)

    def _claims(self) -> Iterator[Claim]:
        roots, used, sizes = sorted(self.said.roots, key=lambda root: int(root["position"])), 0, dict[str, int]()
        for number in sorted(self.said.checkpoints):
            line = self.said.checkpoints[number]
            size = stated(line)["size"]
            new, used = roots[used:size], max(used, size)
            sizes |= {root["tree"]: root["size"] for root in new}
            yield Claim(number, line, new, sum(sizes.values()))
        self.said.roots = roots[used:]

    def _leaf(self, line: Line) -> None:
        """The leaf has the next number and the next position of its tree, and commits to its event."""
        number = self.verdict.leaves + 1
        if line["number"] != number:
            raise Bad("leaf missing" if line["number"] > number else "leaf number not in order", leaf=number)
        tree = self.trees.setdefault(line["tree"], Frontier())
        if line["position"] != tree.size:
            raise Bad("not the next leaf of its tree", leaf=number)
        try:
            fault = self._event_fault(line, line["event"])
            tree.add(leaf_hash(bytes.fromhex(line["commitment"])))
        except (ValueError, KeyError, TypeError):
            fault = "unreadable"
        if fault:
            raise Bad(fault, leaf=number)
        self.verdict.leaves = number
        if self.chain_due:
            self._chain(number, line["commitment"])

    def _event_fault(self, line: Line, event: Line | None) -> str | None:
        if event is None:
            return "event deleted"
        if not event["body"] and not event["salt"]:
            self.emptied[event["event_id"]] = line["number"]
            self.verdict.erased += 1
            return None
        if commitment(event) != line["commitment"]:
            return "event edited"
        said = json.loads(event["body"])
        if any(said[name] != event[name] for name in ("event_id", "at", "organisation_id", "action", "subject_id")):
            return "event's columns edited"
        if (said["organisation_id"] or OWN_TREE) != line["tree"]:
            return "leaf in a foreign tree"
        if said["action"] == "audit.erased":  # from here on what it names may be empty
            for event_id in said["details"]["event_ids"]:
                self.emptied.pop(event_id, None)
        return None

    def _chain(self, number: int, committed: str) -> None:
        """Checkpoints from before the tree signed a hash chain over the same commitments."""
        self.chain_hash = hashlib.sha256(f"{number}:{self.chain_hash}:{committed}".encode()).hexdigest()
        for line in self.chain_due.pop(number, []):
            if not self.said.signed_by("service", line):
                raise Bad("an early checkpoint's signature is not the service's", leaf=number)
            if json.loads(line["statement"])["hash"] != self.chain_hash:
                raise Bad("rewritten before an early checkpoint", leaf=number)

    def _reached(self) -> None:
        while self.due and self.verdict.leaves >= self.due[0].leaves:
            self._checkpoint(self.due.pop(0))

    def _checkpoint(self, claim: Claim) -> None:
        """The next checkpoint, as the anchor knows it, signed, and over exactly the leaves seen."""
        if claim.number != self.verdict.checkpoints + 1:
            raise Bad("checkpoint missing", checkpoint=self.verdict.checkpoints + 1)
        fault = self._signature_fault(claim) or self._root_fault(claim)
        if fault:
            raise Bad(fault, checkpoint=claim.number)
        self.verdict.checkpoints = claim.number

    def _signature_fault(self, claim: Claim) -> str | None:
        number, statement = claim.number, claim.line["statement"]
        held = self.anchor.checkpoints.get(number)
        if held and held["statement"] != statement:
            return "checkpoint is not the one the anchor holds"
        if not self.said.signed_by("service", claim.line):
            return "checkpoint's signature is not the service's"
        if self.said.cosigned(number, statement):
            self.verdict.cosigned += 1
        elif self.said.cosignatures.get(number):
            return "cosignature is not the witness's"
        elif number <= max((*self.said.cosignatures, *self.anchor.cosignatures), default=0):
            return "cosignature missing"
        return None

    def _root_fault(self, claim: Claim) -> str | None:
        for root in claim.roots:
            tree = self.trees.get(root["tree"], Frontier())
            if root["position"] != self.main.size or (tree.size, tree.root().hex()) != (root["size"], root["root"]):
                return f"leaves of tree {root['tree']} are not those that were signed"
            self.main.add(root_leaf(root["tree"], root["size"], root["root"]))
        said = stated(claim.line)
        signed = (claim.number, self.main.size, self.main.root().hex())
        if (said["number"], said["size"], said["root"]) != signed or claim.leaves != self.verdict.leaves:
            return "rewritten before a signed checkpoint"
        return None

    def _end(self) -> None:
        """Nothing signed is left without its leaves, and nothing was emptied without a record."""
        if self.due is None:
            self._begin()
        self._reached()
        reached = self.verdict.checkpoints
        if self.due:
            raise Bad("cut off before a signed checkpoint", leaf=self.verdict.leaves + 1, checkpoint=reached + 1)
        if max(self.anchor.checkpoints, default=0) > reached:
            raise Bad("checkpoint that the anchor holds is missing", checkpoint=reached + 1)
        if self.chain_due:
            raise Bad("cut off before an early checkpoint", leaf=self.verdict.leaves + 1)
        if self.said.roots:
            raise Bad("a root that no checkpoint signs", checkpoint=reached + 1)
        if self.emptied:
            raise Bad("event emptied without a record of it", leaf=min(self.emptied.values()))


def stated(checkpoint: Line) -> Line:
    """What a checkpoint says, with `number`, `size` and `root`. Raises Bad where it cannot be read."""
    try:
        said = json.loads(checkpoint["statement"])
        return {"number": int(said["number"]), "size": int(said["size"]), "root": str(said["root"])}
    except (ValueError, KeyError, TypeError):
        raise Bad("checkpoint unreadable", checkpoint=checkpoint["number"]) from None


def commitment(event: Line) -> str:
    """The salted SHA-256 of an event's text, in hex."""
    return hashlib.sha256(bytes.fromhex(event["salt"]) + event["body"].encode()).hexdigest()


def proof_fault(proof: Line, anchor: Signed | None = None, document: bytes | None = None) -> str | None:
    """What is wrong with one event's proof; None when it stands under a checkpoint that the service signed.

    `document` is a packet or receipt whose SHA-256 the event has to name.
    """
    said, known = Signed(), anchor or Signed()
    for line in (*proof["keys"], proof["checkpoint"], *proof["cosignatures"]):
        said.take(line)
    said.keys |= known.keys
    checkpoint: Line = proof["checkpoint"]
    statement, number = json.loads(checkpoint["statement"]), checkpoint["number"]
    leaf = leaf_hash(bytes.fromhex(commitment(proof["event"])))
    main_leaf = root_leaf(proof["tree"], proof["size"], proof["root"])
    path, main_path = [[bytes.fromhex(each) for each in way] for way in (proof["inclusion"], proof["main_inclusion"])]
    main_place, main_root = (proof["main_position"], statement["size"]), bytes.fromhex(statement["root"])
    held = known.checkpoints.get(number) or checkpoint
    cosigned = not said.cosignatures or said.cosigned(number, checkpoint["statement"])
    checks = (
        (inclusion_holds(leaf, (proof["position"], proof["size"]), path, bytes.fromhex(proof["root"])),
         "the event is not in its tree"),
        (inclusion_holds(main_leaf, main_place, main_path, main_root), "the tree is not in the main tree"),
        (said.signed_by("service", checkpoint), "the checkpoint's signature is not the service's"),
        (held["statement"] == checkpoint["statement"], "the checkpoint is not the one the anchor holds"),
        (cosigned, "the cosignature is not the witness's"),
        (document is None or hashlib.sha256(document).hexdigest() in proof["event"]["body"],
         "the event does not name this document"),
    )  # fmt: skip
    return next((fault for holds, fault in checks if not holds), None)


def lines_of(path: Path) -> Iterator[Line]:
    """The JSON lines of a file."""
    with path.open(encoding="utf-8") as file:
        for text in file:
            if text.strip():
                yield json.loads(text)


def anchor_of(paths: Iterable[Path], keys: Iterable[tuple[str, str]] = ()) -> Signed:
    """What is believed: checkpoints and keys of these files, and keys given by hand as (role, base64)."""
    anchor = Signed()
    for path in paths:
        for line in lines_of(path):
            anchor.take(line)
    for role, key in keys:
        anchor.keys[role] = {key}
    return anchor


def told(verdict: Verdict) -> str:
    """The verdict as one line for a person."""
    counts = f"{verdict.leaves} leaves ({verdict.erased} erased), {verdict.checkpoints} checkpoints"
    if verdict.whole:
        return f"The audit log is whole: {counts}, {verdict.cosigned} cosigned; keys from the {verdict.keys_from}."
    places = [f"leaf {verdict.bad_leaf}"] if verdict.bad_leaf else []
    places += [f"checkpoint {verdict.bad_checkpoint}"] if verdict.bad_checkpoint else []
    return f"The audit log is NOT whole: {verdict.fault}, first at {' and '.join(places)}; before it {counts} hold."


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tamga-verify", description="Check Tamga's audit log or a proof, offline.")
    parser.add_argument("file", type=Path, help="bundle of `tamga audit export`, or a proof")
    parser.add_argument("--anchor", type=Path, action="append", default=[], help="checkpoints kept elsewhere")
    parser.add_argument("--service-key", help="the service's public key in base64, instead of the file's")
    parser.add_argument("--witness-key", help="the witness's public key in base64, instead of the file's")
    parser.add_argument("--document", type=Path, help="with a proof: the packet or receipt that it has to name")
    parser.add_argument("--json", action="store_true", help="machine-readable result")
    return parser.parse_args()


def main() -> NoReturn:
    """Entry point of `tamga-verify`."""
    asked = arguments()
    given = [("service", asked.service_key), ("witness", asked.witness_key)]
    try:
        anchor = anchor_of(asked.anchor, [(role, key) for role, key in given if key])
        first = next(lines_of(asked.file), {})
        if first.get("kind") == "proof":
            fault = proof_fault(first, anchor, asked.document.read_bytes() if asked.document else None)
            whole, result, text = fault is None, {"fault": fault}, f"The proof holds: {fault or 'yes'}."
        else:
            verdict = Check(anchor).run(lines_of(asked.file))
            whole, result, text = verdict.whole, asdict(verdict), told(verdict)
    except Bad as bad:
        sys.exit(f"tamga-verify: the anchors disagree about checkpoint {bad.checkpoint}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        print(f"tamga-verify: not readable: {type(fault).__name__}: {fault}", file=sys.stderr)
        sys.exit(2)
    print(json.dumps(result) if asked.json else text)
    sys.exit(0 if whole else 1)


if __name__ == "__main__":
    main()
