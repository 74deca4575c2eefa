"""One order by the functions of this package, each called once.

The calls are written out as one straight function when they are first needed, as `dataclasses` writes `__init__`:
going through a list of them for every order would cost more than the functions themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, NamedTuple

from features.carried.core import LINE, MADE, ORDER, Node, number
from features.carried.parties import KEYS
from features.intake import OrderIn

Values = tuple[Any, ...]


class Plan(NamedTuple):
    """A function that gives all values, and the place of each by name."""

    values: Callable[..., Values]
    places: dict[str, int]


class Goods(NamedTuple):
    """One kind of goods of an order: the values of its first line, and the mass of all its lines."""

    line: Values
    micro: int | None


def goods_of(order: OrderIn) -> list[Goods]:
    """Lines put together by goods; the most controlled goods lead, then the heaviest."""
    plan = line_plan()
    key, control, micro = (plan.places[name] for name in ("goods_key", "control", "micro"))
    kinds: dict[str, list[Values]] = {}
    for line in order.lines:
        values = plan.values(line)
        kinds.setdefault(values[key], []).append(values)
    goods = [Goods(lines[0], _together([line[micro] for line in lines])) for lines in kinds.values()]
    if len(goods) > 1:
        goods.sort(key=lambda each: (-each.line[control], -(each.micro or 0), each.line[key]))
    return goods


def _together(masses: Iterable[int | None]) -> int | None:
    known = [mass for mass in masses if mass is not None]
    return sum(known) if known else None


@cache
def line_plan() -> Plan:
    """Of a line: every function of lines, and every field that an order asks of its leading line."""
    asked = {read.removeprefix("lead.") for node in ORDER.values() for read in node.reads if read.startswith("lead.")}
    writer = _Writer(LINE, "line")
    for name in (*LINE, *sorted(asked)):
        writer.need(name)
    return writer.plan()


@cache
def order_plan() -> Plan:
    """Of an order, its day and its goods (leading first): every function of orders, and every field that is a key."""
    writer = _Writer(ORDER, "order, day, goods")
    writer.say("lead = goods[0].line", "lead_micro = goods[0].micro", "kinds = len(goods)")
    writer.say("total_micro = sum([each.micro or 0 for each in goods])")
    for name in (*ORDER, *KEYS.values()):
        writer.need(name)
    return writer.plan()


class _Writer:
    """Writes the function: one assignment a value, each after those that it reads."""

    def __init__(self, nodes: dict[str, Node], arguments: str) -> None:
        self.nodes = nodes
        self.arguments = arguments
        self.of_lines = arguments == "line"
        self.body: list[str] = []
        self.variables: dict[str, str] = {}
        self.parts: dict[str, str] = {"order": "order"}
        self.names: dict[str, Any] = {"number": number}

    def say(self, *lines: str) -> None:
        self.body += lines

    def need(self, name: str) -> str:
        """The variable that holds what is called by this name."""
        if name in MADE:
            return name
        if name not in self.variables:
            written = self._expression(name)
            self.variables[name] = f"v{len(self.variables)}"
            self.say(f"{self.variables[name]} = {written}")
        return self.variables[name]

    def _expression(self, name: str) -> str:
        node = self.nodes.get(name)
        if node is not None:
            return self._call(node)
        return self._of_line(name) if self.of_lines else self._of_order(name)

    def _of_line(self, name: str) -> str:
        return f"{self.need(name[:-1])} is not None" if name.endswith("?") else f"line.{name}"

    def _of_order(self, name: str) -> str:
        head, _, field = name.partition(".")
        if head == "lead":
            return f"lead[{line_plan().places[field]}]"
        if head == "goods":
            return f"float(sum([each.line[{line_plan().places[field]}] for each in goods]))"
        if name.endswith("?"):
            return f"{self._part(name[:-1])} is not None"
        path, starred, field = name.partition(".*.")
        if not starred:
            return self._part(name)
        members = self._part(path)
        return f"None if {members} is None else tuple([each.{field} for each in {members}])"

    def _call(self, node: Node) -> str:
        given = [self.need(read) for read in node.reads]
        if node.arithmetic:
            given = [f"number({each})" for each in given]
        self.names[f"f_{node.name}"] = node.compute
        return f"f_{node.name}({', '.join(given)})"

    def _part(self, path: str) -> str:
        """The variable that holds a part or field of the body, None where what should hold it is absent."""
        if path not in self.parts:
            head, _, name = path.removeprefix("order.").rpartition(".")
            holder = self._part(head or "order")
            self.parts[path] = f"p{len(self.parts)}"
            written = f"{holder}.{name}"
            if holder != "order":
                written = f"None if {holder} is None else {written}"
            self.say(f"{self.parts[path]} = {written}")
        return self.parts[path]

    def plan(self) -> Plan:
        places = {name: place for place, name in enumerate(self.variables)}
        lines = [*self.body, f"return ({', '.join(self.variables.values())},)"]
        source = f"def values({self.arguments}):\n" + "\n".join(f"    {line}" for line in lines)
        exec(source, self.names)  # noqa: S102 (written here, from the names of registered functions only)
        return Plan(self.names["values"], places)
