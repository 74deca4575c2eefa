"""Each format of a packet is opened by a reader that is not ours, and is the same bytes twice."""

from __future__ import annotations

import base64
import csv
import io
import json
import zipfile
from typing import get_args

import fastkml
import geojson
import networkx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pypdf import PdfReader
from sqlmodel import Session

from api.exports.making import PacketFormat, Source, case_file, make, safe
from api.workbench.limits import ROWS
from screening import signing
from screening.errors import Language
from screening.exports.limits import PAIRS
from tests.screening.exports.packets import NAMES, packet_text


@pytest.fixture
def source(session: Session) -> Source:
    return Source(packet_text(session), "/v1/orders/1/export", "en")


def words(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


@pytest.mark.parametrize("wanted", get_args(PacketFormat))
def test_the_same_packet_is_the_same_bytes(source: Source, wanted: PacketFormat) -> None:
    first, again = make(source, wanted), make(source, wanted)
    assert first == again
    assert first.content


@pytest.mark.parametrize(("language", "heading"), [("en", "How to verify"), ("ru", "Как проверить")])
def test_the_pdf_says_it_all_with_every_letter(source: Source, language: Language, heading: str) -> None:
    made = make(Source(source.text, source.path, language), "pdf").content
    told = words(made)
    assert heading in told
    assert all(name in told for name in NAMES.values())
    assert source.sha256 in told
    assert "\ufffd" not in told
    pages = PdfReader(io.BytesIO(made)).pages
    assert all(f"{number} " in page.extract_text()[-20:] for number, page in enumerate(pages, 1))


def test_the_pdf_carries_its_fonts_and_no_clock(source: Source) -> None:
    reader = PdfReader(io.BytesIO(make(source, "pdf").content))
    fonts = [font.get_object() for font in reader.pages[0]["/Resources"]["/Font"].values()]  # type: ignore[index,union-attr]
    named = {str(font["/BaseFont"]) for font in fonts if "Helvetica" not in font["/BaseFont"]}
    assert named
    assert all("+NotoSans" in name for name in named)  # the plus marks a subset that is embedded
    assert reader.metadata is not None
    arrived = json.loads(source.text)["decisions"][-1]["at"]
    assert reader.metadata.creation_date is not None
    assert reader.metadata.creation_date.strftime("%Y-%m-%dT%H:%M:%S") == arrived[:19]


def test_a_letter_without_a_glyph_is_owned_up_to(session: Session) -> None:
    text = packet_text(session, notes="艾美")
    assert "stands for a letter" in words(make(Source(text, "/", "en"), "pdf").content)


def test_a_case_file_holds_every_packet(session: Session) -> None:
    sources = [Source(packet_text(session), f"/v1/orders/{number}", "ru") for number in range(3)]
    told = words(case_file(sources).content)
    assert all(each.sha256 in told for each in sources)


def test_the_signed_packet_stands_without_the_service(source: Source) -> None:
    told = json.loads(make(source, "signed").content)
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(told["public_key"]))
    key.verify(base64.b64decode(told["signature"]), told["packet"].encode())
    assert (told["packet"], told["packet_sha256"]) == (source.text, signing.sha256(source.text))


def test_the_notice_names_what_is_missing(source: Source) -> None:
    told = json.loads(make(source, "notice").content)
    assert told["packet_sha256"] == source.sha256
    assert {"entry_point", "notification_id", "customs_office"} <= set(told["missing"])
    assert not {"exporter", "importer", "exit_point"} & set(told["missing"])
    printed = words(make(Source(source.text, "/", "ru"), "notice_pdf").content)
    assert NAMES["kazakh"] in printed
    assert "не указано" in printed


def test_networkx_reads_the_graph(source: Source) -> None:
    graph = networkx.read_graphml(io.BytesIO(make(source, "graphml").content))
    assert isinstance(graph, networkx.DiGraph)
    labels = {data["label"] for _, data in graph.nodes(data=True)}
    assert set(NAMES.values()) <= labels
    assert ("order", "goods-1") in graph.edges
    assert graph.edges["order", "goods-1"]["amount"] == "4000.5"


def test_i2_rows_are_whole_and_never_formulas(source: Source) -> None:
    files = zipfile.ZipFile(io.BytesIO(make(source, "i2").content))
    tables = {
        name: list(csv.DictReader(io.StringIO(files.read(name).decode("utf-8-sig")))) for name in files.namelist()
    }
    ids = {row["id"] for row in tables["entities.csv"]}
    assert {row[end] for row in tables["links.csv"] for end in ("source_id", "target_id")} <= ids
    explained = {(row["file"], row["column"]) for row in tables["columns.csv"]}
    assert explained == {(name, head) for name in ("entities.csv", "links.csv") for head in tables[name][0]}
    cells = [cell for rows in tables.values() for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert "'@SUM(1+1)" in cells


def test_geojson_is_valid_and_follows_the_road(source: Source) -> None:
    told = geojson.loads(make(source, "geojson").content)
    assert told.is_valid, told.errors()
    points = [feature for feature in told["features"] if feature["geometry"]["type"] == "Point"]
    assert [point["properties"]["located"] for point in points] == ["place", "place", "stated", "country"]
    (road,) = [feature for feature in told["features"] if feature["geometry"]["type"] == "MultiLineString"]
    assert road["geometry"]["coordinates"][0][2] == [69.24, 41.3]


def test_a_road_over_the_antimeridian_is_cut(session: Session) -> None:
    legs = [{"place": "a", "latitude": 50.0, "longitude": 170.0}, {"place": "b", "latitude": 54.0, "longitude": -170.0}]
    text = packet_text(session, route={"legs": legs})
    told = geojson.loads(make(Source(text, "/", "en"), "geojson").content)
    parts = told["features"][-1]["geometry"]["coordinates"]
    assert parts[0][-1] == [180.0, 52.0]
    assert parts[1][0] == [-180.0, 52.0]


def test_fastkml_reads_the_places(source: Source) -> None:
    read = fastkml.KML.from_string(make(source, "kml").content.decode().partition("?>")[2])
    marks = list(read.features[0].features)
    assert [mark.name for mark in marks][1:3] == ["Khorgos", "Nowhere"]
    assert (marks[2].geometry.x, marks[2].geometry.y) == (69.24, 41.3)


LATER = ("facts", "limits", "duties", "permits", "notification", "model_card", "history", "parties", "route", "verify")


@pytest.mark.parametrize("wanted", get_args(PacketFormat))
def test_a_packet_of_version_1_is_still_drawn(source: Source, wanted: PacketFormat) -> None:
    packet = {name: value for name, value in json.loads(source.text).items() if name not in LATER}
    old = Source(signing.canonical(packet | {"format": "tamga-referral/1"}), source.path, "en")
    assert make(old, wanted).content


def test_the_page_and_the_packet_compare_the_same_figures() -> None:
    assert tuple((fact, limit) for _, fact, limit, _ in ROWS) == PAIRS


@pytest.mark.parametrize("name", ["../../etc/passwd", 'a"b\r\nX: 1', "Заказ/№ 5", "...", ""])
def test_a_file_name_is_safe(name: str) -> None:
    told = safe(name)
    assert told
    assert set(told) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
    assert not told.startswith(".")
