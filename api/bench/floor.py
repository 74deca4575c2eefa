"""The floor under `POST /v1/orders`: the same server, body, booster and database, and nothing else.

One request is one insert and commit, one prediction and one exact contribution call of the same booster.
"""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID

import numpy as np
import xgboost
from fastapi import FastAPI, Request, Response
from sqlalchemy import MetaData, Text
from sqlmodel import Field, Session, SQLModel
from starlette.concurrency import run_in_threadpool

from screening import database
from screening.ids import new_id


class FloorOrder(SQLModel, table=True):
    """The one table of the floor."""

    __tablename__ = "bench_floor"
    metadata = MetaData()  # of no table of the service

    id: UUID = Field(default_factory=new_id, primary_key=True)
    body: str = Field(sa_type=Text)


def create_app() -> FastAPI:
    """An application with one route; `TAMGA_BENCH_MODEL` is the folder of the model."""
    app = FastAPI()
    path = Path(os.environ["TAMGA_BENCH_MODEL"]) / "model.ubj"
    booster = xgboost.Booster({"nthread": 1}, model_file=str(path))
    row = np.random.default_rng(1).normal(size=(1, booster.num_features())).astype(np.float32)

    def take(body: bytes) -> float:
        with Session(database.engine()) as session:
            session.add(FloorOrder(body=body.decode()))
            session.commit()
        score = float(booster.inplace_predict(row)[0])
        booster.predict(xgboost.DMatrix(row, nthread=1), pred_contribs=True)
        return score

    @app.post("/v1/orders")
    async def post(request: Request) -> Response:
        score = await run_in_threadpool(take, await request.body())
        return Response(b'{"score": %f}' % score, media_type="application/json")

    return app
