"""Every export opened by a foreign reader, a PDF twice the same bytes, and the time of a 50-page case file."""

from __future__ import annotations

import csv
import io
import json
import random
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import Any, get_args
from uuid import UUID

import fastkml
import geojson
import networkx
import openpyxl
from lxml import etree
from pypdf import PdfReader
from sqlmodel import Session

from api.bench.house import default_model, opened
from api.bench.report import Report
from api.exports import making
from api.exports.making import PacketFormat, Source
from features.intake import OrderIn
from models.keys import load_trusted
from models.scorer import Scorer
from screening import database, screen
from screening.exports.goaml import Report as GoamlReport
from screening.exports.goaml import goaml
from screening.exports.sheets import csv_of, xlsx_of
from screening.model_folder import trusted_key_places
from screening.orders import Submission
from screening.packets import packet_for
from screening.scoring import SERVICE
from screening.signing import canonical

PAGES = 50
ORDERS = 40
SECONDS = 3.0
TIMES = 3
SUBSTANCES = (("Ангидрид уксусный", "108-24-7"), ("acetone", "67-64-1"), ("potassium permanganate", "7722-64-7"))
XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="report"><xs:complexType><xs:sequence>
<xs:element name="rentity_id" type="xs:int"/><xs:element name="report_code" type="xs:string"/>
<xs:element name="entity_reference" type="xs:string"/><xs:element name="submission_date" type="xs:date"/>
<xs:element name="currency_code_local" type="xs:string"/><xs:element name="reason" type="xs:string"/>
<xs:any minOccurs="1" maxOccurs="2" processContents="skip"/></xs:sequence></xs:complexType></xs:element></xs:schema>"""
CODES = {"rentity_id": 1, "report_code": "STR", "currency_code_local": "USD"}


def order(number: int) -> OrderIn:
    """A seeded export order by one of four customers, so that sums and histories have something to tell."""
    chance = random.Random(number)  # noqa: S311 - a seeded stream
    name, cas = SUBSTANCES[number % len(SUBSTANCES)]
    body: dict[str, Any] = {
        "reference": f"BENCH-{number}",
        "type": "export",
        "ordered_at": f"2026-11-{number % 20 + 1:02}T09:30:00+05:00",
        "value": str(chance.randint(500, 90_000)),
        "currency": "USD",
        "destination_country": "TJ",
        "seller": {"name": "ТОО «Әлем Қағазы»", "country": "KZ", "city": "Almaty", "registration_no": "990540001111"},
        "customer": {"name": f"ҶДММ «Тоҷик Ӯҳда {number % 4}»", "country": "TJ", "registration_no": str(number % 4)},
        "consignee": {"name": "Gulf Cargo", "country": "TJ", "type": "free_zone"},
        "intermediaries": [{"name": "МЧЖ «Ўзбек Ғишт»", "country": "UZ", "role": "forwarder"}],
        "lines": [{"name": name, "cas": cas, "quantity": str(chance.randint(50, 5000)), "unit": "kg"}],
        "route": {"legs": [{"place": "Khorgos", "country": "KZ", "place_type": "border", "mode": "rail"}]},
        "payment": {"method": "hawala", "payer": "Crescent", "payer_country": "AE"},
    }
    return OrderIn.model_validate_json(json.dumps(body))


def pdf_pages(content: bytes) -> int:
    """How many pages a PDF reader finds; every one must have text."""
    pages = PdfReader(io.BytesIO(content)).pages
    assert all(page.extract_text().strip() for page in pages)
    return len(pages)


def csv_rows(content: bytes) -> int:
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert len({len(row) for row in rows}) == 1
    return len(rows)


def zipped_tables(content: bytes) -> int:
    files = zipfile.ZipFile(io.BytesIO(content))
    return sum(csv_rows(files.read(name)) for name in files.namelist())


def follows_schema(content: bytes) -> int:
    etree.XMLSchema(etree.fromstring(XSD.encode())).assertValid(etree.fromstring(content))
    return 1


def valid_geojson(content: bytes) -> int:
    told = geojson.loads(content)
    return len(told["features"]) if told.is_valid else 0


READERS: dict[str, Callable[[bytes], int]] = {
    "json": lambda content: len(json.loads(content)),
    "signed": lambda content: len(json.loads(content)),
    "pdf": pdf_pages,
    "notice": lambda content: len(json.loads(content)["fields"]),
    "notice_pdf": pdf_pages,
    "i2": zipped_tables,
    "graphml": lambda content: len(networkx.read_graphml(io.BytesIO(content))),
    "geojson": valid_geojson,
    "kml": lambda content: len(list(fastkml.KML.from_string(content.decode().partition("?>")[2]).features)),
    "goaml": follows_schema,
    "csv": csv_rows,
    "xlsx": lambda content: int(openpyxl.load_workbook(io.BytesIO(content)).active.max_row),
}


@contextmanager
def sources() -> Iterator[list[Source]]:
    """Packets of screened orders of one company, with the default model's explanation."""
    with opened() as house:
        SERVICE.serve(Scorer.load(default_model(), load_trusted(trusted_key_places())))
        with database.session() as session:
            yield [_source(session, house.company, number) for number in range(ORDERS)]


def _source(session: Session, company: UUID, number: int) -> Source:
    made = screen.submit(session, Submission.of(company, order(number))).order
    session.flush()
    return Source(canonical(packet_for(session, made.version_id)), f"/v1/orders/{made.id}/export", "ru")


def files_of(source: Source) -> dict[str, bytes]:
    """Every format once."""
    made = {wanted: making.make(source, wanted).content for wanted in get_args(PacketFormat)}
    table = [("reference", "kilograms"), ("=1+1", 2.5)]
    report = GoamlReport("R-1", "bench", date(2026, 11, 22))
    return {
        **made,
        "goaml": goaml(source.packet, report, CODES),
        "csv": csv_of(table),
        "xlsx": xlsx_of("orders", table),
    }


def opens(reader: Callable[[bytes], int], content: bytes) -> bool:
    """Whether the foreign reader takes the file and finds something in it."""
    try:
        return reader(content) > 0
    except Exception as fault:  # a foreign reader fails in its own ways; each is a failed bar
        print(f"  not opened: {type(fault).__name__}: {fault}")
        return False


def main() -> None:
    """Run and print; exits 1 if a bar is not met."""
    report = Report("exports")
    with sources() as packets:
        first, again = files_of(packets[-1]), files_of(packets[-1])
        opened_well = {name: opens(READERS[name], content) for name, content in first.items()}
        print(", ".join(f"{name} {len(content)} bytes" for name, content in first.items()))
        report.bar("formats_opened", sum(opened_well.values()), "equals", len(READERS))
        languages = [Source(packets[-1].text, packets[-1].path, language) for language in ("en", "ru")]
        twice = [making.make(each, "pdf") == making.make(each, "pdf") for each in languages]
        report.bar("pdf_same_bytes", int(all(twice) and first == again), "equals", 1)
        chosen = enough(packets)
        seconds = sorted(timed(partial(making.case_file, chosen)) for _ in range(TIMES))
        report.bar("case_file_pages", pdf_pages(making.case_file(chosen).content), "at least", PAGES)
        print(f"{len(chosen)} packets; seconds of each run: {', '.join(f'{each:.2f}' for each in seconds)}")
        report.bar("fifty_page_case_file_seconds", seconds[TIMES // 2], "at most", SECONDS)
    report.end()


def enough(packets: list[Source]) -> list[Source]:
    """As many packets as fill the pages; each begins on a page of its own, so their pages add up."""
    chosen: list[Source] = []
    pages = 0
    for each in packets:
        chosen.append(each)
        pages += pdf_pages(making.make(each, "pdf").content)
        if pages >= PAGES:
            break
    return chosen


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
