"""RFC 6962 by the reference roots and proofs that every implementation of it is measured with."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening import merkle
from screening.tamga_verify import Frontier, consistency_holds, inclusion_holds, leaf_hash, node_hash

INPUTS = [
    bytes.fromhex(each)
    for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
A, B, C = ("lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=", "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
           "a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=")  # fmt: skip
D, E, F = ("vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=", "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=",
           "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=")  # fmt: skip
G, H = "DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o=", "sIaT7C5yFZcTBkHoIR5+7cy0wmQTlj7ubB4u0W/7Gl8="
FIRST = "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0="
INCLUSIONS = [(0, 8, [A, B, C]), (5, 8, [D, E, F]), (1, 5, [FIRST, B, D])]
CONSISTENCIES = [(1, 1, []), (1, 8, [A, B, C]), (6, 8, [G, E, F]), (2, 5, [B, D]), (6, 7, [G, H, F])]


def tree(inputs: list[bytes]) -> tuple[Frontier, dict[merkle.Place, bytes]]:
    """The tree over these inputs with all of its complete subtrees."""
    frontier, nodes = Frontier(), {}
    for position, data in enumerate(inputs):
        nodes[0, position] = leaf_hash(data)
        nodes |= {(level, at): node for level, at, node in frontier.add(leaf_hash(data))}
    return frontier, nodes


def reference(inputs: list[bytes]) -> bytes:
    """The tree hash as section 2.1 defines it, written down word for word."""
    if not inputs:
        return hashlib.sha256(b"").digest()
    if len(inputs) == 1:
        return leaf_hash(inputs[0])
    half = 1
    while half * 2 < len(inputs):
        half *= 2
    return node_hash(reference(inputs[:half]), reference(inputs[half:]))


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_reference_roots(size: int) -> None:
    assert tree(INPUTS[:size])[0].root().hex() == ROOTS[size]


@pytest.mark.parametrize(("position", "size", "proof"), INCLUSIONS)
def test_inclusion_proofs_are_the_reference_proofs(position: int, size: int, proof: list[str]) -> None:
    given_proof = [base64.b64decode(each) for each in proof]
    leaf, root = leaf_hash(INPUTS[position]), bytes.fromhex(ROOTS[size])
    assert merkle.roots(merkle.inclusion(position, size), tree(INPUTS[:size])[1]) == given_proof
    assert inclusion_holds(leaf, (position, size), given_proof, root)


@pytest.mark.parametrize(("first", "second", "proof"), CONSISTENCIES)
def test_consistency_proofs_are_the_reference_proofs(first: int, second: int, proof: list[str]) -> None:
    given_proof = [base64.b64decode(each) for each in proof]
    roots = bytes.fromhex(ROOTS[first]), bytes.fromhex(ROOTS[second])
    assert merkle.roots(merkle.consistency(first, second), tree(INPUTS[:second])[1]) == given_proof
    assert consistency_holds((first, second), roots, given_proof)


def broken(proof: list[bytes]) -> list[list[bytes]]:
    """What a proof must not be: longer, shorter, a bit off, empty, in another order."""
    flipped = [[*proof[:at], bytes([proof[at][0] ^ 16]) + proof[at][1:], *proof[at + 1 :]] for at in range(len(proof))]
    cut = [proof[:-1], proof[1:], []] if proof else []
    turned = [proof[::-1]] if len(proof) > 1 else []
    return [[*proof, b""], [b"", *proof], [*proof, bytes(32)], [bytes(32), *proof], *flipped, *cut, *turned]


@pytest.mark.parametrize(("position", "size", "proof"), INCLUSIONS)
def test_no_other_inclusion_proof_is_taken(position: int, size: int, proof: list[str]) -> None:
    given_proof = [base64.b64decode(each) for each in proof]
    leaf, root = leaf_hash(INPUTS[position]), bytes.fromhex(ROOTS[size])
    assert not any(inclusion_holds(leaf, (position, size), each, root) for each in broken(given_proof))
    places = [(position - 1, size), (position + 1, size), (position ^ 2, size), (size, size), (-1, size),
              (position, size * 2), (position, size // 2), (0, 0)]  # fmt: skip
    assert not any(inclusion_holds(leaf, place, given_proof, root) for place in places)
    assert not inclusion_holds(leaf_hash(b"other"), (position, size), given_proof, root)
    assert not inclusion_holds(leaf, (position, size), given_proof, bytes(32))


@pytest.mark.parametrize(("first", "second", "proof"), CONSISTENCIES)
def test_no_other_consistency_proof_is_taken(first: int, second: int, proof: list[str]) -> None:
    given_proof = [base64.b64decode(each) for each in proof]
    roots = bytes.fromhex(ROOTS[first]), bytes.fromhex(ROOTS[second])
    assert not any(consistency_holds((first, second), roots, each) for each in broken(given_proof))
    sizes = [(first - 1, second), (first + 1, second), (first ^ 2, second), (first, second * 2), (0, second), (0, 0)]
    assert not any(consistency_holds(each, roots, given_proof) for each in sizes)
    assert not consistency_holds((first, second), (bytes(32), roots[1]), given_proof)
    assert not consistency_holds((first, second), (roots[0], bytes(32)), given_proof)
    assert first == second or not consistency_holds((first, second), roots[::-1], given_proof)


def test_an_empty_tree_proves_nothing() -> None:
    empty = bytes.fromhex(ROOTS[0])
    assert not consistency_holds((0, 8), (empty, bytes.fromhex(ROOTS[8])), [])
    assert not consistency_holds((0, 0), (empty, empty), [])
    assert not inclusion_holds(empty, (0, 0), [], empty)


@given(st.integers(1, 130), st.data())
def test_every_proof_of_every_size_holds_and_only_where_it_belongs(size: int, data: st.DataObject) -> None:
    inputs = [number.to_bytes(2, "big") for number in range(size)]
    frontier, nodes = tree(inputs)
    assert frontier.root() == reference(inputs)
    position, first = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    path = merkle.roots(merkle.inclusion(position, size), nodes)
    assert inclusion_holds(leaf_hash(inputs[position]), (position, size), path, frontier.root())
    elsewhere = data.draw(st.integers(0, size - 1))
    assert (elsewhere == position) == inclusion_holds(
        leaf_hash(inputs[position]), (elsewhere, size), path, frontier.root()
    )
    growth = merkle.roots(merkle.consistency(first, size), nodes)
    old = reference(inputs[:first])
    assert consistency_holds((first, size), (old, frontier.root()), growth)
    rewritten = reference([b"x", *inputs[1:first]])
    assert not consistency_holds((first, size), (rewritten, frontier.root()), growth)


@given(st.integers(1, 2**40))
def test_a_proof_of_a_huge_tree_needs_few_hashes(size: int) -> None:
    assert len(merkle.needed(merkle.inclusion(size - 1, size))) <= 2 * size.bit_length()
    assert len(merkle.needed(merkle.consistency((size + 1) // 2, size))) <= 2 * size.bit_length()
