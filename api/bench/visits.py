"""Every page of the workbench and who opens it: axe, the bench and the screenshots read it, and a test holds it whole.

A path names objects of `api.bench.scene` in braces. `map`: the page that shows a map may weigh more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from screening.tables.people import RoleName

Kind = Literal["company", "authority", "operator", "nobody"]


@dataclass(frozen=True)
class Visit:
    """One page as somebody opens it. `path` is the route's own where it names no object and asks nothing."""

    kind: Kind
    role: RoleName | None
    path: str
    map: bool = False

    @property
    def name(self) -> str:
        """A file's name for it."""
        return f"{self.role or 'nobody'}{self.path.split('?')[0].replace('/', '_').replace('{', '').replace('}', '')}"


# route -> the visit that opens it
VISITS: dict[str, Visit] = {
    "/sign-in": Visit("nobody", None, "/sign-in"),
    "/overview": Visit("company", "officer", "/overview"),
    "/queue": Visit("company", "officer", "/queue"),
    "/queue/preview/{order_id}": Visit("company", "officer", "/queue?show={order}"),
    "/orders/{order_id}": Visit("company", "officer", "/orders/{order}", map=True),
    "/orders/{order_id}/what-if": Visit("company", "officer", "/orders/{order}/what-if"),
    "/orders/{order_id}/ties": Visit("company", "officer", "/orders/{order}/ties"),
    "/orders/{order_id}/customer": Visit("company", "officer", "/orders/{order}/customer"),
    "/my-orders": Visit("company", "integration", "/my-orders"),
    "/my-orders/{order_id}": Visit("company", "integration", "/my-orders/{order}"),
    "/uploads": Visit("company", "integration", "/uploads"),
    "/uploads/{job_id}": Visit("company", "integration", "/uploads/{file}"),
    "/admin/people": Visit("company", "administrator", "/admin/people"),
    "/admin/sessions": Visit("company", "administrator", "/admin/sessions"),
    "/admin/keys": Visit("company", "administrator", "/admin/keys"),
    "/admin/webhooks": Visit("company", "administrator", "/admin/webhooks"),
    "/record": Visit("company", "auditor", "/record"),
    "/retention": Visit("company", "auditor", "/retention"),
    "/health-of-service": Visit("operator", "administrator", "/health-of-service"),
    "/policy": Visit("operator", "administrator", "/policy"),
    "/inbox": Visit("authority", "regulator", "/inbox"),
    "/inbox/{referral_id}": Visit("authority", "regulator", "/inbox/{referral}"),
    "/shares/{share_id}": Visit("authority", "regulator", "/shares/{share}"),
    "/incidents": Visit("authority", "regulator", "/incidents"),
    "/incidents/{incident_id}": Visit("authority", "regulator", "/incidents/{incident}"),
    "/operations": Visit("authority", "regulator", "/operations"),
    "/operations/{operation_id}": Visit("authority", "regulator", "/operations/{operation}"),
    "/dead-letters": Visit("operator", "administrator", "/dead-letters"),
    "/models": Visit("operator", "data_scientist", "/models"),
    "/models/{version}": Visit("operator", "data_scientist", "/models/{serving}"),
}
# They answer with a redirect, a file, or a word for a page that is open.
NO_PAGES = frozenset({"/", "/choose/{what}/{value}", "/uploads/{job_id}/refused", "/orders/{order_id}/now", "/find"})
