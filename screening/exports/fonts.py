"""The letters of documents: Noto Sans from a package, embedded as far as it is used.

It has the Latin and Cyrillic letters of Kazakh, Kyrgyz, Uzbek, Tajik and Turkmen. What it lacks (Chinese, Arabic) is
shown as a box, and the document says so: the packet's JSON holds every letter.
"""

from __future__ import annotations

import io
from functools import cache
from typing import Any

from pymupdf_fonts import NotoSans_Bold, NotoSans_Regular
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD = "TamgaSans", "TamgaSans-Bold"
ALIKE = str.maketrans({"→": "–", "−": "–", "≥": ">", "≤": "<", "\u202f": "\u00a0", "\u2011": "-"})
BOX = "\ufffd"


@cache
def register() -> None:
    """Make both fonts known to the PDF writer, once per process."""
    for name, source in ((REGULAR, NotoSans_Regular), (BOLD, NotoSans_Bold)):
        pdfmetrics.registerFont(TTFont(name, io.BytesIO(source.fontbuffer)))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)


@cache
def _glyphs() -> Any:
    register()
    return pdfmetrics.getFont(REGULAR).face.charToGlyph


def drawable(text: str) -> str:
    """The text with signs that the font has: some by a likeness, the rest by a box."""
    known = _glyphs()
    return "".join(each if ord(each) in known or each == "\n" else BOX for each in text.translate(ALIKE))
