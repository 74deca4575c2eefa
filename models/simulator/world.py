"""The companies of the stream: sellers with sites, customers with habits, licences and contacts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from models.simulator import names
from models.simulator.chance import Chance, Weighted
from models.simulator.config import SimulationConfig
from models.simulator.goods import Good, portfolio
from models.simulator.mix import CONSIGNEES, DIVISIONS, INDUSTRIES, METHODS, TERMS
from models.simulator.places import CITIES, CUSTOMERS_BY_COUNTRY, SELLERS_BY_COUNTRY


@dataclass(slots=True)
class Seller:
    """A supplier and the sites it sells from. `detail` is how much of an order its system passes on (0 to 1)."""

    party: dict[str, Any]
    country: str
    sites: list[str]
    detail: float
    officer: str


@dataclass(slots=True)
class Supply:
    """One good a company uses, and its usual order in kilograms."""

    good: Good
    usual_kg: float
    weight: float


@dataclass(slots=True)
class Company:
    """A customer: who it is on paper, and its habits. Mutable, because companies change over the stream."""

    key: str
    party: dict[str, Any]
    latin: str
    country: str
    division: str
    industry_code: str
    role: str
    size: float
    orders_a_month: float
    peaks: tuple[int, ...]
    onboarded: date
    incorporated: date
    supplies: list[Supply]
    seller: Seller
    second_seller: Seller | None
    consignee: dict[str, Any] | None
    contacts: list[dict[str, Any]]
    owners: list[str]
    payment: dict[str, Any]
    carrier: dict[str, Any]
    broker: dict[str, Any] | None
    device: str
    licence: dict[str, Any] | None
    paperwork: float
    free_zone_habit: bool
    traits: dict[str, Any] = field(default_factory=dict)

    def copy(self) -> Company:
        """A copy that can change without changing this one."""
        return replace(
            self,
            party=dict(self.party),
            supplies=list(self.supplies),
            consignee=dict(self.consignee) if self.consignee else None,
            contacts=[dict(contact) for contact in self.contacts],
            owners=list(self.owners),
            payment=dict(self.payment),
            traits=dict(self.traits),
        )


@dataclass(slots=True)
class World:
    """All sellers, honest customers, carriers and brokers, and the counter of new keys."""

    config: SimulationConfig
    sellers: list[Seller]
    carriers: list[dict[str, Any]]
    brokers: list[dict[str, Any]]
    companies: list[Company] = field(default_factory=list)
    states: dict[str, list[tuple[datetime, Company]]] = field(default_factory=dict)
    serial: int = 0

    def next_key(self) -> str:
        self.serial += 1
        return f"C{self.serial:06d}"

    def remember(self, company: Company, since: datetime) -> None:
        """Keep the company as it is from this moment on: schemes must not see a later address or account."""
        self.states.setdefault(company.key, []).append((since, company.copy()))

    def as_of(self, company: Company, moment: datetime) -> Company:
        """A copy of the company as it was at that moment."""
        known = [state for since, state in self.states.get(company.key, []) if since <= moment]
        return (known[-1] if known else company).copy()


def build_world(config: SimulationConfig, chance: Chance) -> World:
    """Sellers, carriers, brokers and honest customers for this many orders."""
    sellers = [_seller(chance, number) for number in range(max(6, min(40, config.orders // 900)))]
    carriers = [_service(chance, "CR", number) for number in range(max(8, config.orders // 500))]
    brokers = [_service(chance, "BK", number) for number in range(max(5, config.orders // 900))]
    world = World(config, sellers, carriers, brokers)
    for _ in range(max(12, round(config.orders / config.orders_per_company))):
        world.companies.append(new_company(world, chance))
    return world


def _seller(chance: Chance, number: int) -> Seller:
    country = SELLERS_BY_COUNTRY.draw(chance)
    latin, local = names.company_names(chance, country, chance.pick(("chemistry", "chemistry", "pharma", "trade")))
    party = {
        "id": f"S{number:03d}",
        "name": local if chance.happens(0.4) else latin,
        "country": country,
        "city": chance.pick(CITIES[country])[0],
        "registration_no": chance.digits(12),
        "licence_no": f"{country}-P-{chance.digits(5)}",
    }
    sites = [f"S{number:03d}-{site}" for site in range(1, chance.whole(1, 3) + 1)]
    return Seller(party, country, sites, chance.pick((1.0, 0.95, 0.9, 0.8, 0.6, 0.3)), names.person(chance))


def _service(chance: Chance, prefix: str, number: int) -> dict[str, Any]:
    country = CUSTOMERS_BY_COUNTRY.draw(chance)
    latin, _ = names.company_names(chance, country, "trade")
    return {"id": f"{prefix}{number:03d}", "name": latin, "country": country}


def new_company(world: World, chance: Chance, division: str | None = None, country: str | None = None) -> Company:
    """One honest customer with its habits. A third of them join while the stream runs."""
    country = country or CUSTOMERS_BY_COUNTRY.draw(chance)
    division = division or DIVISIONS.draw(chance)
    _, trade, base_size, pace, peaks = INDUSTRIES[division]
    size = chance.lognormal(base_size, 0.9)
    latin, local = names.company_names(chance, country, trade)
    key = world.next_key()
    onboarded, incorporated = _dates(world, chance)
    party = _party(chance, key, country, local if chance.happens(0.55) else latin)
    small = size < base_size
    mail = chance.pick(names.FREE_MAIL) if chance.happens(0.22 if small else 0.06) else names.domain(latin, country)
    party["email"] = f"{chance.pick(('info', 'sales', 'office', 'snab', 'zakup'))}@{mail}"
    seller = _local_seller(world, chance, country)
    company = Company(
        key=key, party=party, latin=latin, country=country, division=division,
        industry_code=f"{division}{chance.whole(1, 9)}", role=_role(chance, division), size=size,
        orders_a_month=chance.lognormal(pace, 0.7), peaks=peaks, onboarded=onboarded, incorporated=incorporated,
        supplies=supplies(chance, division, size), seller=seller,
        second_seller=chance.pick(world.sellers) if chance.happens(0.3) else None,
        consignee=None, contacts=[_contact(chance, mail, country) for _ in range(chance.whole(1, 3))],
        owners=[names.person(chance) for _ in range(chance.whole(1, 3))], payment=_payment(chance, local, country),
        carrier=chance.pick(world.carriers), broker=chance.pick(world.brokers) if chance.happens(0.3) else None,
        device=chance.hexadecimal(16), licence=None, paperwork=chance.pick((0.98, 0.95, 0.9, 0.75, 0.5)),
        free_zone_habit=chance.happens(0.25 if country in {"AE", "TR", "GE"} else 0.03),
    )  # fmt: skip
    company.consignee = _consignee(world, chance, company)
    company.licence = _licence(world, chance, company)
    return company


def _dates(world: World, chance: Chance) -> tuple[date, date]:
    start = world.config.start.date()
    if chance.happens(0.35):
        onboarded = start + timedelta(days=int(chance.between(0, world.config.days * 0.95)))
    else:
        onboarded = start - timedelta(days=int(chance.between(30, 3000)))
    age = chance.between(20, 500) if chance.happens(0.25) else chance.between(300, 8000)
    return onboarded, onboarded - timedelta(days=int(age))


def _party(chance: Chance, key: str, country: str, name: str) -> dict[str, Any]:
    party: dict[str, Any] = {
        "id": key,
        "name": name,
        "country": country,
        "city": chance.pick(CITIES[country])[0],
        "address": names.address(chance),
        "registration_no": chance.digits(12),
        "phone": names.phone(chance, country),
    }
    if chance.happens(0.6):
        party["tax_no"] = chance.digits(10)
    if chance.happens(0.55):
        party["url"] = f"https://{key.lower()}.example"
    return party


def _role(chance: Chance, division: str) -> str:
    if division == "46":
        return chance.pick(("distributor", "distributor", "trader", "broker"))
    return chance.pick(("end_user", "manufacturer", "manufacturer"))


def _local_seller(world: World, chance: Chance, country: str) -> Seller:
    near = [seller for seller in world.sellers if seller.country == country]
    return chance.pick(near) if near and chance.happens(0.7) else chance.pick(world.sellers)


def supplies(chance: Chance, division: str, size: float) -> list[Supply]:
    """Two to eight goods of this industry with the company's usual quantities; now and then one that is not."""
    choice = portfolio("20" if division == "46" else division) or portfolio("20")
    picker = Weighted([(good, good.popularity) for good in choice])
    chosen = {good.key: good for good in (picker.draw(chance) for _ in range(chance.whole(2, 8)))}
    if chance.happens(0.12):
        odd = chance.pick(portfolio("20"))
        chosen[odd.key] = odd
    return [
        Supply(good, max(0.05, chance.lognormal(good.usual_kg * size, 0.5)), good.popularity * chance.between(0.4, 1.6))
        for good in chosen.values()
    ]


def _contact(chance: Chance, mail: str, country: str) -> dict[str, Any]:
    name = names.person(chance)
    role = chance.pick(("buyer", "procurement", "director", "engineer"))
    return {
        "name": name, "role": role, "email": f"{name.split()[-1].lower()}@{mail}",
        "phone": names.phone(chance, country), "known_contact": True,
    }  # fmt: skip


def _payment(chance: Chance, name: str, country: str) -> dict[str, Any]:
    method = METHODS.draw(chance)
    payment: dict[str, Any] = {
        "method": method,
        "terms": TERMS.draw(chance),
        "payer": name,
        "payer_country": country,
        "account_hash": chance.hexadecimal(16),
        "account_kind": "personal" if chance.happens(0.03) else "company",
    }
    if method == "virtual_asset":
        payment |= {"virtual_asset": "USDT", "wallet_hash": chance.hexadecimal(16)}
    if chance.happens(0.05):  # a parent company pays
        payment |= {"payer": names.person(chance) + " Holding", "payer_country": CUSTOMERS_BY_COUNTRY.draw(chance)}
    return payment


def _consignee(world: World, chance: Chance, company: Company) -> dict[str, Any]:
    kind = CONSIGNEES.draw(chance)
    party = company.party
    consignee: dict[str, Any] = {
        "type": kind, "name": party["name"], "country": company.country, "city": party["city"],
        "address": party["address"] if chance.happens(0.6) else names.address(chance),
    }  # fmt: skip
    if kind in {"customer_site", "warehouse", "forwarder", "free_zone", "mailbox"}:
        country = company.country if chance.happens(0.9) else CUSTOMERS_BY_COUNTRY.draw(chance)
        latin, _ = names.company_names(chance, country, "trade")
        consignee |= {"name": latin, "country": country, "city": chance.pick(CITIES[country])[0]}
    consignee["site_id"] = f"{company.key}-1" if kind == "own_site" else f"X{chance.digits(4)}"
    return consignee


def _licence(world: World, chance: Chance, company: Company) -> dict[str, Any] | None:
    scheduled = [supply.good.names[0] for supply in company.supplies if supply.good.scheduled]
    if not scheduled or chance.happens(0.06):
        return None
    years = chance.between(1.5, 6) if chance.happens(0.97) else chance.between(0.2, 1.2)
    issued = max(company.onboarded, world.config.start.date()) - timedelta(days=int(chance.between(20, 400)))
    return {
        "number": f"{company.country}-{chance.digits(7)}", "authority": f"Competent authority of {company.country}",
        "issued": issued.isoformat(), "valid_to": (issued + timedelta(days=int(365 * years))).isoformat(),
        "substances": scheduled, "activity": "use" if company.role != "distributor" else "trade",
    }  # fmt: skip
