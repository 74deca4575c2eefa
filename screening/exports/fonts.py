"""The letters of documents: Noto Sans from a package, embedded as far as it is used.

It has the Latin and Cyrillic letters of Kazakh, Kyrgyz, Uzbek, Tajik and Turkmen. What it lacks (Chinese, Arabic) is
shown as a box, and the document says so: the packet's JSON holds every letter.
"""

from __future__ import annotations

import io
from functools import cache

from pymupdf_fonts import NotoSans_Bold, NotoSans_Regular
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD = "TamgaSans", "TamgaSans-Bold"
LIKENESS = {"→": "–", "−": "–", "≥": ">", "≤": "<", "\u202f": "\u00a0", "\u2011": "-"}
BOX = "\ufffd"


@cache
def register() -> None:
    """Make both fonts known to the PDF writer, once per process."""
    for name, source in ((REGULAR, NotoSans_Regular), (BOLD, NotoSans_Bold)):
        pdfmetrics.registerFont(TTFont(name, io.BytesIO(source.fontbuffer)))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)


class _Signs(dict[int, int | str]):
    """What each sign is drawn as, found out once: itself, its likeness, or the box."""

    def __missing__(self, sign: int) -> int | str:
        register()
        known = pdfmetrics.getFont(REGULAR).face.charToGlyph
        self[sign] = sign if sign in known or chr(sign) == "\n" else BOX
        return self[sign]


_signs = _Signs({ord(sign): likeness for sign, likeness in LIKENESS.items()})


def drawable(text: str) -> str:
    """The text with signs that the font has: some by a likeness, the rest by a box."""
    return text.translate(_signs)
