"""A document before it has pages: titles, paragraphs, facts and tables. Whoever knows the words writes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns; `shares` are the columns' parts of the page's width and add up to 1."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Labelled facts, one below the other."""

    rows: tuple[tuple[str, str], ...]


Part = str | Table | Facts


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One packet: it begins on a page of its own, with its hash and an address, both also as a QR code."""

    title: str
    subtitle: str
    sha256: str
    address: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """`moment`: of what is told, not of printing: it is the file's date. `no_glyph` says why a sign is replaced."""

    title: str
    language: Literal["en", "ru"]
    moment: datetime
    page_of: str
    no_glyph: str
    chapters: tuple[Chapter, ...]
