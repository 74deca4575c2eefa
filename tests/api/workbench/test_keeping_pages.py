"""Sessions ended one by one, legal holds, a policy signed by two, and the log verified from its page."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from screening import administering, audit, audit_erasure, audit_own
from screening.audit_erasure import OnHold, Wish
from screening.ids import new_id, utc_now
from screening.settings import settings
from screening.tables.audit import AuditHold
from screening.tables.cases import Case
from screening.tables.four_eyes import Proposal
from screening.tables.orders import Order, Policy
from screening.tables.people import Organisation, UserSession
from tests.api.sign_in import PASSWORD
from tests.api.workbench.conftest import Reader, SignIn
from tests.api.workbench.html import Page, faults
from tests.builders import make_organisation, make_user, principal_of

LANGUAGES = ["en", "ru"]


def whole(reader: Reader, path: str, language: str = "en") -> Page:
    """The page, once it is known to be well built."""
    answer = reader.get(path, language)
    assert answer.status_code == 200, answer.text
    assert faults(answer.text, language) == []
    return Page(answer.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_session_is_ended_and_ones_own_is_marked(
    sign_in: SignIn, session: Session, company: Organisation, language: str
) -> None:
    officer, admin = sign_in(company, "officer"), sign_in(company, "administrator")
    stale = UserSession(
        user_id=officer.person.id, token_hash="0" * 64, csrf_token="x", expires_at=utc_now() + timedelta(hours=1),
        seen_at=utc_now() - timedelta(days=1),
    )  # fmt: skip
    session.add(stale)
    session.flush()
    page = whole(admin, "/admin/sessions", language)
    assert ("этот сеанс" if language == "ru" else "this session") in page.words
    (ending,) = [each["action"] for each in page.forms if each["action"].endswith("/end")]  # neither own nor stale
    assert admin.post(ending).headers["location"] == "/admin/sessions?done=ended"
    assert session.exec(select(UserSession).where(UserSession.user_id == officer.person.id)).all() == [stale]
    assert admin.post(ending).status_code == 404
    assert ("Сеанс завершён" if language == "ru" else "is ended") in whole(
        admin, "/admin/sessions?done=ended", language
    ).words


def test_nobody_ends_a_foreign_session(sign_in: SignIn, session: Session, company: Organisation) -> None:
    stranger = sign_in(make_organisation(session), "administrator")
    theirs = session.exec(select(UserSession.id).where(UserSession.user_id == stranger.person.id)).one()
    admin = sign_in(company, "administrator")
    assert [admin.post(f"/admin/sessions/{each}/end").status_code for each in (theirs, new_id())] == [404, 404]
    assert sign_in(company, "officer").get("/admin/sessions").status_code == 403


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hold_is_set_by_an_orders_number_and_lifted_with_a_reason(
    sign_in: SignIn, session: Session, company: Organisation, case: Case, language: str
) -> None:
    audit.append(session)
    order = session.get_one(Order, case.order_id)
    auditor = sign_in(company, "auditor")
    whole(auditor, "/retention", language)
    sent = auditor.post("/retention", about=order.reference, reason="Asked for by the court")
    assert sent.headers["location"] == "/retention?done=held"
    held = session.exec(select(AuditHold).where(AuditHold.organisation_id == company.id)).all()
    assert {each.subject_id for each in held} == {str(order.id), str(case.id)}
    with pytest.raises(OnHold):
        audit_erasure._of_subject(session, Wish(company.id, str(order.id), "test", "x"), utc_now())
    assert "Asked for by the court" in whole(auditor, "/retention", language).words
    again = auditor.post("/retention", about=order.reference, reason="Once more")
    assert (again.status_code, faults(again.text, language)) == (409, [])
    first = held[0]
    wordless = auditor.post(f"/retention/{first.id}/lift", reason=" ")
    assert (wordless.status_code, faults(wordless.text, language)) == (422, [])
    assert auditor.post(f"/retention/{first.id}/lift", reason="The court is done").status_code == 303
    session.refresh(first)
    assert first.lifted_at is not None
    assert auditor.post(f"/retention/{first.id}/lift", reason="Twice").status_code == 404
    audit.append(session)
    told = [event["action"] for each in held for event in audit.trail(session, each.id)]
    assert sorted(told) == ["audit.held", "audit.held", "audit.hold_lifted"]


def test_a_hold_on_everything_and_on_what_nobody_knows(
    sign_in: SignIn, session: Session, company: Organisation, case: Case
) -> None:
    admin = sign_in(company, "administrator")
    answer = admin.post("/retention", about="no such order", reason="typed wrong")
    assert answer.status_code == 422
    assert "typed wrong" in answer.text
    assert "is named by no event of yours" in Page(answer.text).words
    assert admin.post("/retention", about="", reason="All of it").status_code == 303
    (hold,) = session.exec(select(AuditHold).where(AuditHold.organisation_id == company.id)).all()
    assert hold.subject_id is None
    assert "everything" in whole(admin, "/retention").words
    foreign = sign_in(make_organisation(session), "administrator")
    assert foreign.post(f"/retention/{hold.id}/lift", reason="not mine").status_code == 404
    assert foreign.post("/retention", about=str(case.order_id), reason="not mine").status_code == 422
    assert [sign_in(company, role).get("/retention").status_code for role in ("officer", "supervisor")] == [403, 403]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_policy_is_proposed_from_the_page_and_signed_by_another(
    sign_in: SignIn, again: Callable[[Reader], Reader], session: Session, case: Case, language: str
) -> None:
    operator = make_organisation(session, "operator")
    admin = sign_in(operator, "administrator")
    scientist = sign_in(operator, "data_scientist")
    assert not [
        each for each in scientist.page("/policy").forms if each.get("method") == "post" and each["action"] == "/policy"
    ]
    tried = whole(scientist, "/policy?band.elevated=release", language)
    assert [each["action"] for each in tried.forms if each.get("method") == "post"].count("/policy") == 1
    tomorrow = (utc_now() + timedelta(days=1)).date().isoformat()
    form = {"action": "propose", "band.elevated": "release", "valid_from": tomorrow, "source": "Order 7",
            "reason": "Too many false holds", "password": PASSWORD}  # fmt: skip
    for wrong in ({"valid_from": "2020-01-01"}, {"source": ""}, {"password": "guess"}, {"band.unscored": "release"}):
        answer = scientist.post("/policy", **(form | wrong))
        assert (answer.status_code, faults(answer.text, language)) == (422, []), wrong
        assert "Too many false holds" in answer.text
    assert scientist.post("/policy", **form).headers["location"] == "/policy?done=propose"
    proposal = session.exec(select(Proposal)).one()
    page = whole(again(admin), "/policy", language)
    assert "Too many false holds" in page.words
    assert proposal.body_sha256 in page.words
    signed = {"action": "approve", "proposal": str(proposal.id), "password": PASSWORD}
    assert admin.post("/policy", **signed, sha256="0" * 64).status_code == 409
    assert again(scientist).post("/policy", **signed, sha256=proposal.body_sha256).status_code in (403, 409)
    assert again(admin).post("/policy", **signed, sha256=proposal.body_sha256).status_code == 303
    made = session.exec(select(Policy).order_by(col(Policy.version).desc()).limit(1)).one()
    assert (made.rules["bands"]["elevated"], made.source, made.valid_from.isoformat()) == (
        "release",
        "Order 7",
        tomorrow,
    )
    assert made.rules["stops"] == administering.rules_in_force(session)["stops"]
    words = whole(admin, "/policy", language).words
    assert "Order 7" in words
    assert ("ещё не действует" if language == "ru" else "still to come") in words


def test_a_proposed_policy_is_rejected_and_a_company_proposes_none(
    sign_in: SignIn, session: Session, company: Organisation, case: Case
) -> None:
    operator = make_organisation(session, "operator")
    scientist = sign_in(operator, "data_scientist")
    form = {"action": "propose", "band.high": "refuse", "valid_from": utc_now().date().isoformat(), "source": "x",
            "reason": "y", "password": PASSWORD}  # fmt: skip
    assert scientist.post("/policy", **form).status_code == 303
    assert scientist.post("/policy", **form).status_code == 409
    proposal = session.exec(select(Proposal)).one()
    gone = {"action": "reject", "proposal": str(proposal.id), "reason": "Not now"}
    assert scientist.post("/policy", **gone).status_code == 303
    session.refresh(proposal)
    assert proposal.state == "withdrawn"
    assert scientist.post("/policy", **(gone | {"proposal": "x"})).status_code == 404
    assert sign_in(company, "administrator").post("/policy", **form).status_code == 403
    auditor = sign_in(operator, "auditor")
    assert whole(auditor, "/policy?band.high=refuse").words
    assert auditor.post("/policy", **form).status_code == 403


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_log_is_verified_from_its_page(
    sign_in: SignIn, session: Session, company: Organisation, case: Case, language: str
) -> None:
    shutil.rmtree(settings().var_dir / "audit", ignore_errors=True)  # checkpoints of another test's database
    auditor = sign_in(company, "auditor")
    auditor.get("/record", language)
    none = auditor.post("/record/verify")
    assert (none.status_code, faults(none.text, language)) == (200, [])
    audit.append(session)
    assert audit.checkpoint(session) is not None
    audit.publish(session)
    answer = auditor.post("/record/verify")
    assert faults(answer.text, language) == []
    assert ("Журнал цел" if language == "ru" else "Whole:") in Page(answer.text).words
    session.execute(text("ALTER TABLE audit_event DISABLE TRIGGER USER"))
    session.execute(
        text("UPDATE audit_event SET body = replace(body, 'order.screened', 'order.released') WHERE action = :action"),
        {"action": "order.screened"},
    )
    session.expire_all()
    answer = auditor.post("/record/verify")
    assert ("текст события изменён" if language == "ru" else "the text of an event was changed") in Page(
        answer.text
    ).words
    assert sign_in(company, "administrator").post("/record/verify").status_code == 403


def test_every_kind_of_damage_is_told_apart(
    session: Session, company: Organisation, case: Case, tmp_path: Path
) -> None:
    """Whoever holds the database's superuser changes leaf, tree, checkpoint or cosignature; the walk names it."""
    auditor = principal_of(session, company, "auditor")
    for number in range(5):
        audit.record(session, audit.AuditEntry("test", f"key:{number}", company.id))
    audit.append(session)
    audit.checkpoint(session)
    walked = audit_own.verify(session, auditor, tmp_path)
    assert (walked.fault, walked.events, walked.size) == (None, walked.size, walked.size)
    damages = {
        "DELETE FROM audit_event WHERE event_id = (SELECT event_id FROM audit_leaf WHERE tree_id = :own "
        "AND position = 3)": "missing",
        "DELETE FROM audit_leaf WHERE tree_id = :own AND position = (SELECT max(position) FROM audit_leaf "
        "WHERE tree_id = :own)": "missing",
        "UPDATE audit_leaf SET commitment = repeat('0', 64) WHERE tree_id = :own AND position = 2": "edited",
        "UPDATE audit_root SET root = repeat('0', 64), size = size WHERE tree_id = :own": "tree",
        "WITH forged AS (UPDATE audit_event SET body = body || ' ' WHERE event_id = (SELECT event_id FROM audit_leaf "
        "WHERE tree_id = :own AND position = 1) RETURNING event_id, salt, body) UPDATE audit_leaf l SET commitment = "
        "encode(sha256(f.salt || convert_to(f.body, 'UTF8')), 'hex') FROM forged f WHERE f.event_id = l.event_id":
            "tree",
        "UPDATE audit_checkpoint SET signature = repeat('A', 86) || '=='": "signature",
    }  # fmt: skip
    for damage, fault in damages.items():
        with session.begin_nested() as kept:
            for table in ("audit_event", "audit_leaf", "audit_root", "audit_checkpoint"):
                session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            session.execute(text(damage), {"own": company.id} if ":own" in damage else {})
            assert audit_own.verify(session, auditor, tmp_path).fault == fault, damage
            kept.rollback()
        session.expire_all()


def test_the_newest_are_walked_where_there_are_many(
    session: Session, company: Organisation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(audit_own, "MOST", 3)
    for number in range(8):
        audit.record(session, audit.AuditEntry("test", f"key:{number}", company.id))
    audit.append(session)
    audit.checkpoint(session)
    walked = audit_own.verify(session, principal_of(session, company, "auditor"), tmp_path)
    assert (walked.fault, walked.events, walked.size) == (None, 3, 8)


def test_the_log_names_people_and_keys_and_finds_an_order_by_its_number(
    sign_in: SignIn, session: Session, company: Organisation, case: Case
) -> None:
    officer = make_user(session, company, "officer")
    officer.name = "Айгуль Сарсенова"
    session.flush()
    audit.record(session, audit.AuditEntry("case.note", f"user:{officer.id}", company.id, case.id))
    audit.append(session)
    auditor = sign_in(company, "auditor")
    reference = session.get_one(Order, case.order_id).reference
    page = whole(auditor, f"/record?subject={reference}", "ru")
    assert "Айгуль Сарсенова" in page.words
    assert {"Заказ проверен", "Заметка к делу"} <= set(page.text)
    assert page.words.count(f"Заказ {reference}") == 2  # of the order itself, and of its case
    assert not re.search(r"/proof", " ".join(page.links))  # no checkpoint covers them yet
    assert "в течение минуты" in page.words
    audit.checkpoint(session)
    assert len([each for each in whole(auditor, f"/record?subject={reference}").links if each.endswith("/proof")]) == 2
