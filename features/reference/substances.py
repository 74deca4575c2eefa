"""Which substance an order line names: by CAS, related CAS, name, family pattern or HS, and how surely.

Order of keys: CAS with its check digit, related CAS (salts), name or synonym, family pattern for esters without
a CAS of their own, HS. Keys that disagree are reported, never reconciled: public sources do mislabel.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from rapidfuzz import fuzz, process

from features.reference.cas import read_cas
from features.reference.goods_names import Key, folded, keys, sorted_key, squeezed, tokens
from features.reference.substance_rows import Substance, by_id, catalogue

__all__ = ["Match", "Substance", "by_id", "catalogue", "identify", "nearest_name"]

MatchedBy = Literal["cas", "related_cas", "name", "family", "hs", "none"]
HS_ALONE = 0.3
SHORT_NAME = 3
FUZZY_FLOOR = 85.0
GENERIC_GLYCIDATE = re.compile(r"glycid(ate|ic)|глицид(ат|ов)")
# Flavouring esters of another skeleton, sold openly under the same word.
OTHER_GLYCIDATE = re.compile(r"3methyl3phenyl|methylphenylglycid|strawberry|метилфенилглицид|земляни|клубни")


@dataclass(frozen=True, slots=True)
class Match:
    """What a line's keys say. `alternatives` are ids of further substances that fit as well."""

    substance: Substance | None
    matched_by: MatchedBy
    confidence: float
    conflicts: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    substances: tuple[Substance, ...]
    by: MatchedBy
    confidence: float


@lru_cache(maxsize=65536)
def identify(name: str | None, cas: str | None, hs: str | None) -> Match:
    """The substance that name, CAS and HS code of one line point to. Never raises.

    Conflicts: `cas_check_digit`, `cas_unknown`, `name_unknown`, `name_cas`, `hs_cas`, `name_hs`.
    Unknown goods give a match without substance; HS alone never exceeds confidence 0.3.
    """
    conflicts: list[str] = []
    by_number = _by_cas(cas, conflicts)
    by_name = _by_name(name)
    if name and by_name is None:
        conflicts.append("name_unknown")
    chosen = by_number or by_name
    digits = _hs6(hs)
    if by_name and ("cas_unknown" in conflicts or (by_number and not _share(by_number, by_name))):
        conflicts.append("name_cas")
    if chosen is None:
        return _by_hs(digits, name, tuple(conflicts))
    if digits and not any(_hs_fits(substance, digits) for substance in chosen.substances):
        conflicts.append("hs_cas" if by_number else "name_hs")
    return _settle(chosen, by_name, tuple(conflicts))


@lru_cache(maxsize=16384)
def nearest_name(name: str) -> tuple[Substance, float] | None:
    """The listed name closest in spelling to an unknown one, with a likeness of 0.85 to 1, or None.

    Likeness of spelling is a hint for a person: one letter may make another substance.
    """
    key = squeezed(name)
    found = process.extractOne(key, _long_names(), scorer=fuzz.ratio, score_cutoff=FUZZY_FLOOR)
    return (_names()[found[0]][0], float(found[1]) / 100.0) if found else None


def _settle(chosen: _Found, by_name: _Found | None, conflicts: tuple[str, ...]) -> Match:
    substances = chosen.substances
    if by_name and len(substances) > 1:
        shared = tuple(s for s in substances if s in by_name.substances)
        substances = shared or substances
    disagreements = sum(conflict in {"name_cas", "hs_cas", "name_hs", "cas_check_digit"} for conflict in conflicts)
    confidence = chosen.confidence * 0.8**disagreements * (0.6 if len(substances) > 1 else 1.0)
    others = {s.id for s in substances[1:]}
    if by_name and "name_cas" in conflicts:
        others |= {s.id for s in by_name.substances}
    others.discard(substances[0].id)
    return Match(substances[0], chosen.by, round(confidence, 4), conflicts, tuple(sorted(others)))


def _by_cas(cas: str | None, conflicts: list[str]) -> _Found | None:
    if not cas or not cas.strip():
        return None
    number, valid = read_cas(cas)
    if number is None or not valid:
        conflicts.append("cas_check_digit")
        return None
    main, related = _numbers()
    if number in main:
        return _Found(main[number], "cas", 1.0)
    if number in related:
        return _Found(related[number], "related_cas", 0.97)
    conflicts.append("cas_unknown")
    return None


def _by_name(name: str | None) -> _Found | None:
    if not name or not name.strip():
        return None
    number, valid = read_cas(name) if "-" in name else (None, False)
    if number and valid and number in _numbers()[0]:
        return _Found(_numbers()[0][number], "name", 0.9)
    names = _names()
    for key in keys(name):
        found = names.get(key.text)
        if found and (not key.salt or found[0].has_salts):
            return _Found(found, "name", _name_confidence(key))
    return _by_family(squeezed(name))


def _name_confidence(key: Key) -> float:
    return 0.5 if len(key.text.lstrip("~")) <= SHORT_NAME else 0.9 * key.certainty


def _by_family(key: str) -> _Found | None:
    for pattern, substance in _families():
        if pattern.search(key):
            return _Found((substance,), "family", 0.7)
    if GENERIC_GLYCIDATE.search(key) and not OTHER_GLYCIDATE.search(key):
        esters = tuple(substance for _, substance in _families() if substance.cas is None)
        return _Found(esters, "family", 0.5)
    return None


def _by_hs(hs6: str | None, name: str | None, conflicts: tuple[str, ...]) -> Match:
    """Goods without CAS or name in the catalogue: a heading of their own hints, a residual one only lists."""
    candidates = _by_heading().get(hs6 or "", ())
    if not candidates:
        return Match(None, "none", 0.0, conflicts)
    near = _misspelt(name, candidates)
    if near:
        substance, likeness = near
        return Match(substance, "hs", round(0.7 * likeness, 4), conflicts)
    alternatives = tuple(substance.id for substance in candidates)
    only = candidates[0]
    if len(candidates) == 1 and only.hs_specific and "cas_unknown" not in conflicts:
        return Match(only, "hs", 0.2 if conflicts else HS_ALONE, conflicts)
    return Match(None, "none", 0.0, conflicts, alternatives)


def _misspelt(name: str | None, candidates: tuple[Substance, ...]) -> tuple[Substance, float] | None:
    """A candidate of the heading whose name is spelt almost alike."""
    near = nearest_name(name) if name else None
    return near if near and near[0] in candidates else None


def _hs6(hs: str | None) -> str | None:
    digits = "".join(c for c in hs if c.isascii() and c.isdigit()) if hs else ""
    return digits[:6] if len(digits) >= 4 else None


def _hs_fits(substance: Substance, hs6: str) -> bool:
    return any(known.startswith(hs6) for known in (substance.hs6, *substance.hs_other))


def _share(first: _Found, second: _Found) -> bool:
    return any(substance in second.substances for substance in first.substances)


@cache
def _numbers() -> tuple[Mapping[str, tuple[Substance, ...]], Mapping[str, tuple[Substance, ...]]]:
    main: dict[str, tuple[Substance, ...]] = {}
    related: dict[str, tuple[Substance, ...]] = {}
    for substance in catalogue():
        if substance.cas:
            main[substance.cas] = (*main.get(substance.cas, ()), substance)
        for number in substance.related_cas:
            related[number] = (*related.get(number, ()), substance)
    return main, related


@cache
def _names() -> Mapping[str, tuple[Substance, ...]]:
    """Every key of every name. A key that the names themselves give outranks one across scripts."""
    index: dict[str, tuple[Substance, ...]] = {}
    for substance in catalogue():
        for name in substance.names():
            for key in {squeezed(name), sorted_key(tokens(name))} - {None, ""}:
                held = index.get(str(key), ())
                index[str(key)] = held if substance in held else (*held, substance)
    for substance in catalogue():
        for name in substance.names():
            key = folded(name)
            held = index.get(key, ())
            if len(key) > SHORT_NAME + 2 and substance not in held:
                index[key] = (*held, substance)
    return index


@cache
def _long_names() -> tuple[str, ...]:
    return tuple(key for key in _names() if len(key) > 6 and not key.startswith("~") and " " not in key)


@cache
def _families() -> tuple[tuple[re.Pattern[str], Substance], ...]:
    return tuple((re.compile(s.family_pattern), s) for s in catalogue() if s.family_pattern)


@cache
def _by_heading() -> Mapping[str, tuple[Substance, ...]]:
    headings: dict[str, tuple[Substance, ...]] = {}
    for substance in catalogue():
        headings[substance.hs6] = (*headings.get(substance.hs6, ()), substance)
    return headings
