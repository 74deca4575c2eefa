"""One authority shares a report on its page, the other reads the extract and answers on its own, in both languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlmodel import Session

from screening.tables.people import Organisation
from tests.api.workbench.conftest import Reader, SignIn
from tests.api.workbench.html import Page, faults
from tests.builders import make_organisation

WORDS = "Нет <b>лицензии</b>"


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_report_is_shared_and_answered(
    language: str, sign_in: SignIn, again: Callable[[Reader], Reader], session: Session, authority: Organisation,
    packet: str,
) -> None:  # fmt: skip
    other = make_organisation(session, "authority", "AE", "AE-MOHAP")
    regulator = sign_in(authority, "regulator")
    form = regulator.get(packet, language)
    assert faults(form.text, language) == []
    assert '<option value="AE-MOHAP">' in form.text
    assert regulator.post(f"{packet}/share", authority="AE-MOHAP").headers["location"] == f"{packet}?done=shared"
    receiver = sign_in(other, "regulator")
    inbox = receiver.get("/inbox", language)
    assert faults(inbox.text, language) == []
    (share,) = [each for each in Page(inbox.text).links if each.startswith("/shares/")]
    shown = receiver.get(share, language)
    assert faults(shown.text, language) == []
    assert "Gulf Cargo" in Page(shown.text).words
    assert "omid@mail.example" not in shown.text
    assert "<b>Herat</b>" not in shown.text
    refused = receiver.post(f"{share}/opinion", kind="objection", text=" ")
    assert (refused.status_code, faults(refused.text, language)) == (422, [])
    assert receiver.post(f"{share}/receipt").headers["location"] == f"{share}?done=receipt"
    sent = receiver.post(f"{share}/opinion", kind="objection", text=WORDS)
    assert sent.headers["location"] == f"{share}?done=opinion"
    assert WORDS in receiver.page(f"{share}?done=opinion", language).words
    back = again(regulator).get(packet, language)
    assert faults(back.text, language) == []
    assert WORDS in Page(back.text).words
    assert again(regulator).get(share).status_code == 404


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_refused_share_is_told_on_the_reports_page(
    language: str, sign_in: SignIn, session: Session, authority: Organisation, packet: str
) -> None:
    make_organisation(session, "authority", "AE", "AE-MOHAP")
    regulator = sign_in(authority, "regulator")
    assert regulator.post(f"{packet}/share", authority="AE-MOHAP").status_code == 303
    regulator.get(packet, language)
    for code in ("NOBODY", ""):
        answer = regulator.post(f"{packet}/share", authority=code)
        assert 400 <= answer.status_code < 500
        assert faults(answer.text, language) == []
        words = Page(answer.text).words
        assert ("Не выполнено." if language == "ru" else "Not done.") in words
        assert ("Почему передано" if language == "ru" else "Why it was referred") in words
    assert sign_in(authority, "auditor").post(f"{packet}/share", authority="AE-MOHAP").status_code == 403
