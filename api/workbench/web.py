"""Geometry of an order's ties for SVG: one column for each step from the order, one row for each thing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from screening.ties import Thing, Ties

COLUMN, ROW, MARGIN = 250.0, 30.0, 20.0
LETTER, GAP = 7.2, 14.0  # width of a letter of a label, at most; what stands between a mark and its label
MOST_LETTERS = 26
# A mark for each kind, so that colour does not tell alone; around the middle, ten units wide.
SQUARE, ROUND, DIAMOND, TRIANGLE, RING = (
    "M-6-6h12v12h-12z", "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0", "M0-8L8 0L0 8L-8 0z", "M0-7L7 6H-7z",
    "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0m3 0a3 3 0 1 1 6 0a3 3 0 1 1-6 0",
)  # fmt: skip
MARKS = {"order": SQUARE, "party": ROUND, "person": RING, "goods": DIAMOND, "place": TRIANGLE}


@dataclass(frozen=True, slots=True)
class Node:
    """A thing in its place; `wide` is how far its mark and label reach."""

    thing: Thing
    x: float
    y: float
    label: str
    mark: str
    wide: float


@dataclass(frozen=True, slots=True)
class Web:
    """Size of the drawing, nodes, and ties as paths."""

    width: float
    height: float
    nodes: tuple[Node, ...]
    paths: tuple[str, ...]


def web_drawn(ties: Ties) -> Web:
    """The order at the left, what it is tied to right of it, and so on; children stand near what opened them."""
    rows = _rows(ties)
    tallest = max(len(column) for column in rows.values())
    nodes: dict[str, Node] = {}
    for step, column in rows.items():
        top = (tallest - len(column)) * ROW / 2 + MARGIN
        for place, thing in enumerate(column):
            nodes[thing.id] = _node(thing, step * COLUMN + MARGIN, round(top + place * ROW, 1))
    paths = tuple(_path(nodes[tie.source], nodes[tie.target]) for tie in ties.links)
    width = max(node.x + node.wide for node in nodes.values()) + MARGIN
    return Web(round(width), tallest * ROW + MARGIN, tuple(nodes.values()), paths)


def _rows(ties: Ties) -> dict[int, list[Thing]]:
    """Things by step; within one in the order of the rows of what they hang on."""
    columns: dict[int, list[Thing]] = defaultdict(list)
    for thing in ties.things.values():
        columns[thing.step].append(thing)
    near: dict[str, list[str]] = defaultdict(list)
    for tie in ties.links:
        near[tie.source].append(tie.target)
        near[tie.target].append(tie.source)
    at: dict[str, float] = {}
    for step in sorted(columns):
        known = {thing.id: [at[other] for other in near[thing.id] if other in at] for thing in columns[step]}
        columns[step].sort(key=lambda thing: _middle(known[thing.id]))
        size = len(columns[step])
        at.update({thing.id: (place + 0.5) / size for place, thing in enumerate(columns[step])})
    return dict(sorted(columns.items()))


def _middle(places: list[float]) -> float:
    return sum(places) / len(places) if places else 1.0


def _node(thing: Thing, x: float, y: float) -> Node:
    said = thing.entity.label
    label = said if len(said) <= MOST_LETTERS else f"{said[: MOST_LETTERS - 1]}…"
    return Node(thing, x, y, label, MARKS.get(thing.entity.type, SQUARE), round(GAP + len(label) * LETTER, 1))


def _path(first: Node, second: Node) -> str:
    """From the end of the left one's label to the right one's mark; within a column a bow at its left."""
    left, right = sorted((first, second), key=lambda node: node.x)
    if left.x == right.x:
        bow = left.x - MARGIN
        return f"M{left.x:g} {left.y:g}C{bow:g} {left.y:g} {bow:g} {right.y:g} {right.x:g} {right.y:g}"
    start = left.x + min(left.wide, COLUMN - 2 * MARGIN)
    bend = (start + right.x) / 2
    return f"M{start:g} {left.y:g}C{bend:g} {left.y:g} {bend:g} {right.y:g} {right.x:g} {right.y:g}"
