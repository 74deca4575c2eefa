"""The offline verifier: one file, an interpreter that sees nothing of ours, and what it was handed."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from screening import audit_proofs, tamga_verify
from screening.audit_export import bundle
from screening.tables.audit import AuditEvent
from screening.tables.people import Organisation
from screening.tamga_verify import Check, anchor_of, proof_fault
from screening.witness import cosigned_file
from tests.builders import principal_of
from tests.screening.audit_log import grown


@pytest.fixture
def lines(session: Session, tmp_path: Path) -> list[dict[str, Any]]:
    grown(session, tmp_path)
    return [json.loads(json.dumps(line)) for line in bundle(session)]


@pytest.fixture
def anchor(tmp_path: Path) -> Path:
    return cosigned_file(tmp_path / "witness")


def run(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    copy = folder / "tamga_verify.py"
    shutil.copyfile(tamga_verify.__file__, copy)
    command = [sys.executable, "-I", str(copy), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env={})


def written(folder: Path, lines: list[dict[str, Any]]) -> Path:
    path = folder / "log.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_it_needs_nothing_but_python_and_cryptography() -> None:
    tree = ast.parse(Path(tamga_verify.__file__).read_text(encoding="utf-8"))
    named = [each.module for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)]
    named += [name.name for each in ast.walk(tree) if isinstance(each, ast.Import) for name in each.names]
    assert {str(name).split(".")[0] for name in named} - set(sys.stdlib_module_names) == {"cryptography"}


def test_a_bundle_is_checked_without_the_service(lines: list[dict[str, Any]], anchor: Path, tmp_path: Path) -> None:
    whole = run(tmp_path, written(tmp_path, lines), "--anchor", anchor)
    assert (whole.returncode, whole.stderr) == (0, "")
    assert "44 leaves (0 erased), 4 checkpoints, 4 cosigned; keys from the anchor" in whole.stdout
    leaf = next(line for line in lines if line["kind"] == "leaf" and line["number"] == 17)
    leaf["event"]["body"] = leaf["event"]["body"].replace("accepted", "released")
    broken = run(tmp_path, written(tmp_path, lines), "--anchor", anchor, "--json")
    verdict = json.loads(broken.stdout)
    assert (broken.returncode, verdict["bad_leaf"], verdict["fault"]) == (1, 17, "event edited")


@pytest.mark.parametrize("content", ["{", "[]\n", '{"kind":"leaf"}\n', '{"kind":"checkpoint"}\n'])
def test_what_is_no_bundle_is_said_to_be_none(content: str, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text(content, encoding="utf-8")
    done = run(tmp_path, path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("tamga-verify: not readable")


def of_kind(lines: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["kind"] == kind]


def test_a_cosignature_or_root_may_not_go_missing(lines: list[dict[str, Any]], anchor: Path) -> None:
    for line in [*of_kind(lines, "cosignature"), *of_kind(lines, "root")]:
        verdict = Check(anchor_of([anchor])).run(each for each in lines if each is not line)
        assert verdict.bad_checkpoint is not None, line


def test_nothing_may_be_added(lines: list[dict[str, Any]], anchor: Path) -> None:
    root = {**of_kind(lines, "root")[-1], "position": len(of_kind(lines, "root"))}
    loose = {"kind": "loose", "event_id": "x"}
    again = of_kind(lines, "leaf")[-1]
    for line, place in ((root, 1), (loose, len(lines)), (again, len(lines))):
        verdict = Check(anchor_of([anchor])).run([*lines[:place], line, *lines[place:]])
        assert not verdict.whole, line


def test_the_anchor_of_another_log_is_not_met(lines: list[dict[str, Any]], anchor: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    held = anchor.read_text(encoding="utf-8").splitlines()
    other.write_text("\n".join(line for line in held if '"checkpoint"' not in line.split(",")[0]), encoding="utf-8")
    assert Check(anchor_of([other])).run(lines).whole
    with other.open("a", encoding="utf-8") as file:
        later = {**of_kind(lines, "checkpoint")[-1], "number": 5}
        file.write("\n" + json.dumps(later))
    verdict = Check(anchor_of([other])).run(lines)
    assert (verdict.fault, verdict.bad_checkpoint) == ("checkpoint that the anchor holds is missing", 5)


@pytest.fixture
def proof(lines: list[dict[str, Any]], session: Session) -> dict[str, Any]:
    event = session.exec(select(AuditEvent).where(AuditEvent.organisation_id.is_not(None))).first()  # type: ignore[union-attr]
    assert event is not None
    auditor = principal_of(session, session.get_one(Organisation, event.organisation_id), "auditor")
    return audit_proofs.event_proof(session, auditor, event.event_id)


def test_one_event_is_proven_without_the_rest(proof: dict[str, Any], anchor: Path, tmp_path: Path) -> None:
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(proof), encoding="utf-8")
    assert run(tmp_path, path, "--anchor", anchor).returncode == 0
    assert run(tmp_path, path, "--document", path, "--json").stdout == (
        '{"fault": "the event does not name this document"}\n'
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("position", 40), ("size", 1000), ("root", "00" * 32), ("tree", "x"), ("main_position", 999),
        ("inclusion", []), ("main_inclusion", ["00" * 32]), ("keys", []),
    ],
)  # fmt: skip
def test_a_proof_that_was_touched_does_not_hold(field: str, value: object, proof: dict[str, Any]) -> None:
    assert proof_fault(proof) is None
    assert proof_fault({**proof, field: value}) is not None


def test_an_event_that_was_touched_is_not_proven(proof: dict[str, Any]) -> None:
    proof["event"]["body"] = proof["event"]["body"].replace("accepted", "released")
    assert proof_fault(proof) == "the event is not in its tree"


def test_a_proof_under_another_checkpoint_than_the_anchors(proof: dict[str, Any], anchor: Path) -> None:
    known = anchor_of([anchor])
    number = proof["checkpoint"]["number"]
    known.checkpoints[number] = {**known.checkpoints[number], "statement": "{}"}
    assert proof_fault(proof, known) == "the checkpoint is not the one the anchor holds"
