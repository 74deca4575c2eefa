"""Objects of the organisations that the isolation bench looks at: one maker for each kind that a path names."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import update
from sqlmodel import Session, col, select

from api.bench import four_eyes
from api.bench.matrix import Object
from api.bench.model_objects import challenger, model_alarm
from api.bench.online import order_of
from api.bench.tenants import ADDRESSED, OTHER, PASSWORD, person
from features.intake import OrderIn, PartyIn
from screening import (
    access,
    audit,
    casework,
    confidential,
    database,
    incidents,
    instructions,
    operations,
    people,
    permits,
    referrals,
    screen,
    shares,
    webhooks,
)
from screening.access import Principal
from screening.audit import AuditEntry
from screening.casework import Paperwork
from screening.confidential import NewEntry
from screening.four_eyes import NewPolicy, Signing, approve, propose_addition, propose_policy, propose_release
from screening.ids import new_id, utc_now
from screening.instructions import Answer
from screening.orders import Submission
from screening.policy import DEFAULT_RULES
from screening.tables.cases import Case, Question
from screening.tables.clearances import Clearance
from screening.tables.four_eyes import Proposal
from screening.tables.orders import BulkJob, Order
from screening.tables.people import Organisation, RoleName, User
from screening.tables.queue import Outbox

OF_AUTHORITIES: frozenset[Object] = frozenset({"incident", "operation", "share"})


def order(reference: str) -> dict[str, Any]:
    """An order that is held, model or none: the importing state objects."""
    return order_of(0, 0, reference) | {"notification": {"id": "P", "status": "objection"}}


def owns(organisation: Organisation, kind: Object) -> bool:
    """Whether such an organisation can own such an object. Referrals are their company's and their authority's."""
    if kind in ("letter", "alarm", "model"):  # whosever message it is, a dead letter is the operator's
        return organisation.kind == "operator"
    if kind in OF_AUTHORITIES:
        return organisation.kind == "authority"
    if kind in ("list", "entry"):
        return organisation.kind in ("company", "authority")
    everywhere = kind in ("person", "key", "endpoint", "delivery", "event")
    also = {("referral", "authority"), ("proposal", "authority"), ("proposal", "operator")}
    return everywhere or organisation.kind == "company" or (kind, organisation.kind) in also


def make(owner: Organisation, companies: list[Organisation], kind: Object) -> str:
    """A new object of the owner as a path names it; an authority's referral comes from the first company."""
    with database.session() as session:
        if kind == "referral" and owner.kind == "authority":
            return _referral(session, companies[0], owner.country)
        if kind in OF_AUTHORITIES and owner.kind != "authority":
            return absent(kind)  # they have none
        if kind == "share":
            return _share(session, owner, companies[0])
        return MAKERS[kind](session, owner)


def _case(session: Session, owner: Organisation, leaves: str = "KZ", goes: str | None = None) -> Case:
    sent = order(f"H-{new_id().hex}") | {"seller": {"name": "Seller", "country": leaves}}
    sent |= {"destination_country": goes} if goes else {}
    placed = OrderIn.model_validate_json(orjson.dumps(sent))
    answer = screen.submit(session, Submission.of(owner.id, placed))
    session.flush()
    return session.exec(select(Case).where(col(Case.order_id) == answer.order.id)).one()


def principal(session: Session, owner: Organisation, role: RoleName) -> Principal:
    """Somebody of the owner in this role, as the domain sees a caller."""
    return Principal(
        owner.id, owner.kind, owner.country, frozenset({role}), person(session, owner, role).id,
        authority_code=owner.authority_code,
    )  # fmt: skip


def _referral(session: Session, owner: Organisation, leaves: str = "KZ") -> str:
    case = _case(session, owner, leaves)
    return str(referrals.refer(session, principal(session, owner, "officer"), case.id, "odd").id)


def _question(session: Session, owner: Organisation) -> str:
    """The authority of the country asks about an order of the owner."""
    referral = UUID(_referral(session, owner))
    house = session.exec(select(Organisation).where(col(Organisation.authority_code) == ADDRESSED)).one()
    regulator = principal(session, house, "regulator")
    referrals.acknowledge(session, regulator, referral)
    instructions.instruct(session, regulator, referral, Answer("ask", "which warehouse?"))
    query = select(Question.id).where(col(Question.referral_id) == referral)
    return str(session.exec(query).one())


def _clearance(session: Session, owner: Organisation) -> str:
    case = _case(session, owner)
    made = Clearance(
        organisation_id=owner.id, case_id=case.id, order_version_id=case.order_version_id, pattern=new_id().hex,
        limit_micro=1, policy_version=1, until=utc_now().date(), reason="bench",
    )  # fmt: skip
    session.add(made)
    session.flush()
    return str(made.id)


def _endpoint(session: Session, owner: Organisation) -> str:
    administrator = principal(session, owner, "administrator")
    return str(webhooks.add_endpoint(session, administrator, "http://127.0.0.1:9/")[0].id)


def _delivery(session: Session, owner: Organisation) -> str:
    _endpoint(session, owner)
    webhooks.announce(session, owner.id, webhooks.Message("order.status", new_id(), {}))
    session.flush()
    return str(webhooks.deliveries(session, principal(session, owner, "administrator"))[0].id)


def _key(session: Session, owner: Organisation) -> str:
    return str(people.add_key(session, owner, new_id().hex, sorted(people.KEY_ROLES[owner.kind]), "bench")[0].id)


def _file(session: Session, owner: Organisation) -> str:
    job = BulkJob(organisation_id=owner.id, filename="x.csv", format="csv", sha256="0" * 64)
    session.add(job)
    session.flush()
    return str(job.id)


def _event(session: Session, owner: Organisation) -> str:
    made = audit.record(session, AuditEntry("bench", "bench", owner.id))
    audit.append(session)
    return str(made)


def _permit(session: Session, owner: Organisation) -> str:
    officer = principal(session, owner, "officer")
    return str(
        permits.register(session, officer, permits.Grant("licence", new_id().hex, "acetone", Decimal(1), "kg")).id
    )


def _document(session: Session, owner: Organisation) -> str:
    case = _case(session, owner)
    kept = casework.add_document(session, principal(session, owner, "officer"), case.id, Paperwork("x", b"x"))
    return f"{case.id} {kept.id}"


def _proposal(session: Session, owner: Organisation) -> str:
    """A company's release of an order with a high score; an authority's change of a list; a policy of the operator,
    who has one open at a time."""
    if owner.kind == "company":
        case = four_eyes.held_high(session, owner)
        proposer = _signer(session, owner, "officer")
        return str(propose_release(session, proposer, case.id, "papers", Signing(PASSWORD)).id)
    if owner.kind == "authority":
        return str(_addition(session, owner).id)
    open_ones = (col(Proposal.subject_id) == owner.id, col(Proposal.state) == "proposed")
    session.execute(update(Proposal).where(*open_ones).values(state="withdrawn"))
    rules = DEFAULT_RULES | {"bands": DEFAULT_RULES["bands"] | {"elevated": "release"}}
    new, why = NewPolicy(rules, utc_now().date(), "Решение комитета № 4"), "Слишком много ложных задержаний"
    return str(propose_policy(session, _signer(session, owner, "data_scientist"), new, why, Signing(PASSWORD)).id)


def _signer(session: Session, owner: Organisation, role: RoleName) -> Principal:
    made = principal(session, owner, role)
    access.set_password(session.get_one(User, made.user_id), PASSWORD)
    session.flush()
    return made


def _letter(session: Session, owner: Organisation) -> str:
    """A message that failed at every attempt; others than the operator have one that is still tried: no dead letter."""
    dead = owner.kind == "operator"
    made = Outbox(
        organisation_id=owner.id, kind="referral.policy", payload_sha256="0" * 64, state="dead" if dead else "pending",
        not_before=utc_now() + timedelta(days=1),
    )  # fmt: skip
    session.add(made)
    session.flush()
    return str(made.id)


def _incident(session: Session, owner: Organisation) -> str:
    filing = incidents.Filing("seizure", "amber", utc_now().date(), owner.country, "Изъято при досмотре", share=())
    return str(incidents.file(session, principal(session, owner, "regulator"), filing).incident.id)


def _operation(session: Session, owner: Organisation) -> str:
    today = utc_now().date()
    plan = operations.Plan(
        "Перевал", "Наблюдение за поставками ацетона", today, today + timedelta(days=9), ("acetone",)
    )
    return str(operations.begin(session, principal(session, owner, "regulator"), plan).operation.id)


def _keeper(session: Session, owner: Organisation) -> Principal:
    return principal(session, owner, "regulator" if owner.kind == "authority" else "supervisor")


def _share(session: Session, owner: Organisation, company: Organisation) -> str:
    """The other authority of the bench has a report of goods that go to the owner's country, and shares it."""
    other = OTHER if owner.authority_code == ADDRESSED else ADDRESSED
    house = session.exec(select(Organisation).where(col(Organisation.authority_code) == other)).one()
    case = _case(session, company, house.country, owner.country)
    report = referrals.refer(session, principal(session, company, "officer"), case.id, "odd").id
    sharer = principal(session, house, "regulator")
    return str(shares.share(session, sharer, report, str(owner.authority_code)).share.id)


def _list(session: Session, owner: Organisation) -> str:
    return str(confidential.make(session, _keeper(session, owner), "watched").id)


def _addition(session: Session, owner: Organisation) -> Proposal:
    """An entry that waits for its second signature."""
    keeper = _signer(session, owner, "regulator" if owner.kind == "authority" else "supervisor")
    held, party = confidential.make(session, keeper, "watched"), PartyIn(name="Nobody at all", country="KZ")
    return propose_addition(session, keeper, NewEntry(held.id, party, "odd"), Signing(PASSWORD))


def _entry(session: Session, owner: Organisation) -> str:
    second = _signer(session, owner, "chief" if owner.kind == "authority" else "supervisor")
    made = _addition(session, owner)
    approve(session, second, made.id, Signing(PASSWORD, made.body_sha256))
    return str(made.subject_id)


def _reference(session: Session, owner: Organisation) -> str:
    return session.get_one(Order, _case(session, owner).order_id).reference


MAKERS: dict[Object, Callable[[Session, Organisation], str]] = {
    "case": lambda session, owner: str(_case(session, owner).id),
    "order": lambda session, owner: str(_case(session, owner).order_id),
    "reference": _reference,
    "file": _file,
    "referral": _referral,
    "endpoint": _endpoint,
    "delivery": _delivery,
    "person": lambda session, owner: str(person(session, owner, "auditor").id),
    "key": _key,
    "event": _event,
    "permit": _permit,
    "document": _document,
    "proposal": _proposal,
    "letter": _letter,
    "incident": _incident,
    "operation": _operation,
    "list": _list,
    "entry": _entry,
    "alarm": model_alarm,
    "model": challenger,
    "question": _question,
    "clearance": _clearance,
}
NOBODYS: dict[Object, Callable[[], str]] = {
    "reference": lambda: f"H-{new_id().hex}",
    "document": lambda: f"{new_id()} {new_id()}",
}


def addressed(operation: str, name: str) -> tuple[str, str]:
    """Method and path of an operation on what has this name; a document's is its case's and its own."""
    method, path = operation.split(" ")
    for part in name.split():
        path = re.sub(r"\{\w+\}", part, path, count=1)
    return method, path


def absent(kind: Object) -> str:
    """A name of that kind which nothing has."""
    return NOBODYS.get(kind, lambda: str(UUID(str(new_id()))))()
