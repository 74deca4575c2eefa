"""Route: where the goods go, how, through what kind of places, and how far out of the way."""

from __future__ import annotations

from itertools import pairwise

from features.definition import Facts, FloatArray, capped, feature, ratio
from features.intake import LegIn
from features.reference import countries, places
from features.subject import Subject

NAN = float("nan")
POINT = tuple[float, float]
BULK_BY_AIR_KG = 1000.0


def observe(subject: Subject) -> dict[str, float]:
    """Facts of the route that the order itself carries; distances in kilometres."""
    body, record = subject.body, subject.record
    legs = body.route.legs if body.route else ()
    travelled, direct = _distances(subject)
    home = record.customer.country
    return {
        "abroad": float(record.destination != home) if record.destination and home else NAN,
        "crosses_border": float(len(subject.countries) > 1) if subject.countries else NAN,
        "leg_count": float(len(legs)) if legs else NAN,
        "country_count": float(len({leg.country for leg in legs if leg.country})) if legs else NAN,
        "travelled_km": travelled,
        "direct_km": direct,
        "free_zone": _free_zone(subject),
        "hub": float(any(_is_hub(leg) for leg in legs)) if legs else NAN,
        "risk_lane": _risk_lane(subject),
        "forwarder_consignee": _consignee_type(subject, "forwarder", "mailbox"),
        "warehouse_consignee": _consignee_type(subject, "warehouse", "free_zone"),
        "no_consignee": float(record.consignee is None),
        "pickup": float(body.transfer_method == "customer_pickup") if body.transfer_method else NAN,
        "parcels": float(body.transport.parcel_count) if body.transport and body.transport.parcel_count else NAN,
        "by_post": float(_mode(subject) in ("post", "courier")) if _mode(subject) else NAN,
        "bulk_by_air": _bulk_by_air(subject),
        "buyer_carries": float(body.incoterm in ("EXW", "FCA")) if body.incoterm else NAN,
        "site_mismatch": _site_mismatch(subject),
        "late_changes": float(len(body.amendments)) if body.amendments else 0.0,
        "party_changed": _changed(subject, "consignee", "end_user", "customer"),
        "route_changed": _changed(subject, "route", "destination", "carrier", "transport", "port", "exit", "entry"),
    }


def _mode(subject: Subject) -> str | None:
    transport, route = subject.body.transport, subject.body.route
    if transport and transport.mode:
        return transport.mode
    return next((leg.mode for leg in route.legs if leg.mode), None) if route else None


def _consignee_type(subject: Subject, *types: str) -> float:
    consignee = subject.body.consignee
    return float(consignee.type in types) if consignee and consignee.type else NAN


def _free_zone(subject: Subject) -> float:
    route, consignee = subject.body.route, subject.body.consignee
    legs = route.legs if route else ()
    if not legs and consignee is None:
        return NAN
    by_type = any(leg.place_type in ("free_zone", "bonded") for leg in legs)
    by_name = any(leg.place and places.is_free_zone_name(leg.place) for leg in legs)
    return float(by_type or by_name or (consignee is not None and consignee.type == "free_zone"))


def _risk_lane(subject: Subject) -> float:
    """Highest stated risk of the destination and the countries passed, for the leading substance."""
    legs = subject.body.route.legs if subject.body.route else ()
    passed = [leg.country for leg in legs if leg.country] + [subject.record.destination]
    substance = subject.substance.id if subject.substance else None
    risks = [places.risk_lane(substance, country, subject.day) for country in passed if country]
    known = [risk for risk in risks if risk is not None]
    return max(known) if known else 0.0


def _bulk_by_air(subject: Subject) -> float:
    mode, mass = _mode(subject), subject.lead.kilograms_micro
    if mode is None or mass is None:
        return NAN
    return float(mode in ("air", "courier", "post") and mass / 1e6 >= BULK_BY_AIR_KG)


def _site_mismatch(subject: Subject) -> float:
    """Whether the goods go to a site that none of the customer's licences names."""
    sites = {licence.site for licence in subject.body.customer.licences or () if licence.site}
    site = subject.body.consignee.site_id if subject.body.consignee else None
    return float(site not in sites) if sites and site else NAN


def _changed(subject: Subject, *words: str) -> float:
    amendments = subject.body.amendments or ()
    return float(any(word in change.field.casefold() for change in amendments for word in words))


def _is_hub(leg: LegIn) -> bool:
    known = places.place(leg.place, leg.country) if leg.place else None
    return known is not None and known.hub


def _point(leg: LegIn) -> POINT | None:
    if leg.latitude is not None and leg.longitude is not None:
        return leg.latitude, leg.longitude
    place = places.place(leg.place, leg.country) if leg.place else None
    if place is not None:
        return place.latitude, place.longitude
    return _country_point(leg.country)


def _country_point(code: str | None) -> POINT | None:
    country = countries.country(code) if code else None
    return (country.latitude, country.longitude) if country else None


def _distances(subject: Subject) -> tuple[float, float]:
    """Kilometres along the stated legs, and from the first point to the last as the crow flies."""
    legs = subject.body.route.legs if subject.body.route else ()
    start = _country_point(subject.record.seller.country) if subject.record.seller else None
    points = [point for point in (start, *(_point(leg) for leg in legs)) if point is not None]
    if not legs or len(points) < 2:
        return NAN, NAN
    travelled = sum(places.distance_km(*a, *b) for a, b in pairwise(points))
    return travelled, places.distance_km(*points[0], *points[-1])


@feature(
    "flag", 0, label=("Destination apart from the buyer's country", "Назначение не в стране покупателя"), flags="R01"
)
def abroad(facts: Facts) -> FloatArray:
    """Whether the goods go to another country than the buyer's."""
    return facts["abroad"]


@feature("flag", 0, label=("Crosses a border", "Пересекает границу"), flags="R12")
def crosses_border(facts: Facts) -> FloatArray:
    """Whether seller, buyer and destination are in more than one country."""
    return facts["crosses_border"]


@feature(
    "ratio",
    1,
    label=("Detour", "Крюк в маршруте"),
    says=(
        "{travelled_km:int} km along the legs for {direct_km:int} km direct",
        "{travelled_km:int} км по этапам при {direct_km:int} км по прямой",
    ),
    flags="R03",
)
def detour(facts: Facts) -> FloatArray:
    """Kilometres along the stated legs over the great circle (at least 50 km)."""
    return capped(ratio(facts["travelled_km"], facts["direct_km"].clip(min=50.0)), 100.0)


@feature(
    "count",
    0,
    label=("Legs of the route", "Этапы маршрута"),
    says=("a route of {value:int} legs", "этапов маршрута: {value:int}"),
    flags="R03",
)
def leg_count(facts: Facts) -> FloatArray:
    """Number of stated legs."""
    return facts["leg_count"]


@feature(
    "count",
    0,
    label=("Countries on the route", "Страны маршрута"),
    says=("{value:int} countries on the route", "стран на маршруте: {value:int}"),
    flags="R03",
)
def country_count(facts: Facts) -> FloatArray:
    """Number of different countries on the stated legs."""
    return facts["country_count"]


@feature(
    "flag", 1, label=("Through a free zone or bonded store", "Через свободную зону или таможенный склад"), flags="R02"
)
def free_zone(facts: Facts) -> FloatArray:
    """Whether a leg or the consignee is in a free zone or bonded store."""
    return facts["free_zone"]


@feature("flag", 0, label=("Through a transhipment hub", "Через перевалочный узел"), flags="R02")
def hub(facts: Facts) -> FloatArray:
    """Whether a leg ends at a known transhipment hub."""
    return facts["hub"]


@feature(
    "level",
    1,
    label=("Lane of known concern for these goods", "Известное рискованное направление для этого товара"),
    says=(
        "the lane is of known concern for these goods (level {value:number})",
        "направление известно как рискованное для этого товара (уровень {value:number})",
    ),
    flags="R04 R11",
)
def risk_lane(facts: Facts) -> FloatArray:
    """Stated risk of destination or transit for the leading substance, 0 to 1."""
    return facts["risk_lane"]


@feature(
    "flag",
    1,
    label=("Consignee is a forwarder or mailbox", "Получатель — экспедитор или почтовый адрес"),
    flags="R05 C06",
)
def forwarder_consignee(facts: Facts) -> FloatArray:
    """Whether the consignee is a forwarder or a mailbox."""
    return facts["forwarder_consignee"]


@feature("flag", 0, label=("Consignee is a warehouse", "Получатель — склад"), flags="R05")
def warehouse_consignee(facts: Facts) -> FloatArray:
    """Whether the consignee is a warehouse or in a free zone."""
    return facts["warehouse_consignee"]


@feature("flag", 0, label=("No consignee named", "Получатель не назван"), flags="R05")
def no_consignee(facts: Facts) -> FloatArray:
    """Whether the order names no consignee."""
    return facts["no_consignee"]


@feature("flag", 1, label=("Collected by the customer", "Самовывоз"), flags="R07")
def pickup(facts: Facts) -> FloatArray:
    """Whether the customer collects the goods."""
    return facts["pickup"]


@feature(
    "count",
    1,
    label=("Parcels", "Посылки"),
    says=("split into {value:int} parcels", "разделено на посылки: {value:int}"),
    flags="R10",
)
def parcels(facts: Facts) -> FloatArray:
    """Number of parcels."""
    return facts["parcels"]


@feature("flag", 0, label=("By post or courier", "Почтой или курьером"), flags="R10")
def by_post(facts: Facts) -> FloatArray:
    """Whether the goods go by post or courier."""
    return facts["by_post"]


@feature("flag", 1, label=("Bulk by air", "Крупная партия по воздуху"), flags="R16")
def bulk_by_air(facts: Facts) -> FloatArray:
    """Whether a tonne or more goes by air, post or courier."""
    return facts["bulk_by_air"]


@feature("flag", 0, label=("Buyer's forwarder takes over (EXW, FCA)", "Перевозка покупателя (EXW, FCA)"), flags="R17")
def buyer_carries(facts: Facts) -> FloatArray:
    """Whether the Incoterm leaves carriage to the buyer."""
    return facts["buyer_carries"]


@feature(
    "flag", 1, label=("Delivery site is not the licensed one", "Место доставки не указано в лицензии"), flags="R06"
)
def site_mismatch(facts: Facts) -> FloatArray:
    """Whether the delivery site is named by none of the customer's licences."""
    return facts["site_mismatch"]


@feature(
    "count",
    1,
    label=("Changes to this order", "Изменения этого заказа"),
    says=("{value:int} changes since it was placed", "изменений с момента размещения: {value:int}"),
    flags="R08 T15",
)
def late_changes(facts: Facts) -> FloatArray:
    """Stated amendments of this order."""
    return facts["late_changes"]


@feature("flag", 1, label=("Consignee or end user changed", "Сменён получатель или конечный пользователь"), flags="R08")
def party_changed(facts: Facts) -> FloatArray:
    """Whether an amendment changed customer, consignee or end user."""
    return facts["party_changed"]


@feature("flag", 1, label=("Route or carrier changed", "Изменён маршрут или перевозчик"), flags="R08 R18")
def route_changed(facts: Facts) -> FloatArray:
    """Whether an amendment changed route, destination or carrier."""
    return facts["route_changed"]


@feature(
    "count",
    0,
    label=("Earlier orders to this destination", "Прежние заказы в эту страну"),
    says=(
        "{value:int} earlier orders of this customer to this country",
        "прежних заказов клиента в эту страну: {value:int}",
    ),
    flags="R11 R09",
)
def earlier_on_lane(facts: Facts) -> FloatArray:
    """Orders of this customer to this destination before this one."""
    return facts["customer_lane_count"]


@feature(
    "flag",
    0,
    label=("First shipment of a known customer to this country", "Первая отправка известного клиента в эту страну"),
    flags="R11 T02",
)
def new_lane(facts: Facts) -> FloatArray:
    """Whether a customer with earlier orders ships to this country for the first time."""
    return _first_of_known(facts, "customer_lane_count")


@feature(
    "flag",
    0,
    label=(
        "First shipment of a known customer to this consignee",
        "Первая отправка известного клиента этому получателю",
    ),
    flags="R05 R08",
)
def new_consignee(facts: Facts) -> FloatArray:
    """Whether a customer with earlier orders ships to this consignee for the first time."""
    return _first_of_known(facts, "customer_consignee_count")


@feature("flag", 0, label=("Carrier new to a known customer", "Новый перевозчик известного клиента"), flags="R09")
def new_carrier(facts: Facts) -> FloatArray:
    """Whether a customer with earlier orders uses this carrier for the first time."""
    return _first_of_known(facts, "customer_carrier_count")


def _first_of_known(facts: Facts, count: str) -> FloatArray:
    """1 where the count is 0 for a customer that is known, 0 where it is not, NaN where the key is missing."""
    first = (facts[count] == 0.0) & (facts["customer_count"] > 0.0)
    out: FloatArray = first.astype(float)
    out[facts[count] != facts[count]] = NAN
    return out
