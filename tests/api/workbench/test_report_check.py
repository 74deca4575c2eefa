"""The inbox goes by its clock; a report is verified on its page, and what is not whole is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session

from screening import checking, referrals
from screening.ids import utc_now
from screening.tables.cases import Case, Receipt, Referral, ReferralWork
from screening.tables.people import Organisation
from tests.api.workbench.conftest import SUSPECT, SignIn
from tests.api.workbench.html import Page, faults
from tests.builders import held_case, principal_of, unique


@pytest.fixture
def reports(session: Session, company: Organisation, authority: Organisation, case: Case) -> list[Referral]:
    officer = principal_of(session, company, "officer")
    cases = [case, *(held_case(session, company, **(SUSPECT | {"reference": unique("R")})) for _ in range(2))]
    made = [referrals.refer(session, officer, each.id, "odd") for each in cases]
    session.flush()
    return made


def test_the_inbox_goes_by_its_clock(
    session: Session, sign_in: SignIn, authority: Organisation, reports: list[Referral]
) -> None:
    first, second, third = reports
    regulator = sign_in(authority, "regulator")
    works = {each.id: session.get_one(ReferralWork, each.id) for each in reports}
    works[second.id].due_on -= timedelta(days=3)
    works[third.id].stopped_at = utc_now()
    session.flush()
    links = [each for each in Page(regulator.get("/inbox").text).links if each.startswith("/inbox/")]
    assert list(dict.fromkeys(links)) == [f"/inbox/{each.id}" for each in (second, first, third)]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_report_is_verified_on_its_page(
    language: str, sign_in: SignIn, authority: Organisation, reports: list[Referral]
) -> None:
    path = f"/inbox/{reports[0].id}"
    regulator = sign_in(authority, "regulator")
    regulator.post(f"{path}/receipt")
    regulator.get(path, language)
    told = regulator.post(f"{path}/verify")
    assert (told.status_code, faults(told.text, language)) == (200, [])
    assert ("Whole: the packet" if language == "en" else "Всё цело") in Page(told.text).words


def test_what_is_not_whole_is_told(session: Session, authority: Organisation, reports: list[Referral]) -> None:
    regulator = principal_of(session, authority, "regulator")
    receipt = referrals.acknowledge(session, regulator, reports[0].id)
    told = referrals.find(session, regulator, reports[0].id)
    assert checking.check(told) == "whole"
    changed = Referral(**(told.referral.model_dump() | {"packet": told.referral.packet + " "}))
    assert checking.check(replace(told, referral=changed)) == "packet_changed"
    assert checking.check(replace(told, referral=reports[1])) == "receipt_of_another"
    forged = Receipt(**(receipt.model_dump() | {"signature": "AAAA"}))
    assert checking.check(replace(told, receipt=forged)) == "receipt_unsigned"
    assert checking.check(replace(told, receipt=None)) == "whole"
