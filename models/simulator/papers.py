"""Declarations, authorisations and notices, with the gaps that honest paperwork has."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from models.simulator import names
from models.simulator.chance import Chance
from models.simulator.places import EAEU
from models.simulator.purchase import Purchase

END_USES: dict[str, tuple[str, ...]] = {
    "20": ("Raw material for our own production line, workshop {n}", "Process input of the {n} plant, own consumption"),
    "21": ("Manufacture of registered medicines, dossier {n}", "Quality control and production, section {n}"),
    "22": ("Solvent for coating and moulding line {n}", "Cleaning of moulds and adhesive preparation, line {n}"),
    "13": ("Finishing of fabrics, workshop {n}", "Dyeing and washing of textiles, line {n}"),
    "15": ("Leather processing, drum section {n}", "Degreasing and finishing of hides, shop {n}"),
    "10": ("Food production, additive under recipe {n}", "Cleaning in place of equipment, line {n}"),
    "24": ("Metal treatment and pickling, bath {n}", "Etching and cleaning of metal, shop {n}"),
    "07": ("Ore processing, section {n}", "Assay laboratory and processing, pit {n}"),
    "36": ("Treatment of drinking water, station {n}", "Water disinfection, station {n}"),
    "46": ("Resale to registered industrial users, contract {n}", "Stock for resale, warehouse {n}"),
    "72": ("Laboratory research, project {n}", "Analytical work, laboratory {n}"),
}
BOILERPLATE = (
    "For own needs of the company",
    "For production purposes",
    "For industrial use, not for resale",
    "Для собственных нужд предприятия",
)


def add_papers(chance: Chance, purchase: Purchase, body: dict[str, Any]) -> None:
    """Declaration, authorisation and notice where the goods usually carry them; each may be missing."""
    company = purchase.company
    controlled = [(good, kg) for good, kg in purchase.items if good.controlled or good.scheduled]
    if controlled and chance.happens(company.paperwork):
        body["declaration"] = declaration(chance, purchase, controlled[0])
    crosses = purchase.seller.country != body["destination_country"]
    together = {purchase.seller.country, body["destination_country"]} <= EAEU
    if controlled and crosses and not together and chance.happens(company.paperwork):
        body["authorisation"] = authorisation(chance, purchase, controlled[0][1])
        if controlled[0][0].scheduled and chance.happens(0.8):
            body["notification"] = _notice(chance, purchase)


def declaration(chance: Chance, purchase: Purchase, item: tuple[Any, float]) -> dict[str, Any]:
    """A customer declaration of specific use for the first controlled good."""
    good, kilograms = item
    company = purchase.company
    usual = purchase.usual.get(good.key, kilograms)
    text = BOILERPLATE if chance.happens(0.18) else END_USES.get(company.division, END_USES["20"])
    stated = company.traits.get("declared_use", 1.0) * company.traits.get("renewed", 1.0)
    part: dict[str, Any] = {
        "model": chance.pick(("individual", "individual", "multiple")),
        "end_use": chance.pick(text).format(n=company.key[-3:]),
        "substance": good.names[0],
        "quantity": kilograms,
        "unit": "kg",
        "monthly_use_kg": max(0.001, round(usual * max(company.orders_a_month, 0.3) * 1.15 * stated, 3)),
        "signed_on": (purchase.moment - timedelta(days=chance.whole(0, 40))).date().isoformat(),
        "resale_clause": chance.happens(0.93),
        "signatory": chance.pick(company.owners) if chance.happens(0.7) else names.person(chance),
        "signatory_position": chance.pick(("director", "head of supply", "chief technologist")),
        "letterhead": chance.happens(0.95),
        "file_sha256": chance.hexadecimal(64),
    }
    if part["model"] == "multiple":
        part["period_to"] = (purchase.moment + timedelta(days=chance.whole(10, 330))).date().isoformat()
    return part


def authorisation(chance: Chance, purchase: Purchase, kilograms: float) -> dict[str, Any]:
    """An export authorisation that covers this order."""
    issued = purchase.moment - timedelta(days=chance.whole(1, 60))
    days = 180 if chance.happens(0.985) else chance.whole(5, 60)
    return {
        "type": "export", "number": f"EA-{purchase.seller.country}-{chance.digits(7)}",
        "authority": f"Competent authority of {purchase.seller.country}", "issued": issued.date().isoformat(),
        "valid_to": (issued + timedelta(days=days)).date().isoformat(),
        "quantity": round(kilograms * chance.pick((1.0, 1.0, 1.2, 2.0)), 3), "unit": "kg",
    }  # fmt: skip


def _notice(chance: Chance, purchase: Purchase) -> dict[str, Any]:
    sent = purchase.moment - timedelta(days=chance.whole(6, 30))
    draw = chance.between(0, 1)
    status = "no_objection" if draw < 0.85 else "expired" if draw < 0.94 else "viewed" if draw < 0.985 else "more_time"
    return {
        "id": f"PEN-{chance.digits(8)}", "sent_at": sent.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "deadline": (sent + timedelta(days=21)).date().isoformat(), "status": status,
    }  # fmt: skip
