"""Where the hashes of a Merkle tree's root and proofs are kept: complete subtrees, by level and position.

A tree of n leaves (RFC 6962) is told by the roots of its complete subtrees, at most log2 n of them. Each proof is a
list of ranges of leaves, each range again a few complete subtrees; so a tree is extended and proven with O(log n)
look-ups. Checking is in `screening.tamga_verify`, which needs none of this.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from screening.tamga_verify import folded

Place = tuple[int, int]  # level (0: a leaf), position from the left
Range = tuple[int, int]  # leaves from, up to and without


def places(span: Range) -> list[Place]:
    """The complete subtrees that cover an aligned range of leaves, largest first."""
    start, end = span
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def inclusion(position: int, size: int) -> list[Range]:
    """Ranges whose roots prove leaf `position` of a tree of `size`, from the leaf upwards; 0 <= position < size."""
    return _path(position, (0, size))


def _path(position: int, span: Range) -> list[Range]:
    start, end = span
    if end - start == 1:
        return []
    middle = start + _half(end - start)
    if position < middle:
        return [*_path(position, (start, middle)), (middle, end)]
    return [*_path(position, (middle, end)), (start, middle)]


def consistency(first: int, second: int) -> list[Range]:
    """Ranges whose roots prove that the tree of `first` leaves begins that of `second`; 0 < first <= second."""
    return _growth(first, (0, second), known=True)


def _growth(first: int, span: Range, *, known: bool) -> list[Range]:
    start, end = span
    if first == end:
        return [] if known else [span]
    middle = start + _half(end - start)
    if first <= middle:
        return [*_growth(first, (start, middle), known=known), (middle, end)]
    return [*_growth(first, (middle, end), known=False), (start, middle)]


def _half(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def roots(spans: Sequence[Range], nodes: Mapping[Place, bytes]) -> list[bytes]:
    """The root of each range, from the nodes at its places."""
    return [folded([nodes[place] for place in places(span)]) for span in spans]


def needed(spans: Iterable[Range]) -> list[Place]:
    """Every place that the ranges need."""
    return [place for span in spans for place in places(span)]
