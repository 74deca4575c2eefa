"""Between authorities and across companies: markings, no way back to a company, matches, lists, the ledger."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from features.intake import PartyIn
from screening import (
    audit,
    cases,
    confidential,
    database,
    feedback,
    four_eyes,
    incidents,
    keyed,
    operations,
    referrals,
    refusals,
    screen,
    watching,
)
from screening.access import Principal
from screening.cases import Verdict
from screening.confidential import NewEntry
from screening.errors import Forbidden, Invalid, NotFound
from screening.four_eyes import Signing
from screening.ids import utc_now
from screening.incidents import Filing
from screening.operations import OperationEnded, Plan
from screening.orders import Submission
from screening.tables.exchange import Incident, ListEntry, Refusal, WatchMatch
from screening.tables.four_eyes import Proposal, Signature
from screening.tables.orders import Decision, Label, Order
from screening.tables.people import Organisation
from screening.tenancy import Scope
from tests.builders import PASSWORD, held_case, listed, make_organisation, principal_of, signer_of, unique
from tests.features.builders import body

BUYER = {"name": "ТОО «Дальний берег»", "country": "KZ", "registration_no": "990140001234"}
TODAY = utc_now().date()


@pytest.fixture
def kz(session: Session) -> Principal:
    return principal_of(session, make_organisation(session, "authority", "KZ", "KZ-MVD"), "regulator")


@pytest.fixture
def ru(session: Session) -> Principal:
    return principal_of(session, make_organisation(session, "authority", "RU", "RU-MVD"), "regulator")


def filing(**fields: Any) -> Filing:
    given: dict[str, Any] = {
        "kind": "seizure", "marking": "amber", "occurred_on": TODAY, "country": "KZ", "summary": "найдено на складе",
        "parties": (PartyIn.model_validate(BUYER),),
    }  # fmt: skip
    return Filing(**(given | fields))


def order(session: Session, company: Organisation, **fields: Any) -> Order:
    made = body(**({"reference": unique("ORD"), "customer": BUYER} | fields))
    answer = screen.submit(session, Submission.of(company.id, made))
    session.flush()
    return session.get_one(Order, answer.order.id)


def reasons(session: Session, placed: Order) -> list[str]:
    return session.exec(select(Decision).where(Decision.order_version_id == placed.version_id)).one().reasons


def matches(session: Session) -> list[WatchMatch]:
    watching.sweep(session)
    session.flush()
    return list(session.exec(select(WatchMatch).order_by(WatchMatch.authority_code)))  # type: ignore[arg-type]


# Incidents


@pytest.mark.parametrize(("marking", "given", "seen"), [
    ("red", ("RU-MVD",), True), ("amber", ("RU-MVD",), True), ("amber", (), False), ("green", (), True),
])  # fmt: skip
def test_an_incident_is_read_by_those_its_marking_names(
    session: Session, kz: Principal, ru: Principal, marking: incidents.Marking, given: tuple[str, ...], seen: bool
) -> None:
    told = incidents.file(session, kz, filing(marking=marking, share=given))
    assert [each.incident.id for each in incidents.listed(session, ru)] == ([told.incident.id] if seen else [])
    if seen:
        got = incidents.find(session, ru, told.incident.id)
        assert (got.own, got.shared_with, got.referral_id) == (False, (), None)
    else:
        with pytest.raises(NotFound):
            incidents.find(session, ru, told.incident.id)


def test_the_database_itself_keeps_to_the_marking(
    session: Session, company: Organisation, kz: Principal, ru: Principal
) -> None:
    for marking in ("red", "amber", "green"):
        incidents.file(session, kz, filing(marking=marking))  # type: ignore[arg-type]
    operations.begin(session, kz, plan(substances=("acetone",)))
    order(session, company)
    watching.sweep(session)
    session.flush()
    counted = {}
    for name, scope in (("ru", Scope(ru.organisation_id, "RU-MVD")), ("company", Scope(company.id))):
        with database.session(scope) as work:
            work.execute(text("SELECT set_config('tamga.service', '', true)"))
            counted[name] = [
                work.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
                for table in ("incident", "incident_source", "incident_share", "operation", "operation_member",
                              "watch_match", "refusal", "list_mark")
            ]  # fmt: skip
    assert counted == {"ru": [1, 0, 0, 0, 0, 0, 0, 0], "company": [0] * 8}


def test_an_incident_leads_nobody_back_to_the_company(
    session: Session, company: Organisation, kz: Principal, ru: Principal
) -> None:
    company.name = "ТОО «Степь Реагенты»"
    case = held_case(session, company, customer=BUYER)
    officer = principal_of(session, company, "officer")
    referral = referrals.refer(session, officer, case.id, "odd")
    number = session.get_one(Order, case.order_id).reference
    for traced in ("степь реагенты продали", f"заказ {number}", f"packet {referral.packet_sha256}", company.code):
        with pytest.raises(Invalid):
            incidents.file(session, kz, filing(summary=traced, referral_id=referral.id, share=("RU-MVD",)))
    told = incidents.file(session, kz, filing(referral_id=referral.id, share=("RU-MVD",)))
    assert told.referral_id == referral.id
    seen = repr(incidents.find(session, ru, told.incident.id)) + repr(session.exec(select(Incident)).one().model_dump())
    assert not any(trace in seen for trace in (str(referral.id), str(case.order_id), number, str(company.id)))
    with pytest.raises(NotFound):  # another authority's referral is nobody else's to cite
        incidents.file(session, ru, filing(referral_id=referral.id))


@pytest.mark.parametrize(("marking", "outcomes"), [("amber", ["diverted", "unknown"]), ("red", [])])
def test_an_incident_enters_history_from_the_moment_it_is_known(
    session: Session, company: Organisation, kz: Principal, marking: incidents.Marking, outcomes: list[str]
) -> None:
    case = held_case(session, company, customer=BUYER)
    referral = referrals.refer(session, principal_of(session, company, "officer"), case.id, "odd")
    told = incidents.file(session, kz, filing(referral_id=referral.id, marking=marking))
    session.flush()
    label = feedback.standing(session, case.order_id)
    if outcomes:
        assert label is not None
        assert (label.kind, label.evidence_id) == ("incident", told.incident.id)
        assert label.known_at >= told.incident.known_at
    incidents.withdraw(session, kz, told.incident.id)
    session.flush()
    said = session.exec(select(Label).where(Label.order_id == case.order_id).order_by(Label.known_at))  # type: ignore[arg-type]
    assert [each.outcome for each in said] == outcomes
    with pytest.raises(incidents.AlreadyWithdrawn):
        incidents.withdraw(session, kz, told.incident.id)


def test_incidents_watch_orders_after_them_for_those_who_may_act(
    session: Session, company: Organisation, kz: Principal, ru: Principal
) -> None:
    order(session, company)  # before
    red = incidents.file(session, ru, filing(marking="red", share=("KZ-MVD",)))
    amber = incidents.file(session, ru, filing(share=("KZ-MVD",)))
    kept = incidents.file(session, ru, filing())
    order(session, company, customer={"name": BUYER["name"], "country": "KZ"})  # known by its name alone
    order(session, company, customer={"name": "Other", "country": "KZ"})
    found = matches(session)
    assert [(each.watch_id, each.authority_code, each.matched_by) for each in found] == [
        (amber.incident.id, "KZ-MVD", "party")
    ]
    assert {red.incident.id, kept.incident.id}.isdisjoint(each.watch_id for each in found)
    (marked,) = watching.told(session, watching.of_watch(session, kz, amber.incident.id))
    assert marked.company == company.name
    assert watching.of_watch(session, ru, amber.incident.id) == ()  # not an order of its jurisdiction
    assert len(matches(session)) == 1  # a second look marks nothing twice


def test_what_the_service_does_not_have_is_no_recipient(session: Session, kz: Principal) -> None:
    with pytest.raises(Invalid):
        incidents.file(session, kz, filing(share=("XX-NONE",)))
    with pytest.raises(Forbidden):
        incidents.file(session, principal_of(session, make_organisation(session), "officer"), filing())


# Operations


def plan(**fields: Any) -> Plan:
    given: dict[str, Any] = {"name": "Мост", "purpose": "try", "starts_on": TODAY, "ends_on": TODAY + timedelta(days=9)}
    return Plan(**(given | fields))


@pytest.mark.parametrize(("watched", "how"), [
    ({"substances": ("ацетон",)}, "goods"),
    ({"substances": ("67-64-1",), "lanes": (("KZ", "KG"),)}, "goods_lane"),
    ({"substances": ("acetone",), "lanes": (("KZ", "UZ"),)}, None),
    ({"lanes": (("KZ", "KG"),)}, "lane"),
    ({"substances": ("toluene",), "parties": (PartyIn.model_validate(BUYER),)}, "party"),
    ({"substances": ("toluene",)}, None),
    ({"substances": ("acetone",), "starts_on": TODAY + timedelta(days=2)}, None),
])  # fmt: skip
def test_what_an_operation_matches(
    session: Session, company: Organisation, kz: Principal, watched: dict[str, Any], how: str | None
) -> None:
    operations.begin(session, kz, plan(**watched))
    order(session, company, lines=[{"name": "ацетон", "quantity": "5", "unit": "kg"}], destination_country="KG")
    assert [each.matched_by for each in matches(session)] == ([how] if how else [])


def test_goods_that_no_schedule_has_are_watched_for(session: Session, company: Organisation, kz: Principal) -> None:
    operations.begin(session, kz, plan(substances=("Растворитель Р-4711",)))
    order(session, company, lines=[{"name": "растворитель р 4711", "quantity": "5", "unit": "kg"}])
    assert len(matches(session)) == 1


def test_members_see_their_own_orders_all_are_counted_and_the_report_stands(
    session: Session, company: Organisation, kz: Principal, ru: Principal
) -> None:
    led = operations.begin(session, ru, plan(substances=("acetone",), invited=("KZ-MVD",)))
    kg = {"lines": [{"name": "acetone", "quantity": "5", "unit": "kg"}]}
    order(session, company, **kg)
    order(session, company, **kg, destination_country="RU")
    before = session.exec(select(Decision)).all()
    assert len(matches(session)) == 3  # the second is both authorities'
    mine, theirs = (operations.find(session, each, led.operation.id) for each in (ru, kz))
    assert (len(mine.matches), len(theirs.matches), mine.counted, theirs.counted) == (1, 2, 2, 2)
    assert theirs.members == ("KZ-MVD", "RU-MVD")
    with pytest.raises(NotFound):
        operations.end(session, kz, led.operation.id)
    ended = operations.end(session, ru, led.operation.id)
    report = ended.operation.report
    assert (report["orders"], report["kilograms"]) == (2, "10.000000")
    assert report["by_member"] == {"KZ-MVD": 2, "RU-MVD": 1}
    assert company.name not in str(report)
    with pytest.raises(OperationEnded):
        operations.end(session, ru, led.operation.id)
    order(session, company, **kg)
    assert len(matches(session)) == 3
    assert len(session.exec(select(Decision)).all()) == len(before) + 1  # the orders themselves are untouched


def test_an_operation_ends_by_itself_after_its_last_day(session: Session, kz: Principal) -> None:
    past = plan(substances=("acetone",), starts_on=TODAY - timedelta(days=5), ends_on=TODAY - timedelta(days=1))
    told = operations.begin(session, kz, past)
    watching.sweep(session)
    assert (told.operation.state, told.operation.report["orders"]) == ("ended", 0)


@pytest.mark.parametrize("wrong", [{}, {"substances": ("acetone",), "ends_on": TODAY - timedelta(days=1)}])
def test_an_operation_without_sense_is_refused(session: Session, kz: Principal, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        operations.begin(session, kz, plan(**wrong))


# Confidential lists


def test_a_listed_party_is_held_for_a_look_and_nothing_is_quoted(session: Session, company: Organisation) -> None:
    supervisor = principal_of(session, company, "supervisor")
    held = confidential.make(session, supervisor, "Сомнительные")
    entry = listed(session, company, held.id, BUYER, "прошлогодний случай")
    placed = order(session, company, consignee={"name": BUYER["name"], "country": "KZ"}, customer={"name": "Other"})
    decision = session.exec(select(Decision).where(Decision.order_version_id == placed.version_id)).one()
    assert "house_check" in decision.reasons
    ((found, hit),) = confidential.hits(session, supervisor, placed.id)
    assert (found.name, hit.id, hit.why) == ("Сомнительные", entry, "прошлогодний случай")
    kept = (ListEntry, Proposal, Signature)
    stored = repr([row.model_dump() for table in kept for row in session.exec(select(table))])
    assert BUYER["name"] not in stored
    assert "прошлогодний" not in stored
    first, second = (signer_of(session, company, "supervisor") for _ in range(2))
    leaves = four_eyes.propose_removal(session, first, entry, "ошибка", Signing(PASSWORD))
    four_eyes.approve(session, second, leaves.id, Signing(PASSWORD, leaves.body_sha256))
    later = order(session, company, customer=BUYER)
    assert (
        "house_check"
        not in session.exec(select(Decision).where(Decision.order_version_id == later.version_id)).one().reasons
    )
    assert confidential.opened(session, supervisor, held.id).entries == ()
    looked = [each["action"] for each in audit.trail(session, held.id)]
    assert looked == ["list.made", "list.opened"]


def test_lists_are_their_keepers_alone(session: Session, company: Organisation) -> None:
    supervisor = principal_of(session, company, "supervisor")
    held = confidential.make(session, supervisor, "x")
    listed(session, company, held.id, BUYER, "y")
    with pytest.raises(Forbidden):
        confidential.opened(session, principal_of(session, company, "officer"), held.id)
    other = make_organisation(session)
    with pytest.raises(NotFound):
        confidential.opened(session, principal_of(session, other, "supervisor"), held.id)
    placed = order(session, other)
    assert (
        "house_check"
        not in session.exec(select(Decision).where(Decision.order_version_id == placed.version_id)).one().reasons
    )
    with pytest.raises(Invalid):
        confidential.addition(session, supervisor, NewEntry(held.id, PartyIn(city="Алматы"), "nobody"))


# The ledger of refusals


def refuse(session: Session, company: Organisation) -> cases.Case:
    case = held_case(session, company, customer=BUYER)
    cases.decide(session, principal_of(session, company, "officer"), case.id, Verdict("refuse", "odd"))
    session.flush()
    refusals.sweep(session)
    return case


def test_a_buyer_refused_elsewhere_is_seen_and_not_by_whom(session: Session, company: Organisation) -> None:
    refuse(session, company)
    other = make_organisation(session)
    placed = order(session, other, customer={"name": "Prime", "country": "KZ"}, end_user=BUYER)
    assert "refused_elsewhere" in reasons(session, placed)
    assert placed.disposition == "hold"
    assert company.name not in str(session.exec(select(Refusal)).first())
    assert "refused_elsewhere" not in reasons(session, order(session, company))  # its own refusal it knows
    assert "refused_elsewhere" not in reasons(session, order(session, other, customer={"name": "X", "country": "KZ"}))


def test_a_refusal_taken_back_is_seen_no_more_and_paper_never_enters(session: Session, company: Organisation) -> None:
    case = refuse(session, company)
    told = Decision(
        organisation_id=company.id,
        order_version_id=case.order_version_id,
        number=3,
        disposition="release",
        maker="authority",
        policy_version=1,
    )
    session.add(told)
    session.flush()
    session.execute(text("UPDATE refusal SET refused_at = refused_at - interval '1 s'"))
    refusals.sweep(session)
    assert not refusals.elsewhere(session, make_organisation(session).id, refusals.marks_of(body(customer=BUYER)))
    assert case.state == "refused"
    lines = [{"name": "acetic anhydride", "cas": "108-24-7", "quantity": "5", "unit": "kg"}]
    papers = held_case(session, company, lines=lines, customer={"name": "Papers", "country": "KZ"})
    cases.decide(session, principal_of(session, company, "officer"), papers.id, Verdict("refuse", "no licence"))
    session.flush()
    assert refusals.sweep(session) == 0


def test_the_ledger_is_asked_by_hash_and_says_yes_or_no(session: Session, company: Organisation) -> None:
    refuse(session, company)
    asking = make_organisation(session)
    marks = refusals.marks_of(body(customer=BUYER))
    assert marks == keyed.marks(keyed.REFUSAL, [PartyIn.model_validate(BUYER)])
    assert set(marks).isdisjoint(keyed.marks(keyed.WATCH, [PartyIn.model_validate(BUYER)]))
    with database.session(Scope(asking.id)) as work:
        work.execute(text("SELECT set_config('tamga.service', '', true)"))
        assert refusals.elsewhere(work, asking.id, marks)
        assert work.execute(text("SELECT count(*) FROM refusal")).scalar_one() == 0
        assert work.execute(text("SELECT current_setting('tamga.service', true)")).scalar_one() == ""


def test_watching_costs_an_order_no_statement_more(
    session: Session, company: Organisation, kz: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same number of statements with and without lists, ledger, operations and incidents."""
    sent: list[int] = []
    run = database.run

    def spy(work: Session, *statements: Any) -> Any:
        sent.append(len(statements))
        return run(work, *statements)

    def counted() -> int:
        sent.clear()
        order(session, company, customer={"name": unique("B"), "country": "KZ"})
        return sum(sent)

    order(session, company)  # the first of a day closes the day before
    monkeypatch.setattr(database, "run", spy)
    before = counted()
    supervisor = principal_of(session, company, "supervisor")
    held = confidential.make(session, supervisor, "x")
    listed(session, company, held.id, BUYER, "y")
    refuse(session, make_organisation(session))
    incidents.file(session, kz, filing())
    operations.begin(session, kz, plan(substances=("acetone",)))
    assert counted() == before
