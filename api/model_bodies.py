"""Bodies of the routes about models in service."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from api.bodies import Out
from features.intake import LongText, Strict

Version = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class ModelChangeIn(Strict):
    """Which model is to serve, and why, signed with the caller's password; a roll back may leave the model out. A
    rollout says for what share of customers it is to decide, at most what policy allows (`rules.rollout.most`)."""

    action: Literal["promotion", "roll_back", "rollout"]
    version: Version | None = None
    share: Annotated[float, Field(gt=0, le=0.5)] | None = None
    reason: LongText
    password: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None


class ModelOut(Out):
    """A kept model; `gates` is what its trial against the champion found, empty where none was held."""

    version: str
    sha256: str
    trainer_key: str
    as_of: str
    source: str
    created_at: datetime
    gates: dict[str, Any]


class TermOut(Out):
    """A model's turn in service. `condemns`: the serial of the term whose scores are scored again. `share`: of a
    rollout, the share of customers for whom it decides; the model of the term `beside` decides for the others."""

    serial: int
    version: str
    kind: str
    condemns: int | None
    share: float | None
    beside: int | None
    reason: str
    created_at: datetime
    proposal_id: UUID | None


class ProcessOut(Out):
    """A process that scores orders, and the term it serves."""

    name: str
    serial: int | None
    taken_at: datetime
    seen_at: datetime


class AlarmOut(Out):
    """A figure past its bar; `acted`: the service went back to the last good model."""

    id: UUID
    serial: int
    figure: str
    value: float
    bar: float
    acted: bool
    created_at: datetime


class WatchOut(Out):
    """One look of the watch or the guard: how many orders, and every figure with its bar."""

    serial: int
    kind: str
    orders: int
    figures: dict[str, Any]
    created_at: datetime


class ShadowIn(Strict):
    """The share of customers, chosen by hash, whose orders the challenger scores."""

    share: Annotated[float, Field(gt=0, le=1)] = 1.0


class ShadowOut(Out):
    """A challenger's run."""

    share: float
    created_at: datetime
    ended_at: datetime | None


class SaidOut(Out):
    """What one of the two says: probability, band, and codes of its reasons, the strongest first."""

    probability: float | None
    band: str
    reasons: list[str]


class DisagreementOut(Out):
    """An order that the two would rule on otherwise."""

    order_id: UUID
    reference: str
    company: str
    champion: SaidOut
    challenger: SaidOut


class BesideOut(Out):
    """Orders scored beside, disagreements, and how many of them the challenger would let go."""

    run: ShadowOut
    orders: int
    disagreements: int
    would_release: int
    correlation: float | None
    disagreed: list[DisagreementOut]


class RescoringOut(Out):
    """What became of the orders that a condemned term scored."""

    condemned: int
    listed: int
    waiting: int
    impossible: int
    opened: int
    decided: int
    would_release: int
    superseded: int
    same: int


class TrainingOut(Out):
    """A training on schedule: how far it is, and the candidate that came of it."""

    state: str
    stage: str
    progress: float
    version: str | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None


class RolloutOut(Out):
    """A challenger that decides for a share of customers, at most `allowed` by policy: orders it scored since and how
    many of them were not let go, beside those of the model that decides for the others."""

    version: str
    share: float
    allowed: float
    begun_at: datetime
    orders: int
    held: int
    other_orders: int
    other_held: int


class ModelsOut(Out):
    """The models in service: the term in force, the model to fall back to, and everything that has served.

    `serving` decides wherever the challenger of a `rollout` does not.
    """

    serial: int | None
    serving: str | None
    rollout: RolloutOut | None
    last_good: str | None
    terms: list[TermOut]
    kept: list[ModelOut]
    processes: list[ProcessOut]
    alarms: list[AlarmOut]
    rescoring: list[RescoringOut]
    trainings: list[TrainingOut]


class AffectedOut(Out):
    """One order that a condemned term scored."""

    order_id: UUID
    reference: str
    state: str
    outcome: str | None
    done_at: datetime | None


class AffectedPage(Out):
    """The first two hundred of them, what stands out first."""

    condemned: int
    orders: Annotated[list[AffectedOut], Field(max_length=200)]
