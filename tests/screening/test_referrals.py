"""A referral reaches its authority once, frozen; receipt and instruction come back to those who may know."""

from __future__ import annotations

import base64
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from screening import audit, cases, database, instructions, referrals, screen, signing, tasks
from screening.access import Principal
from screening.case_errors import AuthorityNotAnswered
from screening.cases import Verdict
from screening.errors import Forbidden, Invalid, NotFound
from screening.instructions import Answer, NotAcknowledged
from screening.jurisdictions import jurisdiction
from screening.orders import Submission
from screening.referrals import NoAuthority
from screening.tables.cases import Case, CaseEvent, Receipt, Referral
from screening.tables.orders import OrderVersion
from screening.tables.people import Organisation, User
from screening.tables.queue import Outbox
from tests.builders import held_case, make_organisation, principal_of
from tests.features.builders import body


@pytest.fixture
def referral(session: Session, officer: Principal, regulator: Principal, case: Case) -> Referral:
    return referrals.refer(session, officer, case.id, "quantity beyond declared need")


def test_the_packet_is_frozen_with_its_hash_and_says_why(session: Session, referral: Referral, case: Case) -> None:
    packet = json.loads(referral.packet)
    assert hashlib.sha256(referral.packet.encode()).hexdigest() == referral.packet_sha256
    assert packet["order"]["body"]["customer"]["name"] == "ТОО «Лак и краска»"
    assert packet["decisions"][0]["grounds"] == ["scorer_unavailable"]
    assert packet["jurisdiction"]["exporter_authority"]["code"] == "KZ-MVD"
    assert set(packet["caution"]) == {"en", "ru"}
    assert (case.state, referral.authority_code) == ("referred", "KZ-MVD")


def test_the_same_version_is_referred_once(
    session: Session, officer: Principal, referral: Referral, case: Case
) -> None:
    again = referrals.refer(session, officer, case.id, "asked again")
    assert again.id == referral.id
    assert session.exec(select(func.count()).select_from(Referral)).one() == 1


def test_policy_refers_through_the_outbox_and_twice_does_no_more(
    session: Session, company: Organisation, regulator: Principal
) -> None:
    refused = {"notification": {"id": "PEN-1", "status": "objection"}}
    case = held_case(session, company, **refused)
    row = session.exec(select(Outbox).where(Outbox.kind == "referral.policy")).one()
    tasks.carry(str(row.id))
    row.state = "pending"
    session.flush()
    tasks.carry(str(row.id))
    session.expire_all()
    (told,) = referrals.inbox(session, regulator)
    assert (told.referral.reason, told.referral.referred_by, told.state) == ("policy", None, "sent")
    assert session.get_one(Case, case.id).state == "referred"


@pytest.mark.parametrize(
    ("seller", "destination", "authority"),
    [("KG", "AF", "KG-MVD"), ("RU", "KZ", "RU-MVD"), (None, "UZ", "KZ-MVD"), ("DE", "KZ", "DE-GUES")],
)
def test_the_exporters_authority_is_addressed(
    seller: str | None, destination: str, authority: str, session: Session, company: Organisation
) -> None:
    fields = {"destination_country": destination} | ({"seller": {"country": seller}} if seller else {})
    case = held_case(session, company, **fields)
    found = jurisdiction(session, session.get_one(OrderVersion, case.order_version_id))
    assert found.addressed is not None
    assert found.addressed.code == authority


def test_without_an_authority_nothing_is_referred(session: Session) -> None:
    company = make_organisation(session, country="ZZ")
    case = held_case(session, company, customer={"name": "X"})
    with pytest.raises(NoAuthority):
        referrals.refer(session, principal_of(session, company, "officer"), case.id, "why not")


def test_only_the_addressed_authority_sees_the_packet(
    session: Session, referral: Referral, regulator: Principal
) -> None:
    other = principal_of(session, make_organisation(session, "authority", "RU", "RU-MVD"), "regulator")
    stranger = principal_of(session, make_organisation(session), "officer")
    assert [told.referral.id for told in referrals.inbox(session, regulator)] == [referral.id]
    assert referrals.inbox(session, other) == []
    for foreign in (other, stranger):
        with pytest.raises(NotFound):
            referrals.find(session, foreign, referral.id)
    with pytest.raises(NotFound):
        referrals.acknowledge(session, other, referral.id)
    with pytest.raises(Forbidden):
        referrals.acknowledge(session, stranger, referral.id)


def test_the_receipt_is_one_signed_and_checkable_outside(
    session: Session, referral: Referral, regulator: Principal
) -> None:
    first = referrals.acknowledge(session, regulator, referral.id)
    again = referrals.acknowledge(session, regulator, referral.id)
    assert first.id == again.id
    signing.service_key().public_key().verify(base64.b64decode(first.signature), first.statement.encode())
    said = json.loads(first.statement)
    assert (said["packet_sha256"], said["received_by"]) == (referral.packet_sha256, regulator.actor)
    assert not signing.signed(first.statement.replace("KZ", "RU"), first.signature)


def test_racing_acknowledgements_make_one_receipt(committed: Engine) -> None:
    with database.session() as session:
        company = make_organisation(session, country="KZ")
        regulator = principal_of(session, make_organisation(session, "authority", "KZ", "KZ-MVD"), "regulator")
        made = referrals.refer(session, principal_of(session, company, "officer"), held_case(session, company).id, "x")
        referral_id = made.id

    def acknowledge(_: int) -> UUID:
        with database.session() as work:
            return referrals.acknowledge(work, regulator, referral_id).id

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(acknowledge, range(12)))) == 1
    with database.session() as session:
        assert session.exec(select(func.count()).select_from(Receipt)).one() == 1
        assert len([e for e in audit.trail(session, referral_id) if e["action"] == "referral.received"]) == 1


def test_an_instruction_follows_a_receipt(session: Session, referral: Referral, regulator: Principal) -> None:
    with pytest.raises(NotAcknowledged):
        instructions.instruct(session, regulator, referral.id, Answer("refuse"))


def test_the_officer_releases_only_after_the_authority_says_so(
    session: Session, referral: Referral, regulator: Principal, officer: Principal, case: Case
) -> None:
    referrals.acknowledge(session, regulator, referral.id)
    instructions.instruct(session, regulator, referral.id, Answer("ask", "which warehouse?"))
    with pytest.raises(AuthorityNotAnswered):
        cases.decide(session, officer, case.id, Verdict("release", "we asked"))
    instructions.instruct(session, regulator, referral.id, Answer("release", "no objection"))
    cases.decide(session, officer, case.id, Verdict("release", "authority released"))
    assert case.state == "released"


@pytest.fixture
def delivery(session: Session, referral: Referral, regulator: Principal, company: Organisation) -> Principal:
    """A controlled delivery is ordered; the one named officer may know of it."""
    named = principal_of(session, company, "officer")
    assert named.user_id is not None
    email = session.get_one(User, named.user_id).email
    referrals.acknowledge(session, regulator, referral.id)
    instructions.instruct(session, regulator, referral.id, Answer("controlled_delivery", "let it run", (email,)))
    session.flush()
    return named


def test_of_a_controlled_delivery_only_the_named_and_supervisors_know(
    session: Session, delivery: Principal, referral: Referral, officer: Principal, company: Organisation
) -> None:
    case = session.get_one(Case, referral.case_id)
    for knows, caller in (
        (True, delivery),
        (True, principal_of(session, company, "supervisor")),
        (False, officer),
        (False, principal_of(session, company, "auditor")),
    ):
        told = referrals.find(session, caller, referral.id)
        happened = [event.kind for event in cases.events(session, caller, case)]
        assert (told.state == "instructed") == knows
        assert ("instruction" in happened) == knows


def test_who_may_not_know_can_not_find_out_by_trying(
    session: Session, delivery: Principal, referral: Referral, officer: Principal, case: Case
) -> None:
    seen = case.version
    with pytest.raises(AuthorityNotAnswered):
        cases.decide(session, officer, case.id, Verdict("release", "trying", seen))
    cases.decide(session, delivery, case.id, Verdict("release", "as instructed", seen))
    assert case.state == "released"


def test_a_name_that_is_not_the_companys_is_refused(session: Session, referral: Referral, regulator: Principal) -> None:
    referrals.acknowledge(session, regulator, referral.id)
    with pytest.raises(Invalid):
        instructions.instruct(session, regulator, referral.id, Answer("controlled_delivery", None, ("x@else.example",)))


def test_an_amended_order_is_referred_anew_and_the_first_packet_stays(
    session: Session, officer: Principal, company: Organisation, regulator: Principal
) -> None:
    case = held_case(session, company, reference="AM-2")
    first = referrals.refer(session, officer, case.id, "first")
    before = first.packet
    screen.submit(session, Submission.of(company.id, body(reference="AM-2", notes="changed"), amend="always"))
    session.flush()
    session.refresh(case)
    second = referrals.refer(session, officer, case.id, "second")
    session.refresh(first)
    assert second.id != first.id
    assert first.packet == before
    events = session.exec(select(CaseEvent.kind).where(col(CaseEvent.case_id) == case.id)).all()
    assert events.count("referred") == 2
