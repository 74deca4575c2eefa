"""The nodes of the audit log's trees in the database: what a tree has grown to, and the hashes that prove it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import Session

from screening import database, merkle, tenancy
from screening.merkle import Place, Range
from screening.tamga_verify import Frontier, leaf_hash, root_leaf

OWN = UUID(int=0)  # the tree of events that belong to no organisation
MAIN = UUID(int=2**128 - 1)  # whose leaves are the roots of all others

SIZES = """
    SELECT t.id, coalesce(l.position + 1, 0) AS size FROM unnest(%(trees)s::uuid[]) AS t(id)
    LEFT JOIN LATERAL (SELECT position FROM audit_leaf WHERE tree_id = t.id ORDER BY position DESC LIMIT 1) l ON true
"""
WANTED = "unnest(%(trees)s::uuid[], %(levels)s::int[], %(positions)s::bigint[]) AS w(tree_id, level, position)"
NODES = f"SELECT n.* FROM {WANTED} JOIN audit_node n USING (tree_id, level, position)"  # noqa: S608 - names only
LEAVES = f"SELECT l.* FROM {WANTED} JOIN audit_leaf l USING (tree_id, position)"  # noqa: S608 - names only
ROOTS = f"SELECT r.* FROM {WANTED} JOIN audit_root r USING (position)"  # noqa: S608 - names only


def sizes(session: Session, trees: Iterable[UUID]) -> dict[UUID, int]:
    """How many leaves each tree has; 0 for one that has not begun."""
    return {row["id"]: row["size"] for row in database.run(session, (SIZES, {"trees": list(trees)}))[0]}


def frontiers(session: Session, grown: Mapping[UUID, int]) -> dict[UUID, Frontier]:
    """Each tree as it stood at a size: {tree: size} gives {tree: frontier}."""
    wanted = {tree: merkle.places((0, size)) for tree, size in grown.items()}
    nodes = fetch(session, wanted)
    return {tree: Frontier(grown[tree], [nodes[tree, place] for place in at]) for tree, at in wanted.items()}


def proof(session: Session, tree: UUID, spans: Sequence[Range]) -> list[str]:
    """The root of each range of the tree's leaves, in hex."""
    nodes = fetch(session, {tree: merkle.needed(spans)})
    return [root.hex() for root in merkle.roots(spans, {place: nodes[tree, place] for _, place in nodes})]


def fetch(session: Session, wanted: Mapping[UUID, Iterable[Place]]) -> dict[tuple[UUID, Place], bytes]:
    """The hashes at these places. Raises KeyError at its use where one is not there: a node was taken away."""
    places = [(tree, *place) for tree, at in wanted.items() for place in at]
    low = [place for place in places if place[1] == 0]
    found: dict[tuple[UUID, Place], bytes] = {}
    for row in _asked(session, NODES, [place for place in places if place[1]]):
        found[row["tree_id"], (row["level"], row["position"])] = bytes(row["hash"])
    for row in _asked(session, LEAVES, [place for place in low if place[0] != MAIN]):
        found[row["tree_id"], (0, row["position"])] = leaf_hash(bytes.fromhex(row["commitment"]))
    if of_main := [place for place in low if place[0] == MAIN]:
        with tenancy.as_service(session):  # roots of other organisations: only their hash is told
            roots = _asked(session, ROOTS, of_main)
        for row in roots:
            found[MAIN, (0, row["position"])] = root_leaf(str(row["tree_id"]), row["size"], row["root"])
    return found


def _asked(session: Session, query: str, places: Sequence[tuple[UUID, int, int]]) -> list[dict[str, Any]]:
    if not places:
        return []
    trees, levels, positions = zip(*places, strict=True)
    values = {"trees": list(trees), "levels": list(levels), "positions": list(positions)}
    return database.run(session, (query, values))[0]
