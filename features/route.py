"""Route: where the goods go, how, through what kind of places, and how far out of the way."""

from __future__ import annotations

import numpy as np

from features.definition import Facts, FloatArray, capped, feature, first_of_known, ratio


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
    return capped(ratio(facts["travelled_km"], np.maximum(facts["direct_km"], 50.0)), 100.0)


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
    return facts["usual_destination_orders"]


@feature(
    "flag",
    0,
    label=("First shipment of a known customer to this country", "Первая отправка известного клиента в эту страну"),
    flags="R11 T02",
)
def new_lane(facts: Facts) -> FloatArray:
    """Whether a customer with earlier orders ships to this country for the first time."""
    return first_of_known(facts, "usual_destination_orders")


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
    return first_of_known(facts, "customer_consignee_count")


@feature("flag", 0, label=("Carrier new to a known customer", "Новый перевозчик известного клиента"), flags="R09")
def new_carrier(facts: Facts) -> FloatArray:
    """Whether a customer with earlier orders uses this carrier for the first time."""
    return first_of_known(facts, "usual_carrier_orders")
