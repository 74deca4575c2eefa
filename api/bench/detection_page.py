"""The scoreboard as one HTML page that needs nothing else: tables and SVG plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import isnan
from typing import Any

from models import svg

SHARES = (0.5, 1.0, 2.0, 5.0)
STYLE = (
    "body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;color:#111}"
    "table{border-collapse:collapse;margin:1rem 0}td,th{border:1px solid #ddd;padding:.2rem .6rem;text-align:right}"
    "td:first-child,th:first-child{text-align:left}svg text{font:11px system-ui,sans-serif}"
    ".low{background:#fde8e8}.note{color:#555}"
)
FIGURES = (
    "average_precision", "average_precision_confirmed", "auc", "recall_0.5", "recall_1", "recall_2", "recall_5",
    "recall_kg_0.5", "recall_kg_1", "recall_kg_2", "recall_kg_5", "unseen_recall_2", "seen_recall_2",
    "actors_alerted", "days_to_alert", "kg_before_alert", "kg_not_alerted", "largest_tie",
)  # fmt: skip


def page(result: Mapping[str, Any]) -> str:
    """The whole page."""
    plan = result["plan"]
    parts = [
        "<h1>Detection scoreboard</h1>",
        f'<p class="note">{escape(result["note"])} {plan["seeds"]} seed(s), {plan["orders"]} orders over '
        f"{plan['months']} months each, trained on what was known after {plan['known_share']:.0%} of them. "
        "Intervals are 90 % over seeds.</p>",
        "<h2>Models</h2>", _models(result["means"]),
        "<h2>Recall by share of orders reviewed</h2>", _recall(result["means"], "recall"),
        "<h2>The same by kilograms</h2>", _recall(result["means"], "recall_kg"),
        "<h2>Calibration</h2>", _calibration(result["bands"]), _bands(result["bands"]),
        "<h2>Typologies, recall at 5 %</h2>", _typologies(result["typologies"]),
        "<h2>Slices at 5 %</h2>", *(_slices(model, rows) for model, rows in result["slices"].items()),
        f"<h2>Without a family of features ({plan['ablation_seeds']} seed(s))</h2>", _without(result["without"]),
    ]  # fmt: skip
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Detection scoreboard</title>'
        f"<style>{STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], low: Sequence[bool] = ()) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = []
    for number, row in enumerate(rows):
        mark = ' class="low"' if number < len(low) and low[number] else ""
        body.append(f"<tr{mark}>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"


def _number(value: float | None, places: int = 3) -> str:
    return "-" if value is None or isnan(value) else f"{value:.{places}f}"


def _models(means: Mapping[str, Any]) -> str:
    """Figures down, models across."""
    rows = []
    for name in FIGURES:
        cells = [f"{_number(row[name]['value'])} [{_number(row[name]['low'])}, {_number(row[name]['high'])}]"
                 for row in means.values()]  # fmt: skip
        rows.append([name.replace("_", " "), *cells])
    return _table(["measure", *means], rows)


def _recall(means: Mapping[str, Any], prefix: str) -> str:
    axes = svg.Axes((0, 5), (0, 1), "orders reviewed, %", prefix.replace("_", ", "), SHARES, (0, 0.25, 0.5, 0.75, 1))
    ranked = sorted(means, key=lambda model: -means[model][f"{prefix}_1"]["value"])
    series = {
        model: [(share, means[model][f"{prefix}_{share:g}"]["value"]) for share in SHARES]
        for model in sorted(ranked, key=lambda model: model != "Tamga")
    }
    return svg.lines(axes, series)


def _calibration(bands: Sequence[Mapping[str, Any]]) -> str:
    shown = [band for band in bands if band["holds"] is not None]
    top = max([0.05, *(max(band["predicted"], band["observed"]) for band in shown)])
    ticks = [round(top * part / 4, 3) for part in range(5)]
    axes = svg.Axes((0, top), (0, top), "predicted", "observed", ticks, ticks)
    points = [(band["predicted"], band["observed"]) for band in shown]
    return svg.lines(axes, {"bands of 50 orders and more": points}, diagonal=True)


def _bands(bands: Sequence[Mapping[str, Any]]) -> str:
    words = {True: "holds", False: "does not hold", None: "too few orders"}
    rows = [
        [f"{band['from']:g} to {band['to']:g}", str(band["orders"]), _number(band["predicted"], 4),
         _number(band["observed"], 4), f"{band['interval'][0]:.4f} to {band['interval'][1]:.4f}",
         _number(band["ratio"], 2), words[band["holds"]]]
        for band in bands
    ]  # fmt: skip
    header = ("band", "orders", "predicted", "observed", "90 % interval", "ratio", "")
    return _table(header, rows, [band["holds"] is False for band in bands])


def _typologies(rows: Sequence[Mapping[str, Any]]) -> str:
    legend = ("weak", "medium", "strong")
    plot = svg.bars([(row["typology"], [row[name] for name in legend]) for row in rows], legend, 0.7)
    header = ("typology", *legend, "medium and strong", "ceiling", "plain", "orders", "known cases", "reason")
    cells = [
        [row["typology"], *(_number(row[name], 2) for name in (*legend, "medium_and_strong", "ceiling", "plain")),
         str(row["orders"]), str(row["known_cases"]), row["reason"]]
        for row in rows
    ]  # fmt: skip
    note = (
        '<p class="note">The ceiling is a booster on the same features that was told the truth of every training '
        "order: what labels could give at best. The plain one was told what was known at the cut.</p>"
    )
    return plot + note + _table(header, cells, [bool(row["reason"]) for row in rows])


def _slices(model: str, rows: Sequence[Mapping[str, Any]]) -> str:
    cells = [
        [f"{row['slice']}: {row['group']}", str(row["orders"]), str(row["cases"]), _number(row["recall"], 2),
         _number(row["false_alarm_rate"])]
        for row in rows
    ]  # fmt: skip
    header = ("slice", "orders", "cases", "recall", "honest orders stopped")
    shown = " open" if model == "Tamga" else ""
    return f"<details{shown}><summary>{escape(model)}</summary>{_table(header, cells)}</details>"


def _without(rows: Mapping[str, Mapping[str, float]]) -> str:
    if not rows:
        return "<p>Not run.</p>"
    names = list(next(iter(rows.values())))
    plot = svg.bars([(family, [row["average_precision"], row["recall_1"]]) for family, row in rows.items()],
                    ("average precision", "recall at 1 %"))  # fmt: skip
    cells = [[family, *(_number(row[name]) for name in names)] for family, row in rows.items()]
    return plot + _table(["without", *(name.replace("_", " ") for name in names)], cells)
