"""`make bench-online`: orders per second and latency of POST /v1/orders beside a floor app, same run, same server.

Eight customers, one a client, each with 0, 1,000 or 10,000 earlier orders; 1 and 8 clients; rounds in turn, so that
a busy minute of the machine meets both apps. Figures are pooled over the rounds. The customers declare a need that
covers what they order here: a need exceeded many times over is held, and rightly, and a held order costs its case too.
"""

from __future__ import annotations

import argparse
from itertools import count
from typing import Any

import orjson

from api.bench import earlier, floor, house, load
from api.bench.report import Report
from features.intake import OrderIn
from screening import database, days, roles
from screening.tables.orders import DayBook

CLIENTS = 8
EARLIER = (0, 1_000, 10_000)
_number = count()


def order_of(earlier_orders: int, client: int, reference: str) -> dict[str, Any]:
    """A customs-ready order of one customer, about 1.5 kB."""
    name, number = f"ТОО «Бояу {earlier_orders}-{client}»", f"1001400{earlier_orders:05d}{client}"
    return {
        "reference": reference,
        "type": "sale",
        "ordered_at": "2026-11-20T09:30:00+05:00",
        "channel": "edi",
        "requested_ship_date": "2026-12-05",
        "incoterm": "DAP",
        "seller": {"name": "ТОО «Степь Химпром»", "country": "KZ", "site_id": "ALA-2"},
        "customer": {
            "name": name,
            "country": "KZ",
            "registration_no": number,
            "address": f"Алматы, ул. Промышленная {earlier_orders} дом {client}",
            "phone": f"+7727{earlier_orders:05d}{client:02d}",
            "email": "zakaz@boyau.kz",
            "industry_code": "2022",
            "annual_need_kg": "90000000",
            "licences": [{"number": f"L-{client}", "valid_to": "2027-06-30", "substances": ["acetone", "toluene"]}],
        },
        "consignee": {"name": name, "country": "KZ", "registration_no": number, "type": "own_site"},
        "lines": [
            {"name": "ацетон", "cas": "67-64-1", "hs": "2914.11", "quantity": "240.5", "unit_price": "1.1"},
            {"name": "толуол", "cas": "108-88-3", "hs": "2902.30", "quantity": "120", "unit": "l"},
        ],
        "declaration": {
            "end_use": "растворитель для производства лакокрасочных материалов",
            "signatory": "А. Оспанов",
            "signed_on": "2026-11-01",
        },
        "transport": {"mode": "road", "carrier": {"name": "ТОО «Жол»", "country": "KZ"}},
        "payment": {"method": "bank_transfer", "terms": "credit_30", "payer": name, "payer_country": "KZ"},
    }  # fmt: skip


def measure(place: house.House, port: int, clients: int, earlier_orders: int, seconds: float) -> load.Measured:
    """Post orders of `clients` customers for `seconds`."""
    run = next(_number)

    def body(client: int, number: int) -> bytes:
        return orjson.dumps(order_of(earlier_orders, client, f"B-{run}-{client}-{number}"))

    return load.post(load.Target("127.0.0.1", port, place.headers, clients, seconds), body)


def prepare(place: house.House) -> None:
    """The floor's table, and the customers' earlier orders."""
    owner = database.owning()
    floor.FloorOrder.metadata.create_all(owner)
    with owner.begin() as connection:
        roles.grant(connection, roles.APPLICATION)
    for orders in EARLIER:
        for client in range(CLIENTS):
            order = OrderIn.model_validate_json(orjson.dumps(order_of(orders, client, f"P-{orders}-{client}")))
            with database.session() as session:
                earlier.preload(session, place.company, order, orders)
        print(f"prepared {CLIENTS} customers with {orders:,} earlier orders", flush=True)
    with database.session() as session:  # the days of what was written straight to the tables count as closed
        session.add(DayBook(organisation_id=place.company, day=days.today() - 1))
    _settle(place)


def _settle(place: house.House) -> None:
    """Let the database finish what the preparation left it to do, so that it is not measured."""
    superuser = database.connect(place.superuser_url)
    with superuser.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.exec_driver_sql("CHECKPOINT")
    superuser.dispose()


def run(place: house.House, rounds: int, seconds: float) -> dict[str, load.Measured]:
    """All runs of all rounds, pooled by name: `floor/8`, `tamga/8/10000` and so on."""
    pooled: dict[str, load.Measured] = {}

    def keep(name: str, measured: load.Measured) -> None:
        pooled.setdefault(name, load.Measured()).add(measured)

    with place.serving("api.bench.ours:create_app") as ours, place.serving("api.bench.floor:create_app") as below:
        for port in (ours, below):
            measure(place, port, CLIENTS, 0, 3.0)
        for _ in range(rounds):
            for clients in (1, CLIENTS):
                keep(f"floor/{clients}", measure(place, below, clients, 0, seconds))
                for orders in EARLIER:
                    keep(f"tamga/{clients}/{orders}", measure(place, ours, clients, orders, seconds))
    return pooled


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0)
    wanted = parser.parse_args()
    with house.opened() as place:
        prepare(place)
        pooled = run(place, wanted.rounds, wanted.seconds)
    print(f"{'run':<18}{'orders/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'answers':>9}{'refused':>9}")
    for name, measured in sorted(pooled.items()):
        figures = f"{measured.per_second:>10.1f}{measured.quantile(0.5):>9.2f}{measured.quantile(0.99):>9.2f}"
        print(f"{name:<18}{figures}{len(measured.latencies):>9}{measured.refused:>9}")
    report = Report("online")
    floor_rate = pooled[f"floor/{CLIENTS}"].per_second
    slowest = min(pooled[f"tamga/{CLIENTS}/{orders}"].per_second for orders in EARLIER)
    report.bar("share_of_floor_at_8_clients", slowest / floor_rate, "at least", 0.5)
    for clients in (1, CLIENTS):
        none, many = (pooled[f"tamga/{clients}/{orders}"].quantile(0.99) for orders in (0, 10_000))
        report.bar(f"p99_10000_over_none_at_{clients}_clients", many / none, "at most", 1.3)
    report.bar("refused", sum(measured.refused for measured in pooled.values()), "equals", 0)
    report.end()


if __name__ == "__main__":
    main()
