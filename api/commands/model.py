"""`tamga train`, `tamga score`, `tamga evaluate`: models from files, scores into files."""

# ruff: noqa: PLR0913, PLR0917 (each parameter is an option of the command line)

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.terminal import chosen_language, fail, one_line_errors, progress, show
from models.sizes import DEPTH, TREES

if TYPE_CHECKING:
    from features.definition import Language

CORES = os.cpu_count() or 1
STRANGERS = (
    "These are orders of customers that the judging boosters never met: figures are usually lower than in service, "
    "where most have been met, and on sparse data far lower.",
    "Это заказы клиентов, которых проверочные модели не встречали: показатели обычно ниже, чем в работе, где "
    "большинство клиентов уже известно, а при редких данных намного ниже.",
)

OrderFiles = Annotated[list[Path], typer.Option("--orders", help="JSON Lines, CSV or Parquet; may be repeated.")]
HistoryFiles = Annotated[list[Path] | None, typer.Option("--history", help="Earlier orders; may be repeated.")]
Labels = Annotated[Path, typer.Option("--labels", help="CSV: order_ref,outcome,known_at,source.")]
ModelFolder = Annotated[Path, typer.Option("--model", help="Folder of a signed model.")]
Trust = Annotated[
    list[Path] | None, typer.Option("--trust", help="Public key file or folder of *.pub.pem; default var/keys.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable result.")]
Registry = Annotated[
    Path | None, typer.Option("--registry", help="Folder in which every run is kept; default var/registry.")
]
Dask = Annotated[
    str | None, typer.Option("--dask", help="Address of a Dask scheduler to do the work (needs the `dask` extra).")
]
Lang = Annotated[str | None, typer.Option("--lang", help="en or ru.")]
Threads = Annotated[int, typer.Option("--threads", min=1, max=256, help="Threads; the same number, the same bytes.")]


def register(app: typer.Typer) -> None:
    """Add the commands about models to the app."""
    app.command("train")(train_command)
    app.command("score")(score_command)
    app.command("evaluate")(evaluate_command)


def train_command(
    out: Annotated[Path, typer.Option("--out", help="Folder for the signed model; an earlier one is replaced.")],
    orders: Annotated[
        list[Path] | None, typer.Option("--orders", help="JSON Lines, CSV or Parquet; may be repeated.")
    ] = None,
    labels: Annotated[Path | None, typer.Option("--labels", help="CSV: order_ref,outcome,known_at,source.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Orders and labels known later are not used.")] = None,
    dataset: Annotated[
        Path | None, typer.Option("--dataset", help="Instead of orders and labels: a frozen dataset.")
    ] = None,
    registry: Registry = None,
    dask: Dask = None,
    signing_key: Annotated[Path | None, typer.Option("--signing-key", help="Ed25519 private key (PEM).")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0)] = 7,
    trees: Annotated[int, typer.Option("--trees", min=20, max=2000)] = TREES,
    depth: Annotated[int, typer.Option("--depth", min=1, max=8)] = DEPTH,
    search_seconds: Annotated[
        float, typer.Option("--search-seconds", min=0, max=86_400, help="Budget for better settings; 0: the defaults.")
    ] = 0.0,
    threads: Threads = CORES,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Train a model on orders and the labels known by --as-of, calibrate it on later ones, sign it."""
    from api.commands import modelling  # noqa: PLC0415 - seconds to import

    language = chosen_language(lang)
    if dataset is None and (not orders or labels is None or as_of is None):
        fail("give --orders, --labels and --as-of, or --dataset")
    data = modelling.Data(orders or [], labels, as_of, dataset)
    options = modelling.TrainOptions(data, out, registry, signing_key, seed, trees, depth, search_seconds, dask)
    with one_line_errors(), progress(language) as report:
        result = modelling.train(options, modelling.Telling(language, threads, report))
    show(result, as_json, _training_lines(result, language))


def score_command(
    model: ModelFolder,
    orders: OrderFiles,
    out: Annotated[Path, typer.Option("--out", help="CSV to write.")],
    history: HistoryFiles = None,
    labels: Annotated[
        Path | None, typer.Option("--labels", help="CSV of labels; each counts after its known_at.")
    ] = None,
    trust: Trust = None,
    dask: Dask = None,
    threads: Threads = CORES,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Score orders as each would have been scored at its own moment, after the history and what came before."""
    from api.commands import modelling  # noqa: PLC0415 - seconds to import

    language = chosen_language(lang)
    options = modelling.ModelOptions(model, orders, history or [], labels, trust or [], dask)
    with one_line_errors(), progress(language) as report:
        result = modelling.score(options, out, modelling.Telling(language, threads, report))
    title = "Scored" if language == "en" else "Оценено"
    bands = ", ".join(f"{band} {count}" for band, count in result["bands"].items())
    show(result, as_json, [f"{title}: {result['scored']} ({bands}): {out}"])


def evaluate_command(
    model: ModelFolder,
    orders: OrderFiles,
    labels: Labels,
    history: HistoryFiles = None,
    truth: Annotated[Path | None, typer.Option("--truth", help="truth.csv of a simulation, to judge by it.")] = None,
    trust: Trust = None,
    threads: Threads = CORES,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Judge a model on orders: recall at review capacity, precision, calibration; unlabelled count as not confirmed."""
    from api.commands import modelling  # noqa: PLC0415 - seconds to import

    language = chosen_language(lang)
    options = modelling.ModelOptions(model, orders, history or [], labels, trust or [])
    with one_line_errors(), progress(language) as report:
        result = modelling.judge(options, truth, modelling.Telling(language, threads, report))
    lines = _measure_lines(result["all"], language)
    lines += _formula_lines(result["customer_class_formula"], language)
    for title in ("typologies", "strengths"):
        lines += [f"  {row['group']}: {row['orders']}, {row['recall']:.2f}" for row in result.get(title, ())]
    show(result, as_json, lines)


def _training_lines(result: dict[str, Any], language: Language) -> list[str]:
    report, later = result["report"], result["report"]["out_of_time"]
    english = language == "en"
    left = ", ".join(f"{name} {count}" for name, count in report["left_out"].items()) or "0"
    lines = [
        f"{'Model' if english else 'Модель'} {result['version']}: {result['model']}",
        f"{'Orders used' if english else 'Использовано заказов'}: {report['used']} / {report['rows']} "
        f"({'left out' if english else 'не вошли'}: {left}); "
        f"{'confirmed' if english else 'подтверждено'}: {report['confirmed']}; "
        f"{'trees' if english else 'деревьев'}: {report['trees']}",
        f"{'Run kept' if english else 'Запуск сохранён'}: {result['run']}",
    ]
    return [*lines, *_measure_lines(later, language), STRANGERS[0 if english else 1]]


def _formula_lines(measured: dict[str, Any] | None, language: Language) -> list[str]:
    english = language == "en"
    title = "DEA customer-class formula:" if english else "Формула классов клиентов (DEA):"
    if measured is None:
        why = (
            "no order has goods of the DEA's lists with a known mass and earlier months to compare with"
            if english
            else "ни в одном заказе нет товаров из списков DEA с известной массой и прежними месяцами для сравнения"
        )
        return [f"{title} {'does not apply' if english else 'неприменима'}, {why}"]
    return [title, *_measure_lines(measured, language)[1:]]


def _measure_lines(measured: dict[str, Any], language: Language) -> list[str]:
    english = language == "en"
    lines = [
        f"{'Later orders' if english else 'Более поздние заказы'}: {measured['orders']}, "
        f"{'confirmed' if english else 'подтверждено'} {measured['confirmed']}, "
        f"AP {_figure(measured['average_precision'])}, AUC {_figure(measured['auc'])}"
    ]
    for row in measured["review"]:
        lines.append(
            f"  {'reviewing' if english else 'при проверке'} {row['share']:.1%}: "
            f"{'recall' if english else 'полнота'} {_figure(row['recall'])}, "
            f"{'by kilograms' if english else 'по массе'} {_figure(row['recall_kilograms'])}, "
            f"{'precision' if english else 'точность'} {_figure(row['precision'])}"
        )
    return lines


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
