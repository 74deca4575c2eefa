"""Every route of the HTTP side, in the order of the documentation."""

from __future__ import annotations

from fastapi import FastAPI

from api.routes import (
    audit,
    auth,
    bulk,
    cases,
    casework,
    clearances,
    dead_letters,
    duties,
    exchange,
    exports,
    health,
    lists,
    models,
    orders,
    people,
    proposals,
    referrals,
    reviews,
    shares,
    webhooks,
)

# Files of orders, duties, exports and lists come before orders: an order's reference may hold slashes and would take
# their addresses.
ROUTERS = (
    bulk.router,
    duties.router,
    exports.router,
    lists.router,
    orders.router,
    reviews.router,
    cases.router,
    casework.router,
    clearances.router,
    proposals.router,
    referrals.router,
    referrals.keys,
    referrals.asked,
    shares.reports,
    shares.router,
    audit.router,
    exchange.router,
    webhooks.router,
    dead_letters.router,
    models.router,
    people.router,
    auth.router,
    health.router,
)


def include(app: FastAPI) -> None:
    """Add all routes to the application."""
    for router in ROUTERS:
        app.include_router(router)
