"""The worked notebook runs from its first cell to its last on small data, and its figures make sense."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import models

NOTEBOOK = Path(models.__file__).parent / "notebooks" / "loop.ipynb"


def test_every_cell_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TAMGA_LOOP_ORDERS", "3000")
    monkeypatch.setenv("TAMGA_LOOP_TREES", "20")
    monkeypatch.setenv("TAMGA_LOOP_FOLDER", str(tmp_path))
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    space: dict[str, Any] = {"__name__": "__main__"}
    for cell in cells:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []  # kept without outputs: they would be somebody's machine
            exec(compile("".join(cell["source"]), f"{NOTEBOOK.name}:{cell['id']}", "exec"), space)
    assert space["auc"] > 0.6
    assert (tmp_path / "registry" / "runs" / space["made"]["run"] / "run.json").is_file()
    assert space["tested"]["orders"] > 100
    assert "Reviewed:" in (tmp_path / "dataset" / "card.txt").read_text()
    assert "recall at 5 %" in capsys.readouterr().out
