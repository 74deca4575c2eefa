"""The order as its company wrote it, laid out for reading: goods, parties, papers, movement, payment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.workbench.formats import SPACE, day, exact, moment, percent_sign
from api.workbench.texts import text
from api.workbench.words import capital, country, goods, word
from screening.errors import Language

Body = Mapping[str, Any]
PARTIES = ("seller", "customer", "consignee", "end_user")


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled fact. The first of `values` leads, the others follow in smaller print; none is not stated."""

    label: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Goods:
    """One line of goods; `notes` are grade, form, packages and the like."""

    name: str
    notes: str
    cas: str
    hs: str
    quantity: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The parts of an order, each ready to be shown."""

    goods: tuple[Goods, ...]
    order: tuple[Fact, ...]
    parties: tuple[Fact, ...]
    papers: tuple[Fact, ...]
    movement: tuple[Fact, ...]
    payment: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class _Writer:
    """Facts in one language; what is not stated is left out of a fact's values."""

    language: Language

    def fact(self, key: str, *values: str) -> Fact:
        return Fact(text(self.language, key), tuple(value for value in values if value))

    def said(self, key: str, value: object) -> str:
        """A text with the value in its place, nothing where there is no value."""
        return text(self.language, key, value=value) if value else ""

    def until(self, value: str | None) -> str:
        return self.said("field.valid_to", day(self.language, value)) if value else ""

    def measure(self, part: Body) -> str:
        if not part.get("quantity"):
            return ""
        unit = word(self.language, "unit", part.get("unit") or "kg")
        return f"{exact(self.language, part['quantity'])}{SPACE}{unit}"

    def yes_no(self, value: bool | None) -> str:
        return "" if value is None else text(self.language, "common.yes" if value else "common.no")


def sheet(language: Language, body: Body) -> Sheet:
    """Everything of the order's body that a reviewer reads; parts that are absent stay empty."""
    writer = _Writer(language)
    return Sheet(
        goods=tuple(_goods(writer, line) for line in body.get("lines", ())),
        order=_stated(_order(writer, body)),
        parties=tuple(_party(writer, role, body.get(role) or {}) for role in PARTIES) + _between(writer, body),
        papers=_papers(writer, body),
        movement=_movement(writer, body),
        payment=_payment(writer, body.get("payment") or {}),
    )


def _stated(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    return tuple(fact for fact in facts if fact.values)


def _goods(writer: _Writer, line: Body) -> Goods:
    lang = writer.language
    item = line.get("item_type")
    strength = line.get("concentration_pct")
    packages = line.get("package_count")
    notes = (
        word(lang, "item", item) if item not in (None, "chemical") else "",
        line.get("trade_name") if line.get("name") else "",
        word(lang, "grade", line.get("grade")),
        word(lang, "form", line.get("form")),
        f"{exact(lang, strength)}{percent_sign(lang)}" if strength else "",
        word(lang, "package", line.get("package_type")) + (f"{SPACE}× {exact(lang, packages)}" if packages else ""),
        line.get("make") or "",
        line.get("serial_no") or "",
    )
    name = line.get("name") or line.get("trade_name") or text(lang, "common.unknown")
    return Goods(
        name=str(name),
        notes=" · ".join(str(note) for note in notes if note),
        cas=str(line.get("cas") or ""),
        hs=str(line.get("hs") or ""),
        quantity=writer.measure(line),
    )


def _order(writer: _Writer, body: Body) -> tuple[Fact, ...]:
    lang = writer.language
    placed = body.get("placed_by") or {}
    ordered, value = body.get("ordered_at"), body.get("value")
    known = placed.get("known_contact")
    contact = text(lang, "field.known_contact" if known else "field.new_contact") if known is not None else ""
    money = f"{exact(lang, value)}{SPACE}{body.get('currency') or ''}" if value else ""
    return (
        writer.fact("field.type", capital(word(lang, "type", body.get("type")))),
        writer.fact("field.ordered", moment(lang, ordered) if ordered else ""),
        writer.fact("field.ship_date", day(lang, body.get("requested_ship_date"))),
        writer.fact("field.value", money),
        *((writer.fact("field.incoterm", body["incoterm"]),) if body.get("incoterm") else ()),
        writer.fact("field.channel", capital(word(lang, "channel", body.get("channel")))),
        writer.fact("field.urgency", capital(word(lang, "service_level", body.get("service_level")))),
        writer.fact("field.placed_by", *_told(placed, "name", "role", "email", "phone"), contact),
        writer.fact("field.neutral_labels", writer.yes_no(body.get("neutral_labels"))),
        writer.fact("field.notes", body.get("notes") or ""),
    )


def _told(part: Body, *names: str) -> tuple[str, ...]:
    return tuple(str(part[name]) for name in names if part.get(name))


def _party(writer: _Writer, role: str, party: Body) -> Fact:
    lang = writer.language
    names = ("consignee", party.get("type")) if role == "consignee" else ("role", party.get("role"))
    place = ", ".join(_told(party, "address", "city"))
    since = party.get("incorporated_at")
    return writer.fact(
        f"party.{role}",
        str(party.get("name") or party.get("id") or ""),
        country(lang, party.get("country")),
        word(lang, *names),
        writer.said("field.registered", party.get("registration_no")),
        place,
        " · ".join(_told(party, "phone", "email")),
        writer.said("field.industry", party.get("industry_code")),
        writer.said("field.founded", day(lang, since) if since else ""),
    )


def _between(writer: _Writer, body: Body) -> tuple[Fact, ...]:
    return tuple(_party(writer, "intermediary", party) for party in body.get("intermediaries") or ())


def _papers(writer: _Writer, body: Body) -> tuple[Fact, ...]:
    licences = (body.get("customer") or {}).get("licences") or ()
    licence_facts = tuple(_licence(writer, licence) for licence in licences) or (writer.fact("field.licence"),)
    return (
        *licence_facts,
        _declaration(writer, body.get("declaration") or {}),
        _permit(writer, body.get("authorisation") or {}),
        _notice(writer, body.get("notification") or {}),
    )


def _licence(writer: _Writer, licence: Body) -> Fact:
    return writer.fact(
        "field.licence",
        str(licence.get("number") or ""),
        writer.until(licence.get("valid_to")),
        ", ".join(goods(writer.language, each) for each in licence.get("substances") or ()),
        writer.measure(licence),
        str(licence.get("authority") or ""),
    )


def _declaration(writer: _Writer, declaration: Body) -> Fact:
    monthly, signed_on = declaration.get("monthly_use_kg"), declaration.get("signed_on")
    said = declaration.get("end_use") or (text(writer.language, "common.yes") if declaration else "")
    return writer.fact(
        "field.declaration",
        str(said),
        word(writer.language, "declaration", declaration.get("model")),
        writer.said("field.monthly", exact(writer.language, monthly) if monthly else ""),
        writer.measure(declaration),
        writer.said("field.signed", day(writer.language, signed_on) if signed_on else ""),
        writer.until(declaration.get("period_to")),
        str(declaration.get("signatory") or ""),
    )


def _permit(writer: _Writer, permit: Body) -> Fact:
    return writer.fact(
        "field.authorisation",
        str(permit.get("number") or ""),
        word(writer.language, "permit", permit.get("type")),
        writer.measure(permit),
        writer.until(permit.get("valid_to")),
        str(permit.get("authority") or ""),
    )


def _notice(writer: _Writer, notice: Body) -> Fact:
    deadline = notice.get("deadline")
    return writer.fact(
        "field.notification",
        capital(word(writer.language, "notice", notice.get("status"))),
        str(notice.get("id") or ""),
        writer.said("field.answer_by", day(writer.language, deadline) if deadline else ""),
        str(notice.get("reply_text") or ""),
    )


def _movement(writer: _Writer, body: Body) -> tuple[Fact, ...]:
    lang = writer.language
    transport, route = body.get("transport") or {}, body.get("route") or {}
    carrier = transport.get("carrier") or {}
    numbers = _told(transport, "vehicle_no", "container_no", "seal_no")
    return (
        writer.fact("field.destination", country(lang, body.get("destination_country"))),
        writer.fact("field.mode", capital(word(lang, "mode", transport.get("mode"))), *numbers),
        writer.fact("field.transfer", capital(word(lang, "transfer", body.get("transfer_method")))),
        writer.fact("field.carrier", str(carrier.get("name") or ""), country(lang, carrier.get("country"))),
        writer.fact("field.legs", " → ".join(_leg(lang, leg) for leg in route.get("legs") or ())),
        *_stated((writer.fact("field.customs", *_told(route, "customs_office", "exit_point", "entry_point")),)),
    )


def _leg(lang: Language, leg: Body) -> str:
    how = [word(lang, "mode", leg.get("mode")), word(lang, "place", leg.get("place_type"))]
    where = ", ".join(part for part in (str(leg.get("place") or ""), country(lang, leg.get("country"))) if part)
    notes = ", ".join(part for part in how if part)
    return f"{where} ({notes})" if notes else where


def _payment(writer: _Writer, payment: Body) -> tuple[Fact, ...]:
    lang = writer.language
    parts = payment.get("instalments")
    payer = str(payment.get("payer") or "")
    extra = (
        writer.fact("field.account", capital(word(lang, "account", payment.get("account_kind")))),
        writer.fact("field.asset", str(payment.get("virtual_asset") or "")),
        writer.fact("field.instalments", exact(lang, parts) if parts else ""),
    )
    return (
        writer.fact("field.method", capital(word(lang, "method", payment.get("method")))),
        writer.fact("field.terms", capital(word(lang, "terms", payment.get("terms")))),
        writer.fact("field.payer", payer, country(lang, payment.get("payer_country"))),
        *_stated(extra),
    )
