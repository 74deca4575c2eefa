"""`tamga models list|show|compare|sign|log`: training runs as they were kept, and a promoter's signature on a model."""

# ruff: noqa: PLR0913, PLR0917 (each parameter is an option of the command line)

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.terminal import one_line_errors, show

if TYPE_CHECKING:
    from models.runs import Run

AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable result.")]
Registry = Annotated[Path | None, typer.Option("--registry", help="Folder of the runs; default var/registry.")]
Named = Annotated[str, typer.Argument(help="Number, id, or the beginning of a model's version.")]
SHOWN = ("average_precision", "auc", "recall_0.5", "recall_1", "recall_2", "recall_5")


def register(app: typer.Typer) -> None:
    """Add the commands about kept runs and their models."""
    group = typer.Typer(help="Training runs as they were kept, and signatures on their models.", no_args_is_help=True)
    group.command("list")(list_runs)
    group.command("show")(show_run)
    group.command("compare")(compare_runs)
    group.command("sign")(sign)
    group.command("log")(log_to_mlflow)
    group.command("keep")(keep_model)
    app.add_typer(group, name="models")


def list_runs(registry: Registry = None, as_json: AsJson = False) -> None:
    """Every kept run, the oldest first."""
    from models import runs  # noqa: PLC0415 - seconds to import

    found = runs.kept(_registry(registry))
    lines = [
        f"{run.record['number']:>4}  {run.record['version']}  {run.record['at'][:16]}  as of "
        f"{run.record['as_of'][:10]}  {run.record['rows']['used']} orders, {run.record['rows']['confirmed']} cases  "
        f"AP {_figure(run, 'average_precision')}  recall at 1 % {_figure(run, 'recall_1')}"
        for run in found
    ]
    show({"runs": [run.record for run in found]}, as_json, lines or ["no run is kept yet"])


def show_run(name: Named, registry: Registry = None, as_json: AsJson = False) -> None:
    """A run's record: data, code, parameters, figures with intervals, slices, files."""
    from models import runs  # noqa: PLC0415 - seconds to import

    with one_line_errors():
        run = runs.find(_registry(registry), name)
    record = run.record
    code = record["code"]["commit"] or "no repository"
    lines = [
        f"{run.id}: model {record['version']} in {run.model}",
        f"data {record['data']['sha256'][:16]} ({record['data'].get('dataset') or record['data']['kind']}), as of "
        f"{record['as_of']}; catalogue {record['catalogue'][:16]}",
        f"code {code}{' with changes' if record['code']['changed'] else ''}; seed {record['seed']}; "
        f"trees {record['rows']['trees']}; trained by key {record['trainer_key']}",
        *(f"  {name:18} {_figure(run, name)}  90 % {record['intervals'].get(name)}" for name in SHOWN),
        *(f"  {row['slice']}, {row['group']}: {row['orders']} orders, {row['cases']} cases, recall {row['recall']}"
          for row in record["slices"]),
        f"typologies no case showed: {', '.join(record['typologies_unseen']) or 'none'}",
        *(str(run.folder / "plots" / name) for name in record["plots"]),
    ]  # fmt: skip
    show(record, as_json, lines)


def compare_runs(first: Named, second: Named, registry: Registry = None, as_json: AsJson = False) -> None:
    """What differs between two runs: data, code, parameters and figures."""
    from models import runs  # noqa: PLC0415 - seconds to import

    with one_line_errors():
        folder = _registry(registry)
        result = runs.compare(runs.find(folder, first), runs.find(folder, second))
    same = {True: "the same", False: "another"}
    lines = [
        f"{' and '.join(result['runs'])}: {same[result['same_data']]} data, {same[result['same_code']]} code, "
        f"judged by {same[result['same_orders_judged']]} orders",
        *(f"  {name}: {before} -> {after}" for name, (before, after) in result["parameters"].items()),
        *(_compared(row) for row in result["metrics"]),
    ]
    show(result, as_json, lines)


def sign(
    model: Annotated[Path, typer.Argument(help="Folder of a model that its trainer has signed.")],
    signing_key: Annotated[Path, typer.Option("--signing-key", help="The promoter's Ed25519 private key (PEM).")],
    by: Annotated[str, typer.Option("--by", help="Who promotes.")],
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    serial: Annotated[int, typer.Option("--serial", min=1, help="Higher than that of any model that has served.")],
    trust: Annotated[list[Path] | None, typer.Option("--trust", help="Public keys; default as the service's.")] = None,
    as_json: AsJson = False,
) -> None:
    """Sign a model as its promoter, who is another person than its trainer; outside development only such a model
    serves."""
    from models.keys import load_private  # noqa: PLC0415 - seconds to import
    from models.promotion import load_trust, promote  # noqa: PLC0415
    from screening.model_folder import trusted_key_places  # noqa: PLC0415

    with one_line_errors():
        trusted = load_trust(trust or trusted_key_places())
        about = {"by": by, "reason": reason, "at": datetime.now(UTC).isoformat()}
        promoted = promote(model, about, serial, load_private(signing_key), trusted)
    result: dict[str, Any] = {"model": str(model), "version": promoted.artefact.version, "serial": serial, **about}
    show(result, as_json, [f"model {promoted.artefact.version} may serve under serial {serial}, promoted by {by}"])


def keep_model(
    model: Annotated[Path, typer.Argument(help="Folder of a model that its trainer has signed.")],
    gates: Annotated[Path | None, typer.Option("--gates", help="What `tamga gates --out` wrote of it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Keep a signed model in the service's database, so that people may propose it on the page Models."""
    import orjson  # noqa: PLC0415 - seconds to import, most of these

    from api.running import own_database  # noqa: PLC0415
    from screening import database  # noqa: PLC0415
    from screening.modelling import versions  # noqa: PLC0415

    with one_line_errors():
        trial = orjson.loads(gates.read_bytes()) if gates else {}
        with own_database(), database.session() as session:
            kept = versions.register(session, model, "command", trial)
            result = {"version": kept.version, "sha256": kept.sha256, "gates": kept.gates.get("passed")}
    show(result, as_json, [f"model {result['version']} is kept; propose it on the page /models"])


def log_to_mlflow(
    name: Named,
    mlflow: Annotated[str, typer.Option("--mlflow", help="Address of the tracking store.")],
    experiment: Annotated[str, typer.Option("--experiment", help="Name of the experiment.")] = "tamga",
    registry: Registry = None,
    as_json: AsJson = False,
) -> None:
    """Log a kept run with its files to MLflow (needs the `mlflow` extra)."""
    from models import mlflow_log, runs  # noqa: PLC0415 - seconds to import

    with one_line_errors():
        run = runs.find(_registry(registry), name)
        made = mlflow_log.log_run(run, mlflow, experiment)
    show({"run": run.id, "mlflow_run": made}, as_json, [f"{run.id}: logged as {made}"])


def _registry(given: Path | None) -> Path:
    from screening.settings import settings  # noqa: PLC0415

    return given or settings().var_dir / "registry"


def _figure(run: Run, name: str) -> str:
    from models.runs import figure  # noqa: PLC0415

    value = figure(run.record["metrics"], name)
    return "-" if value is None else f"{value:.3f}"


def _compared(row: dict[str, Any]) -> str:
    values = " -> ".join("-" if value is None else f"{value:.3f}" for value in row["values"])
    return f"  {row['metric']:20} {values}  {row['intervals'][0]} {row['intervals'][1]}{'  apart' * row['apart']}"
