"""Checks the audit log in the database as `tamga-verify` checks a bundle of it.

What is believed beside the database: the service's own public key, the checkpoint file, and the witness's file where
this machine may read it.
"""

from __future__ import annotations

import base64
from pathlib import Path

from sqlmodel import Session

from screening.audit import checkpoint_file
from screening.audit_export import bundle
from screening.settings import settings
from screening.signing import public_bytes, service_key
from screening.tamga_verify import Bad, Check, Signed, Verdict, anchor_of
from screening.witness import cosigned_file


def verify(session: Session, folder: Path | None = None) -> Verdict:
    """Walk the whole log; the verdict names the first fault."""
    witness = folder / "witness" if folder else settings().witness_folder
    try:
        anchor = anchor_of(path for path in (checkpoint_file(folder), cosigned_file(witness)) if path.exists())
    except Bad as bad:
        return Verdict(fault="the checkpoint file and the witness's disagree", bad_checkpoint=bad.checkpoint)
    return Check(_with_own_key(anchor)).run(bundle(session))


def _with_own_key(anchor: Signed) -> Signed:
    own = base64.b64encode(public_bytes(service_key().public_key())).decode()
    anchor.keys.setdefault("service", set()).add(own)
    return anchor
