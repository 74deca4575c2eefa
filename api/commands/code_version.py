"""Which code a run was made by: the commit where there is one, and a hash of the code itself in any case."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("features", "models")  # all that a model's numbers depend on


def code_version() -> dict[str, Any]:
    """`commit` (None outside a repository), `changed` since it, and `sha256` over the code and reference data."""
    commit, state = _git("rev-parse", "HEAD"), _git("status", "--porcelain", "--", *PACKAGES)
    return {"commit": commit, "changed": bool(state) if commit else None, "sha256": _code_sha256()}


def _git(*words: str) -> str | None:
    """What git says, or None where there is no git or no repository."""
    try:
        done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _code_sha256() -> str:
    digest = hashlib.sha256()
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            if path.suffix in {".py", ".csv"}:
                digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()
