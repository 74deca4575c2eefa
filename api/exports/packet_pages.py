"""A packet laid out for reading: the document that becomes its PDF, in English or Russian."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from api.exports.texts import said
from api.workbench import formats
from api.workbench.limits import limits
from api.workbench.sheet import Fact, sheet
from api.workbench.texts import text
from api.workbench.words import capital, country, goods, word
from features.catalogue import FAMILY_TITLES
from screening.errors import Language
from screening.exports.document import Chapter, Document, Facts, Section, Table
from screening.exports.whole import whole
from screening.settings import settings

MOST_FEATURES = 15
Packet = Mapping[str, Any]


def packet_document(language: Language, packets: Sequence[tuple[dict[str, Any], str, str]]) -> Document:
    """One chapter per (packet, SHA-256 of its text, path under which it is fetched)."""
    chapters = tuple(_chapter(language, whole(packet), digest, path) for packet, digest, path in packets)
    many = said(language, "case_file", count=len(chapters))
    return Document(
        title=chapters[0].title if len(chapters) == 1 else many,
        language=language,
        moment=max(_last_moment(packet) for packet, _, _ in packets),
        page_of=said(language, "page"),
        no_glyph=said(language, "no_glyph"),
        chapters=chapters,
    )


def _last_moment(packet: Packet) -> datetime:
    """The newest moment the packet tells of decisions or arrival."""
    moments = [packet["order"]["received_at"], *(each["at"] for each in packet["decisions"])]
    return max(datetime.fromisoformat(each) for each in moments)


def _chapter(language: Language, packet: Packet, digest: str, path: str) -> Chapter:
    order = packet["order"]
    subtitle = said(
        language, "subtitle", company=packet["company"]["name"], version=order["version"],
        time=formats.moment(language, order["received_at"]), format=packet["format"],
    )  # fmt: skip
    laid = sheet(language, order["body"])
    sections = (
        _summary(language, packet),
        _limits(language, packet),
        _duties(language, packet),
        _reasons(language, packet),
        _contributions(language, packet),
        _goods(language, laid.goods),
        Section(text(language, "order.facts"), (_facts(language, laid.order),)),
        Section(text(language, "order.parties"), (_facts(language, laid.parties),)),
        Section(text(language, "order.documents"), (_facts(language, laid.papers),)),
        _route(language, packet, laid.movement),
        Section(text(language, "order.payment"), (_facts(language, laid.payment),)),
        _history(language, packet),
        _model(language, packet),
        _verify(language, packet),
    )
    title = said(language, "packet", reference=order["reference"])
    return Chapter(title, subtitle, digest, f"{settings().public_url}{path}", sections)


def _summary(language: Language, packet: Packet) -> Section:
    order, found = packet["order"], packet["jurisdiction"]
    kilograms = "" if order["kilograms"] is None else formats.kilograms(language, float(order["kilograms"]))
    lead = " · ".join(part for part in (goods(language, order["goods"]), kilograms) if part)
    told = [
        (text(language, "order.lines"), lead),
        (said(language, "disposition"), text(language, f"disposition.{packet['decisions'][-1]['disposition']}")),
        (text(language, "queue.band"), text(language, f"band.{packet['assessment']['band']}")),
        (said(language, "exporter"), _jurisdiction(language, found, "exporter")),
        (said(language, "importer"), _jurisdiction(language, found, "importer")),
    ]
    return Section(said(language, "summary"), (Facts(tuple(told)), packet["caution"][language]))


def _jurisdiction(language: Language, found: Packet, side: str) -> str:
    authority = found[f"{side}_authority"]
    named = country(language, found[side]) if found[side] else ""
    return " · ".join(part for part in (named, authority[language] if authority else "") if part)


def _limits(language: Language, packet: Packet) -> Section:
    rows = tuple((text(language, row.key), row.fact, row.limit, row.times) for row in limits(language, packet["facts"]))
    heads = tuple(text(language, f"order.{name}") for name in ("fact", "value", "limit", "times"))
    table = Table(heads, rows, (0.46, 0.18, 0.18, 0.18))
    stops = [f"{stop[language]} ({stop['source']})" for stop in packet["decisions"][0]["legal_stops"]]
    said_stops = stops or [text(language, "order.no_stops")]
    return Section(text(language, "order.limits"), (table if rows else text(language, "order.no_limits"), *said_stops))


def _duties(language: Language, packet: Packet) -> Section:
    rows = tuple(_duty(language, duty) for duty in packet["duties"])
    heads = (said(language, "status"), said(language, "duty"), said(language, "sum"))
    parts: list[str | Table | Facts] = [Table(heads, rows, (0.14, 0.56, 0.3)) if rows else said(language, "no_duty")]
    drawn = tuple(
        (f"{permit['number']} ({permit['authority'] or '–'})",
         f"{formats.exact(language, permit['amount'])} {word(language, 'unit', permit['unit'])}")
        for permit in packet["permits"]
    )  # fmt: skip
    if drawn:
        parts += [said(language, "permits"), Facts(drawn)]
    return Section(said(language, "duties"), tuple(parts))


def _duty(language: Language, duty: Packet) -> tuple[str, str, str]:
    sums = [
        f"{_amount(language, total, 'at_least')} / {_amount(language, total, 'limit')} ({total['limit_as_written']})"
        for total in duty["sums"]
    ]
    law = f"{duty['substance']}: {duty[language]} {duty['reference']} · {duty['act'][language]}"
    return said(language, duty["status"]), law, "\n".join(sums) or "–"


def _amount(language: Language, total: Packet, name: str) -> str:
    return f"{formats.exact(language, total[name])}{formats.SPACE}{word(language, 'unit', total['unit'])}"


def _reasons(language: Language, packet: Packet) -> Section:
    assessment = packet["assessment"]
    parts = [_chance(language, assessment)]
    parts += [f"{number}. {capital(each[language])}" for number, each in enumerate(assessment["reasons"], 1)]
    return Section(text(language, "order.reasons"), tuple(parts))


def _chance(language: Language, assessment: Packet) -> str:
    """The probability with its reference class, or why there is none."""
    if assessment["probability"] is None:
        failure = text(language, f"failure.{assessment['failure'] or 'scorer_missing'}")
        return text(language, "order.unscored", failure=failure)
    chance = text(language, "order.chance", percent=formats.percent(language, assessment["probability"]))
    known = assessment["reference_class"]
    if not known or not known["total"]:
        return f"{chance}. {text(language, 'order.no_class')}"
    shares = {
        "share": known["confirmed"] / known["total"], "low": known["low"], "high": known["high"],
    }  # fmt: skip
    figures = {name: formats.percent(language, share) for name, share in shares.items()}
    told = text(language, "order.class", total=known["total"], confirmed=known["confirmed"], **figures)
    return f"{chance}. {told}"


def _contributions(language: Language, packet: Packet) -> Section:
    assessment = packet["assessment"]
    rows = [(FAMILY_TITLES[family][1 if language == "ru" else 0], push) for family, push in assessment["families"]]
    rows += [(f"· {feature}", push) for feature, _, push in assessment["contributions"][:MOST_FEATURES]]
    ends = [(said(language, "base"), assessment["base"]), (said(language, "margin"), assessment["margin"])]
    told = [(name, formats.signed(language, push)) for name, push in (*rows, *ends) if push is not None]
    table = Table((said(language, "family"), said(language, "push")), tuple(told), (0.7, 0.3))
    return Section(said(language, "contributions"), (table if told else said(language, "none"),))


def _goods(language: Language, lines: Sequence[Any]) -> Section:
    heads = tuple(text(language, f"order.{name}") for name in ("name", "cas", "hs", "quantity"))
    rows = tuple(
        (f"{line.name}\n{line.notes}" if line.notes else line.name, line.cas or "–", line.hs or "–", line.quantity)
        for line in lines
    )
    return Section(text(language, "order.lines"), (Table(heads, rows, (0.46, 0.18, 0.18, 0.18)),))


def _facts(language: Language, facts: Sequence[Fact]) -> Facts:
    unknown = text(language, "common.unknown")
    return Facts(tuple((fact.label, " · ".join(fact.values) or unknown) for fact in facts))


def _route(language: Language, packet: Packet, movement: Sequence[Fact]) -> Section:
    points = [
        (" · ".join(part for part in (point["place"] or "", country(language, point["country"])) if part),
         capital(word(language, "place", point["place_type"])),
         "–" if point["located"] is None else f"{point['latitude']:.3f}, {point['longitude']:.3f}")
        for point in packet["route"]["points"]
    ]  # fmt: skip
    table = Table((said(language, "points"), "", "WGS 84"), tuple(points), (0.5, 0.25, 0.25))
    return Section(text(language, "order.route"), (_facts(language, movement), table))


def _history(language: Language, packet: Packet) -> Section:
    known = packet["history"] or {"versions": [], "customer_12_months": None, "outcomes": []}
    rows = [
        (text(language, "order.received_version", number=each["number"]), formats.moment(language, each["received_at"]))
        for each in known["versions"]
    ]
    year = known["customer_12_months"]
    if year:
        figures = {name: year[name] for name in ("orders", "held", "refused")}
        told = said(
            language, "customer_line", kilograms=formats.exact(language, year["kilograms"]), **figures
        )  # fmt: skip
        rows.append((said(language, "customer_year"), told))
    rows += [
        (said(language, "outcomes"), f"{each['outcome']} · {formats.moment(language, each['known_at'])}")
        for each in known["outcomes"]
    ]
    heads = (said(language, "when"), said(language, "disposition"), said(language, "by"), said(language, "grounds"))
    decisions = tuple(
        (formats.moment(language, each["at"]), text(language, f"disposition.{each['disposition']}"), each["maker"],
         "; ".join([*each["grounds"], each["reason"] or ""]).strip("; "))
        for each in packet["decisions"]
    )  # fmt: skip
    return Section(
        text(language, "order.history"), (Facts(tuple(rows)), Table(heads, decisions, (0.22, 0.16, 0.12, 0.5)))
    )


def _model(language: Language, packet: Packet) -> Section:
    version = packet["assessment"]["model"] or said(language, "none")
    card = packet["model_card"]
    limits_said = [each[language] for each in card["limits"]] if card else []
    purpose = [card["purpose"][language]] if card else []
    return Section(said(language, "model"), (version, *purpose, *limits_said))


def _verify(language: Language, packet: Packet) -> Section:
    known = packet["verify"]
    rows = [(said(language, "body_hash"), packet["order"]["body_sha256"])]
    if known is None:
        return Section(said(language, "verify"), (Facts(tuple(rows)),))
    proven = text(language, "common.yes" if known["screening_proof"] else "common.no")
    rows += [
        (said(language, "key"), f"{known['service_key']['key_id']} · {known['service_key']['public_key']}"),
        (said(language, "event"), known["screening_event"] or "–"),
        (said(language, "proven"), proven),
    ]
    return Section(said(language, "verify"), (known[language], Facts(tuple(rows))))
