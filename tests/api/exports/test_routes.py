"""Who gets a file, under which name, that it is on record, and that it is proven without the service."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path

import openpyxl
import pytest
from lxml import etree
from pypdf import PdfReader
from sqlmodel import Session
from starlette.testclient import TestClient

from screening import audit
from screening.ids import new_id
from screening.tables.cases import Case
from screening.tables.people import Organisation
from screening.tamga_verify import proof_fault
from tests.api.sign_in import browser, machine
from tests.builders import held_case, make_organisation
from tests.screening.exports.packets import EXPORT
from tests.screening.exports.test_goaml import CODES, XSD


@pytest.fixture
def company(session: Session) -> Organisation:
    return make_organisation(session, country="KZ")


@pytest.fixture
def authority(session: Session) -> Organisation:
    return make_organisation(session, "authority", "KZ", "KZ-MVD")


@pytest.fixture
def case(session: Session, company: Organisation) -> Case:
    return held_case(session, company, **EXPORT)


@pytest.fixture
def referral(client: TestClient, session: Session, company: Organisation, authority: Organisation, case: Case) -> str:
    browser(client, session, company, "officer")
    answer = client.post(f"/v1/cases/{case.id}/referral", json={"reason": "beyond the declared need"})
    client.cookies.clear()
    return str(answer.json()["id"])


def test_an_officer_takes_a_file_and_it_is_on_record(
    client: TestClient, session: Session, company: Organisation, case: Case
) -> None:
    browser(client, session, company, "officer")
    made = client.get(f"/v1/orders/{case.order_id}/export", params={"format": "pdf", "language": "ru"})
    assert made.status_code == 200
    assert made.headers["content-disposition"].endswith('.ru.pdf"')
    assert len(PdfReader(io.BytesIO(made.content)).pages) >= 2
    entries = [event for event in audit.trail(session, case.order_id) if event["action"] == "export.made"]
    assert [each["details"]["sha256"] for each in entries] == [hashlib.sha256(made.content).hexdigest()]
    again = client.get(f"/v1/orders/{case.order_id}/export", params={"format": "pdf", "language": "ru"})
    assert again.content == made.content


@pytest.mark.parametrize("role", ["integration", "auditor", "administrator"])
def test_others_of_the_company_do_not(
    client: TestClient, session: Session, company: Organisation, case: Case, role: str
) -> None:
    browser(client, session, company, role)  # type: ignore[arg-type]
    paths = (f"/v1/orders/{case.order_id}/export", f"/v1/exports/case-file?order={case.order_id}", "/v1/exports/orders")
    assert [client.get(path).status_code for path in paths] == [403, 403, 403]


def test_foreign_and_absent_orders_are_one(client: TestClient, session: Session, case: Case) -> None:
    browser(client, session, make_organisation(session), "officer")
    for path in ("/v1/orders/{}/export", "/v1/exports/case-file?order={}"):
        told = [client.get(path.format(each)) for each in (case.order_id, new_id())]
        assert [each.status_code for each in told] == [404, 404]
        assert told[0].json()["detail"] == told[1].json()["detail"]


def test_an_unknown_format_is_one_clear_answer(client: TestClient, session: Session, company: Organisation) -> None:
    browser(client, session, company, "officer")
    told = client.get(f"/v1/orders/{new_id()}/export", params={"format": "exe"})
    assert (told.status_code, [each["field"] for each in told.json()["errors"]]) == (422, ["query.format"])


def test_lists_open_and_hold_no_formula(client: TestClient, session: Session, company: Organisation) -> None:
    customer = {"name": "=cmd|' /C calc'!A0", "country": "KZ"}
    held_case(session, company, customer=customer)
    held_case(session, make_organisation(session))
    browser(client, session, company, "officer")
    for name in ("orders", "cases"):
        rows = list(csv.reader(io.StringIO(client.get(f"/v1/exports/{name}").content.decode("utf-8-sig"))))
        assert len(rows) == 2
        assert f"'{customer['name']}" in rows[1]
        book = openpyxl.load_workbook(io.BytesIO(client.get(f"/v1/exports/{name}?format=xlsx&language=ru").content))
        assert {cell.data_type for row in book.active.iter_rows() for cell in row} <= {"s", "n"}
        assert book.active["A1"].value == "Заказ"


def test_a_case_file_of_several_orders(client: TestClient, session: Session, company: Organisation) -> None:
    orders = [str(held_case(session, company).order_id) for _ in range(3)]
    browser(client, session, company, "supervisor")
    made = client.get("/v1/exports/case-file", params={"order": orders, "language": "en"})
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(made.content)).pages)
    assert text.count("How to verify") == 3


def test_the_authority_takes_what_was_referred_to_it(
    client: TestClient, session: Session, authority: Organisation, referral: str
) -> None:
    regulator = machine(session, authority, "regulator")
    frozen = client.get(f"/v1/referrals/{referral}/packet", headers=regulator).content
    same = client.get(f"/v1/referrals/{referral}/packet?format=json", headers=regulator)
    assert same.content == frozen
    for wanted in ("signed", "pdf", "notice", "notice_pdf", "i2", "graphml", "geojson", "kml"):
        made = client.get(f"/v1/referrals/{referral}/packet", params={"format": wanted}, headers=regulator)
        assert made.status_code == 200, wanted
    taken = [event for event in audit.trail(session, referral) if event["action"] == "export.made"]
    assert {event["organisation_id"] for event in taken} == {str(authority.id)}
    other = machine(session, make_organisation(session, "authority", "RU", "RU-MVD"), "regulator")
    assert client.get(f"/v1/referrals/{referral}/packet?format=pdf", headers=other).status_code == 404


def test_the_log_is_proven_to_name_the_packet(
    client: TestClient, session: Session, authority: Organisation, case: Case, referral: str
) -> None:
    regulator = machine(session, authority, "regulator")
    path = f"/v1/referrals/{referral}/packet"
    assert client.get(f"{path}?format=proof", headers=regulator).json()["code"] == "not_yet_signed"
    audit.append(session)
    audit.checkpoint(session)
    packet = client.get(path, headers=regulator).content
    proof = client.get(f"{path}?format=proof", headers=regulator).json()
    assert proof_fault(proof, None, packet) is None
    assert proof_fault(proof, None, packet + b" ") == "the event does not name this document"


def test_a_packet_made_after_a_checkpoint_proves_its_screening(
    client: TestClient, session: Session, company: Organisation, case: Case
) -> None:
    browser(client, session, company, "officer")
    audit.append(session)
    audit.checkpoint(session)
    packet = client.get(f"/v1/orders/{case.order_id}/export").json()
    proof = packet["verify"]["screening_proof"]
    assert proof_fault(proof) is None
    assert packet["order"]["body_sha256"] in proof["event"]["body"]


def test_goaml_is_held_against_the_organisations_own_schema(
    client: TestClient, session: Session, authority: Organisation, referral: str, tmp_path: Path
) -> None:
    regulator = machine(session, authority, "regulator")
    path = f"/v1/referrals/{referral}/packet?format=goaml"
    assert client.get(path, headers=regulator).json()["code"] == "no_goaml_schema"
    browser(client, session, authority, "administrator")
    body = {"name": "own 1", "xsd": XSD, "codes": CODES}
    assert client.put("/v1/goaml-schema", json=body).status_code == 200
    assert client.get("/v1/goaml-schema").json()["name"] == "own 1"
    client.cookies.clear()
    made = client.get(path, headers=regulator)
    etree.XMLSchema(etree.fromstring(XSD.encode())).assertValid(etree.fromstring(made.content))
    browser(client, session, authority, "administrator")
    client.put("/v1/goaml-schema", json=body | {"codes": CODES | {"report_code": "XYZ"}})
    client.cookies.clear()
    told = client.get(path, headers=regulator)
    assert (told.status_code, told.json()["code"]) == (422, "goaml_not_valid")
    assert told.json()["errors"][0]["field"].startswith("report.line.")


def test_a_schema_that_reads_files_is_refused(client: TestClient, session: Session, company: Organisation) -> None:
    browser(client, session, company, "administrator")
    xsd = (
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:include schemaLocation="/etc/passwd"/></xs:schema>'
    )
    told = client.put("/v1/goaml-schema", json={"name": "x", "xsd": xsd, "codes": CODES})
    assert (told.status_code, told.json()["errors"][0]["field"]) == (422, "xsd")
    assert json.dumps(told.json()).count("root:") == 0
