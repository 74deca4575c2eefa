"""The page of models: what serves, proposing, signing second, roll back in view, drift and disagreements."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from api.workbench.model_charts import trends
from api.workbench.model_words import in_order
from api.workbench.models import recall_at
from screening.modelling import shadow, terms, versions, watch
from screening.scoring import SERVICE
from screening.serving import take_model
from screening.tables.four_eyes import Proposal
from screening.tables.modelling import ModelAlarm, ShadowRun
from screening.tables.people import Organisation
from tests.api.sign_in import PASSWORD
from tests.api.workbench.conftest import Reader, SignIn
from tests.api.workbench.html import faults
from tests.builders import make_organisation
from tests.journeys.conftest import scorer, signed, simulation, stream
from tests.journeys.test_model_guard import orders
from tests.journeys.test_model_rollout import allow
from tests.journeys.test_models_in_service import begin, folders, operators, promote

__all__ = ["folders", "scorer", "signed", "simulation", "stream"]


@pytest.fixture
def office(session: Session) -> Organisation:
    return make_organisation(session, "operator")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_two_people_promote_and_roll_back_on_the_page(
    sign_in: SignIn,
    again: Callable[[Reader], Reader],
    session: Session,
    office: Organisation,
    folders: dict[str, Path],
    language: str,
) -> None:
    begin(session, folders["good"])
    version = versions.register(session, folders["strict"], "command", {"passed": False, "failed": ["recall"]}).version
    second = sign_in(office, "administrator")
    reader = sign_in(office, "data_scientist")
    assert reader.get("/").headers["location"] == "/models"
    answer = reader.get("/models", language)
    assert faults(answer.text, language) == []
    words = reader.page("/models", language).words
    assert ("не пройдены: полнота" if language == "ru" else "failed: recall") in words
    assert ("Откат" if language == "ru" else "Roll back") in words
    sent = reader.post("/models", action="promotion", version=version, reason="better", password=PASSWORD)
    assert sent.headers["location"] == "/models?done=promotion"
    proposal = session.exec(select(Proposal)).one()
    again(second)
    assert ("Ждёт второй подписи" if language == "ru" else "Waiting for the second") in second.page(
        "/models", language
    ).words
    assert faults(second.get("/models", language).text, language) == []
    wrong = second.post("/models", action="approve", proposal=str(proposal.id), sha256="0" * 64, password=PASSWORD)
    assert wrong.status_code == 409
    signed = {"proposal": str(proposal.id), "sha256": proposal.body_sha256, "password": PASSWORD}
    assert second.post("/models", action="approve", **signed).status_code == 303
    assert terms.top(session) == 2
    sent = again(reader).post("/models", action="roll_back", reason="it holds everything", password=PASSWORD)
    assert sent.status_code == 303, sent.text
    waiting = session.exec(select(Proposal).where(Proposal.state == "proposed")).one()
    signed = {"proposal": str(waiting.id), "sha256": waiting.body_sha256, "password": PASSWORD}
    assert again(second).post("/models", action="approve", **signed).status_code == 303
    term = terms.current(session)
    assert term is not None
    assert (term.kind, term.condemns) == ("roll_back", 2)
    assert faults(second.get("/models", language).text, language) == []


@pytest.mark.parametrize("language", ["en", "ru"])
def test_drift_alarms_and_disagreements_are_shown(
    sign_in: SignIn,
    session: Session,
    office: Organisation,
    folders: dict[str, Path],
    language: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch, "FEWEST", 10)
    monkeypatch.setattr(shadow, "DUE", text("true"))
    people = operators(session)
    begin(session, folders["good"])
    orders(session, 40)
    promote(session, people, versions.register(session, folders["strict"], "command").version)
    other = versions.register(session, folders["other"], "command").version
    reader = sign_in(office, "data_scientist")
    assert reader.post("/models", action="shadow", version=other, share="100").status_code == 303
    orders(session, 40)
    shadow.sweep()
    for _ in range(2):
        watch.look(session)
    for address in ("/models", f"/models/{other}"):
        assert faults(reader.get(address, language).text, language) == []
    page = reader.page(f"/models/{other}", language)
    assert ("Расхождения в тени" if language == "ru" else "Disagreements in shadow") in page.words
    assert ("Калибровка" if language == "ru" else "Calibration") in page.words
    drawn = reader.get("/models", language).text
    assert drawn.count('<svg viewBox="0 0 240') == 4  # features, missing, score, alert rate
    assert drawn.count('<div class="trend broken">') == 1
    alarm = session.exec(select(ModelAlarm)).one()
    assert ("Тревоги" if language == "ru" else "Alarms") in reader.page("/models", language).words
    assert reader.post("/models", action="seen", alarm=str(alarm.id)).status_code == 303
    assert reader.post("/models", action="shadow_end", version=other).status_code == 303
    assert session.exec(select(ShadowRun.ended_at)).one() is not None
    assert reader.post("/models", action="shadow", version=other, share="lots").status_code == 422


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_rollout_is_proposed_shown_and_ended(
    sign_in: SignIn,
    again: Callable[[Reader], Reader],
    session: Session,
    office: Organisation,
    folders: dict[str, Path],
    language: str,
) -> None:
    people = operators(session)
    begin(session, folders["good"])
    champion = SERVICE.current
    assert champion is not None
    version = versions.register(session, folders["strict"], "command").version
    second = sign_in(office, "administrator")
    reader = sign_in(office, "data_scientist")
    offered = "Предложить ввод по частям" if language == "ru" else "Propose a rollout"
    assert offered not in reader.page("/models", language).words  # policy says nothing of it
    allow(session, people, 0.4)
    assert offered in reader.page("/models", language).words
    asked = {"action": "rollout", "version": version, "reason": "carefully", "password": PASSWORD}
    assert reader.post("/models", **asked, share="50").status_code == 409
    assert reader.post("/models", **asked, share="many").status_code == 422
    assert reader.post("/models", **asked, share="40").headers["location"] == "/models?done=rollout"
    proposal = session.exec(select(Proposal).where(Proposal.state == "proposed")).one()
    shown = reader.get("/models", language).text
    assert faults(shown, language) == []
    assert f"Ввод {version} по 40" in shown if language == "ru" else f"Rollout of {version} to 40" in shown
    signed = {"proposal": str(proposal.id), "sha256": proposal.body_sha256, "password": PASSWORD}
    assert again(second).post("/models", action="approve", **signed).status_code == 303
    assert take_model() is not None
    orders(session, 20)
    page = second.get("/models", language).text
    assert faults(page, language) == []
    assert ("политика допускает 40" if language == "ru" else "policy allows 40") in page
    asked = {"action": "promotion", "version": champion.version, "reason": "seen enough", "password": PASSWORD}
    assert second.post("/models", **asked).headers["location"] == "/models?done=promotion"


def test_others_are_refused(sign_in: SignIn, session: Session, office: Organisation) -> None:
    SERVICE.serve(None)
    reader = sign_in(make_organisation(session), "supervisor")
    assert reader.get("/models").status_code == 403
    assert reader.post("/models", action="seen", alarm="x").status_code == 403
    auditor = sign_in(office, "auditor")
    assert auditor.get("/models").status_code == 200
    assert auditor.get("/models/0000").status_code == 404


def test_figures_by_time_stay_within_their_drawing() -> None:
    looks = [{"score": {"value": value, "bar": 0.25, "broken": float(value > 0.25)}} for value in (0.0, 0.25, 9.0)]
    assert trends(looks[:1]) == ()
    (drawn,) = trends(looks)
    points = [tuple(map(float, point.split(","))) for point in drawn.line.split()]
    assert points[1][1] == drawn.bar  # what is at its bar lies on the line
    assert all(0 <= x <= drawn.width and 0 <= y <= drawn.height for x, y in points)
    assert (drawn.last, drawn.broken) == (points[-1], True)


def test_recall_at_the_offices_capacity_lies_between_what_the_card_states() -> None:
    report = {"review": [{"share": 0.01, "recall": 0.4}, {"share": 0.02, "recall": 0.6}]}
    assert recall_at(report, 0.005) == pytest.approx(0.2)
    assert recall_at(report, 0.015) == pytest.approx(0.5)
    assert recall_at(report, 0.3) == 0.6
    assert recall_at({}, 0.01) is None


def test_slices_stand_from_small_to_large() -> None:
    sizes = ("most orders", "second quarter", "fewest orders")
    rows = [{"slice": "border", "group": "domestic"}, *({"slice": "company size", "group": size} for size in sizes)]
    rows += [{"slice": "country", "group": "UZ"}, {"slice": "country", "group": "KZ"}]
    groups = [row["group"] for row in in_order(rows)]
    assert groups == ["fewest orders", "second quarter", "most orders", "domestic", "UZ", "KZ"]
