"""Points at which a process kills itself, so that fault tests can choose the worst moment.

`TAMGA_FAILPOINTS=sent-not-acknowledged@/path/of/counter` ends the process with SIGKILL at that point while the
counter file holds a number above zero, and counts it down. Honoured in development only (`settings.py` refuses
the variable elsewhere).

    process   points
    api       stored-not-committed, committed-not-answered
    relay     dispatched-not-published, published-not-carried      a thread of the worker's process
    appender  numbered-not-committed, signed-not-told              the same thread
    worker    taken-not-done, sent-not-acknowledged
    beat      due-not-sent
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
            if name == point:
                _die_if_any_left(Path(counter))


def _die_if_any_left(counter: Path) -> None:
    """Take one from the counter and die, holding the file's lock: no second thread takes one for the same death."""
    with counter.open("r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        left = int(file.read() or b"0")
        if left > 0:
            # One write of fixed width: it is there or it is not, whoever else dies meanwhile.
            os.pwrite(file.fileno(), b"%6d" % (left - 1), 0)
            os.kill(os.getpid(), signal.SIGKILL)
