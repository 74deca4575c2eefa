"""An order written down: parties, lines with units and prices, route, papers and payment as a JSON body."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from models.simulator.chance import Chance
from models.simulator.goods import Good
from models.simulator.papers import add_papers
from models.simulator.places import CURRENCY, USD_RATE
from models.simulator.purchase import Purchase, package
from models.simulator.routes import add_route
from models.simulator.world import Company

POUND_KG = 0.45359237
US_GALLON_L = 3.785411784
LARGEST_VALUE = 9_999_999_999.0


def order_body(chance: Chance, purchase: Purchase) -> dict[str, Any]:
    """The order as a JSON body of `POST /v1/orders`, without reference; every section filled that applies.

    `detail` (how much the seller's system passes on) is taken off again when the stream is put together.
    """
    company, moment = purchase.company, purchase.moment
    consignee = dict(company.consignee or {})
    destination = consignee.get("country", company.country)
    lead = chance.whole(5, 30) if chance.happens(0.9) else chance.whole(1, 3)
    currency = CURRENCY.get(purchase.seller.country, "USD")
    lines = [order_line(chance, purchase, good, kilograms, currency) for good, kilograms in purchase.items]
    body: dict[str, Any] = {
        "detail": purchase.seller.detail,
        "received_at": _text(moment),
        "ordered_at": _text(moment - timedelta(minutes=chance.whole(1, 600))),
        "type": order_type(purchase.seller.country, company.country),
        "requested_ship_date": (moment + timedelta(days=lead)).date().isoformat(),
        "channel": chance.pick(("email", "email", "portal", "portal", "phone", "edi", "in_person")),
        "placed_by": dict(chance.pick(company.contacts)),
        "incoterm": chance.pick(("EXW", "FCA", "DAP", "CPT", "CIP", "FOB")),
        "service_level": "urgent" if lead <= 2 else chance.pick(("standard", "standard", "standard", "express")),
        "value": min(LARGEST_VALUE, round(sum(line["unit_price"] * line["quantity"] for line in lines), 2)),
        "currency": currency,
        "session_ip_country": company.country if chance.happens(0.96) else chance.pick(("NL", "DE", "RU", "TR", "US")),
        "device_hash": company.device if chance.happens(0.85) else chance.hexadecimal(16),
        "seller": purchase.seller.party
        | {"site_id": chance.pick(purchase.seller.sites), "responsible_officer": purchase.seller.officer},
        "customer": customer_part(company, moment),
        "consignee": consignee,
        "destination_country": destination,
        "lines": lines,
        "payment": dict(company.payment),
        "transfer_method": chance.pick(("carrier", "carrier", "carrier", "company_truck", "customer_pickup")),
        "transport": {"mode": "road", "carrier": dict(company.carrier)},
    }
    if chance.happens(0.5):
        resells = company.role in {"distributor", "trader", "broker"}
        named = f"End user of {company.latin}" if resells else company.party["name"]
        body["end_user"] = {"name": named, "country": company.country}
    if company.broker is not None:
        body["intermediaries"] = [company.broker | {"role": "broker"}]
    add_route(chance, purchase.seller, body, company.free_zone_habit)
    add_papers(chance, purchase, body)
    return body


def order_type(seller_country: str, buyer_country: str) -> str:
    return "sale" if seller_country == buyer_country else "export"


def customer_part(company: Company, moment: datetime) -> dict[str, Any]:
    """The customer as the seller's system knows it on that day; an expired licence is usually renewed in time."""
    part = company.party | {
        "kind": company.traits.get("kind", "company"),
        "role": company.role,
        "industry_code": company.industry_code,
        "onboarded_at": min(company.onboarded, moment.date()).isoformat(),
        "incorporated_at": company.incorporated.isoformat(),
        "beneficial_owners": list(company.owners),
    }
    need = sum(supply.usual_kg for supply in company.supplies) * company.orders_a_month * 12
    renewed = company.traits.get("renewed", 1.0)
    part["annual_need_kg"] = round(need * renewed * company.traits.get("declared_need", 1.4) + 1, 1)
    if company.licence is not None:
        part["licences"] = [_renewed(company.licence, moment, company.traits.get("lapses", False))]
    if "owners_changed_at" in company.traits:
        part["owners_changed_at"] = company.traits["owners_changed_at"]
    return part


def _renewed(licence: dict[str, Any], moment: datetime, lapses: bool) -> dict[str, Any]:
    current = dict(licence)
    while not lapses and datetime.fromisoformat(current["valid_to"]).date() < moment.date():
        current["issued"] = current["valid_to"]
        later = datetime.fromisoformat(current["valid_to"]) + timedelta(days=1096)
        current["valid_to"] = later.date().isoformat()
    return current


def order_line(chance: Chance, purchase: Purchase, good: Good, kilograms: float, currency: str) -> dict[str, Any]:
    """One line with its unit, price per that unit, package and codes; codes are sometimes missing or mistyped."""
    unit, per_kg = _unit(chance, good, kilograms, purchase.seller.country)
    quantity = max(0.001, round(kilograms * per_kg, 3))
    price = good.price * chance.lognormal(1.0, 0.16) * max(0.6, (kilograms / good.usual_kg) ** -0.05)
    kind, size = package(kilograms)
    line: dict[str, Any] = {
        "name": good.names[0] if chance.happens(0.6) else chance.pick(good.names),
        "quantity": quantity,
        "unit": unit,
        "gross_kg": round(kilograms * chance.between(1.03, 1.12), 3),
        "package_type": kind,
        "package_count": max(1, round(kilograms / size)),
        "unit_price": round(price * USD_RATE[currency] / per_kg, 4),
        "form": "pure" if chance.happens(0.85) else "solution",
        "grade": _grade(chance, purchase.company.division),
        "batch_no": f"B{chance.digits(6)}",
    }
    _codes(chance, good, line)
    if good.medicinal and purchase.company.division in {"46", "86"}:
        line |= {"form": "medicine", "unit": "tablet", "quantity": max(10, round(kilograms * 16_000 / 10) * 10)}
        line["unit_price"] = round(0.05 * USD_RATE[currency], 4)
        line.pop("gross_kg")
    elif line["form"] == "solution":
        line["concentration_pct"] = round(chance.between(10, 60), 1)
    return line


def _unit(chance: Chance, good: Good, kilograms: float, country: str) -> tuple[str, float]:
    """The unit of the line and how many of it make one kilogram."""
    if country == "US" and chance.happens(0.6):
        return ("us_gal", 1 / good.density / US_GALLON_L) if good.density else ("lb", 1 / POUND_KG)
    if good.density and chance.happens(0.3):
        return "l", 1 / good.density
    if kilograms >= 5000 and chance.happens(0.5):
        return "t", 0.001
    if kilograms < 1 and chance.happens(0.7):
        return "g", 1000.0
    return "kg", 1.0


def _grade(chance: Chance, division: str) -> str:
    if division in {"21", "86"}:
        return chance.pick(("pharma", "pharma", "reagent"))
    if division in {"72", "85"}:
        return chance.pick(("reagent", "reagent", "pharma"))
    return chance.pick(("technical", "technical", "industrial", "reagent"))


def _codes(chance: Chance, good: Good, line: dict[str, Any]) -> None:
    if good.cas and chance.happens(0.72):
        line["cas"] = good.cas if not good.related_cas or chance.happens(0.9) else chance.pick(good.related_cas)
        if chance.happens(0.005):  # a slip of the pen
            line["cas"] = line["cas"][:-1] + str((int(line["cas"][-1]) + chance.whole(1, 9)) % 10)
    if good.hs and chance.happens(0.8):
        line["hs"] = good.hs if chance.happens(0.985) else good.hs[:4] + "99"
    if chance.happens(0.06):
        line["trade_name"] = f"{good.names[0].split()[0][:5].upper()}-{chance.digits(2)}"


def _text(moment: datetime) -> str:
    return moment.replace(tzinfo=None, microsecond=0).isoformat() + "Z"
