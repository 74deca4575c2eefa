"""The data sheet of a pre-export notification laid out for print."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from api.exports.texts import said
from screening.errors import Language
from screening.exports.document import Chapter, Document, Section, Table
from screening.exports.notice import REQUIRED
from screening.settings import settings

PERSON = ("name", "address", "city", "country", "registration_no", "number", "authority", "place", "phone", "email")


def notice_document(language: Language, packet: Mapping[str, Any], notice: Mapping[str, Any], path: str) -> Document:
    """The document of the data sheet that `screening.exports.notice` made."""
    reference = notice["order"]["reference"]
    title = said(language, "notice", reference=reference)
    missing = ", ".join(notice["missing"])
    sections = [Section(said(language, "summary"), (said(language, "notice_help"),))]
    if missing:
        sections.append(Section(said(language, "missing"), (missing,)))
    sections.append(Section(said(language, "field"), (_table(language, notice["fields"]),)))
    for number, line in enumerate(notice["lines"], 1):
        sections.append(Section(said(language, "goods_line", number=number), (_table(language, line),)))
    address = f"{settings().public_url}{path}"
    chapter = Chapter(title, packet["company"]["name"], notice["packet_sha256"], address, tuple(sections))
    moment = datetime.fromisoformat(packet["order"]["received_at"])
    return Document(title, language, moment, said(language, "page"), said(language, "no_glyph"), (chapter,))


def _table(language: Language, fields: list[dict[str, Any]]) -> Table:
    heads = (said(language, "field"), said(language, "need"), said(language, "value"))
    rows = tuple(
        (
            field[language],
            said(language, "required" if field["need"] == REQUIRED else "conditional_field"),
            _value(field["value"]) or said(language, "not_stated"),
        )
        for field in fields
    )
    return Table(heads, rows, (0.34, 0.2, 0.46))


def _value(value: Any) -> str:
    """A value in one cell: parties by what names and places them, lists one item a line."""
    if isinstance(value, list):
        return "\n".join(_value(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(str(value[name]) for name in PERSON if value.get(name))
    return "" if value is None else str(value)
