"""Objects about models in service that a path may name."""

from __future__ import annotations

from sqlmodel import Session

from screening.ids import new_id
from screening.modelling import terms
from screening.tables.modelling import ModelAlarm, ModelTerm, ModelVersion, ShadowRun
from screening.tables.people import Organisation


def challenger(session: Session, owner: Organisation) -> str:
    """A kept model that scores beside the one in service; others than the operator have none."""
    if owner.kind != "operator":
        return str(new_id())
    made = _kept(session)
    session.add(ShadowRun(model_id=made.id, share=0.1, from_sequence=0, reached=0))
    session.flush()
    return made.version


def _kept(session: Session) -> ModelVersion:
    made = ModelVersion(
        version=new_id().hex[-16:], sha256=new_id().hex, trainer_key="bench", as_of="2026", source="command"
    )
    session.add(made)
    session.flush()
    return made


def model_alarm(session: Session, owner: Organisation) -> str:
    """An alarm about some term. Others than the operator have none, whatever they ask for."""
    if owner.kind != "operator":
        return str(new_id())
    made = _kept(session)
    term = ModelTerm(serial=terms.top(session) + 1, model_id=made.id, kind="given", reason="bench")
    session.add(term)
    session.flush()
    alarm = ModelAlarm(serial=term.serial, figure="alerts", value=1.0, bar=0.0)
    session.add(alarm)
    session.flush()
    return str(alarm.id)
