"""The data scientist's loop as commands on small data: dataset, training on a cluster, gates, backtest, log, keep."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path

import pytest
from sqlmodel import Session, select
from typer.testing import CliRunner, Result

from api.cli import build
from models.frozen.opened import Frozen
from models.keys import write_public
from screening.settings import settings
from screening.tables.modelling import ModelVersion
from tests.models.conftest import Signed, early, files, frozen, rows, signed, simulation, stream
from tests.models.test_runs import kept_run

pytestmark = pytest.mark.usefixtures("var_dir")
__all__ = ["early", "files", "frozen", "rows", "signed", "simulation", "stream"]


def tamga(*words: str | Path) -> Result:
    return CliRunner().invoke(build(), [str(word) for word in words])


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A Dask scheduler on this machine with two workers."""
    local = import_module("distributed").LocalCluster
    with local(n_workers=2, threads_per_worker=1, dashboard_address=None, protocol="tcp") as started:
        yield started.scheduler_address


@pytest.fixture
def trusted(early: Signed, var_dir: Path) -> Iterator[Path]:
    """The trainer of the small model is trusted."""
    settings().keys_dir.mkdir(exist_ok=True)
    path = settings().keys_dir / "early.trainer.pub.pem"
    write_public(early.key.public_key(), path)
    yield path
    path.unlink()


def test_gates_say_which_fails_and_by_how_much(early: Signed, frozen: Frozen, tmp_path: Path, trusted: Path) -> None:
    out, bars = tmp_path / "gates.json", tmp_path / "bars.json"
    bars.write_text(json.dumps({"latency_ms": 0.0}))
    asked = (early.folder, "--champion", early.folder, "--dataset", frozen.folder, "--bars", bars, "--out", out)
    done = tamga("gates", *asked, "--trust", trusted)
    assert done.exit_code == 1
    found = json.loads(out.read_text())
    assert "latency" in found["failed"]
    assert "latency      FAILS by" in done.stdout
    assert {each["gate"] for each in found["gates"]} >= {"recall", "calibration", "stability", "agreement"}


def test_a_backtest_writes_its_report(frozen: Frozen, tmp_path: Path) -> None:
    span = ("--from", "2024-10-01", "--to", "2024-12-31", "--every", "60d", "--embargo", "30d", "--trees", "20")
    done = tamga(
        "backtest", "--dataset", frozen.folder, *span, "--threads", "1", "--out", tmp_path / "report", "--json"
    )
    assert done.exit_code == 0, done.output
    assert len(json.loads(done.stdout)["cuts"]) == 2
    assert "<svg" in (tmp_path / "report" / "backtest.html").read_text()
    wrong = tamga("backtest", "--dataset", frozen.folder, *span[:4], "--every", "monthly", "--out", tmp_path / "x")
    assert "not a number of days" in wrong.stderr


def test_a_signed_model_is_kept_with_its_gates(
    session: Session, early: Signed, trusted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.running.own_database", nullcontext)  # the test's own is bound already
    gates = tmp_path / "gates.json"
    gates.write_text(json.dumps({"passed": False, "failed": ["recall"]}))
    done = tamga("models", "keep", early.folder, "--gates", gates, "--json")
    assert done.exit_code == 0, done.output
    kept = session.exec(select(ModelVersion)).one()
    assert (kept.version, kept.source, kept.gates["failed"]) == (
        json.loads(done.stdout)["version"], "command", ["recall"]
    )  # fmt: skip
    assert kept.registered_by is None


def test_a_run_is_logged_to_mlflow(signed: Signed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    run = kept_run(tmp_path / "registry", signed)
    store = (tmp_path / "store").as_uri()
    done = tamga("models", "log", run.id, "--mlflow", store, "--registry", tmp_path / "registry", "--json")
    assert done.exit_code == 0, done.output
    client = import_module("mlflow.tracking").MlflowClient(store)
    assert client.get_run(json.loads(done.stdout)["mlflow_run"]).data.params["booster.trees"] == "40"


def test_a_cluster_scores_as_one_machine_does(
    address: str, early: Signed, files: Path, tmp_path: Path, trusted: Path
) -> None:
    """The same bytes; what a cluster trains is held against one machine's in `tests.models.test_cluster`."""
    given = ("--orders", files / "orders.jsonl", "--labels", files / "labels.csv", "--trust", trusted)
    for name, where in (("one.csv", ()), ("two.csv", ("--dask", address))):
        scored = tamga("score", "--model", early.folder, *given, "--out", tmp_path / name, *where)
        assert scored.exit_code == 0, scored.output
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    known = ("--orders", files / "orders.jsonl", "--labels", files / "labels.csv", "--as-of", "2024-12-01")
    nobody = tamga("train", *known, "--out", tmp_path / "m", "--dask", "tcp://127.0.0.1:1")
    assert nobody.exit_code == 1
    assert "no Dask scheduler" in nobody.stderr
