"""The service's Ed25519 key: signs audit checkpoints and receipts. Canonical JSON lives here too: what is signed."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from screening.settings import settings


def canonical(value: Mapping[str, object]) -> str:
    """One text per value: keys sorted, no spaces, letters as they are. NaN is refused."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256(text: str) -> str:
    """SHA-256 of the text's UTF-8, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=4)
def _private_key(path: Path) -> Ed25519PrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey), "TAMGA_SIGNING_KEY_FILE must hold an Ed25519 key"
    return key


def service_key() -> Ed25519PrivateKey:
    """The key of `TAMGA_SIGNING_KEY_FILE`; in development one is made under the var folder at first use."""
    path = settings().signing_key_file
    return key_at(settings().keys_dir / "service.pem") if path is None else _private_key(path)


def key_at(path: Path) -> Ed25519PrivateKey:
    """The key of this file, made at first use."""
    if not path.exists():
        _make_key(path)
    return _private_key(path)


def _make_key(path: Path) -> None:
    """Write a new key, 0600. The link is exclusive, so of two processes both take the key of the first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    draft = path.with_suffix(f".{os.getpid()}")
    key = Ed25519PrivateKey.generate()
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    try:
        os.link(draft, path)
    except FileExistsError:
        _private_key.cache_clear()
    finally:
        draft.unlink()


def public_bytes(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def key_id(key: Ed25519PublicKey) -> str:
    """Short name of a public key: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(public_bytes(key)).hexdigest()[:16]


def sign(text: str, by: Ed25519PrivateKey | None = None) -> tuple[str, str]:
    """(key id, base64 signature) of the text by the service, or by another key."""
    key = by or service_key()
    return key_id(key.public_key()), base64.b64encode(key.sign(text.encode())).decode()


def signed(text: str, signature: str, key: Ed25519PublicKey | None = None) -> bool:
    """Whether the signature over the text is the service's, or that of `key`."""
    try:
        (key or service_key().public_key()).verify(base64.b64decode(signature, validate=True), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True
