"""Every table of the service; importing this package registers them all."""

from screening.tables import audit, cases, people, queue

__all__ = ["audit", "cases", "people", "queue"]
