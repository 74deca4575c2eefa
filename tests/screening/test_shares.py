"""Several authorities for one order: each gets what concerns it, says what it thinks, and no company sees any of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from screening import audit, database, instructions, referrals, reporting, shares, webhooks
from screening.access import Principal
from screening.errors import Forbidden, Invalid, NotFound
from screening.ids import utc_now
from screening.instructions import Answer
from screening.jurisdictions import concerns
from screening.shares import NotTheLatest, RunsUnderDelivery
from screening.tables.cases import Referral
from screening.tables.people import Organisation
from screening.tables.queue import Delivery
from screening.tables.shares import ReferralShare, ShareAnswer
from screening.tenancy import Scope
from tests.builders import held_case, make_organisation, principal_of

LONG_WAY = {
    "reference": "SHARED-1",
    "ordered_at": "2026-11-20T09:30:00+05:00",
    "requested_ship_date": "2026-12-05",
    "seller": {"name": "Степь Реагенты", "country": "KZ", "email": "sale@steppe.kz", "licence_no": "L-77"},
    "customer": {"name": "Boyok", "country": "UZ", "phone": "+998711", "id": "C-9", "annual_need_kg": "100"},
    "consignee": {"name": "Ombor", "country": "UZ", "address": "Chilonzor 5", "type": "warehouse"},
    "intermediaries": [{"name": "Crescent", "country": "AE", "role": "forwarder", "phone": "+971"}],
    "lines": [{"name": "acetone", "quantity": "500", "unit": "kg", "unit_price": "1.1"}],
    "route": {
        "legs": [
            {"place": "Bishkek", "country": "KG", "mode": "road", "eta": "2026-12-07"},
            {"place": "Osh", "country": "KG", "mode": "road"},
            {"place": "Tashkent", "country": "UZ", "mode": "road"},
        ],
        "exit_point": "Korday",
        "entry_point": "Dostuk",
    },
    "transport": {"mode": "road", "carrier": {"name": "Jol", "country": "KG", "phone": "+996312"}},
    "placed_by": {"name": "B. Serik", "email": "serik@mail.example"},
    "destination_country": "UZ",
    "notes": "urgent",
}


def an_authority(session: Session, country: str, code: str) -> Principal:
    return principal_of(session, make_organisation(session, "authority", country, code), "regulator")


@pytest.fixture
def tashkent(session: Session) -> Principal:
    return an_authority(session, "UZ", "UZ-NCDC")


@pytest.fixture
def bishkek(session: Session) -> Principal:
    return an_authority(session, "KG", "KG-MVD")


@pytest.fixture
def referral(session: Session, officer: Principal, regulator: Principal, company: Organisation) -> Referral:
    return referrals.refer(session, officer, held_case(session, company, **LONG_WAY).id, "beyond the declared need")


def test_an_order_concerns_who_lets_it_out_in_and_through() -> None:
    found = concerns(LONG_WAY, "KZ", "UZ", utc_now().date())
    assert {each.authority.code: (each.role, each.countries) for each in found} == {
        "KZ-MVD": ("exporting", ("KZ",)),
        "UZ-NCDC": ("importing", ("UZ",)),
        "KG-MVD": ("transit", ("KG",)),
    }


def test_an_authority_of_several_countries_has_its_first_role() -> None:
    body = {"route": {"legs": [{"country": "LT"}, {}, {"country": "XX"}]}}
    found = {each.authority.code: each for each in concerns(body, "KZ", "PL", utc_now().date())}
    assert (found["EU-CNA"].role, found["EU-CNA"].countries) == ("importing", ("PL", "LT"))
    assert [each.role for each in concerns({}, "KZ", "KZ", utc_now().date())] == ["exporting"]


def test_the_importer_gets_its_buyer_whole_and_of_others_names_alone(
    session: Session, referral: Referral, regulator: Principal, tashkent: Principal
) -> None:
    made = shares.share(session, regulator, referral.id, "UZ-NCDC").share
    assert hashlib.sha256(made.extract.encode()).hexdigest() == made.extract_sha256
    told = json.loads(made.extract)
    assert (told["role"], told["exporter"], told["importer"]) == ("importing", "KZ", "UZ")
    assert told["parties"] == [
        {"role": "seller", "name": "Степь Реагенты", "country": "KZ"},
        {"role": "customer", "name": "Boyok", "country": "UZ", "phone": "+998711"},
        {"role": "consignee", "name": "Ombor", "country": "UZ", "address": "Chilonzor 5"},
        {"role": "intermediary", "name": "Crescent", "country": "AE"},
        {"role": "carrier", "name": "Jol", "country": "KG"},
    ]
    assert told["goods"] == [{"name": "acetone", "quantity": "500", "unit": "kg"}]
    assert [each["place"] for each in told["route"]["legs"]] == ["Tashkent"]
    assert told["route"]["border"] == "Dostuk"


def test_who_is_on_the_way_gets_its_legs_and_neither_buyer_nor_broker(
    session: Session, referral: Referral, regulator: Principal, bishkek: Principal
) -> None:
    told = json.loads(shares.share(session, regulator, referral.id, "KG-MVD").share.extract)
    assert [party["role"] for party in told["parties"]] == ["seller", "consignee", "carrier"]
    assert [each["place"] for each in told["route"]["legs"]] == ["Bishkek", "Osh"]
    assert told["route"]["border"] is None


@pytest.mark.parametrize("code", ["UZ-NCDC", "KG-MVD"])
def test_no_extract_holds_score_reasons_or_the_companys_own(
    code: str, session: Session, referral: Referral, regulator: Principal, tashkent: Principal, bishkek: Principal,
    company: Organisation,
) -> None:  # fmt: skip
    extract = shares.share(session, regulator, referral.id, code).share.extract
    for secret in (
        "probability", "reasons", "scorer_unavailable", "steppe.kz", "L-77", "C-9", "Serik", "SHARED-1", "urgent",
        "unit_price", "annual_need", "+971", "+996312", company.code, str(referral.id), str(referral.order_id),
    ):  # fmt: skip
        assert secret not in extract


def test_the_same_authority_is_given_the_same_extract_once(
    session: Session, referral: Referral, regulator: Principal, tashkent: Principal, bishkek: Principal
) -> None:
    assert [each.authority.code for each in shares.of_report(session, regulator, referral.id).open_to] == [
        "UZ-NCDC", "KG-MVD",
    ]  # fmt: skip
    first = shares.share(session, regulator, referral.id, "UZ-NCDC")
    assert shares.share(session, regulator, referral.id, "UZ-NCDC").share.id == first.share.id
    left = shares.of_report(session, regulator, referral.id)
    assert [each.share.shared_with for each in left.shares] == ["UZ-NCDC"]
    assert [each.authority.code for each in left.open_to] == ["KG-MVD"]


@pytest.mark.parametrize("code", ["RU-MVD", "KG-MVD", "KZ-MVD", "nobody"])
def test_who_is_not_concerned_not_here_or_oneself_is_refused(
    code: str, session: Session, referral: Referral, regulator: Principal, tashkent: Principal
) -> None:
    an_authority(session, "RU", "RU-MVD")
    with pytest.raises(Invalid):
        shares.share(session, regulator, referral.id, code)


def test_only_who_has_the_report_shares_it_and_only_who_was_given_it_answers(
    session: Session, referral: Referral, regulator: Principal, tashkent: Principal, bishkek: Principal,
    officer: Principal,
) -> None:  # fmt: skip
    made = shares.share(session, regulator, referral.id, "UZ-NCDC").share
    for stranger, error in ((tashkent, NotFound), (bishkek, NotFound), (officer, Forbidden)):
        with pytest.raises(error):
            shares.share(session, stranger, referral.id, "KG-MVD")
        with pytest.raises(error):
            shares.of_report(session, stranger, referral.id)
    for stranger, error in ((regulator, NotFound), (bishkek, NotFound), (officer, Forbidden)):
        with pytest.raises(error):
            shares.opened(session, stranger, made.id)
        with pytest.raises(error):
            shares.give_opinion(session, stranger, made.id, ("no_objection", None))
    assert [each.share.id for each in shares.inbox(session, tashkent)] == [made.id]
    assert shares.inbox(session, bishkek) == shares.inbox(session, regulator) == []


def test_an_opinion_comes_back_moves_nothing_and_a_later_one_stands(
    session: Session, referral: Referral, regulator: Principal, tashkent: Principal
) -> None:
    made = shares.share(session, regulator, referral.id, "UZ-NCDC").share
    with pytest.raises(Invalid):
        shares.give_opinion(session, tashkent, made.id, ("objection", " "))
    assert shares.acknowledge(session, tashkent, made.id).state == "received"
    shares.give_opinion(session, tashkent, made.id, ("not_known", None))
    shares.give_opinion(session, tashkent, made.id, ("objection", "the buyer has no permit"))
    (told,) = shares.of_report(session, regulator, referral.id).shares
    assert [each.kind for each in told.answers] == ["received", "not_known", "objection"]
    assert told.opinion is not None
    assert (told.state, told.opinion.text) == ("objection", "the buyer has no permit")
    seen = referrals.find(session, regulator, referral.id)
    assert seen.instructions == ()


def test_both_have_it_on_record_and_each_is_told(
    session: Session, referral: Referral, regulator: Principal, tashkent: Principal
) -> None:
    for each in (regulator, tashkent):
        webhooks.add_endpoint(session, replace(each, roles=frozenset({"administrator"})), "http://127.0.0.1:9/")
    made = shares.share(session, regulator, referral.id, "UZ-NCDC").share
    shares.opened(session, tashkent, made.id)
    shares.give_opinion(session, tashkent, made.id, ("no_objection", "known buyer"))
    entries = [(each["action"], each["organisation_id"]) for each in audit.trail(session, made.id)]
    here, there = str(regulator.organisation_id), str(tashkent.organisation_id)
    assert entries == [
        ("share.sent", here), ("share.arrived", there), ("share.opened", there), ("share.answered", there),
        ("share.heard", here), ("share.answered", there), ("share.heard", here),
    ]  # fmt: skip
    assert not any(regulator.actor in str(e) for e in audit.trail(session, made.id) if e["organisation_id"] == there)
    sent = session.exec(select(Delivery).where(Delivery.organisation_id == tashkent.organisation_id)).all()
    assert [each.kind for each in sent] == ["share.sent"]
    assert str(referral.id) not in sent[0].body
    back = session.exec(select(Delivery).where(Delivery.organisation_id == regulator.organisation_id)).all()
    assert [json.loads(each.body)["data"]["kind"] for each in back] == ["received", "no_objection"]


def test_under_a_controlled_delivery_only_a_chief_shares(
    session: Session, referral: Referral, regulator: Principal, tashkent: Principal
) -> None:
    referrals.acknowledge(session, regulator, referral.id)
    instructions.instruct(session, regulator, referral.id, Answer("controlled_delivery", "let it run"))
    instructions.instruct(session, regulator, referral.id, Answer("ask", "which truck?"))
    with pytest.raises(RunsUnderDelivery):
        shares.share(session, regulator, referral.id, "UZ-NCDC")
    chief = replace(regulator, roles=frozenset({"regulator", "chief"}))
    made = shares.share(session, chief, referral.id, "UZ-NCDC").share
    assert "controlled" not in made.extract


def test_a_corrected_report_is_shared_as_corrected(
    session: Session, referral: Referral, regulator: Principal, tashkent: Principal, officer: Principal
) -> None:
    corrected = reporting.correct(session, officer, referral.id, "a paper was missing")
    with pytest.raises(NotTheLatest):
        shares.share(session, regulator, referral.id, "UZ-NCDC")
    assert shares.share(session, regulator, corrected.id, "UZ-NCDC").share.referral_id == corrected.id


@pytest.fixture
def kept(committed: Engine) -> tuple[dict[str, Scope], UUID]:
    """A share with an answer, committed, and the scopes of everybody about it."""
    with database.session() as work:
        company = make_organisation(work)
        houses = {
            code: make_organisation(work, "authority", code[:2], code) for code in ("KZ-MVD", "UZ-NCDC", "KG-MVD")
        }
        case = held_case(work, company, **LONG_WAY)
        referral = referrals.refer(work, principal_of(work, company, "officer"), case.id, "odd")
        regulator, receiver = (principal_of(work, houses[code], "regulator") for code in ("KZ-MVD", "UZ-NCDC"))
        made = shares.share(work, regulator, referral.id, "UZ-NCDC").share
        shares.acknowledge(work, receiver, made.id)
        scopes = {code: Scope(house.id, code) for code, house in houses.items()} | {"company": Scope(company.id)}
        return scopes, made.id


def test_the_database_shows_it_to_the_two_and_nobody_writes_for_another(
    kept: tuple[dict[str, Scope], UUID],
) -> None:
    scopes, share_id = kept
    for who, rows in {"KZ-MVD": 1, "UZ-NCDC": 1, "KG-MVD": 0, "company": 0}.items():
        with database.session(scopes[who]) as work:
            assert len(work.exec(select(ReferralShare)).all()) == rows, who
            assert len(work.exec(select(ShareAnswer)).all()) == rows, who
    for who in ("KZ-MVD", "KG-MVD", "company"):
        with pytest.raises(DBAPIError, match="row-level security"), database.session(scopes[who]) as work:
            work.add(ShareAnswer(share_id=share_id, kind="objection", text="not mine to say"))
    with database.session() as work:
        like = work.get_one(ReferralShare, share_id).model_dump(exclude={"id", "created_at"})
    for who in ("UZ-NCDC", "KG-MVD", "company"):
        with pytest.raises(DBAPIError, match="row-level security"), database.session(scopes[who]) as work:
            work.add(ReferralShare(**like | {"shared_with": "KG-MVD", "shared_by": who}))


@pytest.mark.parametrize("table", ["referral_share", "share_answer"])
def test_what_was_shared_and_said_only_grows(
    table: str, kept: tuple[dict[str, Scope], UUID], committed: Engine
) -> None:
    """The application has no policy to change a row, and a trigger stops those who are above policies."""
    for statement in (f"UPDATE {table} SET created_at = now()", f"DELETE FROM {table}"):
        with database.session() as work:
            assert work.execute(text(statement)).rowcount == 0  # type: ignore[attr-defined]
        with pytest.raises(DBAPIError, match="only grows"), committed.begin() as above:
            above.execute(text(statement))
