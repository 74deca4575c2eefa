"""`tamga backtest`: how the model would have done, had it been retrained as time went by."""

# ruff: noqa: PLR0913, PLR0917 (each parameter is an option of the command line)

from __future__ import annotations

import os
import re
import resource
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from api.commands.terminal import chosen_language, fail, one_line_errors, parsed_moment, progress, show
from models.sizes import TREES

CORES = os.cpu_count() or 1
PEAK_UNIT = 1024 * 1024 if sys.platform == "darwin" else 1024
SPAN = re.compile(r"^(\d+(?:\.\d+)?)d$")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("backtest")(backtest_command)


def backtest_command(
    dataset: Annotated[Path, typer.Option("--dataset", help="Frozen dataset over the whole time.")],
    begin: Annotated[str, typer.Option("--from", help="Moment of the first cut.")],
    end: Annotated[str, typer.Option("--to", help="End of what is judged.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for backtest.json and backtest.html.")],
    every: Annotated[str, typer.Option("--every", help="Days between cuts, such as 30d.")] = "30d",
    embargo: Annotated[str, typer.Option("--embargo", help="Younger orders do not teach, such as 60d.")] = "60d",
    champion: Annotated[
        Path | None, typer.Option("--champion", help="A model that knows nothing after --from; else the first cut's.")
    ] = None,
    capacity: Annotated[float, typer.Option("--capacity", min=0.0001, max=0.5, help="Share reviewed.")] = 0.01,
    trees: Annotated[int, typer.Option("--trees", min=20, max=2000)] = TREES,
    most_rows: Annotated[
        int, typer.Option("--most-rows", min=1000, help="Orders that teach a cut at most; cases always do.")
    ] = 60_000,
    seed: Annotated[int, typer.Option("--seed", min=0)] = 7,
    trust: Annotated[list[Path] | None, typer.Option("--trust", help="Public keys; default var/keys.")] = None,
    threads: Annotated[int, typer.Option("--threads", min=1, max=256, help="Processes that train.")] = CORES,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable result.")] = False,
    lang: Annotated[str | None, typer.Option("--lang", help="en or ru.")] = None,
) -> None:
    """Retrain at every cut on what was known then, beside the champion and the DEA formula; writes an HTML report."""
    from api.commands.backtest_page import page  # noqa: PLC0415 - seconds to import
    from api.commands.modelling import trusted_keys  # noqa: PLC0415
    from models.backtest import Plan, backtest, bounded  # noqa: PLC0415
    from models.boosting import BoosterConfig  # noqa: PLC0415
    from models.frozen.opened import open_dataset  # noqa: PLC0415
    from models.scorer import Scorer  # noqa: PLC0415
    from models.training import TrainingConfig  # noqa: PLC0415

    config = bounded(TrainingConfig(BoosterConfig(trees=trees), seed=seed), most_rows)
    plan = Plan(parsed_moment(begin), parsed_moment(end), _days(every), _days(embargo), capacity, config, threads)
    if plan.every <= timedelta(0) or plan.begin >= plan.end:
        fail("--every has to be above 0d and --from before --to")
    began = time.perf_counter()
    with one_line_errors(), progress(chosen_language(lang)) as report:
        serving = Scorer.load(champion, trusted_keys(trust or [])) if champion else None
        report("read", 0.0)
        frozen = open_dataset(dataset)
        result = backtest(frozen.rows(), plan, serving, report) | {"dataset": frozen.id, "synthetic": frozen.synthetic}
        out.mkdir(parents=True, exist_ok=True)
        (out / "backtest.json").write_bytes(
            orjson.dumps(result, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY)
        )
        (out / "backtest.html").write_text(page(result), encoding="utf-8")
    result["seconds"] = round(time.perf_counter() - began, 1)
    result["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / PEAK_UNIT, 1)
    show(result, as_json, _lines(result, out))


def _days(text: str) -> timedelta:
    found = SPAN.match(text.strip())
    if found is None:
        fail(f"{text!r} is not a number of days such as 30d")
    return timedelta(days=float(found.group(1)))


def _lines(result: dict[str, Any], out: Path) -> list[str]:
    lines = [f"{len(result['cuts'])} cuts, {result['orders']} orders judged, {result['confirmed']} confirmed"]
    for name, figures in result["contenders"].items():
        recalls = ", ".join(f"{row['share']:.1%} {row['recall']:.3f}" for row in figures["review"])
        lines.append(f"  {name:10} AP {figures['average_precision']:.3f}, recall at {recalls}")
    trainings = ", ".join(str(peak) for peak in result["peak_mb_of_trainings"])
    lines.append(f"{out / 'backtest.html'} ({result['seconds']:.0f} s)")
    lines.append(f"peak memory {result['peak_mb']:.0f} MB, of the processes that train {trainings} MB")
    return lines
