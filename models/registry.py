"""A model as signed data: one folder, six files, nothing of which is believed before the signature holds.

    model.ubj         the booster in XGBoost's own format
    calibrator.json   knots from margin to log-odds
    thresholds.json   bands and the reference classes of the calibration slice
    card.json         what the model is for, how it was made, how good it is, its limits
    manifest.json     SHA-256 and size of the four files above, catalogue fingerprint, feature names,
                      training-data hash, parameters, seed
    manifest.sig      Ed25519 over the manifest's bytes, with the id of the key

XGBoost's loader is no tamper check: damaged files crash it or load with other scores. So `open_artefact` reads
every file once into memory, checks signature, then hashes, then the catalogue's fingerprint, and only hands on
what passed. Pickle never appears. This signature is the trainer's; a model that serves outside development carries a
promoter's as well (`models.promotion`).
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from features.catalogue import FINGERPRINT
from models.errors import ArtefactRefused
from models.keys import key_id

__all__ = [
    "MANIFEST",
    "SIGNATURE",
    "SIGNED_FILES",
    "Artefact",
    "ArtefactRefused",
    "open_artefact",
    "parsed",
    "read_file",
    "signature_file",
    "signature_in",
    "verified",
    "version_of",
    "write_artefact",
]  # fmt: skip

FORMAT = "tamga-model-1"
CONTEXT = b"tamga model manifest v1\n"
SIGNED_FILES = ("model.ubj", "calibrator.json", "thresholds.json", "card.json")
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
LARGEST_FILE = 256 * 1024 * 1024
LARGEST_NOTE = 4 * 1024 * 1024  # manifest and signatures are read before anything is believed
NOTES = frozenset({MANIFEST, SIGNATURE, "promotion.json", "promotion.sig"})


@dataclass(frozen=True, slots=True)
class Artefact:
    """Verified bytes of a model folder. `sha256` is its manifest's, `version` the short form of it; `key` signed it."""

    version: str
    sha256: str
    key: str
    manifest: dict[str, Any]
    files: Mapping[str, bytes]

    def json(self, name: str) -> dict[str, Any]:
        """One of the JSON files, parsed. Raises ArtefactRefused if it is not a JSON object."""
        return parsed(name, self.files[name])


def write_artefact(
    directory: Path, files: Mapping[str, bytes], about: Mapping[str, Any], key: Ed25519PrivateKey
) -> str:
    """Write and sign a model folder, whole or not at all, and return its version. Replaces an earlier one.

    `files` holds exactly the four signed files; `about` is whatever else the manifest shall state.
    """
    if set(files) != set(SIGNED_FILES):
        raise ValueError(f"an artefact holds {', '.join(SIGNED_FILES)}")
    listed = {name: {"sha256": _sha256(files[name]), "bytes": len(files[name])} for name in SIGNED_FILES}
    manifest = {"format": FORMAT, "catalogue": FINGERPRINT, **about, "files": listed}
    written = orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
    signature = signature_file(key, CONTEXT + written)
    everything = {**files, MANIFEST: written, SIGNATURE: signature}
    _replace_folder(directory, everything)
    return version_of(written)


def version_of(manifest: bytes) -> str:
    """The name of a model: the first 16 hexadecimal digits of its manifest's hash."""
    return _sha256(manifest)[:16]


def open_artefact(directory: Path, trusted: Sequence[Ed25519PublicKey]) -> Artefact:
    """Read and verify a model folder.

    Raises ArtefactRefused with one of the reasons: missing, unreadable, unsigned, unknown_key, bad_signature,
    format, hash, catalogue.
    """
    manifest_bytes = read_file(directory, MANIFEST)
    key = verified(signature_in(directory, SIGNATURE), CONTEXT + manifest_bytes, trusted)
    manifest = parsed(MANIFEST, manifest_bytes)
    if manifest.get("format") != FORMAT:
        raise ArtefactRefused("format", f"format {manifest.get('format')!r} is not {FORMAT}")
    listed = manifest.get("files")
    if not isinstance(listed, dict) or set(listed) != set(SIGNED_FILES):
        raise ArtefactRefused("format", "the manifest does not list the files of a model")
    files = {name: read_file(directory, name) for name in SIGNED_FILES}
    for name, data in files.items():
        if len(data) != listed[name]["bytes"] or _sha256(data) != listed[name]["sha256"]:
            raise ArtefactRefused("hash", f"{name} is not the file that was signed")
    if manifest.get("catalogue") != FINGERPRINT:
        raise ArtefactRefused("catalogue", "trained on another feature catalogue; train again")
    return Artefact(version_of(manifest_bytes), _sha256(manifest_bytes), key, manifest, files)


def signature_in(directory: Path, name: str) -> tuple[str, bytes]:
    """Key id and signature of a signature file. Raises ArtefactRefused where there is none in its one spelling."""
    if not (directory / name).is_file():
        raise ArtefactRefused("unsigned", f"no {name} in the folder")
    written = read_file(directory, name)
    value = parsed(name, written)
    try:
        named, signed = str(value["key_id"]), base64.b64decode(str(value["signature"]), validate=True)
    except (KeyError, ValueError) as error:
        raise ArtefactRefused("unsigned", f"{name} holds no signature") from error
    if written != _signature_bytes(named, signed):  # one signature, one spelling
        raise ArtefactRefused("unsigned", f"{name} is not written as a signature is")
    return named, signed


def signature_file(key: Ed25519PrivateKey, statement: bytes) -> bytes:
    """What a signature file holds of a statement signed by `key`."""
    return _signature_bytes(key_id(key.public_key()), key.sign(statement))


def _signature_bytes(named: str, signed: bytes) -> bytes:
    value = {"algorithm": "Ed25519", "key_id": named, "signature": base64.b64encode(signed).decode()}
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def verified(signature: tuple[str, bytes], statement: bytes, trusted: Sequence[Ed25519PublicKey]) -> str:
    """The id of the trusted key that signed the statement. Raises ArtefactRefused."""
    named, signed = signature
    key = next((key for key in trusted if key_id(key) == named), None)
    if key is None:
        raise ArtefactRefused("unknown_key", f"signed by key {named[:16]!r}, which is not trusted here")
    try:
        key.verify(signed, statement)
    except InvalidSignature as error:
        raise ArtefactRefused("bad_signature", "the manifest is not what was signed") from error
    return named


def read_file(directory: Path, name: str) -> bytes:
    """Bytes of a file of the folder. Raises ArtefactRefused where it is missing, unreadable or larger than any."""
    path = directory / name
    if not path.is_file():
        raise ArtefactRefused("missing", f"no {name} in the folder")
    try:
        if path.stat().st_size > (LARGEST_NOTE if name in NOTES else LARGEST_FILE):
            raise ArtefactRefused("unreadable", f"{name} is larger than any model")
        return path.read_bytes()
    except OSError as error:
        raise ArtefactRefused("unreadable", f"{name} cannot be read") from error


def parsed(name: str, data: bytes) -> dict[str, Any]:
    """Bytes as a JSON object. Raises ArtefactRefused for anything else."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ArtefactRefused("format", f"{name} is not JSON") from error
    if not isinstance(value, dict):
        raise ArtefactRefused("format", f"{name} is not a JSON object")
    return value


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _replace_folder(directory: Path, files: Mapping[str, bytes]) -> None:
    """Write into a folder beside, then swap, so that a reader never meets half of a new model."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    fresh = directory.with_name(f".{directory.name}.{os.getpid()}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    for name, data in files.items():
        (fresh / name).write_bytes(data)
    old = directory.with_name(f".{directory.name}.{os.getpid()}.old")
    if directory.exists():
        directory.rename(old)
    fresh.rename(directory)
    shutil.rmtree(old, ignore_errors=True)
