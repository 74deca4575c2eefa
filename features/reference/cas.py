"""CAS registry numbers as people write them: dashes of any kind, none at all, a label in front."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

WRITTEN = re.compile(r"(?<![0-9])([1-9][0-9]{1,6})-([0-9]{2})-([0-9])(?![0-9])")
DIGITS = re.compile(r"(?<![0-9])([1-9][0-9]{1,6})([0-9]{2})([0-9])(?![0-9])")
DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"))


@lru_cache(maxsize=16384)
def read_cas(text: str) -> tuple[str | None, bool]:
    """The number in its one form ('64-19-7'), and whether its check digit holds.

    (None, False) where the text holds nothing of that form. Of several numbers the first valid one counts.
    """
    plain = re.sub(r"\s*-\s*", "-", unicodedata.normalize("NFKC", text).translate(DASHES))
    found = WRITTEN.findall(plain) or DIGITS.findall(plain)
    numbers = ["-".join(parts) for parts in found]
    for number in numbers:
        if check_digit_holds(number):
            return number, True
    return (numbers[0], False) if numbers else (None, False)


def check_digit_holds(number: str) -> bool:
    """Whether the last digit of 'NNNNNNN-NN-N' is the weighted sum of the others, modulo ten."""
    digits = [int(digit) for digit in number if digit.isdigit()]
    weighted = sum(weight * digit for weight, digit in enumerate(reversed(digits[:-1]), start=1))
    return weighted % 10 == digits[-1]
