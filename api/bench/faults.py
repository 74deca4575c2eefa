"""`make bench-faults`: orders at once, malformed requests, webhooks, processes killed, the broker away.

    orders    fifty orders of one customer, each below a threshold, at once by 16 clients: each sees exactly those
              accepted before it; then at least 2,000 malformed requests, none answered 5xx
    webhooks  1,000 valid messages and their replays have 1,000 effects; altered, stale and wrongly signed ones none
    tests     ten kills of the worker between sending and acknowledging, ten of the API between commit and answer
    kills     30 kills by a seeded plan over 3,000 orders, half at named points
    broker    two minutes without the broker

Each part runs alone too: `python -m api.bench.faults kills --orders 300 --kills 6`.
"""

from __future__ import annotations

import argparse
import http.client
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import orjson
from sqlmodel import col, select

from api.bench import fault_broker, fault_kills, fault_webhooks, house
from api.bench.fuzz import Answers, generated, known
from api.bench.report import Report
from screening import access, database
from screening.tables.orders import Assessment, OrderVersion
from screening.tables.people import ApiKey, Organisation

ORDERS, CLIENTS, KILOGRAMS, THRESHOLD = 50, 16, 90, 100
KILL_TESTS = "tests/journeys/test_faults.py"


def post_at_once(place: house.House, port: int) -> int:
    """Post fifty orders of one customer by sixteen clients; how many were accepted."""

    def post(number: int) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        order = {
            "reference": f"SPLIT-{number}",
            "customer": {"name": "ТОО «Бөлшек»", "country": "KZ", "registration_no": "777"},
            "lines": [{"name": "potassium permanganate", "cas": "7722-64-7", "quantity": KILOGRAMS, "unit": "kg"}],
        }
        connection.request("POST", "/v1/orders", orjson.dumps(order), place.headers)
        return connection.getresponse().status == 201

    with ThreadPoolExecutor(CLIENTS) as pool:
        return sum(pool.map(post, range(ORDERS)))


def sums_seen() -> list[float]:
    """The month's sum with itself that each order saw, in the order of their numbers."""
    with database.session() as session:
        query = (
            select(Assessment.facts)
            .join(OrderVersion, col(OrderVersion.id) == col(Assessment.order_version_id))
            .where(col(OrderVersion.customer_name) == "ТОО «Бөлшек»")
            .order_by(col(OrderVersion.received_at), col(OrderVersion.sequence))
        )
        return [facts["month_with_order"] for facts in session.exec(query)]


@contextmanager
def keys(place: house.House) -> Iterator[list[str]]:
    """Two keys for the fuzz: one of every role of a company, one of an authority."""
    shown = []
    with database.session() as session:
        authority = Organisation(code="cna", kind="authority", name="CNA", country="KZ", authority_code="KZ-MVD")
        session.add(authority)
        session.flush()
        wanted = ((place.company, ("integration", "officer", "supervisor", "auditor", "administrator")),)
        for organisation, roles in (*wanted, (authority.id, ("regulator", "administrator"))):
            key, columns = access.new_key(frozenset(roles))
            session.add(ApiKey(organisation_id=organisation, name="fuzz", **columns))
            shown.append(key)
    yield shown


def kill_tests() -> tuple[int, str]:
    """Exit status and last line of the kill tests."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", KILL_TESTS], capture_output=True, text=True, check=False
    )
    lines = done.stdout.strip().splitlines()
    return done.returncode, lines[-1] if lines else done.stderr[-200:]


def orders_and_malformed(report: Report, each: int) -> None:
    """Fifty orders of one customer at once; then malformed requests."""
    answers = Answers()
    with house.opened() as place, place.serving("api.bench.ours:create_app") as port:
        accepted = post_at_once(place, port)
        seen = sums_seen()
        with keys(place) as shown:
            known(port, shown[0], answers)
            generated(port, shown, each, answers)
    exact = [float(KILOGRAMS * (number + 1)) for number in range(ORDERS)]
    print("statuses:", dict(sorted(answers.statuses.items())))
    for failure in answers.failures:
        print("  5xx:", failure)
    report.bar("orders_accepted_at_once", accepted, "equals", ORDERS)
    report.bar(
        "orders_that_saw_the_exact_sum", sum(a == b for a, b in zip(seen, exact, strict=False)), "equals", ORDERS
    )
    report.bar("last_sum_kg", seen[-1] if seen else 0.0, "equals", ORDERS * KILOGRAMS)
    report.bar("malformed_requests", answers.total, "at least", 2000)
    report.bar("answered_5xx_or_not_at_all", answers.server_errors, "equals", 0)


def kills_of_the_suite(report: Report) -> None:
    """The kill tests of the suite."""
    status, line = kill_tests()
    print("kill tests:", line)
    report.bar("kill_tests_exit_status", status, "equals", 0)


def main() -> None:
    """Run the parts asked for, all by default, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"Parts to run, of {', '.join(PARTS)}; default all.")
    parser.add_argument("--each", type=int, default=13, help="Generated requests per operation, key and mode.")
    parser.add_argument("--messages", type=int, default=1000, help="Valid webhooks.")
    parser.add_argument("--seed", type=int, default=1, help="Seed of the plan of kills.")
    parser.add_argument("--orders", type=int, default=3000, help="Orders that come in during the kills.")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=120.0, help="How long the broker is away, and before it.")
    wanted = parser.parse_args()
    if unknown := set(wanted.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    report = Report("faults")
    for name in wanted.parts or PARTS:
        print(f"{name} ...", flush=True)
        PARTS[name](report, wanted)
    report.end()


PARTS: dict[str, Callable[[Report, argparse.Namespace], None]] = {
    "orders": lambda report, wanted: orders_and_malformed(report, wanted.each),
    "webhooks": lambda report, wanted: fault_webhooks.measure(report, wanted.messages),
    "tests": lambda report, _: kills_of_the_suite(report),
    "kills": lambda report, wanted: fault_kills.measure(report, wanted.seed, wanted.orders, wanted.kills),
    "broker": lambda report, wanted: fault_broker.measure(report, wanted.seconds),
}

if __name__ == "__main__":
    main()
