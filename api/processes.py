"""The service's processes: `api`, `worker`, `beat`, `witness`. Each imports what it needs when it runs, and no more.

The libraries of the models take seconds to import; beat needs none of them, and a restarted worker is awaited.
"""

# ruff: noqa: PLC0415 (see above)

from __future__ import annotations

import os
import socket
import sys

from api.running import log_to_stderr, own_broker, own_database
from api.supervisor import die_with_supervisor
from screening.settings import settings
from screening.tenancy import NOBODY


def run_api(fd: int | None = None) -> None:
    """Serve HTTP on the listening socket `fd`, else on TAMGA_HOST and TAMGA_PORT, until told to stop."""
    import uvicorn

    config = uvicorn.Config(
        "api.app:create_app",
        factory=True,
        host=settings().host,
        port=settings().port,
        access_log=False,
        server_header=False,
        log_config=None,
        timeout_graceful_shutdown=10,
    )
    with own_database(NOBODY):
        uvicorn.Server(config).run(sockets=[socket.socket(fileno=fd)] if fd is not None else None)


def _stand_back() -> None:
    """What runs in the background leaves the processors to whoever waits for an answer. Threads made later inherit."""
    os.nice(settings().background_niceness)


def run_worker() -> None:
    """Work until told to stop."""
    from screening import worker

    _stand_back()
    with own_database(), own_broker() as broker:
        worker.run_worker(broker)


def run_beat() -> None:
    """Send the sweeps until told to stop."""
    from screening import worker

    _stand_back()
    with own_broker() as broker:
        worker.run_beat(broker)


def run_witness() -> None:
    """Cosign checkpoints until told to stop."""
    import time

    import structlog
    from sqlalchemy.exc import OperationalError

    from screening import database
    from screening.witness import LOOK_SECONDS, Witness

    _stand_back()
    with own_database():
        witness = Witness(settings().witness_folder)
        while True:
            try:
                with database.session() as session:
                    witness.look(session)
            except OperationalError as fault:  # the witness outlives a database that is away
                structlog.get_logger(__name__).warning("witness_waits", fault=str(fault)[:300])
            time.sleep(LOOK_SECONDS)


def main(arguments: list[str]) -> None:
    """`api [FD]`, `worker`, `beat` or `witness`, as the supervisor starts them."""
    die_with_supervisor()
    log_to_stderr()
    match arguments:
        case ["api", fd]:
            run_api(int(fd))
        case ["worker"]:
            run_worker()
        case ["beat"]:
            run_beat()
        case ["witness"]:
            run_witness()
        case _:
            raise SystemExit(f"unknown process: {arguments}")


if __name__ == "__main__":
    main(sys.argv[1:])
