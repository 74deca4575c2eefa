"""`tamga demo`: a file of realistic orders, from the ERP's upload to the regulator's receipt, on real parts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from api.commands.service import Running, service
from api.commands.terminal import fail
from api.demo import client, ledger, show
from api.demo.client import Caller, DemoFailed
from screening import database

FILE = Path(__file__).parent.parent / "demo" / "orders.jsonl"
COMPANY = "steppe-reagents"
EXAMPLE = {
    "reference": "DEMO-ERP-2",
    "customer": {"name": "ТОО «Көкше Бояу»", "country": "KZ", "registration_no": "051140003388"},
    "lines": [{"name": "toluene", "cas": "108-88-3", "quantity": "55", "unit": "us_gal"}],
    "destination_country": "KZ",
}  # fmt: skip


def register(app: typer.Typer) -> None:
    app.command("demo")(demo)


@dataclass
class Stage:
    """The demo's console, and how long it has been going."""

    console: Console
    started: float

    def say(self, text: str) -> None:
        self.console.print(f"[dim]{time.monotonic() - self.started:6.1f} s[/dim]  {text}", highlight=False)


def demo(orders: Annotated[Path, typer.Option("--orders", help="Another file of orders.")] = FILE) -> None:
    """Screen a shipped file of orders over HTTP, let the authorities acknowledge, and show what came of it."""
    stage = Stage(Console(), time.monotonic())
    if not orders.is_file():
        fail(f"{orders}: no such file")
    try:
        with service(stage.say, port=0) as running:
            equal = run(stage, running, orders)
    except DemoFailed as error:
        fail(str(error))
    if not equal:
        fail("the counts above are not equal")


def run(stage: Stage, running: Running, orders: Path) -> bool:
    """The whole road; True when every count agrees."""
    company, authorities = _callers(running)
    stage.say(f"The service answers at {running.url}. Uploading {orders.name} over HTTP ...")
    job = client.upload(company, orders)
    done = client.follow(company, job, lambda found: _progress(stage, found))
    stage.console.print()
    rows = client.rows(company, job)
    answer = company.call("POST", "/v1/orders", json=EXAMPLE, headers={"idempotency-key": str(EXAMPLE["reference"])})
    stage.say(f"An ERP posts one order and is answered in the same call: {answer}")
    with database.session() as session:
        expected = ledger.counts(session, ledger.company_id(session, COMPANY)).reportable
    stage.say(f"Waiting for {expected} referrals; the authorities acknowledge each ...")
    received = client.receipts(authorities, expected)
    _tables(stage, rows, received)
    return _counts(stage, done, rows)


def _callers(running: Running) -> tuple[Caller, dict[str, Caller]]:
    keys = [each for each in running.credentials if not each.email]
    authorities = {each.organisation: Caller(running.url, each.secret) for each in keys if each.kind == "authority"}
    company = next(each for each in keys if each.organisation == COMPANY)
    return Caller(running.url, company.secret), authorities


def _progress(stage: Stage, found: dict[str, Any]) -> None:
    if stage.console.is_terminal:
        text = f"        screened {found['rows'] - found['pending']} of {found['rows']} rows"
        stage.console.print(text, end="\r", highlight=False)


def _tables(stage: Stage, rows: list[dict[str, Any]], received: list[dict[str, Any]]) -> None:
    with database.session() as session:
        company = ledger.company_id(session, COMPANY)
        held = ledger.held(session, company)
        show.dispositions(stage.console, ledger.counts(session, company))
    show.held_orders(stage.console, held)
    if held:
        show.explanation(stage.console, held[0])
    show.refused(stage.console, [row for row in rows if row["state"] == "refused"])
    show.receipts(stage.console, received)


def _counts(stage: Stage, done: dict[str, Any], rows: list[dict[str, Any]]) -> bool:
    """Print what has to be equal, and whether it is."""
    with database.session() as session:
        found = ledger.counts(session, ledger.company_id(session, COMPANY))
    good = [row for row in rows if row["state"] != "refused"]
    bad = [row for row in rows if row["state"] == "refused"]
    pairs = (
        ("rows with an answer = rows of the file", len(good) + len(bad), done["rows"]),
        ("good rows with an order = good rows", sum(row["order_id"] is not None for row in good), len(good)),
        ("bad rows with reason and remedy = bad rows", sum(bool(row["problems"]) for row in bad), len(bad)),
        ("order versions with exactly one decision = order versions", found.decided, found.versions),
        ("referrals = reportable decisions", found.referrals, found.reportable),
        ("receipts = reportable decisions", found.receipts, found.reportable),
    )
    stage.console.print("\n[bold]Counts[/bold]")
    for name, value, asked in pairs:
        stage.console.print(
            f"  {value:>5} = {asked:<5} {name}: {'equal' if value == asked else 'NOT EQUAL'}", highlight=False
        )
    stage.say("To look at it in the browser: make serve (it prints the address and how to sign in)")
    return all(value == asked for _, value, asked in pairs)
