"""What is known of all that the order shares with others: outcomes, usual sizes and prices, newcomers, components."""

from __future__ import annotations

import numpy as np

from features.definition import Facts, Family, Feature, FloatArray, add, feature, own_lift, ratio

# Hub: family, what it is called, red flags its outcomes speak for.
RATED: dict[str, tuple[Family, str, str, str]] = {
    "product": ("product", "these goods", "этот товар", "P04"),
    "chapter": ("product", "this heading of the tariff", "эта товарная позиция", "P01"),
    "product_origin": ("product", "these goods from this country", "этот товар из этой страны", "R04"),
    "product_destination": ("route", "these goods to this country", "этот товар в эту страну", "R04 R11"),
    "lane": ("route", "this lane", "это направление", "R04"),
    "carrier": ("route", "this carrier", "этот перевозчик", "R09 R14"),
    "broker": ("network", "this broker", "этот посредник", "C17"),
    "supplier": ("network", "this supplier", "этот поставщик", "Q06"),
    "office": ("route", "this customs office", "этот таможенный орган", "R18"),
    "destination": ("route", "this country of destination", "эта страна назначения", "R04"),
    "peers": ("product", "these goods in this industry", "этот товар в этой отрасли", "C05 P05"),
    "repeat": (
        "quantity",
        "the same goods in exactly this quantity",
        "тот же товар в точно таком количестве",
        "Q17 T05 Q13",
    ),
    "repeat_origin": (
        "quantity",
        "exactly this quantity from this country",
        "точно такое количество из этой страны",
        "Q17 T05",
    ),
    "consignee_product": ("network", "these goods at this consignee", "этот товар у этого получателя", "R05"),
    "broker_product": ("network", "these goods through this broker", "этот товар через этого посредника", "C17"),
    "supplier_product": ("network", "these goods from this supplier", "этот товар от этого поставщика", "Q06"),
    "office_product": ("route", "these goods at this customs office", "этот товар через этот таможенный орган", "R18"),
    "carrier_lane": ("route", "this carrier to this country", "этот перевозчик в эту страну", "R09"),
    "customer_broker": ("network", "this customer with this broker", "клиент с этим посредником", "C17"),
    "customer_supplier": ("network", "this customer with this supplier", "клиент с этим поставщиком", "Q06"),
    "customer_product": ("customer", "this customer in these goods", "клиент по этому товару", "C08"),
    "payer": ("payment", "this payer", "этот плательщик", "F02 F11"),
    "end_use": ("documents", "this wording of the end use", "эта формулировка назначения", "D02"),
    "document": ("documents", "this very document", "этот самый документ", "D07"),
    "email_domain": ("network", "this e-mail domain", "этот почтовый домен", "C11"),
    "owners": ("network", "these owners", "эти владельцы", "C07"),
}
COUNTED = (
    "product",
    "lane",
    "carrier",
    "broker",
    "peers",
    "repeat",
    "supplier_product",
    "product_destination",
    "office_product",
)
SIZED = ("product", "peers", "product_destination", "consignee_product", "supplier_product")
PRICED = ("price", "lane_price")


def _rated(hub: str, kind: str) -> Feature:
    family, english, russian, flags = RATED[hub]
    told = {
        "lift": (
            f"{english}: {{{hub}_confirmed:int}} of {{{hub}_outcomes:int}} known outcomes were diversions",
            f"{russian}: утечек {{{hub}_confirmed:int}} из {{{hub}_outcomes:int}} известных исходов",
        ),
        "rate": (
            f"{english}: {{{hub}_confirmed:int}} confirmed diversions in {{{hub}_orders:int}} orders",
            f"{russian}: подтверждённых утечек {{{hub}_confirmed:int}} на {{{hub}_orders:int}} заказов",
        ),
        "recent": (
            f"{english}: {{{hub}_confirmed_3m:int}} diversions became known in three months",
            f"{russian}: за три месяца стало известно утечек {{{hub}_confirmed_3m:int}}",
        ),
    }
    titles = {
        "lift": ("Diversions among outcomes", "Утечки среди исходов"),
        "rate": ("Diversions per order", "Утечки на заказ"),
        "recent": ("Recent diversions", "Недавние утечки"),
    }
    docs = {
        "lift": "Octaves of the smoothed share of diversions among known outcomes over that of all orders",
        "rate": "Octaves of the smoothed diversions per order over those of all orders",
        "recent": "The same over diversions that became known in three calendar months",
    }
    return Feature(
        name=f"{hub}_{kind}",
        family=family,
        unit="level",
        monotone=1,
        compute=lambda facts: facts[f"{hub}_{kind}"],
        label=(f"{titles[kind][0]}: {english}", f"{titles[kind][1]}: {russian}"),
        says=told[kind],
        flags=tuple(flags.split()),
        doc=f"{docs[kind]}; {english}, known at the end of the day before.",
    )


def _counted(hub: str) -> Feature:
    family, english, russian, flags = RATED[hub]
    return Feature(
        name=f"{hub}_orders",
        family=family,
        unit="count",
        monotone=0,
        compute=lambda facts: facts[f"{hub}_orders"],
        label=(f"Earlier orders: {english}", f"Прежние заказы: {russian}"),
        says=(f"{english}: {{value:int}} earlier orders of anybody", f"{russian}: прежних заказов {{value:int}}"),
        flags=tuple(flags.split()),
        doc=f"Orders of anybody; {english}, known at the end of the day before.",
    )


def _sized(hub: str) -> Feature:
    _, english, russian, _ = RATED[hub]
    return Feature(
        name=f"{hub}_size",
        family="quantity",
        unit="level",
        monotone=0,
        compute=lambda facts: facts[f"{hub}_size"],
        label=(f"Quantity beside peers: {english}", f"Количество рядом с другими: {russian}"),
        says=(
            f"{{order_kilograms:kg}} lies {{value:number}} spreads from what is usual; {english}",
            f"{{order_kilograms:kg}} отстоит от обычного на {{value:number}} разброса; {russian}",
        ),
        flags=("Q02",),
        doc=f"Distance of the quantity from the mean on a scale of octaves, in spreads; {english}.",
    )


def _priced(hub: str) -> Feature:
    place = ("", "") if hub == "price" else (" to this country", " в эту страну")
    return Feature(
        name=f"{hub}_distance",
        family="payment",
        unit="level",
        monotone=0,
        compute=lambda facts: facts[f"{hub}_cost"],
        label=(f"Price beside others for these goods{place[0]}", f"Цена рядом с другими за этот товар{place[1]}"),
        says=(
            f"the price per kilogram lies {{value:number}} spreads from what is usual for these goods{place[0]}",
            f"цена за килограмм отстоит от обычной для этого товара{place[1]} на {{value:number}} разброса",
        ),
        flags=("Q15", "F08"),
        doc="Distance of the price per kilogram from the mean on a scale of octaves, in spreads, in one currency.",
    )


for _hub in RATED:
    for _kind in ("lift", "rate", "recent"):
        add(__name__, _rated(_hub, _kind))
for _hub in COUNTED:
    add(__name__, _counted(_hub))
for _hub in SIZED:
    add(__name__, _sized(_hub))
for _hub in PRICED:
    add(__name__, _priced(_hub))


@feature(
    "count",
    0,
    label=("New buyers of these goods in 3 months", "Новые покупатели этого товара за 3 месяца"),
    says=(
        "{value:int} first orders of these goods in three months",
        "первых заказов этого товара за три месяца: {value:int}",
    ),
    flags="T06 T04",
)
def newcomers(facts: Facts) -> FloatArray:
    """First orders of these goods by anybody in this month and the two before."""
    return facts["product_newcomers_3m"]


@feature(
    "ratio",
    0,
    label=("Growth of the market in these goods", "Рост спроса на этот товар"),
    says=(
        "{product_orders_3m:int} orders of these goods in three months against {product_orders_before_3m:int} in the three before",
        "заказов этого товара за три месяца {product_orders_3m:int} против {product_orders_before_3m:int} за предыдущие три",
    ),
    flags="T04 P06",
)
def market_growth(facts: Facts) -> FloatArray:
    """Orders of these goods by anybody in three calendar months over those of the three before, smoothed."""
    return (facts["product_orders_3m"] + 1.0) / (facts["product_orders_before_3m"] + 1.0)


@feature(
    "count",
    0,
    label=("Other customers with this wording of the end use", "Другие клиенты с этой формулировкой назначения"),
    says=(
        "{value:int} other customers gave the same end use word for word",
        "то же назначение дословно указали другие клиенты: {value:int}",
    ),
    flags="D02",
)
def end_use_shared(facts: Facts) -> FloatArray:
    """Other customers that worded the end use alike (three at most), as of the end of the day before."""
    return facts["end_use_others"]


@feature(
    "count",
    1,
    label=("Other customers with this very document", "Другие клиенты с этим самым документом"),
    says=(
        "{value:int} other customers filed this very document",
        "этот самый документ подали другие клиенты: {value:int}",
    ),
    flags="D07",
)
def document_shared(facts: Facts) -> FloatArray:
    """Other customers whose declaration is the same file (three at most), as of the end of the day before."""
    return facts["document_others"]


@feature(
    "count",
    1,
    label=("Other customers of these owners", "Другие клиенты этих владельцев"),
    says=("{value:int} other customers have the same owners", "тех же владельцев имеют другие клиенты: {value:int}"),
    flags="C07 T06",
)
def owners_shared(facts: Facts) -> FloatArray:
    """Other customers with the same two owners (three at most), as of the end of the day before."""
    return facts["owners_others"]


@feature(
    "count",
    1,
    label=("Other customers with this e-mail domain", "Другие клиенты с этим почтовым доменом"),
    says=("{value:int} other customers write from this domain", "с этого домена пишут другие клиенты: {value:int}"),
    flags="C07 C11",
)
def email_domain_shared(facts: Facts) -> FloatArray:
    """Other customers with the same e-mail domain, free mail apart (three at most)."""
    return facts["email_domain_others"]


@feature(
    "count",
    1,
    label=("Customers in the linked group", "Клиентов в связанной группе"),
    says=(
        "linked to {value:int} customers by telephone, address, account, device, domain or owners",
        "связан с {value:int} клиентами телефоном, адресом, счётом, устройством, доменом или владельцами",
    ),
    flags="C07 F11 T06",
)
def linked_customers(facts: Facts) -> FloatArray:
    """Customers in the components of ties this order belongs to, as of the end of the day before."""
    return facts["tied_customers"]


@feature(
    "count",
    1,
    label=("Diversions in the linked group", "Утечки в связанной группе"),
    says=(
        "{tied_confirmed:int} confirmed diversions in a linked group of {tied_customers:int} customers",
        "подтверждённых утечек в связанной группе из {tied_customers:int} клиентов: {tied_confirmed:int}",
    ),
    flags="C07 C20",
)
def linked_confirmed(facts: Facts) -> FloatArray:
    """Confirmed diversions in the components of ties this order belongs to."""
    return facts["tied_confirmed"]


@feature(
    "share",
    1,
    label=("Share of diversions in the linked group", "Доля утечек в связанной группе"),
    says=(
        "{tied_confirmed:int} confirmed diversions in {tied_orders:int} orders of a linked group",
        "подтверждённых утечек {tied_confirmed:int} на {tied_orders:int} заказов связанной группы",
    ),
    flags="C07",
)
def linked_share(facts: Facts) -> FloatArray:
    """Confirmed diversions over orders in the components this order belongs to, smoothed; missing without any."""
    return ratio(facts["tied_confirmed"] + 0.02, facts["tied_orders"] + np.where(facts["tied_orders"] > 0, 1.0, -1.0))


@feature(
    "count",
    1,
    label=("Groups that this order would join", "Группы, которые свяжет этот заказ"),
    says=("ties {value:int} groups of customers together", "связывает групп клиентов: {value:int}"),
    flags="C07 T06",
)
def linked_groups(facts: Facts) -> FloatArray:
    """Components of ties that meet in this order; more than one means a new link."""
    return facts["tied_components"]


@feature(
    "count",
    0,
    label=("Customers of this consignee", "Клиентов у этого получателя"),
    says=("{value:int} customers ship to this consignee", "этому получателю отправляют клиентов: {value:int}"),
    flags="Q06 T06",
)
def consignee_partners(facts: Facts) -> FloatArray:
    """Customers that have shipped to this consignee."""
    return facts["consignee_partners"]


@feature(
    "days",
    0,
    label=("Days since a new customer of this consignee", "Дней с последнего нового клиента получателя"),
    says=(
        "{value:days} since another customer first shipped to this consignee",
        "{value:days} с первой отправки нового клиента этому получателю",
    ),
    flags="T06 Q06",
)
def consignee_partner_days(facts: Facts) -> FloatArray:
    """Days since a customer last shipped to this consignee for the first time."""
    return facts["consignee_partner_days"]


@feature(
    "level",
    1,
    label=("Diversions at this consignee per order", "Утечки у получателя на заказ"),
    says=(
        "{consignee_confirmed:int} confirmed diversions in {consignee_count:int} earlier orders to this consignee",
        "подтверждённых утечек {consignee_confirmed:int} на {consignee_count:int} прежних заказов этому получателю",
    ),
    flags="C08 R05",
)
def consignee_lift(facts: Facts) -> FloatArray:
    """Octaves of the consignee's confirmed cases per order over the rate of all orders, smoothed."""
    return own_lift(facts, "consignee")


@feature(
    "count",
    1,
    label=("Diversions at this consignee known in 3 months", "Утечки у получателя, ставшие известными за 3 месяца"),
    says=("{value:int} diversions became known in three months", "за три месяца стало известно утечек: {value:int}"),
    flags="C08",
)
def consignee_confirmed_recent(facts: Facts) -> FloatArray:
    """Confirmed cases at this consignee that became known in this month or the two before."""
    return facts["consignee_confirmed_3m"]


@feature(
    "count",
    1,
    label=("Diversions at this consignee known in 12 months", "Утечки у получателя, ставшие известными за 12 месяцев"),
    says=(
        "{value:int} diversions became known in twelve months",
        "за двенадцать месяцев стало известно утечек: {value:int}",
    ),
    flags="C08",
)
def consignee_confirmed_year(facts: Facts) -> FloatArray:
    """Confirmed cases at this consignee that became known in twelve calendar months."""
    return facts["consignee_confirmed_12m"]


@feature(
    "level",
    1,
    label=("Diversions of this end user per order", "Утечки конечного пользователя на заказ"),
    says=(
        "{end_user_confirmed:int} confirmed diversions in {end_user_count:int} orders for this end user",
        "подтверждённых утечек {end_user_confirmed:int} на {end_user_count:int} заказов для этого конечного пользователя",
    ),
    flags="C08",
)
def end_user_lift(facts: Facts) -> FloatArray:
    """Octaves of the end user's confirmed cases per order over the rate of all orders, smoothed."""
    return own_lift(facts, "end_user")


@feature(
    "level",
    1,
    label=("Diversions of this pair per order", "Утечки этой пары на заказ"),
    says=(
        "{customer_consignee_confirmed:int} confirmed diversions in {customer_consignee_count:int} orders to this consignee",
        "подтверждённых утечек {customer_consignee_confirmed:int} на {customer_consignee_count:int} заказов этому получателю",
    ),
    flags="C08",
)
def pair_lift(facts: Facts) -> FloatArray:
    """Octaves of confirmed cases per order of this customer to this consignee over the rate of all orders."""
    return own_lift(facts, "customer_consignee")


@feature(
    "share",
    1,
    label=("Losses with this carrier", "Утраты у этого перевозчика"),
    says=(
        "{carrier_losses:int} losses in {carrier_orders:int} orders",
        "утрат {carrier_losses:int} на {carrier_orders:int} заказов",
    ),
    flags="R14 R13",
)
def carrier_loss_share(facts: Facts) -> FloatArray:
    """Losses or thefts known with this carrier over its orders, as of the end of the day before."""
    return facts["carrier_losses"] / np.maximum(facts["carrier_orders"], 1.0)
