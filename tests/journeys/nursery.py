"""Starts a process of the service again whenever it is killed, without paying for its imports each time.

    python -m tests.journeys.nursery api FD | worker

Imports once, then forks: the child is the real process, and it is the child that the failpoints kill. Prints a line
per child that died by SIGKILL. Nothing runs on threads before the fork, so none is lost in it.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

import api.app
import screening.tasks  # noqa: F401 - imported once, for all children
from api import processes
from api.supervisor import PARENT, die_with_supervisor
from features.offline import build
from tests.features.builders import order

child = 0


def stop(number: int, frame: FrameType | None) -> None:
    if child:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
    os._exit(0)


def main(arguments: list[str]) -> None:
    global child  # noqa: PLW0603 - the signal handler has to know whom to stop
    die_with_supervisor()
    signal.signal(signal.SIGTERM, stop)
    made = api.app.create_app()
    api.app.create_app = lambda: made  # one application for all children, each in its own process
    build([order()])  # loads the compiled kernel
    while True:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.environ[PARENT] = str(os.getppid())
            processes.main(arguments)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        child = 0
        if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
            os._exit(1)
        print("killed", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
