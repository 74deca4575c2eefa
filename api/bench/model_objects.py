"""Objects about models in service that a path may name."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session

from screening.ids import new_id, utc_now
from screening.modelling import terms
from screening.tables.modelling import ModelAlarm, ModelTerm, ModelVersion, ModelWatch, ShadowRun
from screening.tables.people import Organisation

# What a made-up look tells: figure, its first value, its step a day, its bar.
LOOKED_AT = (("features", 0.05, 0.03, 0.25), ("missing", 0.02, 0.001, 0.1), ("score", 0.12, 0.01, 0.25))
MOVED = [{"feature": "against_recent_median", "psi": 0.31, "missing_before": 0.0, "missing": 0.02}]


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


def looks(session: Session, count: int = 8) -> None:
    """Daily looks at the model in service, made up, so that its page has figures by time to draw."""
    term = terms.current(session)
    if term is None:
        return
    for day in range(count):
        figures = {
            name: {"value": round(first + step * day, 3), "bar": bar, "broken": float(first + step * day > bar)}
            for name, first, step, bar in LOOKED_AT
        }
        told = {"figures": figures, "before": 400, "alert_rate_before": 0.02, "alert_rate": 0.03, "features": MOVED}
        when = utc_now() - timedelta(days=count - day)
        session.add(ModelWatch(serial=term.serial, kind="drift", orders=300 + day, figures=told, created_at=when))
    session.flush()
