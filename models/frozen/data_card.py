"""The card of a frozen dataset: what is in it, who said so, what was dropped and why, and how review was biased."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.records import CONFIRMED_BAD, OutcomeRecord
from models.evaluate import Z95, wilson
from models.outcomes import is_random
from models.pipeline import Stream
from models.refusals import Refusals
from models.slices import slices_of
from models.targets import Targets, targets

BoolArray = NDArray[np.bool_]
BIAS = (
    "Orders are reviewed because something about them was suspicious, so the reviewed are no sample of all. Only those "
    "marked as reviewed by chance are; the rate among them is the one that speaks of all orders.",
    "Заказы проверяют из-за подозрений, поэтому проверенные — не выборка из всех. Выборкой являются только отмеченные "
    "как случайно проверенные; лишь их доля говорит обо всех заказах.",
)
SILENCE = (
    "An order without a label is not known to be honest: most schemes come to light late and some never.",
    "Заказ без метки не обязательно честный: большинство схем раскрывается поздно, а некоторые никогда.",
)


@dataclass(frozen=True, slots=True)
class Contents:
    """What the card speaks of: the stream, judgements as known, countries by row, what slices read, and what did
    not come in."""

    stream: Stream
    outcomes: Sequence[OutcomeRecord]
    as_of: datetime
    country: Sequence[str]
    read: Mapping[str, NDArray[np.float32]]
    refusals: Refusals
    dropped: Mapping[str, int]


def data_card(contents: Contents) -> dict[str, Any]:
    """The card as plain JSON values."""
    stream, outcomes = contents.stream, contents.outcomes
    made = targets(stream.reference, stream.at, stream.labels, contents.as_of)
    at = stream.at.astype("datetime64[us]")
    return {
        "as_of": contents.as_of.isoformat(),
        "orders": {
            "rows": stream.size,
            "references": len(set(stream.references)),
            "customers": int(np.unique(stream.customer).size),
            "first": f"{at[0]}Z",
            "last": f"{at[-1]}Z",
            "by_month": _by_month(at),
            "mass_unknown": int(np.isnan(stream.kilograms).sum()),
        },
        "labels": {
            "rows": len(outcomes),
            "by_outcome": _counted(each.outcome for each in outcomes),
            "by_source": _by_source(outcomes),
            "without_order": stream.unmatched,
            "days_until_known": made.delays.to_json(),
        },
        "usable": {"rows": int(made.used.sum()), "confirmed": int(made.confirmed[made.used].sum()),
                   "regime": made.regime, "embargo_days": round(made.embargo_days, 2)},
        "dropped": dict(sorted(contents.dropped.items())),
        "refused": {"rows": contents.refusals.total, "by_code": dict(sorted(contents.refusals.counts.items()))},
        "not_taught": made.left_out,
        "review": _review(contents, made),
        "notes": [{"en": en, "ru": ru} for en, ru in (BIAS, SILENCE)],
    }  # fmt: skip


def _by_month(at: NDArray[np.datetime64]) -> dict[str, int]:
    months, counts = np.unique(at.astype("datetime64[M]"), return_counts=True)
    return {str(month): int(count) for month, count in zip(months, counts, strict=True)}


def _counted(words: Iterator[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items()))


def _by_source(outcomes: Sequence[OutcomeRecord]) -> dict[str, dict[str, Any]]:
    """How many judgements each source gave, how many of them confirmed, and whether it draws by chance."""
    sources: dict[str, dict[str, Any]] = {}
    for each in outcomes:
        name = each.source or "not stated"
        row = sources.setdefault(name, {"labels": 0, "confirmed": 0, "by_chance": is_random(each.source)})
        row["labels"] += 1
        row["confirmed"] += each.outcome in CONFIRMED_BAD
    return dict(sorted(sources.items()))


def _review(contents: Contents, made: Targets) -> dict[str, Any]:
    """How the reviewed differ from all: rates by chance and by suspicion, and the share reviewed in each group."""
    reviewed, chance = made.reviewed, made.random
    return {
        "reviewed": int(reviewed.sum()),
        "share": round(float(reviewed.mean()), 6),
        "by_chance": _rate(made.confirmed, chance),
        "by_suspicion": _rate(made.confirmed, reviewed & ~chance),
        "by_slice": _by_slice(contents, made),
    }


def _rate(confirmed: BoolArray, among: BoolArray) -> dict[str, Any]:
    """Orders, confirmed, their rate and its 95 % Wilson interval; no rate where there is no order."""
    orders, cases = int(among.sum()), int(confirmed[among].sum())
    low, high = wilson(cases, orders, Z95)
    rate = round(cases / orders, 6) if orders else None
    return {"orders": orders, "confirmed": cases, "rate": rate, "interval": [round(low, 6), round(high, 6)]}


def _by_slice(contents: Contents, made: Targets) -> list[dict[str, Any]]:
    country = [contents.country[number - 1] for number in contents.stream.sequence.tolist()]
    rows = []
    for kind, groups in slices_of(contents.read, contents.stream.customer, country).items():
        for group in np.unique(groups).tolist():
            inside = groups == group
            rows.append({"slice": kind, "group": str(group), "orders": int(inside.sum()),
                         "reviewed": int((inside & made.reviewed).sum()),
                         "share_reviewed": round(float(made.reviewed[inside].mean()), 6),
                         "confirmed": int((inside & made.confirmed).sum())})  # fmt: skip
    return rows


def readable(card: Mapping[str, Any]) -> str:
    """The card as text for a person."""
    orders, labels, review = card["orders"], card["labels"], card["review"]
    lines = [
        f"Dataset as known at {card['as_of']}",
        "",
        f"Orders: {orders['rows']} ({orders['references']} references, {orders['customers']} customers), "
        f"{orders['first']} to {orders['last']}; mass unknown: {orders['mass_unknown']}",
        f"Labels: {labels['rows']}; {_listed(labels['by_outcome'])}; without an order here: {labels['without_order']}",
        *(f"  source {name}: {row['labels']} labels, {row['confirmed']} confirmed"
          f"{', drawn by chance' if row['by_chance'] else ''}" for name, row in labels["by_source"].items()),
        f"Days until a case is known: {_listed(labels['days_until_known'].get('days', {}))}",
        f"Usable for training: {card['usable']['rows']}, {card['usable']['confirmed']} of them confirmed "
        f"({card['usable']['regime']} labels, embargo {card['usable']['embargo_days']} days)",
        "",
        f"Dropped: {_listed(card['dropped'])}",
        f"Refused rows: {card['refused']['rows']} ({_listed(card['refused']['by_code'])})",
        f"In the dataset but not taught: {_listed(card['not_taught'])}",
        "",
        f"Reviewed: {review['reviewed']} ({review['share']:.1%}); "
        f"confirmed by chance reviews: {_said(review['by_chance'])}; by suspicion: {_said(review['by_suspicion'])}",
        *(f"  {row['slice']}, {row['group']}: {row['share_reviewed']:.1%} of {row['orders']} reviewed"
          for row in review["by_slice"]),
        "",
        *(note["en"] for note in card["notes"]),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _listed(counts: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"


def _said(rate: Mapping[str, Any]) -> str:
    if rate["rate"] is None:
        return "none"
    low, high = rate["interval"]
    return f"{rate['confirmed']} of {rate['orders']} ({rate['rate']:.1%}, 95 % {low:.1%} to {high:.1%})"
