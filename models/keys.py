"""Ed25519 keys that sign and verify model artefacts. Keys come as PEM files; nothing here reads settings."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from models.errors import KeyRefused

__all__ = [
    "DEVELOPMENT_PRIVATE", "DEVELOPMENT_PUBLIC", "KeyRefused", "development_key", "key_id", "load_private",
    "load_public", "load_trusted", "public_files", "write_public",
]  # fmt: skip

DEVELOPMENT_PRIVATE = "development-signing-key.pem"
DEVELOPMENT_PUBLIC = "development-signing-key.pub.pem"


def key_id(key: Ed25519PublicKey) -> str:
    """Sixteen hexadecimal digits that name a public key."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def load_private(path: Path) -> Ed25519PrivateKey:
    """The private key of a PEM file without passphrase. Raises KeyRefused."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyRefused(f"{path}: no readable private key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyRefused(f"{path}: not an Ed25519 key")
    return key


def load_public(path: Path) -> Ed25519PublicKey:
    """The public key of a PEM file. Raises KeyRefused."""
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise KeyRefused(f"{path}: no readable public key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyRefused(f"{path}: not an Ed25519 key")
    return key


def load_trusted(paths: Iterable[Path]) -> tuple[Ed25519PublicKey, ...]:
    """Keys that may sign as trainers, of files and of all `*.pub.pem` in folders, in name order. Raises KeyRefused.

    A promoter's key (`models.promotion`) signs no manifest.
    """
    return tuple(load_public(path) for path in public_files(paths) if not path.name.endswith(".promoter.pub.pem"))


def public_files(paths: Iterable[Path]) -> list[Path]:
    """The files given and all `*.pub.pem` of the folders given, in name order."""
    files: list[Path] = []
    for path in paths:
        files.extend(sorted(path.glob("*.pub.pem")) if path.is_dir() else [path])
    return files


def development_key(directory: Path) -> tuple[Ed25519PrivateKey, bool]:
    """The local development key in `directory` and whether it was made just now.

    Made keys are readable by their owner only. Production signs with a key of its own (`--signing-key`).
    """
    private_path = directory / DEVELOPMENT_PRIVATE
    if private_path.exists():
        return load_private(private_path), False
    directory.mkdir(parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        descriptor = os.open(private_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process was first
        return load_private(private_path), False
    with os.fdopen(descriptor, "wb") as file:
        file.write(private)
    write_public(key.public_key(), directory / DEVELOPMENT_PUBLIC)
    return key, True


def write_public(key: Ed25519PublicKey, path: Path) -> None:
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    path.write_bytes(pem)
