"""A backtest as one HTML page that needs nothing else: tables and SVG plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from models import svg

STYLE = (
    "body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;color:#111}"
    "table{border-collapse:collapse;margin:1rem 0}td,th{border:1px solid #ddd;padding:.2rem .6rem;text-align:right}"
    "td:first-child,th:first-child{text-align:left}svg text{font:11px system-ui,sans-serif}.note{color:#555}"
)
NAMES = {"retrained": "retrained at every cut", "champion": "champion", "formula": "DEA customer-class formula"}
TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
FIGURES = ("average_precision", "auc")
FEWEST = 50


def page(result: Mapping[str, Any]) -> str:
    """The whole page."""
    share = f"{result['capacity']:.1%}"
    parts = [
        "<h1>Backtest</h1>",
        f'<p class="note">{result["from"][:10]} to {result["to"][:10]}, retrained every {result["every_days"]:g} days '
        f"on labels known at each cut and orders older than {result['embargo_days']:g} days; judged by what was known "
        f"at {result['judged_as_of'][:10]}: {result['orders']} orders, {result['confirmed']} confirmed. Champion: "
        f"{escape(result['champion'])}. Orders of the last weeks are judged by few outcomes yet."
        f"{' Simulated orders.' if result.get('synthetic') else ''}</p>",
        "<h2>All periods together</h2>", _together(result),
        f"<h2>Recall reviewing {share} of each period's orders</h2>", _over_time(result),
        "<h2>Cut by cut</h2>", _cuts(result["cuts"]),
        "<h2>Calibration of the retrained model</h2>",
        f"<p>{result['expected']:.1f} cases expected, {result['confirmed']} confirmed.</p>", _calibration(result),
        "<h2>Stability</h2>", _stability(result),
    ]  # fmt: skip
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Backtest</title>'
        f"<style>{STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _together(result: Mapping[str, Any]) -> str:
    names = list(result["contenders"])
    rows = [[figure.replace("_", " "), *(_said(result, name, figure, figure) for name in names)] for figure in FIGURES]
    for row, review in enumerate(result["contenders"][names[0]]["review"]):
        share = review["share"] * 100
        for kind in ("recall", "recall_kilograms", "precision"):
            cells = []
            for name in names:
                value = result["contenders"][name]["review"][row][kind]
                cells.append(_number(value) + _interval(result, name, f"{kind}_{share:g}"))
            rows.append([f"{kind.replace('_', ' by ')} at {share:g} %", *cells])
    return _table(["", *(NAMES[name] for name in names)], rows)


def _said(result: Mapping[str, Any], name: str, figure: str, interval: str) -> str:
    return _number(result["contenders"][name][figure]) + _interval(result, name, interval)


def _interval(result: Mapping[str, Any], name: str, key: str) -> str:
    ends = result["contenders"][name]["intervals"].get(key)
    return f" [{ends[0]:.3f}, {ends[1]:.3f}]" if ends else ""


def _over_time(result: Mapping[str, Any]) -> str:
    cuts = result["cuts"]
    series = {
        NAMES[name]: [
            (float(number), cut["at_capacity"][name]["recall"])
            for number, cut in enumerate(cuts, start=1)
            if cut["at_capacity"][name]["recall"] is not None
        ]
        for name in result["contenders"]
    }
    ticks = list(range(1, len(cuts) + 1, max(1, len(cuts) // 12)))
    return svg.lines(svg.Axes((1, max(2, len(cuts))), (0, 1), "cut", "recall", ticks, TICKS), series)


def _cuts(cuts: Sequence[Mapping[str, Any]]) -> str:
    header = ("cut", "until", "taught by", "cases known", "orders", "confirmed", "expected", *NAMES.values())
    rows = [
        [cut["cut"][:10], cut["until"][:10], str(cut["taught_by"]), str(cut["cases_known"]), str(cut["orders"]),
         str(cut["confirmed"]), f"{cut['expected']:.1f}",
         *(_number(cut["at_capacity"][name]["recall"]) for name in NAMES)]
        for cut in cuts
    ]  # fmt: skip
    return _table(header, rows)


def _calibration(result: Mapping[str, Any]) -> str:
    bands = [band for band in result["calibration"] if band["orders"] >= FEWEST]
    top = max([0.05, *(max(band["predicted"], band["observed"]) for band in bands)]) * 1.05
    ticks = [round(top * share, 3) for share in TICKS]
    points = [(band["predicted"], band["observed"]) for band in bands]
    plot = svg.lines(
        svg.Axes((0, top), (0, top), "predicted", "observed", ticks, ticks), {"bands": points}, diagonal=True
    )
    rows = [[f"{band['from']:g} to {band['to']:g}", str(band["orders"]), f"{band['predicted']:.4f}",
             f"{band['observed']:.4f}", f"{band['interval'][0]:.4f} to {band['interval'][1]:.4f}"]
            for band in result["calibration"]]  # fmt: skip
    return plot + _table(("band", "orders", "predicted", "observed", "90 % interval"), rows)


def _stability(result: Mapping[str, Any]) -> str:
    later = result["cuts"][1:]
    rows = [[cut["cut"][:10], f"{value:.3f}"] for cut, value in zip(later, result["stability_index"], strict=True)]
    return _table(("period from", "population stability index against the period before"), rows)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
