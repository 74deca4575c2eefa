"""Who may do what with whose object: one row for every operation of the OpenAPI file.

The tests of roles and `make bench-isolation` both read it; an operation without a row fails the first. Somebody whose
role may not is told 403, whatever they ask for; somebody whose role may is told the same of another's object and of
one that does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from screening.ids import utc_now
from screening.tables.people import ROLES

Object = Literal[
    "order",
    "reference",
    "file",
    "case",
    "referral",
    "endpoint",
    "delivery",
    "person",
    "key",
    "event",
    "permit",
    "document",
    "proposal",
    "letter",
    "incident",
    "operation",
    "list",
    "entry",
    "clearance",
    "question",
    "alarm",
    "model",
    "share",
]
Relation = Literal["own", "foreign", "absent"]
KINDS = frozenset({"company", "authority", "operator"})
OPERATOR = frozenset({"operator"})
ORDER: dict[str, Any] = {"reference": "", "lines": [{"name": "acetone", "quantity": "1", "unit": "kg"}]}
ANYBODY = frozenset({"nobody", *ROLES})
SIGNED_IN = frozenset(ROLES)
SUBMIT = frozenset({"integration", "officer", "supervisor"})
WORK = frozenset({"officer", "supervisor"})
READ = frozenset({"officer", "supervisor", "auditor"})
ADMIN = frozenset({"administrator"})
REGULATOR = frozenset({"regulator", "chief"})
CHIEF = frozenset({"chief"})
KEEP = REGULATOR | {"supervisor"}
AUDIT = frozenset({"supervisor", "auditor"})
OPERATOR = frozenset({"operator"})
POLICY = frozenset({"data_scientist", "administrator"})  # of the operator
NOT_AUTHORITYS_AUDITOR = frozenset({("authority", "auditor")})
ONLY_THE_OPERATORS = frozenset({("company", "administrator"), ("authority", "administrator")})
SIGNS_NOTHING = ONLY_THE_OPERATORS | NOT_AUTHORITYS_AUDITOR
TOMORROW = (utc_now() + timedelta(days=1)).isoformat()


@dataclass(frozen=True)
class Row:
    """`roles` that may, in organisations of `kinds` and not in the `refused` pairs of kind and role.

    `of`: the object its path names. `missing`: what is answered where there is none such, or it is another's.
    `body`: what is sent; an empty one asks of the role alone and is answered 422.
    """

    roles: frozenset[str]
    of: Object | None = None
    body: dict[str, Any] = field(default_factory=dict)
    missing: int = 404
    kinds: frozenset[str] = KINDS
    refused: frozenset[tuple[str, str]] = frozenset()

    def may(self, kind: str, role: str) -> bool:
        """Whether a person of this role in an organisation of this kind may."""
        return role in self.roles and kind in self.kinds and (kind, role) not in self.refused

    def as_declared(self, kind: str, role: str, relation: Relation, status: int) -> bool:
        """Whether `status` is what this row promises."""
        if not self.may(kind, role):
            return status == 403
        if relation != "own":
            return status == self.missing
        return status < 500 and status not in (401, 403, 404)


MATRIX: dict[str, Row] = {
    "POST /v1/orders": Row(SUBMIT),
    "PUT /v1/orders/{reference}": Row(SUBMIT, of="reference", body=ORDER, missing=422),
    "GET /v1/orders": Row(SUBMIT | READ),
    "GET /v1/orders/{reference}": Row(SUBMIT | READ, of="reference"),
    "GET /v1/orders/{order_id}/assessment": Row(READ, of="order"),
    "POST /v1/orders/{order_id}/outcome": Row(WORK, of="order", body={"outcome": "legitimate", "source": "audit"}),
    "GET /v1/orders/{order_id}/duties": Row(READ, of="order"),
    "POST /v1/orders/{order_id}/notification": Row(WORK, of="order", body={"action": "send"}),
    "GET /v1/orders/{order_id}/export": Row(WORK, of="order"),
    "GET /v1/exports/case-file": Row(WORK),
    "GET /v1/exports/{name}": Row(WORK),
    "GET /v1/goaml-schema": Row(ADMIN),
    "PUT /v1/goaml-schema": Row(ADMIN),
    "GET /v1/permits": Row(READ),
    "POST /v1/permits": Row(WORK),
    "GET /v1/permits/{permit_id}": Row(READ, of="permit"),
    "POST /v1/orders/bulk": Row(SUBMIT),
    "GET /v1/orders/bulk/{job_id}": Row(SUBMIT | READ, of="file"),
    "POST /v1/orders/bulk/{job_id}/resume": Row(SUBMIT, of="file"),
    "GET /v1/orders/bulk/{job_id}/rows": Row(SUBMIT | READ, of="file"),
    "GET /v1/cases": Row(READ),
    "GET /v1/cases/{case_id}": Row(READ, of="case"),
    "PUT /v1/cases/{case_id}/assignee": Row(WORK, of="case", body={"assignee_id": ""}),
    "POST /v1/cases/{case_id}/notes": Row(WORK, of="case", body={"text": "seen"}),
    "POST /v1/cases/{case_id}/decision": Row(WORK, of="case", body={"action": "hold", "reason": "papers"}),
    "POST /v1/cases/{case_id}/referral": Row(WORK, of="case", body={"reason": "suspicious"}),
    "POST /v1/cases/{case_id}/view": Row(WORK, of="case", body={"view": "hold"}),
    "POST /v1/cases/{case_id}/escalation": Row(WORK, of="case", body={"reason": "beyond me"}),
    "POST /v1/cases/{case_id}/snooze": Row(WORK, of="case", body={"until": TOMORROW, "reason": "papers"}),
    "POST /v1/cases/{case_id}/merge": Row(WORK, of="case", body={"into": "", "reason": "one need"}),
    "POST /v1/cases/{case_id}/questions": Row(WORK, of="case", body={"papers": ["licence"]}),
    "GET /v1/cases/{case_id}/checklist": Row(READ, of="case"),
    "POST /v1/cases/{case_id}/checklist": Row(WORK, of="case", body={"point": "licence"}),
    "GET /v1/cases/{case_id}/documents": Row(READ, of="case"),
    "POST /v1/cases/{case_id}/documents": Row(WORK, of="case"),
    "GET /v1/cases/{case_id}/documents/{document_id}": Row(READ, of="document"),
    "POST /v1/cases/{case_id}/proposals": Row(WORK, of="case", body={"reason": "papers", "password": "not mine"}),
    "POST /v1/cases/{case_id}/clearance": Row(WORK, of="case", body={"reason": "known and in order"}),
    "GET /v1/clearances": Row(READ),
    "POST /v1/clearances/{clearance_id}/end": Row(WORK, of="clearance", body={"reason": "not any more"}),
    "POST /v1/cases/next": Row(WORK),
    "PUT /v1/me/absence": Row(WORK | REGULATOR),
    "GET /v1/reviews/figures": Row(frozenset({"supervisor", "data_scientist"})),
    "GET /v1/proposals": Row(READ | POLICY | REGULATOR, refused=SIGNS_NOTHING),
    "GET /v1/proposals/{proposal_id}": Row(READ | POLICY | REGULATOR, of="proposal", refused=SIGNS_NOTHING),
    "POST /v1/proposals/{proposal_id}/approval": Row(
        frozenset({"supervisor", "administrator"}) | REGULATOR,
        of="proposal",
        refused=ONLY_THE_OPERATORS,
        body={"sha256": "0" * 64, "password": "not mine"},
    ),
    "POST /v1/proposals/{proposal_id}/rejection": Row(
        WORK | POLICY | REGULATOR, of="proposal", refused=ONLY_THE_OPERATORS, body={"reason": "no"}
    ),
    "GET /v1/policies": Row(POLICY | {"auditor"}, kinds=OPERATOR),
    "POST /v1/policies/proposals": Row(POLICY, kinds=OPERATOR),
    "GET /v1/models": Row(POLICY | {"auditor"}, kinds=OPERATOR),
    "POST /v1/models/proposals": Row(POLICY, kinds=OPERATOR),
    "GET /v1/models/watch": Row(POLICY | {"auditor"}, kinds=OPERATOR),
    "POST /v1/models/alarms/{alarm_id}/seen": Row(POLICY, of="alarm", kinds=OPERATOR),
    "POST /v1/models/{version}/shadow": Row(POLICY, of="model", body={"share": 0.5}, kinds=OPERATOR),
    "DELETE /v1/models/{version}/shadow": Row(POLICY, of="model", kinds=OPERATOR),
    "GET /v1/models/{version}/shadow": Row(POLICY | {"auditor"}, of="model", kinds=OPERATOR),
    "GET /v1/models/rescoring/{condemned}": Row(POLICY | {"auditor"}, kinds=OPERATOR),
    "GET /v1/referrals": Row(REGULATOR),
    "GET /v1/referrals/{referral_id}": Row(REGULATOR | READ, of="referral", refused=NOT_AUTHORITYS_AUDITOR),
    "GET /v1/referrals/{referral_id}/packet": Row(REGULATOR | READ, of="referral", refused=NOT_AUTHORITYS_AUDITOR),
    "POST /v1/referrals/{referral_id}/receipt": Row(REGULATOR, of="referral"),
    "POST /v1/referrals/{referral_id}/instructions": Row(
        REGULATOR, of="referral", body={"kind": "ask", "text": "why?"}
    ),
    "POST /v1/referrals/{referral_id}/outcome": Row(
        REGULATOR, of="referral", body={"outcome": "legitimate", "ground": "investigation"}
    ),
    "POST /v1/referrals/{referral_id}/closing": Row(
        REGULATOR, of="referral", body={"conclusion": "founded", "reason": "seized", "password": "not mine"}
    ),
    "GET /v1/referrals/overdue": Row(CHIEF),
    "POST /v1/referrals/{referral_id}/overdue": Row(CHIEF, of="referral", body={"reason": "asked for more hands"}),
    "PUT /v1/referrals/{referral_id}/assignee": Row(REGULATOR, of="referral", body={"assignee_id": ""}),
    "GET /v1/referrals/completeness": Row(REGULATOR),
    "POST /v1/referrals/{referral_id}/corrections": Row(WORK, of="referral", body={"reason": "a paper was missing"}),
    "GET /v1/referrals/{referral_id}/matches": Row(REGULATOR, of="referral"),
    "GET /v1/referrals/{referral_id}/shares": Row(REGULATOR, of="referral"),
    "POST /v1/referrals/{referral_id}/shares": Row(REGULATOR, of="referral", body={"authority": "nobody"}),
    "GET /v1/shares": Row(REGULATOR),
    "GET /v1/shares/{share_id}": Row(REGULATOR, of="share"),
    "POST /v1/shares/{share_id}/receipt": Row(REGULATOR, of="share"),
    "POST /v1/shares/{share_id}/opinion": Row(REGULATOR, of="share", body={"kind": "no_objection"}),
    "GET /v1/questions": Row(REGULATOR | READ, refused=NOT_AUTHORITYS_AUDITOR),
    "POST /v1/questions/{question_id}/answer": Row(WORK, of="question", body={"text": "no"}),
    "GET /v1/authorities": Row(REGULATOR),
    "POST /v1/incidents": Row(REGULATOR),
    "GET /v1/incidents": Row(REGULATOR),
    "GET /v1/incidents/{incident_id}": Row(REGULATOR, of="incident"),
    "GET /v1/incidents/{incident_id}/matches": Row(REGULATOR, of="incident"),
    "POST /v1/incidents/{incident_id}/withdrawal": Row(REGULATOR, of="incident"),
    "POST /v1/operations": Row(REGULATOR),
    "GET /v1/operations": Row(REGULATOR),
    "GET /v1/operations/{operation_id}": Row(REGULATOR, of="operation"),
    "POST /v1/operations/{operation_id}/end": Row(REGULATOR, of="operation"),
    "GET /v1/lists": Row(KEEP),
    "POST /v1/lists": Row(KEEP),
    "GET /v1/lists/{list_id}": Row(KEEP, of="list"),
    "POST /v1/lists/{list_id}/entries": Row(
        KEEP, of="list", body={"party": {"name": "Somebody"}, "why": "odd", "password": "not mine"}
    ),
    "POST /v1/list-entries/{entry_id}/removal": Row(KEEP, of="entry", body={"why": "odd", "password": "not mine"}),
    "GET /v1/orders/{order_id}/list-hits": Row(frozenset({"supervisor"}), of="order"),
    "GET /v1/service-key": Row(SIGNED_IN),
    "GET /v1/audit/checkpoints": Row(AUDIT),
    "GET /v1/audit/checkpoints/consistency": Row(AUDIT),
    "GET /v1/audit/tree/consistency": Row(AUDIT),
    "GET /v1/audit/tree/inclusion": Row(AUDIT),
    "GET /v1/audit/events/{event_id}/proof": Row(AUDIT, of="event"),
    "GET /v1/webhooks/endpoints": Row(ADMIN),
    "POST /v1/webhooks/endpoints": Row(ADMIN),
    "POST /v1/webhooks/endpoints/{endpoint_id}/secret": Row(ADMIN, of="endpoint"),
    "DELETE /v1/webhooks/endpoints/{endpoint_id}": Row(ADMIN, of="endpoint"),
    "GET /v1/webhooks/deliveries": Row(ADMIN),
    "POST /v1/webhooks/deliveries/{delivery_id}/retry": Row(ADMIN, of="delivery"),
    "GET /v1/dead-letters": Row(ADMIN, kinds=OPERATOR),
    "POST /v1/dead-letters/resend": Row(ADMIN, kinds=OPERATOR),
    "POST /v1/dead-letters/{letter_id}/resend": Row(ADMIN, of="letter", kinds=OPERATOR),
    "GET /v1/people": Row(ADMIN),
    "POST /v1/people": Row(ADMIN),
    "PUT /v1/people/{user_id}/roles": Row(ADMIN, of="person", body={"roles": ["auditor"]}),
    "PUT /v1/people/{user_id}/active": Row(ADMIN, of="person", body={"active": True}),
    "POST /v1/people/{user_id}/password": Row(ADMIN, of="person"),
    "GET /v1/keys": Row(ADMIN),
    "POST /v1/keys": Row(ADMIN),
    "DELETE /v1/keys/{key_id}": Row(ADMIN, of="key"),
    "GET /v1/organisations": Row(ADMIN, kinds=OPERATOR),
    "POST /v1/organisations": Row(ADMIN, kinds=OPERATOR),
    "POST /v1/session": Row(ANYBODY),
    "DELETE /v1/session": Row(SIGNED_IN),
    "GET /v1/me": Row(SIGNED_IN),
    "POST /v1/me/password": Row(SIGNED_IN),
    "GET /health/live": Row(ANYBODY),
    "GET /health/ready": Row(ANYBODY),
}
