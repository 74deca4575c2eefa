"""Every table of the service; importing this package registers them all."""

from screening.tables import audit, cases, desk, duties, exchange, exports, four_eyes, orders, people, queue

__all__ = ["audit", "cases", "desk", "duties", "exchange", "exports", "four_eyes", "orders", "people", "queue"]
