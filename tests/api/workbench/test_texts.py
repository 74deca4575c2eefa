"""Both languages are whole: every text is there, used, and in its own language; templates hold no words themselves."""

from __future__ import annotations

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import nodes

from api.workbench import frame
from api.workbench.action_words import ACTION_WORDS, MESSAGE_WORDS
from api.workbench.texts import TEXTS, text

HERE = Path(frame.__file__).parent
TEMPLATES = sorted((HERE / "templates").glob("*.html"))
MODULES = sorted(HERE.glob("*.py"))
SOURCES = [path.read_text("utf-8") for path in [*TEMPLATES, *HERE.glob("*.py")] if "texts" not in path.name]
SAME_IN_BOTH = {"order.cas"}
FREE_WORDS = {"Tamga"}
SPOKEN = ("title", "aria-label", "aria-description", "aria-roledescription", "aria-valuetext", "placeholder", "alt",
          "data-label", "data-pending", "label", "summary")  # fmt: skip
WORD = re.compile(r"[^\W\d_]{2,}")
CYRILLIC = re.compile("[А-Яа-яЁё]")
# What reads as words and not as a name of CSS, HTML or Python: Russian letters, a capital, or words with a space.
PHRASE = re.compile(r"[А-Яа-яЁё]|^(?!Key[A-Z]$)[A-Z][a-z]|[a-z] [a-z]")


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


class Shown(HTMLParser):
    """Words of a page's source that a reader sees or hears: text nodes, and attributes that are read aloud."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.told: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.told += [given[name] or "" for name in SPOKEN if name in given]
        if tag == "input" and given.get("type") in ("submit", "button", "reset"):
            self.told.append(given.get("value") or "")

    def handle_data(self, data: str) -> None:
        self.told.append(data)


def literal_words(source: str) -> list[str]:
    """Words of a template that no text key gave, also where an expression would write them."""
    tree = frame.PAGES.parse(source)
    parts = [part for output in tree.find_all(nodes.Output) for part in output.nodes]
    markup = "".join(part.data if isinstance(part, nodes.TemplateData) else "" for part in parts)
    asked = {id(const) for call in tree.find_all(nodes.Call) if _asks(call) for const in call.find_all(nodes.Const)}
    consts = [each.value for each in tree.find_all(nodes.Const) if id(each) not in asked]
    said = [each for each in consts if isinstance(each, str) and PHRASE.search(each) and not each.startswith("/")]
    found = WORD.findall(" ".join([*Shown(markup).told, *said]))
    return [word for word in found if word not in FREE_WORDS]


def _asks(call: nodes.Call) -> bool:
    return isinstance(call.node, nodes.Name) and call.node.name == "t"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_words_of_their_own(path: Path) -> None:
    assert literal_words(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("<p>{{ t('a.b') }} Held</p>", ["Held"]),
        ("<p>задержан</p>", ["задержан"]),
        ('<img alt="Logo"><input placeholder="Search">', ["Logo", "Search"]),
        ("<button aria-label='Close it'>x</button><abbr title=Kilogram>kg</abbr>", ["Close", "it", "Kilogram", "kg"]),
        ('<td data-label="Order"></td><input type="submit" value="Send">', ["Order", "Send"]),
        ("{{ 'Held' if x else t('a.b') }}", ["Held"]),
        ("{% set said = 'not held' %}{{ parts.fact(said) }}", ["not", "held"]),
        ("{{ x or 'нет' }}", ["нет"]),
        ('<p class="dim">{{ number(x) }}{{ " checked" if y }}</p><a href="/queue">{{ t("a.b") }}</a> Tamga', []),
    ],
)
def test_the_search_for_words_finds_what_is_planted(planted: str, found: list[str]) -> None:
    assert sorted(literal_words(planted)) == sorted(found)


def missing_texts(source: str) -> set[str]:
    """Keys that a module of pages asks `text` for and nobody wrote; an f-string is held by how it begins."""
    missing = set()
    for call in ast.walk(ast.parse(source)):
        if not (isinstance(call, ast.Call) and getattr(call.func, "id", "") == "text" and len(call.args) > 1):
            continue
        key = call.args[1]
        if isinstance(key, ast.Constant) and key.value not in TEXTS:
            missing.add(str(key.value))
        if isinstance(key, ast.JoinedStr) and isinstance(key.values[0], ast.Constant):
            begins = str(key.values[0].value)
            missing |= set() if any(each.startswith(begins) for each in TEXTS) else {begins}
    return missing


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_every_key_that_a_module_asks_for_exists(path: Path) -> None:
    assert missing_texts(path.read_text("utf-8")) == set()


def test_a_missing_key_of_a_module_is_found() -> None:
    planted = "text(reads, 'no.such'); text(reads, f'nowhere.{code}'); text(reads, 'nav.queue'); text(reads, key)"
    assert missing_texts(planted) == {"no.such", "nowhere."}


def untranslated(source: str) -> list[str]:
    """Domain texts of which one language is missing, or stands in the other's place."""
    found = []
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Text":
            said = [_written(each) for each in (*call.args, *(each.value for each in call.keywords))]
            if None not in said and (len(said) != 2 or CYRILLIC.search(said[0]) or not _russian(said[1])):
                found.append(str(said))
    return found


def _written(node: ast.expr) -> str | None:
    """The string that an expression writes out; None where it is made at run time."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
    return None


def _russian(said: str) -> bool:
    """Whether it has a Russian letter, or says something without any letters."""
    return bool(CYRILLIC.search(said)) or bool(said.strip() and not re.search("[A-Za-z]{2}", said))


def test_every_domain_text_is_in_both_languages() -> None:
    root = HERE.parents[1]
    modules = [path for folder in ("api", "screening") for path in (root / folder).rglob("*.py")]
    assert len(modules) > 100
    assert [each for path in modules for each in untranslated(path.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    "planted", ["Text('Held.', '')", "Text('Held.', 'Held.')", "Text(en='Held.', ru='Held.')", "Text('Да', 'Да')"]
)
def test_an_untranslated_domain_text_is_found(planted: str) -> None:
    assert len(untranslated(planted)) == 1
    assert untranslated("Text('Held.', 'Задержан.')") == []


def recorded(source: str) -> set[str]:
    """Actions and kinds of messages that a module writes down, as far as they are written out."""
    return set(re.findall(r"""(?:AuditEntry\(\s*|action=|Message\(|handles\()["']([a-z_]+\.[a-z_]+)["']""", source))


def test_every_action_of_the_log_has_words() -> None:
    root = HERE.parents[1] / "screening"
    found = {each for path in root.rglob("*.py") for each in recorded(path.read_text("utf-8"))}
    assert len(found) > 50
    assert found - ACTION_WORDS.keys() - MESSAGE_WORDS.keys() == set()
    assert recorded("record(session, AuditEntry(\n'no.such', actor))") == {"no.such"}
