"""Pages for people: server-rendered HTML that works without script and without any outside network."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI


def routers() -> tuple[APIRouter, ...]:
    """Every router of pages."""
    # Here and not above: exports take words and layouts of this package, and pages stand on routes that stand on them.
    from api.workbench import (  # noqa: PLC0415
        admin,
        casework,
        closing,
        customers,
        dead_letters,
        exchange,
        inbox,
        models,
        officer,
        policies,
        portal,
        queue,
        record,
        reporting,
        retaining,
        shares,
        start,
    )

    return (
        start.router,
        queue.router,
        officer.router,
        customers.router,
        portal.router,
        admin.router,
        record.router,
        retaining.router,
        policies.router,
        casework.router,
        reporting.router,
        inbox.router,
        closing.router,
        shares.router,
        dead_letters.router,
        exchange.router,
        models.router,
    )


def install(app: FastAPI) -> None:
    """Add the pages, their static files, and errors as pages. After the machine's routes and problems."""
    from api.workbench import faults, frame  # noqa: PLC0415 (as above)

    for router in routers():
        app.include_router(router)
    frame.install(app)
    faults.install(app)
