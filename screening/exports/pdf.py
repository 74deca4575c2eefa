"""A document as PDF: A4, headings, tables that break over pages, page numbers, QR codes; same document, same bytes.

No clock and no chance come in: the file's dates are the document's moment and its id is a digest of its content.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import groupby
from threading import Lock
from types import SimpleNamespace
from typing import Any
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageBreak, PageTemplate, Paragraph, Spacer
from reportlab.platypus import Table as Grid

from screening.exports.document import Chapter, Document, Facts, Part
from screening.exports.fonts import BOLD, BOX, REGULAR, drawable, register

rl_config.useA85 = 0  # streams as bytes: a fifth smaller, and no time spent on letters
MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
QR_SIZE = 30 * mm
CELL_GAP = 7
MASK = 0  # any of the eight is valid; trying them all took a third of a document's time
INK, DIM, LINE = colors.HexColor("#1c2430"), colors.HexColor("#566070"), colors.HexColor("#c9d0d9")
_one_at_a_time = Lock()  # the library's paragraph parser is one for the process


def pdf(document: Document) -> bytes:
    """The bytes of the document's PDF."""
    with _one_at_a_time:
        register()
        out = io.BytesIO()
        made = BaseDocTemplate(
            out, pagesize=A4, invariant=1, lang=document.language, title=document.title, author="Tamga",
            creator="Tamga", subject=document.chapters[0].sha256,
            leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
        )  # fmt: skip
        made.addPageTemplates(PageTemplate(frames=[_frame(made)]))
        made.build(list(_story(document)), canvasmaker=lambda *given, **named: _canvas(document, given, named))
        return out.getvalue()


def _frame(made: BaseDocTemplate) -> Frame:
    """All between the margins: text and tables begin at the same line."""
    padding = dict.fromkeys(("leftPadding", "rightPadding", "topPadding", "bottomPadding"), 0)
    return Frame(MARGIN, MARGIN, made.width, made.height, **padding)


def _canvas(document: Document, given: Any, named: Any) -> _Numbered:
    made = _Numbered(*given, **named)
    made.tamga = document
    made._doc._timeStamp = _stamp(document.moment)
    return made


def _stamp(moment: datetime) -> SimpleNamespace:
    """The moment in the form in which the library keeps the file's dates."""
    at = moment.astimezone(UTC)
    return SimpleNamespace(
        t=at.timestamp(), lt=at.timetuple(), YMDhms=(at.year, at.month, at.day, at.hour, at.minute, at.second),
        dhh=0, dmm=0, datetime=at, asctime=at.isoformat(), tzname="UTC",
    )  # fmt: skip


class _Numbered(Canvas):  # type: ignore[misc]
    """Pages are kept until their number is known, then each gets its foot."""

    tamga: Document

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._kept: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - the library's name
        self._kept.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        total = len(self._kept)
        for number, page in enumerate(self._kept, 1):
            self.__dict__.update(page)
            self.setFont(REGULAR, 8)
            self.setFillColor(DIM)
            self.drawString(MARGIN, 10 * mm, drawable(self.tamga.title)[:100])
            self.drawRightString(A4[0] - MARGIN, 10 * mm, self.tamga.page_of.format(page=number, pages=total))
            Canvas.showPage(self)
        super().save()


class _Code(Flowable):  # type: ignore[misc]
    """A QR code, drawn as one path: the library's own widget makes a shape of every bar."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.width = self.height = QR_SIZE
        made = QRCode(None, QRErrorCorrectLevel.M)
        made.addData(text)
        made.version = made.calculate_version()
        made.makeImpl(False, MASK)
        self.modules: list[list[bool]] = made.modules

    def draw(self) -> None:
        size = QR_SIZE / len(self.modules)
        path = self.canv.beginPath()
        for row, bits in enumerate(self.modules):
            column = 0
            for dark, run in groupby(bits):
                length = len(list(run))
                if dark:
                    path.rect(column * size, QR_SIZE - (row + 1) * size, length * size, size)
                column += length
        self.canv.setFillColor(colors.black)
        self.canv.drawPath(path, stroke=0, fill=1)


@cache
def _style(name: str) -> ParagraphStyle:
    looks: dict[str, dict[str, Any]] = {
        "title": {"fontName": BOLD, "fontSize": 17, "leading": 22, "spaceAfter": 2},
        "section": {"fontName": BOLD, "fontSize": 11.5, "leading": 15, "spaceBefore": 9, "spaceAfter": 3},
        "text": {"fontSize": 9, "leading": 12.5, "spaceAfter": 3},
        "cell": {"fontSize": 8, "leading": 10.5},
        "dim": {"fontSize": 8, "leading": 11, "textColor": DIM},
        "code": {"fontSize": 7.5, "leading": 10, "wordWrap": "CJK"},  # hashes break anywhere
    }
    return ParagraphStyle(name, **{"fontName": REGULAR, "textColor": INK, "splitLongWords": 1, **looks[name]})


def _said(text: str, style: str) -> Paragraph:
    return Paragraph(escape(drawable(text)).replace("\n", "<br/>"), _style(style))


def _story(document: Document) -> Iterator[Any]:
    for number, chapter in enumerate(document.chapters):
        if number:
            yield PageBreak()
        yield from _chapter(document, chapter)


def _chapter(document: Document, chapter: Chapter) -> Iterator[Any]:
    yield _masthead(chapter)
    boxed = False
    for section in chapter.sections:
        yield _said(section.title, "section")
        for part in section.parts:
            boxed = boxed or BOX in drawable(_words(part))
            yield _drawn(part)
    if boxed:
        yield Spacer(1, 4 * mm)
        yield _said(document.no_glyph, "dim")


def _masthead(chapter: Chapter) -> Grid:
    """Title, hash and address beside the QR code that holds both."""
    words = [
        _said(chapter.title, "title"), _said(chapter.subtitle, "dim"),
        _said(f"SHA-256 {chapter.sha256}", "code"), _said(chapter.address, "code"),
    ]  # fmt: skip
    code = _Code(f"{chapter.address}#sha256={chapter.sha256}")
    made = Grid([[words, code]], colWidths=[WIDTH - QR_SIZE - 4 * mm, QR_SIZE + 4 * mm])
    made.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, 0), 0),
                   ("LINEBELOW", (0, 0), (-1, -1), 0.8, INK), ("ALIGN", (1, 0), (1, 0), "RIGHT"),
                   ("RIGHTPADDING", (0, 0), (-1, -1), 0)])  # fmt: skip
    return made


def _words(part: Part) -> str:
    if isinstance(part, str):
        return part
    return "".join(cell for row in part.rows for cell in row)


def _drawn(part: Part) -> Any:
    if isinstance(part, str):
        return _said(part, "text")
    if isinstance(part, Facts):
        return _grid(part.rows, (0.3, 0.7), ("FONT", (0, 0), (0, -1), BOLD, 8))
    return _grid((part.heads, *part.rows), part.shares, ("FONT", (0, 0), (-1, 0), BOLD, 8), heads=1)


def _grid(rows: Sequence[tuple[str, ...]], shares: tuple[float, ...], bold: Any, heads: int = 0) -> Any:
    """Rows with `bold` for its cells; `heads` rows are repeated on every page."""
    if len(rows) == heads:
        return Spacer(1, 1)
    widths = [WIDTH * share for share in shares]
    cells = [[_cell(text, width) for text, width in zip(row, widths, strict=True)] for row in rows]
    made = Grid(cells, colWidths=widths, repeatRows=heads)
    made.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.3, LINE),
                   ("FONT", (0, 0), (-1, -1), REGULAR, 8, 10.5), ("TEXTCOLOR", (0, 0), (-1, -1), INK), bold,
                   ("LEFTPADDING", (0, 0), (-1, -1), 0), ("TOPPADDING", (0, 0), (-1, -1), 1.5),
                   ("BOTTOMPADDING", (0, 0), (-1, -1), 2)])  # fmt: skip
    return made


def _cell(text: str, width: float) -> Any:
    """A line that fits is drawn as it is; only what has to be broken costs a paragraph."""
    shown = drawable(text)
    if "\n" not in shown and stringWidth(shown, BOLD, 8) <= width - CELL_GAP:
        return shown
    return _said(text, "cell")
