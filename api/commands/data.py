"""`tamga simulate`: a stream of labelled orders to try things on."""

# ruff: noqa: PLR0913, PLR0917 (each parameter is an option of the command line)

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.terminal import chosen_language, one_line_errors, progress, show

if TYPE_CHECKING:
    from models.simulator.generate import Simulation

MOST_ORDERS = 5_000_000


def register(app: typer.Typer) -> None:
    """Add the commands about data to the app."""
    app.command("simulate")(simulate_command)


def simulate_command(
    out: Annotated[Path, typer.Option("--out", help="Folder for orders.jsonl, labels.csv, truth.csv.")],
    orders: Annotated[int, typer.Option("--orders", min=1, max=MOST_ORDERS, help="Orders in the stream.")] = 20_000,
    months: Annotated[int, typer.Option("--months", min=1, max=240, help="Length of the stream.")] = 24,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of every draw.")] = 7,
    check: Annotated[bool, typer.Option("--check", help="Print how well single features tell schemes apart.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable result.")] = False,
    lang: Annotated[str | None, typer.Option("--lang", help="en or ru.")] = None,
) -> None:
    """Write a simulated stream of orders with labels and truth. The same options give the same bytes."""
    from models.simulator import config, files, generate  # noqa: PLC0415 - seconds to import

    language = chosen_language(lang)
    with one_line_errors(), progress(language) as report:
        simulation = generate.simulate(config.SimulationConfig(orders=orders, months=months, seed=seed), report)
        report("write", 0.0)
        paths = files.write(simulation, out)
        result: dict[str, Any] = _summary(simulation) | {"files": {name: str(path) for name, path in paths.items()}}
        if check:
            from models.simulator.check import single_features  # noqa: PLC0415

            result["best_single_features"] = single_features(simulation, paths, report)
    show(result, as_json, _lines(result, language == "ru"))


def _summary(simulation: Simulation) -> dict[str, Any]:
    marked = [row for row in simulation.truth if row.typology is not None]
    return {
        "orders": len(simulation.orders),
        "orders_in_schemes": len(marked),
        "schemes": len({row.scheme for row in marked}),
        "labels": len(simulation.labels),
    }


def _lines(result: dict[str, Any], russian: bool) -> list[str]:
    names = ("orders", "orders_in_schemes", "schemes", "labels")
    titles = (
        ("Заказов", "из них в схемах", "схем", "меток") if russian else ("Orders", "in schemes", "schemes", "labels")
    )
    lines = [", ".join(f"{title}: {result[name]}" for title, name in zip(titles, names, strict=True))]
    lines += [str(path) for path in result["files"].values()]
    for row in result.get("best_single_features", ()):
        lines.append(f"  {row['feature']}: AUC {row['auc']:.3f}")
    return lines
