"""A kept run in an MLflow tracking store, for those who compare there. Needs the `mlflow` extra."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from models.errors import ModelsError
from models.runs import Run, figure, flat

LONGEST = 500
EXPERIMENT = "tamga"


class NotInstalled(ModelsError):
    """A package that only an extra of the project brings."""


def log_run(run: Run, tracking_uri: str, experiment: str = EXPERIMENT) -> str:
    """Log parameters, figures with their intervals, data and code, and all files of a run; returns MLflow's run id.

    The model goes along as the signed folder it is; MLflow's own model format would be unsigned.
    Raises NotInstalled without the `mlflow` package.
    """
    client = _client(tracking_uri)
    found = client.get_experiment_by_name(experiment)
    number = found.experiment_id if found else client.create_experiment(experiment)
    tags = {"tamga.run": run.id, "tamga.version": run.record["version"], "tamga.catalogue": run.record["catalogue"],
            "tamga.data": run.record["data"]["sha256"], "tamga.code": str(run.record["code"]["commit"])}  # fmt: skip
    made = client.create_run(number, tags=tags, run_name=run.id)
    name: str = made.info.run_id
    for key, value in flat(run.record["parameters"]).items():
        client.log_param(name, key, str(value)[:LONGEST])
    for key, value in _figures(run):
        client.log_metric(name, key, value)
    client.log_artifacts(name, str(run.folder))
    client.set_terminated(name)
    return name


def _client(tracking_uri: str) -> Any:
    try:
        return import_module("mlflow.tracking").MlflowClient(tracking_uri=tracking_uri)
    except ModuleNotFoundError as error:
        raise NotInstalled("mlflow is not installed: pip install 'tamga[mlflow]'") from error


def _figures(run: Run) -> Iterator[tuple[str, float]]:
    for name, interval in run.record["intervals"].items():
        value = figure(run.record["metrics"], name)
        if value is not None:
            yield name, float(value)
            yield from ((f"{name}_{end}", each) for end, each in zip(("low", "high"), interval, strict=False))
    yield "calibration_error", float(run.record["metrics"]["calibration_error"] or 0.0)
