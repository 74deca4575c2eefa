"""What would change a score, as officers ask it: on the order's page, on a page of its own, in both languages."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from screening.scoring import SERVICE
from screening.tables.cases import Case
from screening.tables.people import Organisation
from tests.api.workbench.conftest import SignIn
from tests.api.workbench.html import Page, faults
from tests.builders import make_organisation


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", ("Licence for these goods", "All of these together", "Objections of law that would fall")),
     ("ru", ("Лицензия на этот товар", "Все вместе", "Какие возражения закона отпадут"))],
)  # fmt: skip
def test_papers_are_tried_on_a_page_of_its_own(
    sign_in: SignIn, company: Organisation, case: Case, language: str, said: tuple[str, ...]
) -> None:
    reader = sign_in(company, "officer")
    path = f"/orders/{case.order_id}/what-if"
    assert any(form["action"] == path for form in reader.page(f"/orders/{case.order_id}", language).forms)
    answer = reader.get(path, language)
    assert faults(answer.text, language) == []
    assert all(words in Page(answer.text).words for words in said)
    part = reader.get(f"{path}?part=1", language)
    assert "<html" not in part.text
    assert said[0] in part.text


def test_own_figures_are_read_as_either_language_writes_them(
    sign_in: SignIn, company: Organisation, case: Case
) -> None:
    reader = sign_in(company, "officer")
    path = f"/orders/{case.order_id}/what-if"
    told = Page(reader.get(f"{path}?need=12%C2%A0500,5&storage=9000.25&ship=2099-03-01").text).words
    assert "12,501 kg a year" in told or "12,500 kg a year" in told
    assert "room for 9,000 kg" in told
    assert "not before 2099-03-01" in told
    for wrong, field in (
        ("need=plenty", "need"),
        ("storage=-1", "storage"),
        ("need=NaN", "need"),
        ("ship=soon", "ship"),
    ):
        answer = reader.get(f"{path}?{wrong}")
        assert (answer.status_code, faults(answer.text, "en")) == (422, []), field


def test_without_a_model_the_page_says_so(sign_in: SignIn, company: Organisation, case: Case) -> None:
    SERVICE.serve(None)
    assert (
        "only the rules of law are shown" in sign_in(company, "officer").page(f"/orders/{case.order_id}/what-if").words
    )


def test_it_is_for_officers_after_their_own_view(
    sign_in: SignIn, session: Session, company: Organisation, case: Case
) -> None:
    order = f"/orders/{case.order_id}"
    auditor = sign_in(company, "auditor")
    assert auditor.get(f"{order}/what-if").status_code == 403
    assert not any(form["action"].endswith("/what-if") for form in auditor.page(order).forms)
    case.own_view = True
    session.flush()
    officer = sign_in(company, "officer")
    assert officer.get(f"{order}/what-if").status_code == 409
    assert not any(form["action"].endswith("/what-if") for form in officer.page(order).forms)
    assert sign_in(make_organisation(session), "officer").get(f"{order}/what-if").status_code == 404
