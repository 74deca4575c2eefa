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
        papers,
        policies,
        portal,
        queue,
        record,
        reporting,
        retaining,
        shares,
        stale,
        start,
        ties,
        what_if,
    )

    return (
        start.router,
        queue.router,
        officer.router,
        what_if.router,
        ties.router,
        papers.router,
        stale.router,
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


def warm() -> None:
    """What the first reader of a process would else wait for: templates compiled, tables of reference read."""
    from api.workbench import drawings, frame, words  # noqa: PLC0415 (as above)
    from features.reference import duties, names, places, substances  # noqa: PLC0415
    from screening.exports.route import route_of  # noqa: PLC0415

    frame.warm()
    duties.law()
    names.skeleton("Tamga")
    places.place("Tamga", None)
    substances.identify("Tamga", None, None)
    words.goods("ru", "")
    drawings.map_drawn(route_of({}, "KZ", "KG")["points"], "ru")


def install(app: FastAPI) -> None:
    """Add the pages, their static files, and errors as pages. After the machine's routes and problems."""
    from api.workbench import faults, frame  # noqa: PLC0415 (as above)

    for router in routers():
        app.include_router(router)
    frame.install(app)
    faults.install(app)
