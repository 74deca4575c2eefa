"""`tamga dataset` as a data scientist types it, from files and from the service's database."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import pytest
from sqlmodel import Session
from typer.testing import CliRunner, Result

from api.cli import build
from screening import screen
from tests.builders import make_organisation
from tests.screening.orders import submission

LABELS = "order_ref,outcome,known_at,source\n"


def tamga(*words: str | Path) -> Result:
    return CliRunner().invoke(build(), ["dataset", *(str(word) for word in words)])


@pytest.fixture
def files(tmp_path: Path) -> Path:
    order = {"reference": "A-1", "received_at": "2025-01-02T00:00:00Z", "customer": {"id": "C1"},
             "lines": [{"quantity": "5"}]}  # fmt: skip
    (tmp_path / "orders.jsonl").write_text(json.dumps(order) + "\n{broken\n")
    (tmp_path / "labels.csv").write_text(LABELS + "A-1,diverted,2025-02-01T00:00:00Z,seizure\n")
    return tmp_path


def test_files_are_frozen_once_and_shown(files: Path) -> None:
    options = ("--orders", files / "orders.jsonl", "--labels", files / "labels.csv", "--as-of", "2025-03-01")
    made = tamga("build", *options, "--out", files / "frozen", "--json")
    assert made.exit_code == 0, made.output
    result = json.loads(made.stdout)
    assert result["card"]["refused"] == {"rows": 1, "by_code": {"json": 1}}
    assert result["card"]["labels"]["by_outcome"] == {"diverted": 1}
    shown = tamga("show", files / "frozen")
    assert result["id"] in shown.stdout
    assert "Orders: 1" in shown.stdout
    again = tamga("build", *options, "--out", files / "frozen")
    assert again.exit_code == 1
    assert "never replaced" in again.stderr


def test_a_company_of_the_database_is_frozen(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    company = make_organisation(session)
    screen.submit(session, submission(company.id, reference="DB-1"))
    monkeypatch.setattr("api.running.own_database", nullcontext)  # the test's own is bound already
    out = tmp_path / "frozen"
    made = tamga("build", "--organisation", company.code, "--as-of", "2100-01-01", "--out", out, "--json")
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["source"] == {"kind": "database", "organisation": str(company.id)}
    assert "no such organisation" in tamga(
        "build", "--organisation", "nobody", "--as-of", "2100-01-01", "--out", tmp_path / "x"
    ).stderr  # fmt: skip


@pytest.mark.parametrize("words", [(), ("--organisation", "x", "--labels", "y.csv"), ("--orders", "z.jsonl")])
def test_a_source_that_is_not_one_is_one_clear_line(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = tamga("build", "--as-of", "2025-01-01", "--out", tmp_path / "x", *words)
    assert done.exit_code == 1
    assert len([line for line in done.stderr.splitlines() if line.startswith("tamga: ")]) == 1
    assert not (tmp_path / "x").exists()
