"""Both languages are whole: every text is there, used, and in its own language; templates hold no words themselves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import nodes

from api.workbench import frame
from api.workbench.texts import TEXTS, text

HERE = Path(frame.__file__).parent
TEMPLATES = sorted((HERE / "templates").glob("*.html"))
SOURCES = [path.read_text("utf-8") for path in [*TEMPLATES, *HERE.glob("*.py")] if "texts" not in path.name]
SAME_IN_BOTH = {"order.cas"}
FREE_WORDS = {"Tamga"}
ENTITY = re.compile(r"&\w+;")


def used_keys() -> tuple[set[str], set[str]]:
    """Keys written out in the sources, and prefixes to which a code is added."""
    joined = "\n".join(SOURCES)
    whole = set(re.findall(r"""["']([a-z_]+(?:\.[a-z_]+)+)["']""", joined))
    prefixes = set(re.findall(r"""["']([a-z_.]+\.)["'] ~""", joined))
    prefixes |= set(re.findall(r"""f["']([a-z_.]+\.)\{""", joined))
    return whole, prefixes


def test_every_text_is_used() -> None:
    whole, prefixes = used_keys()
    assert [key for key in TEXTS if key not in whole and not key.startswith(tuple(prefixes))] == []


def test_every_key_that_a_template_asks_for_exists() -> None:
    asked = set()
    for path in TEMPLATES:
        tree = frame.PAGES.parse(path.read_text("utf-8"))
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "t":
                asked |= {each.value for each in call.args[0].find_all(nodes.Const)}
                asked |= {call.args[0].value} if isinstance(call.args[0], nodes.Const) else set()
    known = {key for key in asked if "." in key and not key.endswith(".")}
    assert len(known) > 100
    assert known - TEXTS.keys() == set()


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_say_it(key: str) -> None:
    english, russian = TEXTS[key]
    assert english.strip()
    assert russian.strip()
    assert english != russian or key in SAME_IN_BOTH
    places = re.compile(r"\{(\w+)\}")
    assert set(places.findall(english)) == set(places.findall(russian)) or key == "common.by"
    assert not re.search("[а-яё]", english.lower()) or key == "nav.language"


def test_a_missing_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        text("en", "no.such")


def literal_words(source: str) -> list[str]:
    """Words a reader would see that no text key gave: of text nodes and of attributes that are read aloud."""
    bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", source, flags=re.S)
    spoken = " ".join(re.findall(r"""(?:aria-label|alt|placeholder|title)="([^"]*)\"""", bare))
    shown = ENTITY.sub(" ", re.sub(r"<[^>]*>", " ", bare, flags=re.S))
    return [word for word in re.findall(r"[^\W\d_]{2,}", f"{shown} {spoken}") if word not in FREE_WORDS]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_words_of_their_own(path: Path) -> None:
    assert literal_words(path.read_text("utf-8")) == []


def test_the_search_for_words_would_find_one() -> None:
    assert literal_words('<p>{{ t("a.b") }} Held</p><img alt="Logo">') == ["Held", "Logo"]
