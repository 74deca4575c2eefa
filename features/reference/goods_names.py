"""Names of goods as orders carry them, reduced to keys by which a catalogue can be asked.

Case, hyphens, brackets, primes, stereo signs and Greek letters are set aside; locants stay, since they tell
one substance from another. Nothing but strength, grade, packing and standard words is ever dropped:
`acetone cyanohydrin` is not acetone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from features.reference.scripts import lowered, plain
from features.reference.tables import rows

GREEK = str.maketrans({"α": " alpha ", "β": " beta ", "γ": " gamma ", "δ": " delta ", "ω": " omega ", "µ": "u"})
PRIMES = re.compile("[’‘ʻʼ`´'′\"«»“”]")
STRENGTH = re.compile(
    r"[<>≥≤~±]?\s?[0-9]+([.,][0-9]+)?(\s?[-–…]\s?[0-9]+([.,][0-9]+)?)?\s?"
    r"(%|°|(wt|vol|w/w|об|мас)\.?\s?%?(?!\w)|(kg|g|mg|l|ml|t|кг|г|мг|л|мл|т|n|m|н|м)\b(?!\s?-))"
)
STANDARD = re.compile(
    r"\b(гост|ту|gost|tu|st|ст рк|din|iso|astm|usp|ep|bp|фс|cas|un|оон|кас)\s?(рк|р|№|no\.?|n°)?\s?[0-9][0-9.\-–/]*"
)
GRADE_MARK = re.compile(r"(?<!\w)(p\.\s?a|ч\.\s?д\.\s?а|х\.\s?ч|о\.\s?с\.\s?ч)\.?(?!\w)")
TOKEN = re.compile(r"[^\W_]+")
BRACKETS = re.compile(r"[(\[]([^()\[\]]{3,})[)\]]")


@dataclass(frozen=True, slots=True)
class Key:
    """One way to read a name; `certainty` says how much was set aside on the way (1: nothing)."""

    text: str
    certainty: float
    salt: bool = False


def tokens(name: str) -> list[str]:
    """Lower-case words and locants of a name of goods, spelling variants of English and Russian made one."""
    text = unicodedata.normalize("NFKC", lowered(name).translate(GREEK))
    text = PRIMES.sub("", text).replace("ё", "е").replace("sulph", "sulf").replace("aluminium", "aluminum")
    return TOKEN.findall(text)


def squeezed(name: str) -> str:
    """The ordered key: `Pseudo-Ephedrine` and `pseudoephedrine` are one."""
    return "".join(tokens(name))


def sorted_key(words: list[str]) -> str | None:
    """Order set aside (`кислота серная`); not for names with locants, whose order tells them apart."""
    if len(words) < 2 or any(any(c.isdigit() for c in word) for word in words):
        return None
    return " ".join(sorted(words))


def folded(name: str) -> str:
    """The key across scripts: `uksusny angidrid` and `уксусный ангидрид`."""
    return "~" + "".join(TOKEN.findall(plain(name)))


def is_salt_name(name: str) -> bool:
    """Whether a name says that the goods are a salt: `ephedrine hydrochloride`."""
    return any(word in _words("salt") for word in tokens(_without_strength(name)))


def keys(name: str) -> Iterator[Key]:
    """Readings of a name, the surest first."""
    yield Key(squeezed(name), 1.0)
    bare = _without_strength(name)
    parts = [(bare, 1.0)]
    inner = BRACKETS.search(bare)
    if inner:
        parts += [(BRACKETS.sub(" ", bare), 0.95), (inner[1], 0.85)]
    for text, certainty in parts:
        words = [word for word in tokens(text) if word not in _words("grade") and not _quantity(word)]
        if words:
            yield from _word_keys(words, certainty)


def _word_keys(words: list[str], certainty: float) -> Iterator[Key]:
    yield Key("".join(words), 0.98 * certainty)
    ordered = sorted_key(words)
    if ordered:
        yield Key(ordered, 0.95 * certainty)
    unsigned = [word for word in words if word not in _words("stereo")]
    if unsigned and len(unsigned) < len(words):
        yield Key("".join(unsigned), 0.9 * certainty)
    base = [word for word in unsigned if word not in _words("salt")]
    if base and len(base) < len(unsigned):
        yield Key("".join(base), 0.93 * certainty, salt=True)
        yield Key("".join(_nominative(word) for word in base), 0.92 * certainty, salt=True)
    yield Key(folded(" ".join(words)), 0.8 * certainty)


def _without_strength(name: str) -> str:
    return STRENGTH.sub(" ", STANDARD.sub(" ", GRADE_MARK.sub(" ", lowered(name))))


def _quantity(word: str) -> bool:
    """Numbers too large to be a locant: the 99 of `acetone 99`."""
    return word.isdecimal() and (len(word) > 2 or int(word) > 20)


def _nominative(word: str) -> str:
    """`эфедрина` of `эфедрина гидрохлорид`."""
    return word[:-1] if len(word) > 4 and word[-1] == "а" else word


@cache
def _words(kind: str) -> frozenset[str]:
    return frozenset(row["word"] for row in rows("name_words") if row["kind"] == kind)
