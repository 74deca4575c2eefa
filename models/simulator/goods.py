"""What is traded: the substances of the reference catalogue and ordinary goods that it does not know.

Prices and usual sizes are invented: they give the stream a scale, they are not market data.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

from features.reference.substances import Substance, catalogue

# name, CAS, HS6, ISIC divisions, usual order of a middling firm in kg, price per kg in USD
ORDINARY: tuple[tuple[str, str, str, str, float, float], ...] = (
    ("Sodium hydroxide|каустическая сода", "1310-73-2", "281511", "10 13 17 20 36", 4000, 0.6),
    ("Titanium dioxide|диоксид титана", "13463-67-7", "320611", "20 22 17", 2500, 2.8),
    ("Calcium carbonate|карбонат кальция", "471-34-1", "283650", "10 17 22 23", 8000, 0.3),
    ("Citric acid|лимонная кислота", "77-92-9", "291814", "10 11 21", 1500, 1.4),
    ("Glycerol|глицерин", "56-81-5", "290545", "10 20 21", 1200, 1.2),
    ("Urea|карбамид", "57-13-6", "310210", "01 16 20", 12000, 0.5),
    ("Ethanol|этиловый спирт", "64-17-5", "220710", "20 21 72 86", 900, 1.3),
    ("Methanol|метанол", "67-56-1", "290511", "19 20 06", 9000, 0.5),
    ("Xylene|ксилол", "1330-20-7", "290244", "20 22 31", 3000, 1.1),
    ("Sodium chloride|хлористый натрий", "7647-14-5", "250100", "10 15 36 86", 7000, 0.2),
    ("Hydrogen peroxide|пероксид водорода", "7722-84-1", "284700", "13 17 36", 2200, 0.7),
    ("Zinc oxide|оксид цинка", "1314-13-2", "281700", "22 23 21", 900, 2.6),
    ("Ethylene glycol|этиленгликоль", "107-21-1", "290531", "20 29 45", 5000, 0.9),
    ("Boric acid|борная кислота", "10043-35-3", "281000", "23 20 01", 1000, 1.1),
    ("Copper sulphate|медный купорос", "7758-98-7", "283325", "01 07 24", 1500, 2.4),
)
# Sizes and popularity of the large trades; the others follow from their legal class and industries.
BULK = {
    "acetone": (4000, 7.0), "toluene": (5000, 6.0), "sulphuric acid": (9000, 7.0), "hydrochloric acid": (7000, 6.5),
    "methyl ethyl ketone": (2500, 4.0), "acetic acid": (5000, 5.0), "isopropyl alcohol": (2500, 5.0),
    "ethyl acetate": (3000, 5.0), "acetic anhydride": (1800, 3.0), "potassium permanganate": (500, 3.0),
    "ammonium chloride": (2500, 3.0), "sodium carbonate": (9000, 4.0), "calcium chloride": (6000, 3.0),
    "activated carbon": (1500, 3.0), "ethyl ether": (300, 1.5), "piperidine": (120, 0.8), "iodine": (150, 1.2),
    "dichloromethane": (2000, 2.5), "n-hexane": (2500, 2.5), "ammonia (gas)": (4000, 2.0), "formic acid": (2000, 2.0),
    "red phosphorus": (200, 0.8), "pyridine": (300, 1.0), "aniline": (1500, 1.2), "benzaldehyde": (300, 1.0),
    "1,4-butanediol": (3000, 1.8), "gamma-butyrolactone": (800, 1.2), "methylamine": (900, 0.9),
}  # fmt: skip
RUSSIAN_PHARMA = frozenset({"ephedrine", "pseudoephedrine", "norephedrine"})


@dataclass(frozen=True, slots=True)
class Good:
    """One tradeable product. `usual_kg` is one order of a middling firm, `price` USD per kilogram."""

    key: str
    substance_id: str | None
    names: tuple[str, ...]
    cas: str | None
    related_cas: tuple[str, ...]
    hs: str | None
    divisions: frozenset[str]
    density: float | None
    scheduled: bool
    controlled: bool
    watch: bool
    designer: bool
    valid_from_year: int | None
    usual_kg: float
    price: float
    popularity: float

    @property
    def medicinal(self) -> bool:
        """Sold as tablets as well as by weight."""
        return self.names[0].lower() in RUSSIAN_PHARMA


def _spread(key: str) -> float:
    """A fixed number in [0, 1) of this key, so that prices do not depend on the order of the catalogue."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") / 2**32


def _size(item: Substance) -> tuple[float, float]:
    name = item.name.lower()
    if name in BULK:
        return BULK[name]
    if item.designer:
        return 1.5, 0.02
    if item.incb_table == "I" or item.dea_list == "I":
        return 25.0, 0.35
    return 200.0, 0.5 + 0.1 * len(item.industry_divisions)


def _from_substance(item: Substance) -> Good:
    usual_kg, popularity = _size(item)
    price = (1.2 + _spread(item.id)) * (5000.0 / usual_kg) ** 0.55
    return Good(
        key=item.id,
        substance_id=item.id,
        names=(item.name, *item.synonyms),
        cas=item.cas,
        related_cas=tuple(item.related_cas),
        hs=item.hs6,
        divisions=item.industry_divisions,
        density=item.density_kg_per_l,
        scheduled=item.scheduled,
        controlled=item.controlled,
        watch=item.watch,
        designer=item.designer,
        valid_from_year=item.valid_from.year if item.valid_from else None,
        usual_kg=usual_kg,
        price=round(price, 2),
        popularity=popularity,
    )


def _from_row(row: tuple[str, str, str, str, float, float]) -> Good:
    names, cas, hs, divisions, usual_kg, price = row
    return Good(
        key="ordinary:" + cas,
        substance_id=None,
        names=tuple(names.split("|")),
        cas=cas,
        related_cas=(),
        hs=hs,
        divisions=frozenset(divisions.split()),
        density=None,
        scheduled=False,
        controlled=False,
        watch=False,
        designer=False,
        valid_from_year=None,
        usual_kg=usual_kg,
        price=price,
        popularity=1.2,
    )


@cache
def goods() -> tuple[Good, ...]:
    """Everything that is traded, catalogue substances first, in a fixed order."""
    known = [_from_substance(item) for item in sorted(catalogue(), key=lambda item: item.id)]
    return (*known, *(_from_row(row) for row in ORDINARY))


@cache
def portfolio(division: str) -> tuple[Good, ...]:
    """Goods that an industry (ISIC division) uses, most popular first; never designer substances."""
    fitting = [good for good in goods() if division in good.divisions and not good.designer]
    return tuple(sorted(fitting, key=lambda good: (-good.popularity, good.key)))


@cache
def where(kind: str) -> tuple[Good, ...]:
    """Goods of one legal kind: scheduled, controlled, watch, designer or medicinal."""
    return tuple(good for good in goods() if getattr(good, kind))
