"""Where benches put what they write: `bench` in the folder of local data."""

from __future__ import annotations

import os
from pathlib import Path


def bench_folder() -> Path:
    """`$TAMGA_VAR_DIR/bench`, by default `var/bench`; made if missing."""
    folder = Path(os.environ.get("TAMGA_VAR_DIR", "var")) / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
