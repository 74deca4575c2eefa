"""Settings refuse to start unsafe and say what to do."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from screening.settings import Settings

SAFE = {
    "TAMGA_ENVIRONMENT": "production",
    "TAMGA_SECRET_KEY": "k" * 40,
    "TAMGA_DATABASE_URL": "postgresql://db/tamga",
    "TAMGA_BROKER_URL": "amqp://mq",
    "TAMGA_SIGNING_KEY_FILE": "key.pem",
    "TAMGA_PUBLIC_URL": "https://tamga.example",
}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*SAFE, "TAMGA_FAILPOINTS"):
        monkeypatch.delenv(name, raising=False)


def test_every_setting_has_a_description() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_development_needs_nothing() -> None:
    assert Settings().development


def test_production_starts_when_everything_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SAFE.items():
        monkeypatch.setenv(name, value)
    assert not Settings().development


@pytest.mark.parametrize("missing", sorted(set(SAFE) - {"TAMGA_ENVIRONMENT"}))
def test_production_refuses_to_start_without(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SAFE.items():
        if name != missing:
            monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=missing):
        Settings()


def test_failpoints_are_refused_outside_development(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**SAFE, "TAMGA_FAILPOINTS": "x@y"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match="TAMGA_FAILPOINTS"):
        Settings()


def test_a_webhook_may_not_outlive_its_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAMGA_OUTBOX_LEASE_SECONDS", "5")
    with pytest.raises(ValidationError, match="TAMGA_WEBHOOK_TIMEOUT_SECONDS"):
        Settings()
