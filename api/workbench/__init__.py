"""Pages for people: server-rendered HTML that works without script and without any outside network."""

from __future__ import annotations

from fastapi import FastAPI

from api.workbench import casework, faults, frame, inbox, officer, start


def install(app: FastAPI) -> None:
    """Add the pages, their static files, and errors as pages. After the machine's routes and problems."""
    app.include_router(start.router)
    app.include_router(officer.router)
    app.include_router(casework.router)
    app.include_router(inbox.router)
    frame.install(app)
    faults.install(app)
