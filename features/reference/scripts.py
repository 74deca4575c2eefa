"""Letters across scripts: look-alike letters folded, Cyrillic and extended Latin read as plain Latin.

Two spellings of one sound become one: `Химия`, `Khimiya` and `Himia` all read `himia`. The result is a key
for comparison, never something to show.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

WORD = re.compile(r"[^\W_]+")
LATIN = re.compile("[A-Za-zÀ-ÖØ-öø-\u02af\u1e00-\u1eff]")
CYRILLIC = re.compile("[\u0400-\u052f]")
GREEK = re.compile("[\u0370-\u03ff]")
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u0300-\u036f]")

LATIN_TWINS = "ABCEHIKMOPTXYSJƏaceiopxyskjhə"
CYRILLIC_TWINS = "АВСЕНІКМОРТХУЅЈӘасеіорхуѕкјһә"
TO_CYRILLIC = str.maketrans(LATIN_TWINS, CYRILLIC_TWINS)
TO_LATIN = str.maketrans(CYRILLIC_TWINS, LATIN_TWINS)
GREEK_TO_LATIN = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧανορυ", "ABEZHIKMNOPTYXavopu")

SOUNDS = str.maketrans(
    dict(zip("абвгдезийклмнопрстуфхыэіґєї", "abvgdeziiklmnoprstufhieigei", strict=True))
    | {"ъ": "", "ь": "", "ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ё": "io", "ю": "iu", "я": "ia"}
    | dict(zip("әғқңөұүһўҳҷӣӯѕјҗӏ", "agknouuhohjiusjjl", strict=True))
    | {"ş": "sh", "ș": "sh", "ç": "ch", "š": "sh", "č": "ch", "ž": "zh", "ß": "ss", "æ": "ae", "œ": "oe"}
    | dict(zip("ğıəøłđýþð", "giaoldiid", strict=True))
)
# Each rule shortens the word or removes a letter for good, so repeating them ends.
SPELLINGS = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"\bx(?=[aeiou])", "h"), (r"x", "ks"), (r"q", "k"), (r"w", "v"), (r"y", "i"),
        (r"shch|sch", "sh"), (r"kh", "h"), (r"gh", "g"), (r"ph", "f"),
        (r"dzh|zh|dj", "j"), (r"tz|ts", "s"), (r"ck", "k"), (r"c(?=[ei])", "s"), (r"c(?!h)", "k"),
        (r"(?:\b|(?<=[aeou]))ie", "e"), (r"([^\W\d_])\1+", r"\1"),
    )
)  # fmt: skip


def readable(text: str) -> str:
    """Compatibility forms composed, invisible and loose combining characters removed."""
    return text if text.isascii() else INVISIBLE.sub("", unicodedata.normalize("NFKC", text))


def mixes_scripts(text: str) -> bool:
    """Whether one word holds letters of more than one of Latin, Cyrillic and Greek."""
    text = readable(text)
    return _scripts(text) > 1 and any(_scripts(word) > 1 for word in WORD.findall(text))


def fold_twins(text: str) -> str:
    """Look-alike letters put into the script of their word, or of the whole text where the word cannot tell.

    Text without a mixed word is returned as it is: `TOYOTA` in a Cyrillic sentence stays Latin.
    """
    if _scripts(text) < 2 or not any(_scripts(word) > 1 for word in WORD.findall(text)):
        return text
    latin, cyrillic = _only(text)
    return WORD.sub(lambda found: _fold_word(found[0], latin > cyrillic), text)


def lowered(text: str) -> str:
    """Case and look-alike letters set aside, script and spelling kept."""
    return INVISIBLE.sub("", fold_twins(readable(text)).casefold())


@lru_cache(maxsize=65536)
def plain(text: str) -> str:
    """Lower-case Latin reading of any text in Latin or Cyrillic letters; other scripts stay as they are."""
    sounds = lowered(text).translate(SOUNDS)
    sounds = INVISIBLE.sub("", unicodedata.normalize("NFKD", sounds))
    return spelled(unicodedata.normalize("NFKC", sounds))


def spelled(text: str) -> str:
    """Spelling variants of one sound made one, repeated until nothing changes."""
    while True:
        once = text
        for pattern, plain_form in SPELLINGS:
            once = pattern.sub(plain_form, once)
        if once == text:
            return text
        text = once


def _scripts(text: str) -> int:
    if text.isascii():
        return 1
    return sum(script.search(text) is not None for script in (LATIN, CYRILLIC, GREEK))


def _only(text: str) -> tuple[int, int]:
    """Letters that exist in Latin alone and in Cyrillic alone, look-alikes set aside."""
    latin = sum(letter not in LATIN_TWINS for letter in LATIN.findall(text))
    cyrillic = sum(letter not in CYRILLIC_TWINS for letter in CYRILLIC.findall(text))
    return latin, cyrillic


def _fold_word(word: str, latin_text: bool) -> str:
    word = word.translate(GREEK_TO_LATIN) if _scripts(word) > 1 else word
    latin, cyrillic = _only(word)
    if cyrillic and latin:
        return word
    if cyrillic or (not latin and not latin_text):
        return word.translate(TO_CYRILLIC)
    return word.translate(TO_LATIN)
