"""Every table of the service; importing this package registers them all."""

from screening.tables import (
    audit,
    cases,
    clearances,
    closings,
    desk,
    duties,
    exchange,
    exports,
    four_eyes,
    modelling,
    orders,
    people,
    queue,
    shares,
)

__all__ = [
    "audit",
    "cases",
    "clearances",
    "closings",
    "desk",
    "duties",
    "exchange",
    "exports",
    "four_eyes",
    "modelling",
    "orders",
    "people",
    "queue",
    "shares",
]
