"""`tamga train`, `tamga score`, `tamga evaluate`: models from files, scores into files."""

# ruff: noqa: PLR0913, PLR0917 (each parameter is an option of the command line)

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.commands.terminal import (
    chosen_language,
    fail,
    one_line_errors,
    parsed_moment,
    progress,
    show,
    tell_refusals,
)
from features.definition import Language
from features.records import CONFIRMED_BAD
from models.baselines import dea_customer_class, purchases_of
from models.evaluate import Judged, by_group, evaluate
from models.keys import DEVELOPMENT_PRIVATE, development_key, key_id, load_private, load_trusted
from models.pipeline import REASONS, Sources, Stream, TrainRequest, read_stream, rows_of_orders, scored, train_files
from models.scorer import Scorer
from models.train import TrainingConfig
from screening.settings import settings

CORES = os.cpu_count() or 1
Report = Callable[[str, float], None]

OrderFiles = Annotated[list[Path], typer.Option("--orders", help="JSON Lines, CSV or Parquet; may be repeated.")]
HistoryFiles = Annotated[list[Path] | None, typer.Option("--history", help="Earlier orders; may be repeated.")]
Labels = Annotated[Path, typer.Option("--labels", help="CSV: order_ref,outcome,known_at,source.")]
ModelFolder = Annotated[Path, typer.Option("--model", help="Folder of a signed model.")]
Trust = Annotated[
    list[Path] | None, typer.Option("--trust", help="Public key file or folder of *.pub.pem; default var/keys.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable result.")]
Lang = Annotated[str | None, typer.Option("--lang", help="en or ru.")]
Threads = Annotated[int, typer.Option("--threads", min=1, max=256, help="Threads; the same number, the same bytes.")]


def register(app: typer.Typer) -> None:
    """Add the commands about models to the app."""
    app.command("train")(train_command)
    app.command("score")(score_command)
    app.command("evaluate")(evaluate_command)


def train_command(
    orders: OrderFiles,
    labels: Labels,
    as_of: Annotated[str, typer.Option("--as-of", help="Orders and labels known later are not used.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the signed model; an earlier one is replaced.")],
    signing_key: Annotated[Path | None, typer.Option("--signing-key", help="Ed25519 private key (PEM).")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0)] = 7,
    trees: Annotated[int, typer.Option("--trees", min=20, max=2000)] = 200,
    depth: Annotated[int, typer.Option("--depth", min=1, max=8)] = 4,
    threads: Threads = CORES,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Train a model on orders and the labels known by --as-of, calibrate it on later ones, sign it."""
    language = chosen_language(lang)
    config = TrainingConfig(trees=trees, depth=depth, seed=seed, nthread=threads)
    with one_line_errors(), progress(language) as report:
        key = _signing_key(signing_key, language)
        request = TrainRequest(orders, labels, parsed_moment(as_of), out, key, config)
        result = train_files(request, report)
    if result["orders"]["refused"]:
        typer.echo(
            f"{'Rows refused' if language == 'en' else 'Отклонено строк'}: {result['orders']['refused']}", err=True
        )
    show(result | {"key": key_id(key.public_key())}, as_json, _training_lines(result, language))


def _signing_key(path: Path | None, language: Language) -> Ed25519PrivateKey:
    """The given key, else this machine's development key, with a word about it."""
    if path is not None:
        return load_private(path)
    if not settings().development:
        fail("outside development a model is signed with a key of its own: give --signing-key")
    folder = settings().keys_dir
    key, made = development_key(folder)
    if language == "en":
        typer.echo(
            f"{'Made' if made else 'Signing with'} the local development key {folder / DEVELOPMENT_PRIVATE}", err=True
        )
    else:
        typer.echo(
            f"{'Создан' if made else 'Подпись'}: местный ключ разработки {folder / DEVELOPMENT_PRIVATE}", err=True
        )
    return key


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
    ]
    return lines + _measure_lines(later, language)


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


def score_command(
    model: ModelFolder,
    orders: OrderFiles,
    out: Annotated[Path, typer.Option("--out", help="CSV to write.")],
    history: HistoryFiles = None,
    labels: Annotated[
        Path | None, typer.Option("--labels", help="CSV of labels; each counts after its known_at.")
    ] = None,
    trust: Trust = None,
    threads: Threads = CORES,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Score orders as each would have been scored at its own moment, after the history and what came before."""
    language = chosen_language(lang)
    with one_line_errors(), progress(language) as report:
        scorer = Scorer.load(model, _trusted(trust))
        stream = read_stream(Sources(orders, labels, history or ()), report)
        bands = _write_scores(out, scorer, stream, _Telling(language, threads, report))
    tell_refusals(stream.refusals, language)
    result = {
        "model": scorer.version, "scored": sum(bands.values()), "bands": bands, "out": str(out),
        "refusals": stream.refusals.to_json(language), "labels_without_order": stream.matrix.unmatched,
    }  # fmt: skip
    title = "Scored" if language == "en" else "Оценено"
    show(result, as_json, [f"{title}: {result['scored']} ({', '.join(f'{k} {v}' for k, v in bands.items())}): {out}"])


@dataclass(frozen=True, slots=True)
class _Telling:
    language: Language
    threads: int
    report: Report


def _trusted(paths: list[Path] | None) -> tuple[Any, ...]:
    """Public keys given, else those in the machine's key folder."""
    folder = settings().keys_dir
    keys = load_trusted(paths if paths else [folder] if folder.is_dir() else [])
    if not keys:
        fail(f"no trusted public key: give --trust, or train here first (looked into {folder})")
    return keys


def _write_scores(out: Path, scorer: Scorer, stream: Stream, telling: _Telling) -> dict[str, int]:
    """Write the file whole or not at all; counts by band."""
    total = max(1, rows_of_orders(stream).size)
    bands = {"low": 0, "elevated": 0, "high": 0}
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(("order_ref", "probability", "margin", "band", *(f"reason_{n + 1}" for n in range(REASONS))))
            for number, row in enumerate(scored(scorer, stream, telling.language, telling.threads)):
                reasons = (*row.reasons, *("",) * (REASONS - len(row.reasons)))
                rows.writerow((row.order_ref, repr(row.probability), repr(row.margin), row.band, *reasons))
                bands[row.band] += 1
                if number % 2000 == 0:
                    telling.report("score", number / total)
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
    return bands


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
    language = chosen_language(lang)
    with one_line_errors(), progress(language) as report:
        scorer = Scorer.load(model, _trusted(trust))
        stream = read_stream(Sources(orders, labels, history or ()), report)
        report("score", 0.0)
        result = _judged(scorer, stream, _read_truth(truth) if truth else None, threads)
    tell_refusals(stream.refusals, language)
    lines = _measure_lines(result["all"], language)
    lines.append("DEA customer-class formula:" if language == "en" else "Формула классов клиентов (DEA):")
    lines += _measure_lines(result["customer_class_formula"], language)[1:]
    for title in ("typologies", "strengths"):
        lines += [f"  {row['group']}: {row['orders']}, {row['recall']:.2f}" for row in result.get(title, ())]
    show(result | {"model": scorer.version}, as_json, lines)


def _judged(scorer: Scorer, stream: Stream, truth: dict[str, tuple[str, str]] | None, threads: int) -> dict[str, Any]:
    rows = rows_of_orders(stream)
    margins = scorer.margins(stream.matrix.values[rows], threads).astype(np.float64)
    references = [stream.records[row].reference for row in rows.tolist()]
    if truth is None:
        bad = {outcome.order_ref for outcome in stream.outcomes if outcome.outcome in CONFIRMED_BAD}
    else:
        bad = {reference for reference, (typology, _) in truth.items() if typology}
    confirmed = np.array([reference in bad for reference in references], dtype=np.bool_)
    judged = Judged.of(scorer.calibrator.probability(margins), confirmed, stream.kilograms[rows])
    formula = dea_customer_class(purchases_of(stream.records, stream.kilograms))[rows]
    result: dict[str, Any] = {
        "judged_by": "labels" if truth is None else "truth",
        "all": evaluate(judged),
        "customer_class_formula": evaluate(replace(judged, probability=formula)),
    }
    if truth is not None:
        marks = [truth.get(reference, ("", "")) for reference in references]
        result["typologies"] = by_group(judged, [typology or None for typology, _ in marks])
        result["strengths"] = by_group(judged, [strength or None for _, strength in marks])
    return result


def _read_truth(path: Path) -> dict[str, tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["order_ref"]: (row["typology"], row["strength"]) for row in csv.DictReader(file)}
