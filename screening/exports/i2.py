"""Link charts for i2 Analyst's Notebook: entities.csv, links.csv and a guide to their columns, in one ZIP.

Each row is one item on one line, in UTF-8 with a byte order mark, which is how the import wizard tells the encoding.
"""

from __future__ import annotations

from collections.abc import Sequence

from screening.exports.archive import archive
from screening.exports.graph import CONFIDENCE, GUIDE, Chart
from screening.exports.sheets import csv_of


def i2_files(chart: Chart) -> dict[str, bytes]:
    """Name -> content of the three files."""
    entities = [
        (each.id, each.type, each.label, each.country, each.reference, chart.source_doc)
        for each in chart.entities.values()
    ]
    links = [
        (
            link.source.type, link.source.id, link.source.label, link.type,
            link.target.type, link.target.id, link.target.label,
            chart.date, chart.time, link.amount, link.unit, chart.source_doc, CONFIDENCE,
        )
        for link in chart.links
    ]  # fmt: skip
    guide = [(f"{name}.csv", column, meaning) for name, columns in GUIDE.items() for column, meaning in columns]
    return {
        "entities.csv": csv_of([_heads("entities"), *entities]),
        "links.csv": csv_of([_heads("links"), *links]),
        "columns.csv": csv_of([("file", "column", "meaning"), *guide]),
    }


def i2(chart: Chart) -> bytes:
    return archive(i2_files(chart))


def _heads(name: str) -> Sequence[str]:
    return [column for column, _ in GUIDE[name]]
