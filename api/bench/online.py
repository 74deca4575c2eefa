"""`make bench-online`: orders per second and latency of POST /v1/orders beside a floor app, same run, same server.

Eight customers, one a client, each with 0, 1,000 or 10,000 earlier orders; 1 and 8 clients; rounds in turn, so that
a busy minute of the machine meets both apps. Figures are pooled over the rounds. The customers declare a need that
covers what they order here: a need exceeded many times over is held, and rightly, and a held order costs its case too.

With `--former FOLDER` a former version, set up in a checkout of its own, answers the same orders in the same rounds:
`git worktree add FOLDER COMMIT && make -C FOLDER setup`, then `make bench-online FORMER=FOLDER`.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from statistics import fmean
from typing import Any

import orjson

from api.bench import earlier, floor, former, house, load
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


def measure(target: load.Target, earlier_orders: int) -> load.Measured:
    """Post orders of customers with so many earlier ones."""
    run = next(_number)

    def body(client: int, number: int) -> bytes:
        return orjson.dumps(order_of(earlier_orders, client, f"B-{run}-{client}-{number}"))

    return load.post(target, body)


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


def run(place: house.House, before: dict[str, Any] | None, wanted: argparse.Namespace) -> dict[str, load.Measured]:
    """All runs of all rounds, pooled by name: `floor/8`, `tamga/8/10000`, `former/8/10000` and so on."""
    with place.serving("api.bench.ours:create_app") as ours, place.serving("api.bench.floor:create_app") as below:
        served = {"tamga": (ours, place.headers)} | ({"former": (before["port"], before["headers"])} if before else {})
        targets = {
            name: load.Target("127.0.0.1", port, headers, CLIENTS, wanted.seconds)
            for name, (port, headers) in served.items()
        }
        floored = load.Target("127.0.0.1", below, place.headers, CLIENTS, wanted.seconds)
        for target in (*targets.values(), floored):
            for orders in EARLIER:
                measure(replace(target, seconds=1.0), orders)
        pooled: dict[str, load.Measured] = {}
        for number in range(wanted.rounds):
            turns = sorted(targets.items(), reverse=number % 2 == 0)  # neither is always the one that comes first
            for clients in (1, CLIENTS):
                _keep(pooled, f"floor/{clients}", measure(replace(floored, clients=clients), 0))
                for orders in EARLIER:
                    for name, target in turns:
                        _keep(pooled, f"{name}/{clients}/{orders}", measure(replace(target, clients=clients), orders))
        return pooled


def _keep(pooled: dict[str, load.Measured], name: str, measured: load.Measured) -> None:
    pooled.setdefault(name, load.Measured()).add(measured)


def over_former(pooled: Mapping[str, load.Measured], clients: int) -> float:
    """The 99th percentile over that of the former version, each the mean over the kinds of customers."""
    ours, former_one = (
        fmean(pooled[f"{name}/{clients}/{orders}"].quantile(0.99) for orders in EARLIER) for name in ("tamga", "former")
    )
    return ours / former_one


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--former", type=Path, help="a checkout of a former version, set up, to be measured beside")
    wanted = parser.parse_args()
    with former.serving(wanted.former) as before, house.opened() as place:
        prepare(place)
        pooled = run(place, before, wanted)
    print(f"{'run':<18}{'orders/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'answers':>9}{'refused':>9}{'held':>7}")
    for name, measured in sorted(pooled.items()):
        figures = f"{measured.per_second:>10.1f}{measured.quantile(0.5):>9.2f}{measured.quantile(0.99):>9.2f}"
        print(f"{name:<18}{figures}{len(measured.latencies):>9}{measured.refused:>9}{measured.held:>7}")
    report = Report("online")
    floor_rate = pooled[f"floor/{CLIENTS}"].per_second
    slowest = min(pooled[f"tamga/{CLIENTS}/{orders}"].per_second for orders in EARLIER)
    report.bar("share_of_floor_at_8_clients", slowest / floor_rate, "at least", 0.5)
    for clients in (1, CLIENTS):
        none, many = (pooled[f"tamga/{clients}/{orders}"].quantile(0.99) for orders in (0, 10_000))
        report.bar(f"p99_10000_over_none_at_{clients}_clients", many / none, "at most", 1.3)
        if wanted.former is not None:
            report.bar(f"p99_over_former_at_{clients}_clients", over_former(pooled, clients), "at most", 1.1)
    report.bar("refused", sum(measured.refused for measured in pooled.values()), "equals", 0)
    report.bar("held", sum(measured.held for measured in pooled.values()), "equals", 0)
    report.end()


if __name__ == "__main__":
    main()
