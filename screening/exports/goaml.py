"""A referral as a goAML report (UNODC): only the skeleton is ours, every code comes from the organisation's own table.

With a value in the FIU's own currency the report tells a transaction, from who pays to who sells; otherwise, since no
rate of exchange is ours to choose, an activity with the parties. The organisation's XSD has the last word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from lxml import etree

from screening.exports.xml import clean


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says beside its packet: its number, why it is made, and its day."""

    number: str
    reason: str
    on: date


def goaml(packet: Mapping[str, Any], report: Report, codes: Mapping[str, Any]) -> bytes:
    """The report as XML. `codes` without an entry leave its element out: whether that may be, the XSD says."""
    root = etree.Element("report")
    _texts(
        root,
        rentity_id=codes.get("rentity_id"),
        submission_code=codes.get("submission_code"),
        report_code=codes.get("report_code"),
        entity_reference=report.number,
        submission_date=report.on.isoformat() + codes.get("date_suffix", ""),
        currency_code_local=codes.get("currency_code_local"),
    )
    if codes.get("reporting_person"):
        _texts(etree.SubElement(root, "reporting_person"), **dict(codes["reporting_person"]))
    _texts(root, reason=_reason(packet, report), action=codes.get("action"))
    if _money(packet, codes):
        _transaction(root, packet, codes)
    else:
        _activity(root, packet, codes)
    indicators = etree.SubElement(root, "report_indicators") if codes.get("indicators") else None
    for code in codes.get("indicators") or ():
        _text(indicators, "indicator", code)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _money(packet: Mapping[str, Any], codes: Mapping[str, Any]) -> bool:
    body = packet["order"]["body"]
    return bool(body.get("value")) and body.get("currency") == codes.get("currency_code_local")


def _reason(packet: Mapping[str, Any], report: Report) -> str:
    return "\n".join([report.reason, *(each["en"] for each in packet["assessment"]["reasons"])])[:4000]


def _transaction(root: etree._Element, packet: Mapping[str, Any], codes: Mapping[str, Any]) -> None:
    order, body = packet["order"], packet["order"]["body"]
    made = etree.SubElement(root, "transaction")
    ordered = (body.get("ordered_at") or order["received_at"])[:10]
    _texts(
        made,
        transactionnumber=order["reference"],
        transaction_description=_goods(body),
        date_transaction=ordered + codes.get("date_suffix", ""),
        transmode_code=codes.get("transmode_code"),
        amount_local=body["value"],
    )
    payer = next((each for each in packet["parties"] if each["role"] == "payer"), body["customer"])
    _end(made, "from", payer, codes)
    seller = {"country": packet["jurisdiction"]["exporter"], "name": packet["company"]["name"]}
    _end(made, "to", {**seller, **(body.get("seller") or {})}, codes)


def _end(made: etree._Element, side: str, party: Mapping[str, Any], codes: Mapping[str, Any]) -> None:
    end = etree.SubElement(made, f"t_{side}")
    _text(end, f"{side}_funds_code", codes.get(f"{side}_funds_code"))
    _entity(etree.SubElement(end, f"{side}_entity"), party, codes)
    _text(end, f"{side}_country", _country(party, codes))


def _activity(root: etree._Element, packet: Mapping[str, Any], codes: Mapping[str, Any]) -> None:
    parties = etree.SubElement(etree.SubElement(root, "activity"), "report_parties")
    for party in packet["parties"]:
        if party["role"] == "placed_by" or not party.get("name"):
            continue
        made = etree.SubElement(parties, "report_party")
        _entity(etree.SubElement(made, "entity"), party, codes)
        _texts(
            made, significance=codes.get("significance"), reason=f"{party['role']}: {_goods(packet['order']['body'])}"
        )


def _entity(made: etree._Element, party: Mapping[str, Any], codes: Mapping[str, Any]) -> None:
    _texts(made, name=party.get("name") or party.get("id"), incorporation_number=party.get("registration_no"))
    place = _country(party, codes)
    if codes.get("address_type") and place and party.get("city"):
        address = etree.SubElement(etree.SubElement(made, "addresses"), "address")
        _texts(
            address, address_type=codes["address_type"], address=party.get("address") or party["city"],
            city=party["city"], country_code=place,
        )  # fmt: skip


def _country(party: Mapping[str, Any], codes: Mapping[str, Any]) -> str | None:
    """The FIU's own code of the party's country, the ISO code where its table names none."""
    iso = party.get("country")
    return (codes.get("countries") or {}).get(iso, iso)


def _goods(body: Mapping[str, Any]) -> str:
    lines = [f"{line.get('name') or line.get('trade_name') or line.get('cas')}: {line['quantity']} "
             f"{line.get('unit') or 'kg'}" for line in body["lines"]]  # fmt: skip
    return "; ".join(lines)[:4000]


def _texts(parent: etree._Element, **values: object) -> None:
    for name, value in values.items():
        _text(parent, name, value)


def _text(parent: etree._Element, name: str, value: object) -> None:
    if value is not None and value != "":
        etree.SubElement(parent, name).text = clean(str(value))
