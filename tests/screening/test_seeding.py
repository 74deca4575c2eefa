"""Demo accounts: somebody in every role, once, and passwords for their owner's eyes only."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import Session

from screening import access, seeding
from screening.settings import settings
from screening.tables.people import ROLES


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    changed = settings().model_copy(update={"var_dir": tmp_path})
    monkeypatch.setattr("screening.seeding.settings", lambda: changed)
    return tmp_path


def test_every_role_can_sign_in_and_every_key_opens(session: Session, folder: Path) -> None:
    made = seeding.seed_development(session)
    session.flush()
    assert {role for each in made for role in each.roles} == set(ROLES)
    for each in made:
        if each.email:
            assert access.sign_in(session, each.email, each.secret, "192.0.2.7") is not None
        else:
            assert access.by_key(session, each.secret) is not None


def test_seeding_again_changes_nothing_and_knows_the_same(session: Session, folder: Path) -> None:
    first = seeding.seed_development(session)
    session.flush()
    assert seeding.seed_development(session) == first
    assert (folder / "demo-credentials.json").stat().st_mode & 0o777 == 0o600


def test_outside_development_there_are_no_demo_accounts(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    production = settings().model_copy(update={"environment": "production"})
    monkeypatch.setattr("screening.seeding.settings", lambda: production)
    with pytest.raises(RuntimeError, match="development only"):
        seeding.seed_development(session)
