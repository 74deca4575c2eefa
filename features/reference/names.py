"""Names of parties compared across scripts, spellings and legal forms; keys of their contacts.

Keys serve comparison only. None of the functions raises on any text.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from rapidfuzz import fuzz

from features.reference.scripts import WORD, lowered, mixes_scripts, plain, readable
from features.reference.tables import rows

INITIALS = re.compile(r"(?<![^\W_])((?:[^\W\d_]\s?[./]\s?){1,5}[^\W\d_]?)(?![^\W_])")
APOSTROPHES = re.compile("[’‘ʻʼ`´']")
MAX_PASSES = 12
LINKS = frozenset({"and", "und", "ve", "va", "və", "и", "i", "ва", "және", "жана"})
TRUNK = re.compile(r"(?:доб|ext|вн|#).*$", re.IGNORECASE)


@lru_cache(maxsize=65536)
def skeleton(name: str) -> str:
    """What stays of a company's or person's name once script, spelling and legal form are set aside.

    Words keep their order, one space apart. `skeleton(skeleton(x)) == skeleton(x)`; a name that is nothing
    but legal forms keeps its last word; text without letters or digits gives ''.
    """
    text = _once(name)
    for _ in range(MAX_PASSES):
        if (again := _once(text)) == text:
            break
        text = again
    return text


def name_key(name: str) -> str:
    """The skeleton without spaces: `Хим-Трейд`, `ХимТрейд` and `Khim Treid` are one."""
    return skeleton(name).replace(" ", "")


def mixed_script(name: str) -> bool:
    """Whether one word mixes Latin, Cyrillic or Greek letters, as a look-alike name does."""
    return mixes_scripts(name)


def similarity(first: str, second: str) -> float:
    """Likeness of two names between 0 and 1, symmetric, on their skeletons; word order counts little."""
    a, b = sorted((skeleton(first), skeleton(second)))
    if not a or not b:
        return 0.0
    return float(max(fuzz.ratio(a, b), fuzz.token_sort_ratio(a, b) * 0.98)) / 100.0


@lru_cache(maxsize=16384)
def phone_key(phone: str | None) -> str | None:
    """International digits of a telephone number. 8 7xx and 8 9xx of Kazakhstan and Russia become 7..."""
    if not phone:
        return None
    digits = "".join(c for c in TRUNK.sub("", readable(phone)) if c.isascii() and c.isdigit())
    digits = digits[2:] if digits.startswith("00") else digits
    if len(digits) == 11 and digits.startswith("8"):
        digits = "7" + digits[1:]
    return digits if 7 <= len(digits) <= 17 else None


@lru_cache(maxsize=16384)
def email_domain(email: str | None) -> str | None:
    """Lower-case domain of an address, None where there is none."""
    if not email or "@" not in email:
        return None
    domain = readable(email).rsplit("@", 1)[1].strip().strip(">.").casefold()
    return domain if re.fullmatch(r"[\w-]+(\.[\w-]+)+", domain) else None


def is_free_mail(domain: str | None) -> bool:
    """Whether a domain belongs to a public or disposable mail provider."""
    return domain is not None and domain.casefold() in _free_domains()


@lru_cache(maxsize=16384)
def address_key(address: str | None) -> str | None:
    """Words and numbers of an address without street words, sorted; None below two of them."""
    if not address:
        return None
    words = {word for word in WORD.findall(plain(address)) if word not in _street_words()}
    return " ".join(sorted(words)) if len(words) > 1 else None


def _once(name: str) -> str:
    text = name
    for suffix in _suffixes():
        text = text.replace(suffix, " ")
    return " ".join(WORD.findall(plain(" ".join(_without_forms(_words(text))))))


def _words(text: str) -> list[str]:
    """Lower-case words; initials such as `S.p.A.` made one word, conjunctions left out unless they are all."""
    joined = INITIALS.sub(lambda found: re.sub(r"[\s./]", "", found[0]) + " ", APOSTROPHES.sub("", readable(text)))
    words = WORD.findall(lowered(joined))
    return [word for word in words if word not in LINKS] or words


def _without_forms(words: list[str]) -> list[str]:
    forms, longest = _forms(), _longest_form()
    changed = True
    while changed and len(words) > 1:
        changed = False
        for size in range(min(longest, len(words) - 1), 0, -1):
            if tuple(words[:size]) in forms:
                words, changed = words[size:], True
                break
            if tuple(words[-size:]) in forms:
                words, changed = words[:-size], True
                break
    return words


@cache
def _forms() -> frozenset[tuple[str, ...]]:
    forms = (tuple(_words(row["form"])) for row in rows("legal_forms"))
    return frozenset(form for form in forms if form)


@cache
def _longest_form() -> int:
    return max(len(form) for form in _forms())


@cache
def _suffixes() -> tuple[str, ...]:
    """Forms written without a space, longest first."""
    forms = (row["form"] for row in rows("legal_forms") if row["language"] == "zh" and ord(row["form"][0]) > 0x2E80)
    return tuple(sorted(forms, key=len, reverse=True))


@cache
def _free_domains() -> frozenset[str]:
    return frozenset(row["domain"] for row in rows("free_mail"))


@cache
def _street_words() -> frozenset[str]:
    return frozenset(plain(row["word"]) for row in rows("name_words") if row["kind"] == "street")
