"""What honest companies do over two years, odd things included.

They ramp up and renew their declarations (or forget to), win a project, move, merge, take a new name, change
bank, fall silent and come back, buy ahead of the holidays, ship through free zones, split a delivery, pay from
abroad once, order in a hurry, lose papers. Every one of these also happens in schemes, so no single one of them
gives a scheme away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from models.simulator import names
from models.simulator.chance import Chance
from models.simulator.placed import Placed
from models.simulator.places import CITIES, CUSTOMERS_BY_COUNTRY
from models.simulator.purchase import ordinary_purchase
from models.simulator.routes import free_zone, leg
from models.simulator.trade import order_body
from models.simulator.world import Company, World

HOLIDAY_MONTHS = (3, 12)
DAY_SECONDS = 86_400
RENEWAL_DAYS = 365


def business_time(chance: Chance, day: datetime) -> datetime:
    """A moment of that day, mostly in office hours, moved off Sundays."""
    if day.weekday() == 6 and chance.happens(0.9):
        day += timedelta(days=1)
    hour = chance.between(8, 18) if chance.happens(0.93) else chance.between(0, 24)
    start = day.replace(hour=0, minute=0, second=0, microsecond=0)
    return start + timedelta(seconds=int(hour * 3600))


def honest_orders(world: World, chance: Chance, company: Company, pace: float) -> Iterator[Placed]:
    """All orders of one honest company over the stream, in time order. `pace` multiplies its orders a month."""
    changes = _changes(world, chance, company)
    world.remember(company, world.config.start)
    project = _moment(world, chance) if chance.happens(0.12) else None
    silence = _moment(world, chance) if chance.happens(0.08) else None
    growth = _growth(world, chance)
    renews = chance.happens(0.85)
    renewal = world.config.start + timedelta(days=chance.between(0, RENEWAL_DAYS))
    end = world.config.start + timedelta(days=world.config.days)
    moment = max(
        world.config.start, datetime.combine(company.onboarded, datetime.min.time(), world.config.start.tzinfo)
    )
    gap_days = 30.4 / max(0.02, company.orders_a_month * pace)
    moment += timedelta(days=gap_days * chance.between(0, 1))
    while moment < end:
        at = business_time(chance, moment)
        while changes and changes[0][0] <= at:
            changes.pop(0)[1](chance, company)
            world.remember(company, at)
        if renews and at >= renewal:  # the declared need and use follow the trade, once a year
            company.traits["renewed"] = growth(at)
            renewal = at + timedelta(days=RENEWAL_DAYS)
            world.remember(company, at)
        if at < end:
            factor = season(chance, company, at) * growth(at)
            if project is not None and project <= at <= project + timedelta(days=45):
                factor *= chance.between(2, 7)
            yield from _place(chance, company, at, factor)
        moment += timedelta(days=gap_days * float(chance.generator.gamma(3.0, 1 / 3.0)))
        if silence is not None and moment >= silence:
            moment, silence = moment + timedelta(days=chance.between(150, 300)), None


def season(chance: Chance, company: Company, moment: datetime) -> float:
    """Peak months of the industry, and stock bought ahead of the holidays."""
    factor = 1.5 if moment.month in company.peaks else 1.0
    if moment.month in HOLIDAY_MONTHS and chance.happens(0.4):
        factor *= chance.between(1.2, 2.2)
    return factor


def _place(chance: Chance, company: Company, moment: datetime, factor: float) -> Iterator[Placed]:
    purchase = ordinary_purchase(chance, company, moment, factor)
    parts = 1 if not chance.happens(0.03) else chance.whole(2, 3)
    if parts > 1:  # one need delivered in parts, a few days apart
        purchase.items = [(good, round(kilograms / parts, 3)) for good, kilograms in purchase.items]
    for part in range(parts):
        purchase.moment = moment + timedelta(days=part * chance.whole(1, 4), minutes=part * 17)
        body = order_body(chance, purchase)
        oddities(chance, body, company)
        yield Placed(purchase.moment, body, company, purchase.kilograms)


def oddities(chance: Chance, body: dict[str, Any], company: Company) -> None:
    """Once in a while an honest order looks strange in one respect."""
    if chance.happens(0.02):
        body["payment"] |= {"payer": names.person(chance), "account_hash": chance.hexadecimal(16)}
    if chance.happens(0.012):
        body["payment"]["payer_country"] = CUSTOMERS_BY_COUNTRY.draw(chance)
    if chance.happens(0.025):
        body["placed_by"] = {"name": names.person(chance), "email": f"new@{chance.pick(names.FREE_MAIL)}",
                             "phone": names.phone(chance, company.country), "known_contact": False}  # fmt: skip
    if chance.happens(0.012):
        body["neutral_labels"] = True
    if chance.happens(0.03):
        body["consignee"] |= {"type": chance.pick(("forwarder", "warehouse")), "address": names.address(chance)}
    if chance.happens(0.03):
        body["amendments"] = [amendment(chance, body, chance.pick(("requested_ship_date", "quantity", "carrier")))]
    if chance.happens(0.015):
        legs = body["route"]["legs"]
        legs.insert(1, leg(free_zone(chance), legs[0]["mode"], datetime.fromisoformat(legs[0]["eta"]).date()))
    if chance.happens(0.02):
        body["transport"] |= {"mode": "courier", "parcel_count": chance.whole(1, 4)}
    for section in ("route", "declaration", "payment"):
        if chance.happens(0.02):
            body.pop(section, None)


def amendment(chance: Chance, body: dict[str, Any], field: str) -> dict[str, Any]:
    """A change of one field shortly after the order was placed."""
    return {"field": field, "old": "as ordered", "new": "as amended", "at": body["received_at"],
            "by": names.person(chance)}  # fmt: skip


def _moment(world: World, chance: Chance) -> datetime:
    return world.config.start + timedelta(seconds=int(chance.between(0.05, 0.98) * world.config.days * DAY_SECONDS))


def _growth(world: World, chance: Chance) -> Callable[[datetime], float]:
    """Steady growth or decline for most, years of fast growth for one in twelve; a lasting step up for one in ten."""
    yearly = chance.between(1.4, 2.1) if chance.happens(0.08) else chance.lognormal(1.05, 0.2)
    step_at = _moment(world, chance) if chance.happens(0.1) else None
    step = chance.between(1.8, 6.0)
    start = world.config.start

    def factor(moment: datetime) -> float:
        years = (moment - start).total_seconds() / (365.25 * DAY_SECONDS)
        return float(yearly**years) * (step if step_at is not None and moment >= step_at else 1.0)

    return factor


Change = Callable[[Chance, Company], None]


def _changes(world: World, chance: Chance, company: Company) -> list[tuple[datetime, Change]]:
    """Which changes this company goes through and when, in time order."""
    if chance.happens(0.04):
        company.traits["lapses"] = True
    if chance.happens(0.05):
        company.traits["kind"] = "individual" if company.size < 0.3 else "public_body"
    if chance.happens(0.05) and world.companies:
        _join_group(chance, company, chance.pick(world.companies))
    menu: tuple[tuple[float, Change], ...] = (
        (0.10, _move), (0.12, _change_bank), (0.10, _new_supply_country), (0.06, _new_owner), (0.10, _new_contact),
        (0.05, _rename),
    )  # fmt: skip
    drawn = [(_moment(world, chance), change) for likelihood, change in menu if chance.happens(likelihood)]
    if chance.happens(0.3):
        carrier = chance.pick(world.carriers)
        drawn.append((_moment(world, chance), lambda _, company: setattr(company, "carrier", carrier)))
    if chance.happens(0.04) and world.companies:
        other = chance.pick(world.companies)
        drawn.append((_moment(world, chance), lambda _, company: _merge(company, other)))
    return sorted(drawn, key=lambda pair: pair[0])


def _move(chance: Chance, company: Company) -> None:
    company.party["address"] = names.address(chance)
    company.party["city"] = chance.pick(CITIES[company.country])[0]
    if company.consignee is not None:
        company.consignee |= {"address": company.party["address"], "city": company.party["city"]}


def _change_bank(chance: Chance, company: Company) -> None:
    company.payment["account_hash"] = chance.hexadecimal(16)


def _new_supply_country(chance: Chance, company: Company) -> None:
    if company.consignee is not None:
        country = CUSTOMERS_BY_COUNTRY.draw(chance)
        company.consignee |= {"country": country, "city": chance.pick(CITIES[country])[0], "type": "customer_site"}


def _new_owner(chance: Chance, company: Company) -> None:
    company.owners = [names.person(chance)]


def _rename(chance: Chance, company: Company) -> None:
    """A new name and mail domain under the old registration; the bank learns of it later."""
    company.latin, local = names.company_names(chance, company.country, "trade")
    company.party["name"] = local if chance.happens(0.55) else company.latin
    company.party["email"] = f"office@{names.domain(company.latin, company.country)}"


def _merge(company: Company, other: Company) -> None:
    """Two customer numbers become one: from now on this site orders as part of the other company."""
    taken = ("id", "name", "registration_no", "tax_no", "email", "url")
    company.party |= {name: other.party[name] for name in taken if name in other.party}
    company.owners = list(other.owners)
    company.incorporated, company.licence = other.incorporated, other.licence or company.licence


def _new_contact(chance: Chance, company: Company) -> None:
    contact = dict(company.contacts[0])
    contact |= {"name": names.person(chance), "known_contact": chance.happens(0.5)}
    company.contacts.append(contact)


def _join_group(chance: Chance, company: Company, other: Company) -> None:
    """Sister companies share an owner, an address or an account, and sometimes the computer they order from."""
    company.owners = list(other.owners)
    if chance.happens(0.6):
        company.party["address"] = other.party["address"]
        company.party["city"] = other.party["city"] if other.country == company.country else company.party["city"]
    if chance.happens(0.5):
        company.payment["account_hash"] = other.payment["account_hash"]
    if chance.happens(0.4):
        company.device = other.device
    if chance.happens(0.4):
        company.party["phone"] = other.party["phone"]
