"""Heavy work of a moment, done while others wait for answers: on a thread of its own that stands back for them."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")
NICENESS = 10


def aside(work: Callable[[], T]) -> T:
    """What `work` returns or raises. Its thread, and threads that it starts, get the processors nobody else wants.

    For work that holds no interpreter lock: whoever waits for that lock would wait for the slow thread.
    """
    done: Future[T] = Future()
    threading.Thread(target=_run, args=(work, done), name="aside", daemon=True).start()
    return done.result()


def _run(work: Callable[[], T], done: Future[T]) -> None:
    if sys.platform == "linux":  # there a thread has a niceness of its own
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), min(19, os.nice(0) + NICENESS))
    try:
        done.set_result(work())
    except BaseException as fault:
        done.set_exception(fault)
