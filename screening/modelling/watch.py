"""The watch: beat looks at what the model in service is given, says, and gets right, and keeps each look.

    features      stability index and missing rate of each, against the orders before the term (or, where there were
                  few, its older half)
    score         stability index of the probabilities, and how many orders would be held for risk
    calibration   predicted against observed on outcomes known lately
    reasons       of the decided cases that a reason helped to open, the share that was stopped

A figure past its bar is an alarm; nothing here changes what serves. Trailing windows move features by themselves, so
a single moved feature is shown and not called.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlmodel import Session

from features.catalogue import feature_names
from models.drift import feature_shift, score_shift
from models.evaluate import Judged, evaluate
from screening import reviews
from screening.ids import utc_now
from screening.modelling import guard, samples, terms, versions
from screening.modelling.guard import figure
from screening.modelling.samples import Sample
from screening.tables.modelling import ModelAlarm, ModelTerm, ModelVersion, ModelWatch

MOST, FEWEST = 5_000, 400
SHOWN = 12
PSI, MISSING = 0.25, 0.2
MOVED_SHARE, GONE_SHARE = 0.25, 0.05  # of the catalogue
CALIBRATION = 0.05
ALERT_CHANGE = 2.0


def look(session: Session) -> ModelWatch | None:
    """One look at the model in service; None where there are too few orders. Keeps the look and raises alarms."""
    term = terms.deciding(session)
    if term is None:
        return None
    before, now = _samples(session, term)
    if min(before.size, now.size) < FEWEST:
        return None
    shifts = feature_shift(before.values, now.values)
    alerts = [float(guard.alerting(session, each.band).mean()) for each in (before, now)]
    figures = _figures(shifts, before, now, alerts)
    judged = _judged(session, term)
    if judged is not None:
        error = judged["calibration_error"]
        figures["calibration"] = figure(error, CALIBRATION, error > CALIBRATION)
    for name, found in figures.items():
        if found["broken"]:
            guard.raise_alarm(session, term.serial, name, found)
    told = {
        "figures": figures, "before": before.size, "alert_rate_before": round(alerts[0], 5),
        "alert_rate": round(alerts[1], 5), "features": _worst(shifts), "judged": judged,
        "reasons": [dict(row) for row in session.execute(text(reviews.REASONS), {"company": None}).mappings()][:SHOWN],
    }  # fmt: skip
    made = ModelWatch(serial=term.serial, kind="drift", orders=now.size, figures=told, created_at=utc_now())
    session.add(made)
    session.flush()
    return made


def _samples(session: Session, term: ModelTerm) -> tuple[Sample, Sample]:
    """Orders before the term and in it; of a term that had none before, its older and its newer half."""
    version = session.get_one(ModelVersion, term.model_id).version
    before = samples.scored(session, MOST, None, 0, term.from_sequence)
    now = samples.scored(session, 2 * MOST, version, term.from_sequence)
    if before.size >= FEWEST:
        return before, _part(now, slice(0, MOST))
    half = now.size // 2
    return _part(now, slice(half, None)), _part(now, slice(0, half))


def _part(whole: Sample, rows: slice) -> Sample:
    return Sample(
        whole.sequence[rows], whole.values[rows], whole.margin[rows], whole.probability[rows], whole.band[rows]
    )


def _figures(shifts: list[dict[str, Any]], before: Sample, now: Sample, alerts: list[float]) -> guard.Figures:
    moved = float(np.mean([each["psi"] > PSI for each in shifts]))
    gone = float(np.mean([abs(each["missing"] - each["missing_before"]) > MISSING for each in shifts]))
    shift = score_shift(before.probability, now.probability)
    floor = 1 / now.size
    change = max(alerts[1], floor) / max(alerts[0], floor)
    apart = abs(alerts[1] - alerts[0]) > 3.3 * (max(*alerts, floor) * 2 / now.size) ** 0.5
    return {
        "features": figure(moved, MOVED_SHARE, moved > MOVED_SHARE),
        "missing": figure(gone, GONE_SHARE, gone > GONE_SHARE),
        "score": figure(shift, PSI, shift > PSI),
        "alert_rate": figure(change, ALERT_CHANGE, apart and not 1 / ALERT_CHANGE <= change <= ALERT_CHANGE),
    }


def _worst(shifts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The features that moved most, or whose missing rate did."""
    named = [{"feature": name, **each} for name, each in zip(feature_names(), shifts, strict=True)]
    ranked = sorted(named, key=lambda row: -max(row["psi"], abs(row["missing"] - row["missing_before"])))
    return [{name: round(value, 4) if isinstance(value, float) else value for name, value in row.items()}
            for row in ranked[:SHOWN]]  # fmt: skip


def _judged(session: Session, term: ModelTerm) -> dict[str, Any] | None:
    """How the model in service does on outcomes known lately, None where they are few. Reviewed orders only."""
    values, confirmed = samples.judged(session, guard.LABEL_DAYS, guard.MOST_LABELS)
    if confirmed.size < guard.FEWEST_LABELS:
        return None
    scored: NDArray[np.float64] = guard.probability(versions.scorer_of(term.model_id), values)
    return evaluate(Judged.of(scored, confirmed))


def seen(session: Session, alarm_id: UUID, person: UUID | None) -> ModelAlarm | None:
    """Somebody has looked at the alarm; None where there is none such or somebody had."""
    alarm = session.get(ModelAlarm, alarm_id, with_for_update=True)
    if alarm is None or alarm.seen_at is not None:
        return None
    alarm.seen_by, alarm.seen_at = person, utc_now()
    return alarm
