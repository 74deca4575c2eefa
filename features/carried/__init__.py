"""Facts that an order itself carries, one module a family; `core` says what a function may read."""

from features.carried import (
    changes,
    customer,
    days,
    documents,
    lines,
    network,
    parties,
    payment,
    product,
    quantity,
    route,
)
from features.carried.core import FACTS

__all__ = [
    "CARRIED", "changes", "customer", "days", "documents", "lines", "network", "parties", "payment", "product",
    "quantity", "route",
]  # fmt: skip

# Names of the carried facts in the order of a batch's columns.
CARRIED: tuple[str, ...] = tuple(FACTS)
