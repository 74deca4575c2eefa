"""Red flags, typologies, industries and authorities are complete, in both languages, and agree with each other."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from features.reference.authorities import authorities_for, load_authorities
from features.reference.flags import red_flags
from features.reference.industries import division, divisions, fits, industry_map
from features.reference.regimes import regimes
from features.reference.substances import Substance, by_id, catalogue
from features.reference.typologies import typologies

CYRILLIC = re.compile("[А-Яа-я]")
TODAY = date(2026, 11, 21)


def substance(substance_id: str) -> Substance:
    known = by_id(substance_id)
    assert known is not None
    return known


def test_red_flags_are_complete_in_both_languages() -> None:
    flags = red_flags()
    assert len(flags) == 109
    assert sum(flag.computable == "S" for flag in flags.values()) == 81
    for flag in flags.values():
        assert flag.name("en"), flag.id
        assert not CYRILLIC.search(flag.name("en")), flag.id
        assert CYRILLIC.search(flag.name("ru")), flag.id


def test_typologies_name_known_flags_in_both_languages() -> None:
    assert len(typologies()) == 24
    for typology in typologies().values():
        assert set(typology.flags) <= set(red_flags()), typology.id
        assert typology.flags, typology.id
        for english, russian in (
            (typology.name_en, typology.name_ru),
            (typology.pattern_en, typology.pattern_ru),
            (typology.traces_en, typology.traces_ru),
            (typology.response_en, typology.response_ru),
        ):
            assert english, typology.id
            assert CYRILLIC.search(russian), typology.id


def test_every_industry_phrase_is_mapped_to_known_divisions() -> None:
    phrases = {phrase for s in catalogue() for phrase in s.industries}
    assert phrases == set(industry_map())
    assert set().union(*industry_map().values()) <= set(divisions())
    assert len(divisions()) == 88
    assert [phrase for phrase, codes in industry_map().items() if not codes] == ["none known"]
    assert all(CYRILLIC.search(d.name_ru) and d.name_en for d in divisions().values())
    assert all(CYRILLIC.search(regime.name_ru) for regime in regimes().values())


@pytest.mark.parametrize(
    ("code", "expected"),
    [("C20", "20"), ("2011", "20"), ("20.13", "20"), ("20", "20"), ("04", None), ("X1", None), (None, None)],
)
def test_division_of_a_code(code: str | None, expected: str | None) -> None:
    assert division(code) == expected


def test_an_industry_fits_its_substances() -> None:
    anhydride, designer = substance("acetic-anhydride"), substance("3-4-mdp-2-p-methyl-glycidate")
    assert fits(anhydride, "C21") is True
    assert fits(anhydride, "47") is False
    assert fits(anhydride, "4675") is None
    assert fits(anhydride, None) is None
    assert fits(designer, "4675") is False
    assert fits(designer, "72") is False


def test_authorities_of_a_country() -> None:
    assert [a.code for a in authorities_for("KZ", TODAY)] == ["KZ-MVD"]
    assert [a.code for a in authorities_for("FR", TODAY)] == ["EU-CNA"]
    assert authorities_for("ZZ", TODAY) == ()
    assert all(CYRILLIC.search(a.name("ru")) for a in load_authorities())
    assert {"KZ", "KG", "UZ", "TJ", "TM", "AZ", "RU"} <= {a.country for a in load_authorities()}


def test_an_operator_replaces_the_authorities_of_a_country(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(
        "code,country,name_en,name_ru,role,valid_from,valid_to,source,confidence\n"
        "KZ-NEW,KZ,New agency,Новое агентство,precursor_control,2026-01-01,,Decree,high\n",
        encoding="utf-8",
    )
    assert [a.code for a in authorities_for("KZ", TODAY, path)] == ["KZ-NEW"]
    assert authorities_for("KZ", date(2025, 1, 1), path) == ()
    assert [a.code for a in authorities_for("KG", TODAY, path)] == ["KG-MVD"]
