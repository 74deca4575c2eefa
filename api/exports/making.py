"""The file of a packet in the format somebody asks for. Every format comes from the packet's text and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from api.exports.notice_pages import notice_document
from api.exports.packet_pages import packet_document
from screening import signing
from screening.errors import Language
from screening.exports.geo import geojson, kml
from screening.exports.graph import chart_of
from screening.exports.graphml import graphml
from screening.exports.i2 import i2
from screening.exports.notice import notice_json, notice_of
from screening.exports.pdf import pdf
from screening.exports.sealed import sealed
from screening.exports.whole import whole

PacketFormat = Literal["json", "signed", "pdf", "notice", "notice_pdf", "i2", "graphml", "geojson", "kml"]
JSON = "application/json"
UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Source:
    """A packet's text, the path under which it is fetched, and the reader's language."""

    text: str
    path: str
    language: Language

    @property
    def packet(self) -> dict[str, Any]:
        return whole(json.loads(self.text))

    @property
    def sha256(self) -> str:
        return signing.sha256(self.text)


@dataclass(frozen=True, slots=True)
class File:
    """What is handed out: a name that is safe everywhere, a media type, the bytes."""

    name: str
    media_type: str
    content: bytes

    @property
    def headers(self) -> dict[str, str]:
        """As an attachment; its type is not to be guessed and it is not to be kept."""
        return {
            "content-disposition": f'attachment; filename="{self.name}"',
            "x-content-type-options": "nosniff",
            "cache-control": "no-store",
        }


def _packet_pdf(source: Source) -> bytes:
    return pdf(packet_document(source.language, [(json.loads(source.text), source.sha256, source.path)]))


def _notice_pdf(source: Source) -> bytes:
    packet = source.packet
    return pdf(notice_document(source.language, packet, notice_of(packet, source.sha256), source.path))


# format -> ending, media type, maker
MAKERS: dict[PacketFormat, tuple[str, str, Callable[[Source], bytes]]] = {
    "json": ("json", JSON, lambda source: source.text.encode()),
    "signed": ("signed.json", JSON, lambda source: sealed(source.text).encode()),
    "pdf": ("pdf", "application/pdf", _packet_pdf),
    "notice": ("notice.json", JSON, lambda source: notice_json(source.packet, source.sha256)),
    "notice_pdf": ("notice.pdf", "application/pdf", _notice_pdf),
    "i2": ("i2.zip", "application/zip", lambda source: i2(chart_of(source.packet))),
    "graphml": ("graphml", "application/graphml+xml", lambda source: graphml(chart_of(source.packet))),
    "geojson": ("geojson", "application/geo+json", lambda source: geojson(source.packet)),
    "kml": ("kml", "application/vnd.google-earth.kml+xml", lambda source: kml(source.packet)),
}


def make(source: Source, wanted: PacketFormat) -> File:
    """The packet in this format: the same text gives the same bytes."""
    ending, media_type, maker = MAKERS[wanted]
    reference = json.loads(source.text)["order"]["reference"]
    language = f".{source.language}" if ending.endswith("pdf") else ""
    return File(f"{safe(reference)}{language}.{ending}", media_type, maker(source))


def case_file(sources: list[Source]) -> File:
    """Several packets in one PDF, each beginning on a page of its own."""
    chapters = [(json.loads(each.text), each.sha256, each.path) for each in sources]
    language = sources[0].language
    return File(f"case-file.{language}.pdf", "application/pdf", pdf(packet_document(language, chapters)))


def safe(name: str) -> str:
    """A file name of Latin letters, digits, dots and dashes; never a path, never a dot file."""
    return UNSAFE.sub("-", name).strip(".-")[:80] or "order"
