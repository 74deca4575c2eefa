"""A regulator proposes on the page to close a report, a colleague signs second; both pages in both languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlmodel import Session, select

from screening.tables.closings import Closing
from screening.tables.four_eyes import Proposal
from screening.tables.people import Organisation
from tests.api.sign_in import PASSWORD
from tests.api.workbench.conftest import Reader, SignIn
from tests.api.workbench.html import Page, faults

WORDS = "Груз <b>задержан</b>"


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_report_is_closed_by_two(
    language: str, sign_in: SignIn, again: Callable[[Reader], Reader], session: Session, authority: Organisation,
    packet: str,
) -> None:  # fmt: skip
    colleague = sign_in(authority, "regulator")
    regulator = sign_in(authority, "regulator")
    regulator.post(f"{packet}/receipt")
    assert faults(regulator.get(packet, language).text, language) == []
    proposed = {"action": "propose", "conclusion": "founded", "reason": WORDS, "password": PASSWORD}
    early = regulator.post(f"{packet}/closing", **proposed)
    assert (early.status_code, faults(early.text, language)) == (409, [])
    assert "&lt;b&gt;" in early.text  # what was typed stays
    regulator.post(f"{packet}/instruct", kind="refuse")
    assert regulator.post(f"{packet}/closing", **proposed).headers["location"] == f"{packet}?done=closing_propose"
    own = regulator.get(packet, language)
    assert faults(own.text, language) == []
    assert 'value="approve"' not in own.text
    made = session.exec(select(Proposal).where(Proposal.kind == "closing")).one()
    second = again(colleague)
    page = second.get(packet, language)
    assert faults(page.text, language) == []
    assert f'name="sha256" value="{made.body_sha256}"' in page.text
    wrong = second.post(f"{packet}/closing", action="approve", sha256=made.body_sha256, password="not mine")
    assert (wrong.status_code, faults(wrong.text, language)) == (422, [])
    signed = {"action": "approve", "sha256": made.body_sha256, "password": PASSWORD}
    assert second.post(f"{packet}/closing", **signed).headers["location"] == f"{packet}?done=closing_approve"
    closed = second.get(f"{packet}?done=closing_approve", language)
    assert faults(closed.text, language) == []
    assert WORDS in Page(closed.text).words
    assert session.exec(select(Closing)).one().conclusion == "founded"
    gone = second.post(f"{packet}/closing", **signed)
    assert (gone.status_code, faults(gone.text, language)) == (409, [])


def test_who_proposed_takes_it_back(sign_in: SignIn, session: Session, authority: Organisation, packet: str) -> None:
    regulator = sign_in(authority, "regulator")
    regulator.post(f"{packet}/receipt")
    regulator.post(f"{packet}/instruct", kind="release")
    proposed = {"action": "propose", "conclusion": "unfounded", "reason": WORDS, "password": PASSWORD}
    regulator.post(f"{packet}/closing", **proposed)
    assert regulator.post(f"{packet}/closing", action="reject", reason="").status_code == 422
    back = regulator.post(f"{packet}/closing", action="reject", reason="too early")
    assert back.headers["location"] == f"{packet}?done=closing_reject"
    assert session.exec(select(Proposal.state).where(Proposal.kind == "closing")).one() == "withdrawn"
