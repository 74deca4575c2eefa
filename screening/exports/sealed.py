"""A packet with the service's signature over its very bytes, in one file."""

from __future__ import annotations

from screening import signing
from screening.exports.verifying import public_key

FORMAT = "tamga-signed-packet/1"


def sealed(packet: str) -> str:
    """The packet's text, its SHA-256 and the Ed25519 signature over it, as canonical JSON: same packet, same bytes."""
    key_id, signature = signing.sign(packet)
    return signing.canonical(
        {
            "format": FORMAT,
            "packet": packet,
            "packet_sha256": signing.sha256(packet),
            "key_id": key_id,
            "public_key": public_key(),
            "signature": signature,
        }
    )
