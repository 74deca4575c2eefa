"""Models in service: signed versions, the terms in which they serve, what they scored again, beside and wrongly.

Of the service alone, but for `reassessment`, which is the company's whose order it is. Terms, files and scores only
grow; triggers of migration 0014 look at every term by themselves.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from screening.ids import utc_now
from screening.tables.base import Bare, Row, json_column, one_of
from screening.tables.orders import BANDS

IN_ROLLOUT = "(kind = 'rollout') = (share IS NOT NULL) AND (share IS NULL) = (beside IS NULL)"
TERM_KINDS = ("given", "promotion", "roll_back", "guard", "rollout")
SOURCES = ("file", "command", "retraining")
RESCORE_STATES = ("waiting", "done", "impossible")
OUTCOMES = ("same", "opened", "decided", "would_release", "superseded")
JOB_STATES = ("running", "done", "failed")


class ModelVersion(Row, table=True):
    """A model that its trainer signed; `version` and `sha256` name its manifest. `gates` is what its trial found."""

    __tablename__ = "model_version"
    __table_args__ = (one_of("source", *SOURCES),)

    version: str = Field(max_length=64, unique=True)
    sha256: str = Field(max_length=64, unique=True)
    trainer_key: str = Field(max_length=64)
    as_of: str = Field(max_length=40)
    source: str = Field(max_length=16)
    registered_by: UUID | None = Field(default=None, foreign_key="person.id")
    card: dict[str, Any] = json_column(dict)
    gates: dict[str, Any] = json_column(dict)


class ModelFile(Bare, table=True):
    """One file of a model's signed folder, byte for byte."""

    __tablename__ = "model_file"

    model_id: UUID = Field(primary_key=True, foreign_key="model_version.id")
    file: str = Field(primary_key=True, max_length=32)
    content: bytes = Field(sa_type=LargeBinary)


class ModelTerm(Bare, table=True):
    """A model's turn in service, until the next serial. `condemns`: the term whose scores are not to be trusted.

    `statement` and `signature` are those of `models.promotion`; a development machine's own model may have none.
    Orders of the term have a sequence about or above `from_sequence`. In a rollout the model decides for a `share` of
    customers, and the model of the term `beside` for the others.
    """

    __tablename__ = "model_term"
    __table_args__ = (
        one_of("kind", *TERM_KINDS),
        CheckConstraint(IN_ROLLOUT, name="beside"),
        CheckConstraint("share > 0 AND share <= 0.5", name="share"),
    )

    serial: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    created_at: datetime = Field(default_factory=utc_now)
    model_id: UUID = Field(foreign_key="model_version.id")
    kind: str = Field(max_length=16)
    condemns: int | None = Field(default=None, foreign_key="model_term.serial")
    share: float | None = None
    beside: int | None = Field(default=None, foreign_key="model_term.serial")
    from_sequence: int = Field(default=0, sa_type=BigInteger)
    reason: str = Field(max_length=2000)
    proposal_id: UUID | None = Field(default=None, foreign_key="proposal.id", unique=True)
    statement: bytes = Field(default=b"", sa_type=LargeBinary)
    signature: bytes = Field(default=b"", sa_type=LargeBinary)


class ModelProcess(Bare, table=True):
    """A process that scores orders, and the term it has taken up; one not seen for a minute is gone."""

    __tablename__ = "model_process"

    id: UUID = Field(primary_key=True)
    name: str = Field(max_length=100)
    serial: int | None = None
    taken_at: datetime = Field(default_factory=utc_now)
    seen_at: datetime = Field(default_factory=utc_now)


class Reassessment(Row, table=True):
    """What a later model says of a version whose model was condemned; beside the first assessment, never over it."""

    __tablename__ = "reassessment"
    __table_args__ = (one_of("band", *BANDS), Index("ix_reassessment_version", "order_version_id", "created_at"))

    organisation_id: UUID
    order_version_id: UUID = Field(foreign_key="order_version.id")
    serial: int = Field(foreign_key="model_term.serial")
    model_version: str = Field(max_length=64)
    contributions: bytes = Field(sa_type=LargeBinary)
    margin: float
    probability: float
    band: str = Field(max_length=16)
    explanation: dict[str, Any] = json_column(dict)


class Rescore(Bare, table=True):
    """One version that a condemned term scored, and what came of scoring it again."""

    __tablename__ = "rescore"
    __table_args__ = (
        one_of("state", *RESCORE_STATES),
        one_of("outcome", *OUTCOMES),
        Index("ix_rescore_state", "state", "condemned"),
    )

    condemned: int = Field(primary_key=True, foreign_key="model_term.serial")
    order_version_id: UUID = Field(primary_key=True, foreign_key="order_version.id")
    state: str = Field(default="waiting", max_length=16)
    outcome: str | None = Field(default=None, max_length=16)
    done_at: datetime | None = None


class ShadowRun(Row, table=True):
    """A challenger that scores a share of customers' orders beside the model in service. `reached`: up to where."""

    __tablename__ = "shadow_run"

    model_id: UUID = Field(foreign_key="model_version.id")
    share: float
    begun_by: UUID | None = Field(default=None, foreign_key="person.id")
    from_sequence: int = Field(sa_type=BigInteger)
    reached: int = Field(sa_type=BigInteger)
    ended_at: datetime | None = None


class ShadowScore(Row, table=True):
    """What the challenger says of one version; it decides nothing. Explained where the two would decide otherwise."""

    __tablename__ = "shadow_score"
    __table_args__ = (
        one_of("band", *BANDS),
        UniqueConstraint("run_id", "order_version_id"),
        Index("ix_shadow_score_disagreement", "run_id", "disagrees", "created_at"),
    )

    run_id: UUID = Field(foreign_key="shadow_run.id")
    order_version_id: UUID = Field(foreign_key="order_version.id")
    margin: float
    probability: float
    band: str = Field(max_length=16)
    disagrees: bool
    explanation: dict[str, Any] = json_column(dict)


class ModelWatch(Row, table=True):
    """One look at the model in service: how many orders, and every figure with its bar."""

    __tablename__ = "model_watch"
    __table_args__ = (
        one_of("kind", "guard", "drift"),
        Index("ix_model_watch_serial", "serial", "kind", "created_at"),
    )

    serial: int = Field(foreign_key="model_term.serial")
    kind: str = Field(max_length=16)
    orders: int
    figures: dict[str, Any] = json_column(dict)


class ModelAlarm(Row, table=True):
    """A figure past its bar, until somebody of the operator has seen it."""

    __tablename__ = "model_alarm"
    __table_args__ = (UniqueConstraint("serial", "figure"),)

    serial: int = Field(foreign_key="model_term.serial")
    figure: str = Field(max_length=64)
    value: float
    bar: float
    acted: bool = False
    seen_by: UUID | None = Field(default=None, foreign_key="person.id")
    seen_at: datetime | None = None


class TrainingJob(Row, table=True):
    """A training on a schedule: how far it is, and the candidate that came of it."""

    __tablename__ = "training_job"
    __table_args__ = (one_of("state", *JOB_STATES),)

    state: str = Field(default="running", max_length=16)
    stage: str = Field(default="begun", max_length=32)
    progress: float = 0.0
    model_id: UUID | None = Field(default=None, foreign_key="model_version.id")
    error: str | None = Field(default=None, max_length=500)
    finished_at: datetime | None = None
