"""The same run in MLflow, where that is installed; one clear line where it is not."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from models.mlflow_log import NotInstalled, log_run
from models.runs import figure
from tests.models.conftest import Signed
from tests.models.test_runs import kept_run


def test_without_mlflow_it_says_what_to_install(
    signed: Signed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow.tracking", None)
    with pytest.raises(NotInstalled, match=r"tamga\[mlflow\]"):
        log_run(kept_run(tmp_path, signed), str(tmp_path / "store"))


@pytest.mark.skipif(find_spec("mlflow") is None, reason="the `mlflow` extra is not installed")
def test_parameters_figures_and_files_are_logged(
    signed: Signed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = import_module("mlflow.tracking").MlflowClient
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    run = kept_run(tmp_path / "registry", signed)
    store = (tmp_path / "store").as_uri()
    logged = client(store).get_run(log_run(run, store))
    assert logged.data.params["booster.trees"] == "40"
    assert logged.data.metrics["recall_1"] == pytest.approx(figure(run.record["metrics"], "recall_1"))
    assert logged.data.metrics["recall_1_low"] <= logged.data.metrics["recall_1_high"]
    assert logged.data.tags["tamga.data"] == run.record["data"]["sha256"]
    files = {item.path for item in client(store).list_artifacts(logged.info.run_id)}
    assert {"run.json", "model", "plots", "held.parquet"} <= files
