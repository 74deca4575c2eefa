"""The OpenAPI file: what FastAPI derives, the body that the hot path reads itself, and how callers sign in."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from features.intake import OrderIn

SCHEMES = {
    "HTTPBearer": {"type": "http", "scheme": "bearer", "description": "An API key, `tamga_...`."},
    "APIKeyCookie": {"type": "apiKey", "in": "cookie", "name": "tamga_session"},
}
TEMPLATE = "#/components/schemas/{model}"


def install(app: FastAPI) -> None:
    """Complete the application's description with the schema of an order."""
    derive = app.openapi

    def complete() -> dict[str, Any]:
        described = derive()
        schemas = described.setdefault("components", {}).setdefault("schemas", {})
        if "OrderIn" not in schemas:
            order = OrderIn.model_json_schema(ref_template=TEMPLATE)
            schemas.update(order.pop("$defs", {}))
            schemas["OrderIn"] = order
            described["components"]["securitySchemes"] = SCHEMES
            described["security"] = [{name: []} for name in SCHEMES]
        return described

    app.openapi = complete  # type: ignore[method-assign]
