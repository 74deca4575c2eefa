"""Pages for people: server-rendered HTML that works without script and without any outside network."""

from __future__ import annotations

from fastapi import FastAPI


def install(app: FastAPI) -> None:
    """Add the pages, their static files, and errors as pages. After the machine's routes and problems."""
    # Here and not above: exports take words and layouts of this package, and pages stand on routes that stand on them.
    from api.workbench import (  # noqa: PLC0415
        casework,
        dead_letters,
        exchange,
        faults,
        frame,
        inbox,
        models,
        officer,
        reporting,
        start,
    )

    app.include_router(start.router)
    app.include_router(officer.router)
    app.include_router(casework.router)
    app.include_router(reporting.router)
    app.include_router(inbox.router)
    app.include_router(dead_letters.router)
    app.include_router(exchange.router)
    app.include_router(models.router)
    frame.install(app)
    faults.install(app)
