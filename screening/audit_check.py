"""Checks the audit log in the database as `tamga-verify` checks a bundle of it.

What is believed beside the database: the service's own public key, the checkpoint file, and the witness's file where
this machine may read it.
"""

from __future__ import annotations

import base64
import os
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
    try:
        known = anchor(folder)
    except Bad as bad:
        return Verdict(fault="the checkpoint file and the witness's disagree", bad_checkpoint=bad.checkpoint)
    return Check(known).run(bundle(session))


def anchor(folder: Path | None = None) -> Signed:
    """What is believed beside the database, as far as this machine may read it. Raises Bad where it disagrees."""
    witness = folder / "witness" if folder else settings().witness_folder
    files = (checkpoint_file(folder), cosigned_file(witness))
    known = anchor_of(path for path in files if os.access(path, os.R_OK))
    own = base64.b64encode(public_bytes(service_key().public_key())).decode()
    known.keys.setdefault("service", set()).add(own)
    return known
