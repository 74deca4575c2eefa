"""The demo's tables: dispositions, held orders, one explanation in full, refused rows, receipts, counts."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from api.demo.ledger import Counts, Held
from models.explain import Reason, sentence
from screening.reading import reasons_of

SHOWN = 14


def dispositions(console: Console, found: Counts) -> None:
    table = Table(title="Dispositions", title_justify="left")
    table.add_column("disposition")
    table.add_column("orders", justify="right")
    for name, number in sorted(found.dispositions.items()):
        table.add_row(name, str(number))
    table.add_section()
    for name, number in sorted(found.bands.items()):
        table.add_row(f"risk {name}", str(number))
    console.print(table)


def held_orders(console: Console, held: list[Held]) -> None:
    table = Table(
        title=f"Held orders, the likeliest first ({min(SHOWN, len(held))} of {len(held)})", title_justify="left"
    )
    for name in ("order", "customer", "goods", "kg", "to", "probability", "band", "why"):
        table.add_column(name, justify="right" if name in ("kg", "probability") else "left", overflow="fold")
    for each in held[:SHOWN]:
        kilograms = f"{each.version.kilograms:,.1f}" if each.version.kilograms else ""
        chance = f"{each.assessment.probability:.1%}" if each.assessment.probability is not None else "no score"
        table.add_row(
            each.order.reference, each.version.customer_name or "", each.version.goods, kilograms,
            each.version.destination or "", chance, each.assessment.band, ", ".join(each.why[:3]),
        )  # fmt: skip
    console.print(table)


def explanation(console: Console, each: Held) -> None:
    """Everything the officer reads of one order: legal stops, probability, reasons, contributions to the margin."""
    kept, told = each.assessment, each.assessment.explanation
    console.print(
        f"\n[bold]Order {each.order.reference} in full[/bold]: {each.version.customer_name}, {each.version.goods}"
    )
    for stop in each.decision.stops:
        console.print(f"  legal stop: {stop['en']} ({stop['source']})")
    if kept.probability is None or not told:
        console.print(f"  no score: {kept.failure}; held")
        return
    reference = told["reference_class"]
    console.print(
        f"  probability {kept.probability:.1%}; of {reference['total']} past orders in its score class, "
        f"{reference['confirmed']} were confirmed (95 % interval {reference['low']:.1%} to {reference['high']:.1%})"
    )
    for number, reason in enumerate(reasons_of(kept), start=1):
        _reason(console, number, reason)
    table = Table(title="What moved the score (log-odds)", title_justify="left")
    table.add_column("family")
    table.add_column("contribution", justify="right")
    table.add_row("average order", f"{told['base']:+.4f}")
    for family, contribution in told["families"]:
        table.add_row(family, f"{contribution:+.4f}")
    table.add_section()
    total = told["base"] + sum(contribution for _, contribution in told["families"])
    table.add_row("sum", f"{total:+.4f}")
    table.add_row("margin of the model", f"{kept.margin:+.4f}")
    console.print(table)


def _reason(console: Console, number: int, reason: Reason) -> None:
    console.print(f"  {number}. {sentence(reason, 'en')}")
    console.print(f"     [dim]{sentence(reason, 'ru')}[/dim]")


def refused(console: Console, rows: list[dict[str, Any]]) -> None:
    table = Table(title="Rows that were not orders", title_justify="left")
    for name in ("line", "field", "reason", "remedy"):
        table.add_column(name, overflow="fold")
    for row in rows:
        for problem in row["problems"]:
            table.add_row(str(row["line"]), problem["field"], problem["reason"]["en"], problem["remedy"]["en"])
    console.print(table)


def receipts(console: Console, received: list[dict[str, Any]]) -> None:
    table = Table(title="Receipts of the authorities", title_justify="left")
    for name in ("authority", "order", "packet SHA-256", "received", "signature"):
        table.add_column(name, overflow="fold")
    for each in received:
        receipt = each["receipt"]
        table.add_row(
            each["authority"], each["packet"]["order"]["reference"], each["referral"]["packet_sha256"][:16] + "…",
            receipt["created_at"][:19] + "Z", receipt["signature"][:16] + "…",
        )  # fmt: skip
    console.print(table)
