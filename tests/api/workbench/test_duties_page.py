"""The duties of an order on its page: the rule, its text, and the lines of the sum, in both languages."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlmodel import Session

from screening import notifications, permits
from screening.notifications import Step
from screening.tables.people import Organisation
from tests.api.workbench.conftest import SUSPECT, SignIn
from tests.builders import held_case, principal_of

FIRST = {
    "en": ("Duties", "Applies", "Text: ", "confidence ", "Lines behind the sum", "same customer", "Sent"),
    "ru": (
        "Обязанности",
        "Действует",
        "Текст: ",
        "достоверность: ",
        "Строки этой суммы",
        "тот же клиент",
        "Отправлено",
    ),
}


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_page_says_rule_text_sum_and_notification(
    language: str, session: Session, company: Organisation, sign_in: SignIn
) -> None:
    fields = SUSPECT | {"seller": {"name": "S", "country": "US"}, "customer": {"name": "Omid", "country": "AF"}}
    earlier = held_case(session, company, **fields)
    case = held_case(session, company, **fields)
    officer = principal_of(session, company, "officer")
    notifications.take(session, officer, case.order_id, Step("draft"))
    notifications.take(session, officer, case.order_id, Step("send"))
    page = sign_in(company, "officer").get(f"/orders/{case.order_id}", language).text
    for words in FIRST[language]:
        assert words in page, words
    assert "21 CFR 1310.04(f)(2)(i)" in page or "1310.04(a), (f)(2)(i)" in page
    assert f'href="/orders/{earlier.order_id}"' in page
    assert "America/New_York" in page


def test_what_an_order_draws_is_shown(session: Session, company: Organisation, sign_in: SignIn) -> None:
    grant = permits.Grant("export", "KZ-77", "acetic anhydride", Decimal(10_000), "l")
    permits.register(session, principal_of(session, company, "officer"), grant)
    case = held_case(session, company, **SUSPECT, authorisation={"type": "export", "number": "KZ-77"})
    page = sign_in(company, "auditor").get(f"/orders/{case.order_id}").text.replace("\u00a0", " ")
    assert "KZ-77: 4,000.5 l by this order, 5,999.5 l left of 10,000 l" in page
