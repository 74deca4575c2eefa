"""A former version of the service, measured beside this one: its own checkout, packages, database and model.

Two runs an hour apart differ by more than two versions do, so both serve at once and take turns of a few seconds.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

MARK = "serves "
# Names that `make bench-online` has had for long: what runs is the former version's own.
STAGE = f"""
import json, sys
from api.bench import house, online
with house.opened() as place:
    online.prepare(place)
    with place.serving("api.bench.ours:create_app") as port:
        print({MARK!r} + json.dumps({{"port": port, "headers": place.headers}}), flush=True)
        sys.stdin.read()
"""


@contextmanager
def serving(folder: Path | None) -> Iterator[dict[str, Any] | None]:
    """The port and the headers of a former version; None where no folder is named.

    `folder`: a checkout in which `make setup` has run. Raises SystemExit where it does not start.
    """
    if folder is None:
        yield None
        return
    python = folder / ".venv" / "bin" / "python"
    if not python.exists():
        raise SystemExit(f"{folder} is no checkout that is set up: run `make setup` in it")
    process = subprocess.Popen(
        [python.absolute(), "-c", STAGE],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith("TAMGA_")} | {"PYTHONPATH": "."},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        yield _told(process)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Its input ends, and with it the stage."""
    try:
        process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.communicate()


def _told(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(MARK.encode()):
            told: dict[str, Any] = orjson.loads(line.removeprefix(MARK.encode()))
            return told
    raise SystemExit("the former version did not start")
