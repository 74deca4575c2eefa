"""Every knob of the service, read once from `TAMGA_*`; the README's table of settings comes from here.

Outside development the service refuses to start on anything that is only safe on one machine.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Network = IPv4Network | IPv6Network
LOOPBACK = ("127.0.0.0/8", "::1/128")
DEVELOPMENT_SECRET = "development-only-secret"  # noqa: S105 - refused outside development


class UnsafeSettings(ValueError):
    """The settings are not safe for this environment; each line of the message names one and its remedy."""


class Settings(BaseSettings):
    """Settings of one process. Field names become `TAMGA_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="TAMGA_", frozen=True, extra="ignore")

    environment: Literal["development", "staging", "production"] = Field(
        default="development", description="Where the service runs; anything but development refuses unsafe settings."
    )
    var_dir: Path = Field(
        default=Path("var"), description="Folder for embedded servers, keys, uploads and models of this machine."
    )
    database_url: str | None = Field(
        default=None,
        description="PostgreSQL address, `postgresql://user:password@host/name`; empty starts the embedded server.",
    )
    database_owner_url: str | None = Field(
        default=None,
        description="PostgreSQL address of the role that owns the schema, for `tamga migrate` alone; empty takes the "
        "embedded server's owner, else `TAMGA_DATABASE_URL`.",
    )
    database_pool: int = Field(default=20, ge=1, le=200, description="Connections kept open per process.")
    database_overflow: int = Field(default=20, ge=0, le=200, description="Connections opened beyond the pool at need.")
    database_wait_seconds: float = Field(
        default=2.0, gt=0, le=60, description="Longest wait for a connection before the answer is 503."
    )
    broker_url: str | None = Field(
        default=None, description="Queue address, `redis://` or `amqp://`; empty starts the embedded Redis."
    )
    secret_key: SecretStr = Field(
        default=SecretStr(DEVELOPMENT_SECRET),
        description="Key that seals webhook secrets and confidential lists at rest and hashes parties; at least 32 "
        "characters.",
    )
    signing_key_file: Path | None = Field(
        default=None,
        description="Ed25519 private key (PEM) of the service; empty makes one under the var folder in development.",
    )
    public_url: str = Field(
        default="http://127.0.0.1:8000", description="Address under which people and machines reach the service."
    )
    host: str = Field(default="127.0.0.1", description="Interface that `tamga serve` listens on.")
    port: int = Field(
        default=8000, ge=0, le=65535, description="Port that `tamga serve` listens on; 0 takes a free one."
    )
    api_processes: int = Field(
        default=2, ge=1, le=64, description="Processes of the HTTP side that `tamga serve` starts on one address."
    )
    session_hours: int = Field(default=12, ge=1, le=72, description="Longest life of a signed-in session.")
    session_idle_minutes: int = Field(default=60, ge=1, le=1440, description="A session unused this long ends.")
    login_attempts: int = Field(
        default=8, ge=1, le=100, description="Failed sign-ins per address or account before it has to wait."
    )
    login_window_seconds: int = Field(default=300, ge=1, le=86400, description="Window over which failures count.")
    body_limit_bytes: int = Field(
        default=10 * 1024 * 1024, ge=1024, description="Largest request body; a larger one is answered 413."
    )
    bulk_limit_bytes: int = Field(
        default=200 * 1024 * 1024, ge=1024, description="Largest body of a bulk upload; a larger one is answered 413."
    )
    body_timeout_seconds: float = Field(
        default=15.0, gt=0, le=300, description="A body that arrives slower than this is answered 408."
    )
    outbox_poll_seconds: float = Field(
        default=0.25, gt=0, le=15, description="Longest wait of the relay between two looks at the outbox."
    )
    outbox_lease_seconds: int = Field(
        default=15, ge=1, le=20, description="Time a worker has for one delivery before another may take it."
    )
    outbox_attempts: int = Field(
        default=10, ge=1, le=50, description="Delivery attempts before a message goes to the dead letters."
    )
    outbox_backoff_seconds: float = Field(
        default=5.0, gt=0, le=600, description="Wait after the first failed delivery; it doubles up to one hour."
    )
    webhook_timeout_seconds: float = Field(
        default=8.0, gt=0, le=10, description="Longest wait for a webhook receiver; shorter than the lease."
    )
    webhook_allowed_networks: str = Field(
        default="",
        description="Networks inside that webhooks may be posted to all the same, as `10.20.0.0/16,fd00:1::/32`; in "
        "development this machine itself is among them.",
    )
    worker_concurrency: int = Field(default=4, ge=1, le=64, description="Tasks one worker runs at a time.")
    background_niceness: int = Field(
        default=5, ge=0, le=19, description="How far worker, beat and witness stand back for the API on a busy machine."
    )
    checkpoint_seconds: int = Field(
        default=60, ge=1, le=3600, description="Longest time between two signed checkpoints of the audit log."
    )
    witness_dir: Path | None = Field(
        default=None,
        description="Folder of the witness's key, state and checkpoints; outside development it belongs to another "
        "account. Empty takes `witness` under the var folder.",
    )
    retention_years: int = Field(
        default=5, ge=1, le=100, description="Years that audit events are kept; the law's own term where it is longer."
    )
    model_dir: Path | None = Field(
        default=None, description="Folder of the signed model to serve; empty takes the shipped or promoted one."
    )
    model_keys_dir: Path | None = Field(
        default=None,
        description="Folder of public keys (`NAME.trainer.pub.pem`, `NAME.promoter.pub.pem`) whose models may be "
        "served; empty trusts the shipped ones, and in development this machine's own.",
    )
    model_poll_seconds: float = Field(
        default=2.0, gt=0, le=10, description="Longest time until a process looks whether another model has its turn."
    )
    guard_psi: float = Field(
        default=1.0, gt=0, le=10, description="Stability index of the score at which a promoted model gives way."
    )
    retrain_days: int = Field(
        default=0, ge=0, le=365, description="Days between two trainings of a candidate by the worker; 0 is never."
    )
    retrain_organisation: str | None = Field(
        default=None, description="Code of the company whose orders teach; empty takes the one with most labels."
    )
    retrain_holdback_days: int = Field(
        default=90, ge=14, le=365, description="Days before today that a candidate is judged by and does not learn."
    )
    retrain_minutes: int = Field(
        default=120, ge=1, le=1440, description="Longest processor time of a training; it runs on one thread."
    )
    retrain_memory_mb: int = Field(default=8192, ge=512, description="Most memory of a training, in megabytes.")
    trainer_key_file: Path | None = Field(
        default=None, description="Ed25519 private key (PEM) that signs what the worker trains; in development its own."
    )
    authorities_file: Path | None = Field(
        default=None, description="CSV of competent authorities; its rows replace the packaged ones of their countries."
    )
    default_language: Literal["en", "ru"] = Field(default="en", description="Language where the caller asks for none.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least severe level that is logged."
    )
    failpoints: str = Field(
        default="",
        description="Points at which a process ends itself, for fault tests; honoured in development only.",
    )

    @property
    def allowed_networks(self) -> tuple[Network, ...]:
        """Networks that are not public and may be posted to."""
        listed = [each.strip() for each in self.webhook_allowed_networks.split(",") if each.strip()]
        return tuple(ip_network(each) for each in (*listed, *(LOOPBACK if self.development else ())))

    @property
    def development(self) -> bool:
        return self.environment == "development"

    @property
    def keys_dir(self) -> Path:
        """Folder of this machine's private keys, mode 0700."""
        return self.var_dir / "keys"

    @property
    def witness_folder(self) -> Path:
        """Where the witness keeps what is its own."""
        return self.witness_dir or self.var_dir / "witness"

    @property
    def demo_credentials(self) -> Path:
        """Where development keeps the printed one-time passwords, mode 0600."""
        return self.var_dir / "demo-credentials.json"

    @model_validator(mode="after")
    def _refuse_unsafe(self) -> Settings:
        faults = [] if self.development else list(_unsafe(self))
        if self.webhook_timeout_seconds >= self.outbox_lease_seconds:
            faults.append("TAMGA_WEBHOOK_TIMEOUT_SECONDS must be shorter than TAMGA_OUTBOX_LEASE_SECONDS")
        try:
            _ = self.allowed_networks
        except ValueError as fault:
            faults.append(f"TAMGA_WEBHOOK_ALLOWED_NETWORKS must list networks with a comma between: {fault}")
        if faults:
            raise UnsafeSettings("; ".join(faults))
        return self


def _unsafe(settings: Settings) -> list[str]:
    """What may not run outside development, one line per fault with its remedy."""
    secret = settings.secret_key.get_secret_value()
    checks = (
        (secret == DEVELOPMENT_SECRET or len(secret) < 32, "set TAMGA_SECRET_KEY to at least 32 random characters"),
        (settings.database_url is None, "set TAMGA_DATABASE_URL: the embedded PostgreSQL is for development"),
        (settings.broker_url is None, "set TAMGA_BROKER_URL: the embedded Redis is for development"),
        (settings.signing_key_file is None, "set TAMGA_SIGNING_KEY_FILE to the service's Ed25519 private key"),
        (not settings.public_url.startswith("https://"), "set TAMGA_PUBLIC_URL to an https address"),
        (
            bool(settings.retrain_days) and settings.trainer_key_file is None,
            "set TAMGA_TRAINER_KEY_FILE to the key that signs what the worker trains, or TAMGA_RETRAIN_DAYS to 0",
        ),
        (bool(settings.failpoints), "remove TAMGA_FAILPOINTS: it ends processes on purpose"),
    )
    return [message for fault, message in checks if fault]


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once. Tests clear it with `settings.cache_clear()`."""
    return Settings()
