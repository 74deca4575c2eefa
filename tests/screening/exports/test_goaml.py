"""goAML reports follow the schema an organisation loads; unsafe schemas are refused before they are compiled."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlmodel import Session

from screening.errors import Invalid
from screening.exports.goaml import Report, goaml
from screening.exports.goaml_schemas import NotGoaml, checked, compiled
from tests.screening.exports.packets import packet_of

XSD = (Path(__file__).parent / "goaml.xsd").read_text("utf-8")
CODES: dict[str, Any] = {
    "rentity_id": 42, "submission_code": "E", "report_code": "STR", "currency_code_local": "USD",
    "transmode_code": "BT", "from_funds_code": "K", "to_funds_code": "K", "address_type": "B",
    "reporting_person": {"first_name": "Aigul", "last_name": "Serik"}, "indicators": ["PRE-1"], "significance": 5,
}  # fmt: skip
REPORT = Report("R-1", "beyond the declared need", date(2026, 11, 22))
HEAD = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'


@pytest.mark.parametrize(("currency", "told"), [("USD", "transaction"), ("EUR", "activity")])
def test_a_report_follows_the_schema(session: Session, currency: str, told: str) -> None:
    """Money only in the FIU's own currency; without a rate the report tells an activity."""
    made = goaml(packet_of(session, currency=currency), REPORT, CODES)
    schema = etree.XMLSchema(etree.fromstring(XSD.encode()))
    schema.assertValid(etree.fromstring(made))
    assert checked(made, XSD) == made
    assert etree.fromstring(made).find(told) is not None


def test_what_does_not_follow_is_told_with_its_line(session: Session) -> None:
    made = goaml(packet_of(session), REPORT, {**CODES, "report_code": "XYZ", "reporting_person": None})
    with pytest.raises(NotGoaml) as refused:
        checked(made, XSD)
    line = next(number for number, text in enumerate(made.decode().splitlines(), 1) if "XYZ" in text)
    assert f"report.line.{line}" in {fault.field for fault in refused.value.faults}
    assert any("reporting_person" in fault.reason.en for fault in refused.value.faults)


def test_an_order_cannot_write_elements(session: Session) -> None:
    seller = {"name": "</name><evil/>&x;", "country": "KZ"}
    made = etree.fromstring(goaml(packet_of(session, seller=seller), REPORT, CODES))
    assert made.findtext(".//to_entity/name") == seller["name"]
    assert made.find(".//evil") is None


@pytest.mark.parametrize(
    "unsafe",
    [
        f'{HEAD}<xs:include schemaLocation="/etc/passwd"/></xs:schema>',
        f'{HEAD}<xs:import namespace="a" schemaLocation="http://127.0.0.1/x.xsd"/></xs:schema>',
        f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>{HEAD}<xs:element name="a"/></xs:schema>',
        f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>{HEAD}</xs:schema>',
        f'{HEAD}<xs:element name="a"><xs:complexType><xs:sequence><xs:element name="b" maxOccurs="9999999"/>'
        "</xs:sequence></xs:complexType></xs:element></xs:schema>",
        f'{HEAD}<xs:element name="a"><xs:complexType><xs:sequence><xs:element name="b" maxOccurs="000000000009999999"/>'
        "</xs:sequence></xs:complexType></xs:element></xs:schema>",
        f"{HEAD}<xs:nonsense/></xs:schema>",
        "not xml at all",
        "",
    ],
)
def test_an_unsafe_or_broken_schema_is_refused(unsafe: str) -> None:
    with pytest.raises(Invalid) as refused:
        compiled(unsafe)
    assert refused.value.faults
