"""Cases of the law as its texts put them: each was written from the article it quotes, not from the code or tables.

Quantities, dates and parties are the least that shows the rule. The quoted article is what a reader opens to check.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

AA, PERMANGANATE = ("acetic anhydride", "108-24-7"), ("potassium permanganate", "7722-64-7")
ACETONE, TOLUENE, ETHER = ("acetone", "67-64-1"), ("toluene", "108-88-3"), ("ethyl ether", "60-29-7")
EPHEDRINE, EPHEDRINE_HCL = ("ephedrine", "299-42-3"), ("ephedrine hydrochloride", "50-98-6")
PHENYLACETATE, PHENYLACETIC = ("sodium phenylacetate", "114-70-5"), ("phenylacetic acid", "103-82-2")
PHOSPHORUS, PIPERIDINE = ("red phosphorus", "7723-14-0"), ("piperidine", "110-89-4")
ANTHRANILIC, IODINE, MIBK = (
    ("anthranilic acid", "118-92-3"),
    ("iodine", "7553-56-2"),
    ("methyl isobutyl ketone", "108-10-1"),
)
PROPIONYL, SULPHURIC = ("propionyl chloride", "79-03-8"), ("sulphuric acid", "7664-93-9")

DE, FR, US, KZ = ("DE", "DE"), ("DE", "FR"), ("US", "US"), ("KZ", "KZ")
OUT_EU, IN_EU, OUT_US, IN_US = ("DE", "KZ"), ("TR", "DE"), ("US", "MX"), ("MX", "US")
NOON = "2026-06-15T12:00:00Z"


def supply(goods: tuple[str, str], quantity: str, unit: str = "kg", **more: Any) -> dict[str, Any]:
    """One order of one line. `way`: (from, to). `firm`: keys over the customer's. `line`: fields over the line's."""
    return {"goods": goods, "quantity": quantity, "unit": unit} | more


def line(**fields: Any) -> dict[str, Any]:
    return {"line": fields}


def on(moment: str) -> dict[str, Any]:
    return {"at": moment}


def firm(**fields: Any) -> dict[str, Any]:
    return {"firm": fields}


def declared(model: str = "multiple", **fields: Any) -> dict[str, Any]:
    paper = {"model": model, "signatory": "A. Meyer", "signed_on": "2026-06-01", "period_to": "2026-12-31"} | fields
    return {"declaration": {name: value for name, value in paper.items() if value is not None}}


@dataclass(frozen=True)
class Case:
    """`law`: article and what it says. `expect`: status of `duty`, None where the order has no such duty.

    `paper`: what the order's paper is worth; `sum`: exact decisive sum in micro-units; `missing`: what is not stated.
    """

    name: str
    law: str
    duty: str
    way: tuple[str, str]
    order: dict[str, Any]
    expect: str | None
    earlier: tuple[dict[str, Any], ...] = ()
    paper: str | None = None
    sum: int | None = None
    missing: str | None = None
    more: dict[str, Any] = field(default_factory=dict)


ART6 = "273/2004 Art 6, Annex II: category 2, where quantities do not exceed, over one year, those of Annex II, is free"
ART4 = "273/2004 Art 4(1): category 1 or 2 is supplied only against a customer declaration of the specific use"
ART42 = "273/2004 Art 4(2): one declaration for several transactions, within a year, category 2, after three supplies in 12 months"
EXPORT3 = "2015/1011 Annex I: category 3 exporters are registered where their exports of the year exceed the annex"
ART12 = "111/2005 Art 12(1): exports need an authorisation; category 3 only where a pre-export notification is required"
ART20 = "111/2005 Art 20: imports of category 1 need an import authorisation"
MONTH = "21 CFR 1310.04(f): the threshold is the cumulative amount for multiple transactions within a calendar month"
SITES = "21 CFR 1310.04(e): the supplier has to detect a party that buys from several of its sites"
SALES = "21 CFR 1310.04(f)(2)(iii): for acetone, MEK and toluene, domestic sales, cumulative thresholds do not apply"
NONE = "21 CFR 1310.04(g): for chemicals without an established threshold the size of the transaction is no factor"
BASE = "21 CFR 1310.04(f)(1): List I thresholds are by base weight"
MIXED = (
    "21 CFR 1310.04(h): the weight of the chemical in the mixture; for acetone, ether, MEK, toluene, MIBK of all of it"
)
EXEMPT = "21 CFR 1310.12(c): mixtures at or below the table's concentration are exempt"
DESIGNATED = "21 CFR 1310.04(f)(2)(iv)-(v), 1310.08: MIBK and acids count for exports to designated countries only"
FORM486 = "21 CFR 1313.21: a listed chemical is exported only if declared 15 days before, at or above the threshold"
PEN = "1988 Convention Art 12(10)(a): before an export of a Table I substance the importing State is notified"
EAEU = "EAEU list 2.12 with RF Resolution 681: mixtures from the stated concentration on are controlled"
KAZAKH = "Kazakhstan, Law 279-I and Decree 1315 of 2014: licence for activities, permit for import, export and transit"

DECLARE, REGISTER = "eu273-declaration-2", "eu273-registration-2"
HALF = supply(AA, "60", "l", **on("2026-02-01T09:00:00Z"))
THREE = tuple(supply(AA, "20", "l", **on(f"2026-0{month}-10T09:00:00Z")) for month in (2, 3, 4))

CASES = (
    # litres, kilograms, grams, pounds against the yearly quantities of the Union
    Case("a hundred litres do not exceed a hundred", ART6, REGISTER, FR, supply(AA, "100", "l"), "below", sum=100_000_000),
    Case("a millilitre more exceeds them", ART6, REGISTER, FR, supply(AA, "100.001", "l"), "applies", sum=100_001_000),
    Case("millilitres are litres", ART6, DECLARE, FR, supply(AA, "100001", "ml"), "applies"),
    Case("108 kg of the anhydride are 100 l at 1.08 kg/l", ART6, REGISTER, FR, supply(AA, "108", "kg"), "below"),
    Case("109 kg are more than 100 l", ART6, REGISTER, FR, supply(AA, "109", "kg"), "applies"),
    Case("permanganate at the quantity", ART6, REGISTER, DE, supply(PERMANGANATE, "100"), "below", sum=100_000_000),
    Case("permanganate above it", ART6, REGISTER, DE, supply(PERMANGANATE, "0.1001", "t"), "applies", sum=100_100_000),
    Case("a hundred grams of red phosphorus", ART6, DECLARE, FR, supply(PHOSPHORUS, "100", "g"), "below"),
    Case("a hundred and one grams", ART6, DECLARE, FR, supply(PHOSPHORUS, "101", "g"), "applies"),
    Case("two pounds of anthranilic acid are under a kilogram", ART6, REGISTER, FR, supply(ANTHRANILIC, "2", "lb"), "below"),
    Case("six decilitres of piperidine weigh over half a kilogram", ART6, REGISTER, FR, supply(PIPERIDINE, "0.6", "l"), "applies"),
    # salts
    Case("a salt counts as its substance does", ART6, REGISTER, FR, supply(PHENYLACETATE, "1.2"), "applies"),
    Case("a gram of category 1 needs a declaration", ART4, "eu273-declaration-1", FR, supply(EPHEDRINE, "1", "g"), "applies", paper="missing"),
    Case("so does a gram of its salt", ART4, "eu273-declaration-1", FR, supply(EPHEDRINE_HCL, "1", "g"), "applies", paper="missing"),
    Case("category 3 needs none within the Union", ART4, DECLARE, FR, supply(ACETONE, "5000"), None),
    # sums over the year
    Case("two halves of one year", ART6, REGISTER, FR, supply(AA, "60", "l"), "applies", (HALF,), sum=120_000_000),
    Case("the last day of December is another year", ART6, REGISTER, FR, supply(AA, "60", "l", **on("2026-01-01T12:00:00Z")), "below",
         (supply(AA, "60", "l", **on("2025-12-31T12:00:00Z")),)),
    Case("half past eleven at night UTC is next year in Brussels", ART6, REGISTER, FR, supply(AA, "60", "l"), "applies",
         (supply(AA, "60", "l", **on("2025-12-31T23:30:00Z")),)),
    Case("several lines of one order add up", ART6, REGISTER, FR, supply(AA, "60", "l", lines=2), "applies", sum=120_000_000),
    # sister firms and sites
    Case("two unrelated customers are two", ART6, REGISTER, FR, supply(AA, "60", "l"), "below", (HALF | firm(registration_no="9"),)),
    Case("firms of one owner are one", ART6, REGISTER, FR, supply(AA, "60", "l", **firm(beneficial_owners=["Anna Meyer"])), "applies",
         (HALF | firm(registration_no="9", name="Zweite GmbH", beneficial_owners=["Meyer Ltd", "Anna  MEYER"]),)),
    Case("one tax number under two registers is one", ART6, REGISTER, FR, supply(AA, "60", "l", **firm(tax_no="DE 77")), "applies",
         (HALF | firm(registration_no="9", tax_no="de-77"),)),
    Case("one customer that buys at two of the seller's sites", ART6, REGISTER, FR, supply(AA, "60", "l", site="NORTH"), "applies",
         (HALF | {"site": "SOUTH"},), sum=120_000_000),
    # mixtures
    Case("of a half-strength mixture half counts", ART6, REGISTER, FR, supply(PERMANGANATE, "190", **line(concentration_pct="50")), "below", sum=95_000_000),
    Case("and above it exceeds", ART6, REGISTER, FR, supply(PERMANGANATE, "202", **line(concentration_pct="50")), "applies", sum=101_000_000),
    Case("kilograms of a solution are no litres without its density", ART6, REGISTER, FR, supply(AA, "300", **line(concentration_pct="50")), "unresolved", missing="density"),
    Case("a mixture that does not say how strong it is", ART6, REGISTER, FR, supply(PERMANGANATE, "120", **line(form="mixture")), "unresolved", missing="concentration"),
    Case("even all of it would not exceed", ART6, REGISTER, FR, supply(PERMANGANATE, "90", **line(form="mixture")), "below"),
    Case("pieces say nothing of weight", ART6, REGISTER, FR, supply(PHOSPHORUS, "3", "piece"), "unresolved", missing="unit"),
    # Article 4, paragraph 2
    Case("three supplies in the year before", ART42, DECLARE, FR, supply(AA, "60", "l"), "applies", THREE, paper="met", more=declared()),
    Case("two are too few", ART42, DECLARE, FR, supply(AA, "90", "l"), "applies", THREE[:2], paper="too_few_supplies", more=declared()),
    Case("one of thirteen months ago does not count", ART42, DECLARE, FR, supply(AA, "90", "l"), "applies",
         (*THREE[:2], supply(AA, "20", "l", **on("2025-05-14T09:00:00Z"))), paper="too_few_supplies", more=declared()),
    Case("what was never supplied does not count", ART42, DECLARE, FR, supply(AA, "60", "l"), "applies",
         (*THREE[:2], THREE[2] | {"released": False}), paper="too_few_supplies", more=declared()),
    Case("a sister's supplies are not the customer's", ART42, DECLARE, FR, supply(AA, "60", "l", **firm(tax_no="5")), "applies",
         (*THREE[:2], THREE[2] | firm(registration_no="9", tax_no="5")), paper="too_few_supplies", more=declared()),
    Case("category 1 has no declaration for several", ART42, "eu273-declaration-1", FR, supply(EPHEDRINE, "1"), "applies",
         paper="several_not_allowed", more=declared()),
    Case("longer than a year", ART42, DECLARE, FR, supply(AA, "60", "l"), "applies", THREE, paper="longer_than_a_year",
         more=declared(period_to="2027-06-02")),
    Case("a declaration that has ended", ART42, DECLARE, FR, supply(AA, "60", "l"), "applies", THREE, paper="ended",
         more=declared(period_to="2026-06-14")),
    Case("one for a single transaction needs no supplies before", ART4, DECLARE, FR, supply(AA, "160", "l"), "applies", paper="met",
         more=declared("individual", quantity="160", unit="l")),
    Case("but not for more than it says", ART4, DECLARE, FR, supply(AA, "160", "l"), "applies", paper="quantity_exceeded",
         more=declared("individual", quantity="150", unit="l")),
    Case("one declaration, one substance", ART4, DECLARE, FR, supply(AA, "160", "l"), "applies", paper="other_substance",
         more=declared("individual", substance="acetone")),
    # Union, third countries
    Case("exports of the year to all customers add up", EXPORT3, "eu111-registration-3", OUT_EU, supply(ACETONE, "30"), "applies",
         (supply(ACETONE, "25", way=("DE", "TR"), **firm(registration_no="9")),), sum=55_000_000),
    Case("fifty kilograms do not exceed fifty", EXPORT3, "eu111-registration-3", OUT_EU, supply(ACETONE, "50"), "below"),
    Case("sales within the Union are no exports", EXPORT3, "eu111-registration-3", OUT_EU, supply(ACETONE, "30"), "below",
         (supply(ACETONE, "25", way=FR),)),
    Case("sixty litres of toluene weigh over fifty kilograms", EXPORT3, "eu111-registration-3", OUT_EU, supply(TOLUENE, "60", "l"), "applies"),
    Case("an export leaves the rules of the inner market", ART6, REGISTER, OUT_EU, supply(AA, "200", "l"), None),
    Case("category 2 needs an export authorisation at any quantity", ART12, "eu111-export-authorisation", OUT_EU, supply(AA, "1", "l"), "applies", paper="missing"),
    Case("category 3 only for listed destinations, which a person looks up", ART12, "eu111-export-authorisation-3", OUT_EU, supply(ACETONE, "1"), "unresolved", missing="destination_list"),
    Case("medicines are category 4: exported only with authorisation", ART12, "eu111-export-authorisation", OUT_EU, supply(EPHEDRINE, "500", "tablet", **line(form="medicine")), "applies"),
    Case("within the Union they are no scheduled substance", ART4, "eu273-declaration-1", FR, supply(EPHEDRINE, "500", "tablet", **line(form="medicine")), None),
    Case("category 1 comes in with an authorisation", ART20, "eu111-import-authorisation", IN_EU, supply(EPHEDRINE, "1"), "applies"),
    Case("category 2 comes in without", ART20, "eu111-import-authorisation", IN_EU, supply(AA, "500", "l"), None),
    # United States
    Case("a threshold is met when it is equalled", MONTH, "us1310-records-2", OUT_US, supply(AA, "423"), "applies",
         (supply(AA, "600", **on("2026-06-01T12:00:00Z")),), sum=1_023_000_000),
    Case("a kilogram short of it", MONTH, "us1310-records-2", OUT_US, supply(AA, "422"), "below", (supply(AA, "600", **on("2026-06-01T12:00:00Z")),)),
    Case("the last of May is another month", MONTH, "us1310-records-2", OUT_US, supply(AA, "423"), "below", (supply(AA, "600", **on("2026-05-31T12:00:00Z")),)),
    Case("three in the morning UTC of the first is still May in the east", MONTH, "us1310-records-2", OUT_US, supply(AA, "423"), "below",
         (supply(AA, "600", **on("2026-06-01T03:30:00Z")),)),
    Case("and belongs to the sum of May", MONTH, "us1310-records-2", OUT_US, supply(AA, "423", **on("2026-05-10T12:00:00Z")), "applies",
         (supply(AA, "600", **on("2026-06-01T03:30:00Z")),)),
    Case("February ends on the 28th", MONTH, "us1310-records-2", OUT_US, supply(AA, "423", **on("2026-02-28T20:00:00Z")), "below",
         (supply(AA, "600", **on("2026-03-01T12:00:00Z")),)),
    Case("250 US gallons of the anhydride", MONTH, "us1310-records-2", OUT_US, supply(AA, "250", "us_gal"), "applies"),
    Case("249 are neither 250 gallons nor 1,023 kg", MONTH, "us1310-records-2", OUT_US, supply(AA, "249", "us_gal"), "below"),
    Case("500 gallons of ether to Mexico", MONTH, "us1310-records-2", OUT_US, supply(ETHER, "1892.705892", "l"), "applies"),
    Case("toluene crosses in at 1,591 kg", MONTH, "us1313-import-2", IN_US, supply(TOLUENE, "1591"), "applies", paper="missing"),
    Case("gallons and kilograms of one month add up", MONTH, "us1310-records-2", OUT_US, supply(AA, "125", "us_gal"), "applies",
         (supply(AA, "520", **on("2026-06-02T12:00:00Z")),)),
    Case("one buyer at two sites", SITES, "us1310-records-2", US, supply(PERMANGANATE, "30", site="TX"), "applies",
         (supply(PERMANGANATE, "25", site="NJ", **on("2026-06-02T12:00:00Z")),), sum=55_000_000),
    Case("one owner's two firms", SITES, "us1310-records-2", US, supply(PERMANGANATE, "30", **firm(beneficial_owners=["J. Roe"])), "applies",
         (supply(PERMANGANATE, "25", **on("2026-06-02T12:00:00Z"), **firm(registration_no="9", beneficial_owners=["j roe"])),)),
    Case("domestic sales of acetone are counted one by one", SALES, "us1310-records-2", US, supply(ACETONE, "100"), "below",
         (supply(ACETONE, "100", **on("2026-06-02T12:00:00Z")),), sum=100_000_000),
    Case("150 kg in one sale", SALES, "us1310-records-2", US, supply(ACETONE, "150"), "applies"),
    Case("a gram of iodine", NONE, "us1310-records-1", US, supply(IODINE, "1", "g"), "applies"),
    Case("a gram of an ephedrine salt", NONE, "us1310-records-1", US, supply(EPHEDRINE_HCL, "1", "g"), "applies"),
    Case("a salt over the threshold may be under it as base", BASE, "us1310-records-1", US, supply(PHENYLACETATE, "1.2"), "unresolved", missing="base_weight"),
    Case("a salt under it is under it as base", BASE, "us1310-records-1", US, supply(PHENYLACETATE, "0.9"), "below"),
    Case("the acid itself at a kilogram", BASE, "us1310-records-1", US, supply(PHENYLACETIC, "1"), "applies"),
    Case("of permanganate only its share counts", MIXED, "us1310-records-2", US, supply(PERMANGANATE, "110", **line(concentration_pct="50")), "applies", sum=55_000_000),
    Case("of a toluene mixture all of it", MIXED, "us1310-records-2", OUT_US, supply(TOLUENE, "1591", **line(concentration_pct="36")), "applies", sum=1_591_000_000),
    Case("thirty-five per cent is exempt", EXEMPT, "us1310-records-2", OUT_US, supply(TOLUENE, "9000", **line(concentration_pct="35")), "exempt"),
    Case("exempt goods do not fill the month", EXEMPT, "us1310-records-2", OUT_US, supply(TOLUENE, "1000"), "below",
         (supply(TOLUENE, "900", **on("2026-06-02T12:00:00Z"), **line(concentration_pct="30")),)),
    Case("MIBK abroad depends on the destination", DESIGNATED, "us1310-records-2x", OUT_US, supply(MIBK, "500", "us_gal"), "unresolved", missing="destination_list"),
    Case("MIBK at home is free", DESIGNATED, "us1310-records-2", US, supply(MIBK, "5000"), None),
    Case("sulphuric acid at home is free", DESIGNATED, "us1310-records-2", US, supply(SULPHURIC, "5000"), None),
    Case("an export at the threshold is declared", FORM486, "us1313-export-2", OUT_US, supply(ACETONE, "1500"), "applies", paper="missing"),
    Case("below it is not", FORM486, "us1313-export-2", OUT_US, supply(ACETONE, "1499"), "below"),
    Case("propionyl chloride before its listing", NONE, "us1310-records-1", US, supply(PROPIONYL, "1", **on("2026-01-10T12:00:00Z")), None),
    Case("and since", NONE, "us1310-records-1", US, supply(PROPIONYL, "1"), "applies"),
    # Convention, Eurasian Union, Kazakhstan
    Case("a gram of Table I across a border", PEN, "un-notification", ("KZ", "KG"), supply(EPHEDRINE, "1", "g"), "applies", paper="missing"),
    Case("silence has run out, it has not agreed", PEN, "un-notification", ("KZ", "KG"), supply(EPHEDRINE, "1"), "applies", paper="expired",
         more={"notification": {"status": "sent", "deadline": "2026-06-14"}}),
    Case("an answer without objection", PEN, "un-notification", ("KZ", "KG"), supply(EPHEDRINE, "1"), "applies", paper="met",
         more={"notification": {"status": "no_objection"}}),
    Case("an objection", PEN, "un-notification", ("KZ", "KG"), supply(EPHEDRINE, "1"), "applies", paper="objected",
         more={"notification": {"status": "objection"}}),
    Case("Table II is not notified by this article", PEN, "un-notification", ("KZ", "KG"), supply(ACETONE, "1000"), None),
    Case("sixty per cent acetone leaves the Union", EAEU, "eaeu-licence", ("KZ", "UZ"), supply(ACETONE, "5", **line(concentration_pct="60")), "applies"),
    Case("less than sixty is free", EAEU, "eaeu-licence", ("KZ", "UZ"), supply(ACETONE, "5000", **line(concentration_pct="59.9")), "exempt"),
    Case("an unstated share is not assumed", EAEU, "eaeu-licence", ("KZ", "UZ"), supply(ACETONE, "5", **line(form="solution")), "unresolved", missing="concentration"),
    Case("ten per cent of the anhydride", EAEU, "eaeu-licence", ("UZ", "KZ"), supply(AA, "5", **line(concentration_pct="10")), "applies"),
    Case("between member States no border is crossed", EAEU, "eaeu-licence", ("KZ", "RU"), supply(ACETONE, "5000"), None),
    Case("but Kazakhstan asks for its permit", KAZAKH, "kz-permit", ("KZ", "RU"), supply(ACETONE, "5000"), "applies", paper="missing"),
    Case("and at home for a licence", KAZAKH, "kz-licence", KZ, supply(ACETONE, "5"), "applies", paper="missing"),
)  # fmt: skip
