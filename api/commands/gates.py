"""`tamga gates`: whether a candidate may be promoted, gate by gate."""

# ruff: noqa: PLR0913, PLR0917 (each parameter is an option of the command line)

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from api.commands.terminal import fail, one_line_errors, show

if TYPE_CHECKING:
    from models.gates import Bars

CORES = os.cpu_count() or 1
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable result.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("gates")(gates_command)


def gates_command(
    candidate: Annotated[Path, typer.Argument(help="Folder of the signed candidate.")],
    dataset: Annotated[Path, typer.Option("--dataset", help="Frozen dataset that goes on after both models' as-of.")],
    champion: Annotated[
        Path | None, typer.Option("--champion", help="Folder of the model in service; without it the DEA formula.")
    ] = None,
    capacity: Annotated[
        float | None, typer.Option("--capacity", min=0.0001, max=0.5, help="Share of orders the office can review.")
    ] = None,
    bars: Annotated[Path | None, typer.Option("--bars", help="JSON file of bars that differ from the usual.")] = None,
    trust: Annotated[
        list[Path] | None, typer.Option("--trust", help="Public key file or folder; default var/keys.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="JSON file for the result.")] = None,
    threads: Annotated[int, typer.Option("--threads", min=1, max=256)] = CORES,
    as_json: AsJson = False,
) -> None:
    """Hold a candidate against every gate; exits 1 and says which gate fails, by how much."""
    from api.commands.modelling import trusted_keys  # noqa: PLC0415 - seconds to import
    from models.frozen.opened import open_dataset  # noqa: PLC0415
    from models.gates import gates, trial  # noqa: PLC0415
    from models.scorer import Scorer  # noqa: PLC0415

    with one_line_errors():
        asked = _bars(bars, capacity)
        keys = trusted_keys(trust or [])
        challenger = Scorer.load(candidate, keys)
        serving = Scorer.load(champion, keys) if champion else None
        result = gates(trial(challenger, serving, open_dataset(dataset).rows(), asked, threads))
        if out is not None:
            out.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY))
    show(result, as_json, _lines(result))
    if not result["passed"]:
        raise typer.Exit(1)


def _bars(path: Path | None, capacity: float | None) -> Bars:
    from models.gates import Bars  # noqa: PLC0415 - seconds to import

    try:
        given = orjson.loads(path.read_bytes()) if path else {}
        return Bars.from_json(given | ({"capacity": capacity} if capacity is not None else {}))
    except (ValueError, TypeError) as error:
        fail(f"{path}: {error}")


def _lines(result: dict[str, Any]) -> list[str]:
    lines = [
        f"candidate {result['candidate']} beside {result['compared_with']}: {result['orders']} orders, "
        f"{result['confirmed']} confirmed, {result['from'][:10]} to {result['to'][:10]}"
    ]
    for gate in result["gates"]:
        verdict = "passes" if gate["passed"] else f"FAILS by {gate['short']:.4g}"
        lines.append(
            f"  {gate['gate']:12} {verdict:18} {gate['figure']}: {gate['value']:.4g} ({gate['sense']} {gate['bar']:g})"
        )
    lines += [f"  {name:12} left out: there is no champion" for name in result["left_out"]]
    lines.append("all gates passed" if result["passed"] else f"failed: {', '.join(result['failed'])}")
    return lines
