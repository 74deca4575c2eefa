"""Points at which a process kills itself, so that fault tests can choose the worst moment.

`TAMGA_FAILPOINTS=sent-not-acknowledged@/path/of/counter` ends the process with SIGKILL at that point while the
counter file holds a number above zero, and counts it down. Honoured in development only (`settings.py` refuses
the variable elsewhere).
"""

from __future__ import annotations

import fcntl
import os
import signal
from pathlib import Path

from screening.settings import settings


def reach(point: str) -> None:
    """Mark that `point` is reached; ends this process when the point is armed."""
    armed = settings().failpoints
    if armed and settings().development:
        for entry in armed.split(","):
            name, _, counter = entry.partition("@")
            if name == point and _take(Path(counter)):
                os.kill(os.getpid(), signal.SIGKILL)


def _take(counter: Path) -> bool:
    """Take one from the counter under a file lock, so that two processes never both die for one count."""
    with counter.open("r+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        left = int(file.read() or "0")
        if left <= 0:
            return False
        file.seek(0)
        file.truncate()
        file.write(str(left - 1))
        file.flush()
        return True
