"""The application under the online benchmark: the service's own, with its log at the level of the settings."""

from __future__ import annotations

from fastapi import FastAPI

from api import app
from api.running import log_to_stderr


def create_app() -> FastAPI:
    log_to_stderr()
    return app.create_app()
