"""Whether the process lives and whether it can serve."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import text

from api.bodies import HealthOut
from api.dependencies import SessionDep
from screening.scoring import SERVICE

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
def live() -> HealthOut:
    """The process answers."""
    return HealthOut(status="ok")


@router.get("/ready")
def ready(session: SessionDep) -> HealthOut:
    """The database answers. Without a model the service is ready too: it holds every order."""
    session.execute(text("SELECT 1 FROM alembic_version"))
    return HealthOut(status="ok", model=SERVICE.current.version if SERVICE.current else None)
