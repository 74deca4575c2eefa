"""Keeps the service's processes alive, and takes them down with itself.

Each child stands in a session of its own, so that Ctrl-C reaches the supervisor alone, which stops the children in
order. A child asks the kernel to be told when the supervisor dies (Linux), so none is ever orphaned.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import structlog

log = structlog.get_logger(__name__)
STOP_SECONDS = 20.0
QUICK_DEATH_SECONDS = 5.0
LONGEST_PAUSE = 30.0
PARENT = "TAMGA_SUPERVISOR_PID"
PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One supervised process; `command` are arguments of `api.processes`."""

    name: str
    command: Sequence[str]
    fds: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 0.0


@dataclass
class Supervisor:
    """Starts children in the order given, restarts those that die, stops them in that order."""

    children: list[Child]
    environment: Mapping[str, str]
    logs: Path
    stopping: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Start every child; from then on SIGTERM and SIGINT mean stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._told_to_stop)
        self.logs.mkdir(parents=True, exist_ok=True)
        for child in self.children:
            self._start(child)

    def watch(self) -> None:
        """Until told to stop: start again what died, after a pause that grows while it keeps dying at once."""
        while not self.stopping.wait(0.1):
            self.look()

    def look(self) -> None:
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                quick = time.monotonic() - child.started < QUICK_DEATH_SECONDS
                child.pause = min(max(child.pause * 2, 0.5), LONGEST_PAUSE) if quick else 0.0
                log.warning("child_died", child=child.name, status=child.process.returncode, pause=child.pause)
                child.process, child.started = None, time.monotonic()
            if child.process is None and time.monotonic() - child.started >= child.pause:
                self._start(child)

    def stop(self) -> None:
        """SIGTERM to each, and SIGKILL to those that have not ended in time."""
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, child: Child) -> None:
        with (self.logs / f"{child.name}.log").open("ab") as output:
            child.process = subprocess.Popen(
                [sys.executable, "-m", "api.processes", *child.command],
                env={**os.environ, **self.environment, PARENT: str(os.getpid())},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=child.fds,
                start_new_session=True,
            )
        child.started = time.monotonic()

    def _told_to_stop(self, number: int, frame: FrameType | None) -> Any:
        self.stopping.set()


def die_with_supervisor() -> None:
    """Called by a child at its start: be told (SIGTERM) when the supervisor ends, however it ends."""
    parent = os.environ.get(PARENT)
    if parent is None or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):  # it ended before we asked
        sys.exit(1)
