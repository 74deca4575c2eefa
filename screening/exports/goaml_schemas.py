"""An organisation's own goAML schema: taken in safely, kept with its code table, and every report held against it.

No official schema is shipped: each FIU has its own version and codes. A schema that would read another file, bring
entities or count too far is refused before it is compiled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree
from sqlmodel import Session, col, select

from screening import signing
from screening.access import Principal
from screening.audit import AuditEntry, record
from screening.errors import Conflict, FieldFault, Invalid, Text
from screening.exports.xml import parser
from screening.tables.exports import GoamlSchema

XS = "{http://www.w3.org/2001/XMLSchema}"
OUTSIDE = ("include", "import", "redefine", "override")
LARGEST_COUNT = 5000
LONGEST_MESSAGE = 300
MOST_FAULTS = 50
MEND_SCHEMA = Text(
    "Load the schema as one file, as your FIU gives it.", "Загрузите схему одним файлом, как её даёт ПФР."
)
MEND_REPORT = Text(
    "Complete the code table or the order's data, or load the right schema.",
    "Дополните таблицу кодов или данные заказа либо загрузите верную схему.",
)


class NoGoamlSchema(Conflict):
    code = "no_goaml_schema"
    detail = Text("Your organisation has loaded no goAML schema.", "Ваша организация не загрузила схему goAML.")
    remedy = Text(
        "Ask your administrator to load your FIU's XSD and codes (PUT /v1/goaml-schema).",
        "Попросите администратора загрузить XSD и коды вашего ПФР (PUT /v1/goaml-schema).",
    )


class NotGoaml(Invalid):
    code = "goaml_not_valid"
    detail = Text(
        "The report does not follow your organisation's goAML schema.",
        "Отчёт не соответствует схеме goAML вашей организации.",
    )
    remedy = MEND_REPORT


@dataclass(frozen=True, slots=True)
class NewSchema:
    """A schema to take: its name (version of the FIU's XSD), its text, and the organisation's codes."""

    name: str
    xsd: str
    codes: Mapping[str, Any]


def load(session: Session, caller: Principal, new: NewSchema) -> GoamlSchema:
    """Keep the schema as the organisation's newest. Raises Invalid with the line of each fault."""
    compiled(new.xsd)
    made = GoamlSchema(
        organisation_id=caller.organisation_id,
        name=new.name,
        xsd=new.xsd,
        sha256=signing.sha256(new.xsd),
        codes=_kept(new.codes),
        loaded_by=caller.user_id,
    )
    session.add(made)
    session.flush()
    told = {"name": made.name, "sha256": made.sha256}
    record(session, AuditEntry("goaml.schema_loaded", caller.actor, caller.organisation_id, made.id, told))
    return made


def _kept(codes: Mapping[str, Any]) -> dict[str, Any]:
    """The reporting person's elements as pairs: a schema asks for their order, which the database's JSON forgets."""
    person = codes.get("reporting_person")
    return {**codes, "reporting_person": [list(pair) for pair in person.items()]} if person else dict(codes)


def newest(session: Session, caller: Principal) -> GoamlSchema:
    """The caller's organisation's schema. Raises NoGoamlSchema."""
    query = select(GoamlSchema).where(GoamlSchema.organisation_id == caller.organisation_id)
    found = session.exec(query.order_by(col(GoamlSchema.created_at).desc(), col(GoamlSchema.id).desc())).first()
    if found is None:
        raise NoGoamlSchema
    return found


def compiled(xsd: str) -> etree.XMLSchema:
    """The schema ready to validate. Raises Invalid for what is unsafe or no schema."""
    try:
        tree = etree.fromstring(xsd.encode(), parser())
    except etree.XMLSyntaxError as fault:
        raise Invalid(faults=_faults(fault.error_log or (), "xsd", MEND_SCHEMA) or (_plain(str(fault)),)) from fault
    _refuse_unsafe(tree)
    try:
        return etree.XMLSchema(tree)
    except etree.XMLSchemaParseError as fault:
        raise Invalid(faults=_faults(fault.error_log, "xsd", MEND_SCHEMA) or (_plain(str(fault)),)) from fault


def checked(report: bytes, xsd: str) -> bytes:
    """The report, if it follows the schema. Raises NotGoaml with the validator's lines."""
    schema = compiled(xsd)
    if not schema.validate(etree.fromstring(report, parser())):
        raise NotGoaml(faults=_faults(schema.error_log, "report", MEND_REPORT))
    return report


def _refuse_unsafe(tree: etree._Element) -> None:
    if tree.getroottree().docinfo.doctype:
        raise Invalid(faults=(_plain("a DOCTYPE is not allowed"),))
    for element in tree.iter(*(XS + name for name in OUTSIDE)):
        raise Invalid(faults=(_plain(f"line {element.sourceline}: {etree.QName(element).localname} is not allowed"),))
    for element in tree.iter(etree.Element):
        for name in ("minOccurs", "maxOccurs"):
            if not _small(element.get(name, "1")):
                raise Invalid(faults=(_plain(f"line {element.sourceline}: {name} is no count up to {LARGEST_COUNT}"),))


def _small(count: str) -> bool:
    """Whether a count is one that the validator can hold: each of up to so many becomes a state of its own."""
    if count == "unbounded":
        return True
    return count.isascii() and count.isdigit() and len(count) < 10 and int(count) <= LARGEST_COUNT


def _plain(message: str) -> FieldFault:
    said = message[:LONGEST_MESSAGE]
    return FieldFault("xsd", "xsd", Text(said, said), MEND_SCHEMA)


def _faults(log: Iterable[Any], field: str, remedy: Text) -> tuple[FieldFault, ...]:
    """One fault per complaint of the validator, with its line; its words are English whoever reads."""
    found = []
    for entry in list(log)[:MOST_FAULTS]:
        said = entry.message[:LONGEST_MESSAGE]
        reason = Text(f"line {entry.line}: {said}", f"строка {entry.line}: {said}")
        found.append(FieldFault(f"{field}.line.{entry.line}", "xsd", reason, remedy))
    return tuple(found)
