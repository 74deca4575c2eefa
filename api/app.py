"""The application, assembled in one place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from api import openapi, problems, routes, workbench
from api.guard import Guard
from screening import serving
from screening.settings import settings

VERSION = "0.11.0"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Warm up before the first order, so that no customer pays for lazy loading."""
    await run_in_threadpool(serving.take_model)
    await run_in_threadpool(workbench.warm)
    keeper = serving.keep_up("api")
    if keeper is not None:
        serving.settle_memory()
    yield
    if keeper is not None:
        keeper.stop()


def create_app() -> FastAPI:
    """The whole HTTP side: errors, guard, routes. Documentation is the OpenAPI file; its pages would need a CDN."""
    app = FastAPI(
        title="Tamga",
        summary="Screens orders of drug precursors before they ship.",
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        responses=problems.DOCUMENTED,
    )
    problems.install(app)
    app.add_middleware(Guard, larger={"/v1/orders/bulk": settings().bulk_limit_bytes})
    routes.include(app)
    workbench.install(app)
    openapi.install(app)
    return app
