"""The twin scan: two companies alike, the order of one reported; what their ordinary people can get must be equal.

Ordinary are the roles that work no cases: `integration` and `administrator`. Every GET of the OpenAPI file they may
call, the answers to what they post, the pages, and every byte queued for the company's own endpoints.
"""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Any

import orjson
from sqlmodel import col, select

from api.bench import objects, tenants
from api.bench.matrix import MATRIX
from api.bench.tenants import Somebody
from screening import audit, database
from screening.tables.cases import Case
from screening.tables.orders import BulkJob
from screening.tables.people import ApiKey, Organisation, RoleName, User
from screening.tables.queue import Delivery, WebhookEndpoint

ORDINARY: tuple[RoleName, ...] = ("integration", "administrator")
PAGES = ("/", "/queue", "/inbox", "/nowhere")
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32}\b")
TIMES = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
# Random for each person, key and session.
SECRETS = re.compile(r'("(?:prefix|email|csrf_token)":|name="csrf[_-]token" (?:value|content)=)"[^"]*"')
TOLD = ("content-type", "cache-control", "etag", "location", "retry-after", "content-language")
Seen = dict[str, str]


def differing(port: int, authority: Somebody) -> int:
    """Bytes that differ between the reported company's and its twin's, over everything ordinary people can get."""
    reported, quiet = _companies()
    before = {each.id: _prepared(port, each) for each in (reported, quiet)}
    officers = [tenants.signed_in(port, each, "officer") for each in (reported, quiet)]
    _report(officers[0], authority)
    both = [before[each.id] | _seen(port, each) for each in (reported, quiet)]
    total = 0
    for name in sorted({*both[0], *both[1]}):
        ours, twins = both[0].get(name, ""), both[1].get(name, "")
        apart = sum(a != b for a, b in zip_longest(ours.encode(), twins.encode()))
        if apart:
            print(f"  DIFFERS by {apart} bytes: {name}\n    {ours[:300]}\n    {twins[:300]}", flush=True)
        total += apart
    print(f"  {len(both[0])} answers of each twin compared", flush=True)
    return total


def _companies() -> list[Organisation]:
    with database.session() as session:
        made = [Organisation(code=f"twin-{n}", kind="company", name="Twin", country="KZ") for n in range(2)]
        session.add_all(made)
    return made


def _prepared(port: int, company: Organisation) -> Seen:
    """The same life of both: an endpoint, two orders, one of them sent twice, a file. What was answered."""
    objects.make(company, [company], "endpoint")
    sender = tenants.signed_in(port, company, "integration")
    answers: Seen = {}
    for name in ("TWIN-1", "TWIN-2", "TWIN-1"):
        placed = objects.order(name) if name == "TWIN-1" else objects.order(name) | {"notification": None}
        answers[f"POST {name} {len(answers)}"] = _shown(company, sender.client.post("/v1/orders", json=placed))
    rows = orjson.dumps(objects.order("TWIN-3")) + b"\n{}\n"
    answers["POST file"] = _shown(company, sender.client.post("/v1/orders/bulk", files={"file": ("x.jsonl", rows)}))
    return answers


def _report(officer: Somebody, authority: Somebody) -> None:
    """The officer refers the order, the authority takes it, asks, and wants a controlled delivery."""
    query = select(Case.id).where(col(Case.organisation_id) == officer.organisation.id).order_by(col(Case.id))
    with database.session() as session:
        case = session.exec(query).first()
    referral = officer.client.post(f"/v1/cases/{case}/referral", json={"reason": "suspicious"})
    referral.raise_for_status()
    path = f"/v1/referrals/{referral.json()['id']}"
    authority.client.post(f"{path}/receipt").raise_for_status()
    for kind in ("ask", "controlled_delivery"):
        authority.client.post(f"{path}/instructions", json={"kind": kind, "text": "quietly"}).raise_for_status()
    with database.session() as session:
        audit.append(session)


def _seen(port: int, company: Organisation) -> Seen:
    """Every answer to every GET, and every message to the company."""
    people = [tenants.signed_in(port, company, role) for role in ORDINARY]
    seen: Seen = {}
    for path in (*_paths(company), *PAGES):
        for each in people:
            seen[f"{each.role} GET {_masked(company, path)}"] = _shown(company, each.client.get(path))
    for each in people:
        again = each.client.post("/v1/orders", json=objects.order("TWIN-1"))
        seen[f"{each.role} POST again"] = _shown(company, again)
    with database.session() as session:
        bodies = session.exec(select(Delivery.body).where(col(Delivery.organisation_id) == company.id)).all()
        seen["messages"] = _masked(company, "\n".join(sorted(bodies)))
    return seen


def _paths(company: Organisation) -> list[str]:
    """Every GET of the matrix with each of the company's own objects in its place; what they may not is asked too."""
    with database.session() as session:
        ids: dict[str, list[Any]] = {
            name: [str(each) for each in session.exec(select(column).where(owner == company.id).order_by(column))]
            for name, column, owner in (
                ("case", col(Case.id), col(Case.organisation_id)),
                ("order", col(Case.order_id), col(Case.organisation_id)),
                ("file", col(BulkJob.id), col(BulkJob.organisation_id)),
                ("endpoint", col(WebhookEndpoint.id), col(WebhookEndpoint.organisation_id)),
                ("person", col(User.id), col(User.organisation_id)),
                ("key", col(ApiKey.id), col(ApiKey.organisation_id)),
            )
        }
    ids["reference"] = ["TWIN-1", "TWIN-2", "TWIN-3"]
    paths = []
    for operation, row in MATRIX.items():
        method, path = operation.split(" ")
        if method == "GET" and not path.startswith("/health"):
            named = [None] if row.of is None else ids.get(row.of, []) or [objects.absent(row.of)]
            paths += [objects.addressed(operation, str(name))[1] for name in named]
    return [*paths, "/v1/orders?status=in_process", "/v1/orders?limit=1"]


def _shown(company: Organisation, answer: Any) -> str:
    headers = "\n".join(f"{name}: {answer.headers[name]}" for name in TOLD if name in answer.headers)
    return f"{answer.status_code}\n{headers}\n{_masked(company, answer.text)}"


def _masked(company: Organisation, text: str) -> str:
    for pattern in (IDS, TIMES):
        text = pattern.sub("~", text)
    return SECRETS.sub(r'\1"~"', text.replace(company.code, "~"))
