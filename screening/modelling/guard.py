"""The guard: a promoted model that breaks within its first orders gives way to the last good one, by itself.

Each new order of a promoted model, or of a rollout's challenger, is scored by the last good model as well, here and not
in the request, on the very vector. Over the last five hundred of them, from the hundredth on:

    alerts        orders that the policy would hold for risk, against the last good model's: outside half to double,
                  and further apart than chance
    score         population stability index of the probabilities against the last good model's
    rank          rank correlation with the last good model's margins: labels turned round, or nothing left to tell
    calibration   on outcomes known lately: the gap of predicted and observed over the last good model's

A figure past its bar is an alarm; the service then goes back, writes down which term it condemns, and tells the
operator's people. Within a day a person should look at it: the alarm stays until somebody has.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray
from sqlalchemy import text
from sqlmodel import Session, col, select

from models.drift import beyond_chance, chance_limit, rank_agreement, score_shift
from models.evaluate import Judged, evaluate
from models.scorer import Scorer
from screening import database, webhooks
from screening.ids import new_id
from screening.modelling import rescoring, samples, terms, versions
from screening.modelling.samples import Sample
from screening.settings import settings
from screening.tables.modelling import ModelAlarm, ModelTerm, ModelVersion, ModelWatch
from screening.tables.orders import Policy
from screening.tables.people import Organisation

log = structlog.get_logger(__name__)
ALONE = text("SELECT pg_try_advisory_xact_lock(7274015)")  # one worker guards at a time
WINDOW, FEWEST = 500, 100
QUIET_SECONDS = 60.0  # how often a model past its first orders is looked at
PROBATION = 2_000
LABEL_DAYS, MOST_LABELS, FEWEST_LABELS, FEWEST_CASES = 180, 2_000, 60, 10
ALERT_LOW, ALERT_HIGH = 0.5, 2.0
RANK, CALIBRATION = 0.2, 0.05
GUARDED = ("promotion", terms.ROLLOUT)
Figures = dict[str, dict[str, float]]


@dataclass
class Guard:
    """What one worker remembers between two looks: up to which order of which term it has looked, and when."""

    serial: int = 0
    reached: int = -1
    seen: int = 0
    looked: float = 0.0

    def __call__(self) -> ModelTerm | None:
        """One look; the term begun where it had to act."""
        with database.session() as session:
            term = terms.current(session)
            if term is None or term.kind not in GUARDED or terms.resumed(session, term):
                return None
            if term.serial != self.serial:
                self.serial, self.reached, self.seen, self.looked = term.serial, -1, 0, 0.0
            if self.seen > PROBATION and time.monotonic() - self.looked < QUIET_SECONDS:
                return None
            if not session.execute(ALONE).scalar_one():
                return None
            return self._look(session, term)

    def _look(self, session: Session, term: ModelTerm) -> ModelTerm | None:
        good = terms.last_good(session)
        if good is None:
            return None
        model = session.get_one(ModelVersion, term.model_id)
        low = max(self.reached, term.from_sequence - rescoring.SLACK)
        fresh = samples.scored(session, WINDOW, model.version, low)
        first = self.looked == 0.0
        self.looked = time.monotonic()
        if not first and (not fresh.size or self.seen + fresh.size < FEWEST):
            return None
        self.seen += fresh.size
        sample = samples.scored(session, WINDOW, model.version, term.from_sequence - rescoring.SLACK)
        if sample.size:
            self.reached = int(sample.sequence[0])
        figures = _compared(session, sample, versions.scorer_of(good.model_id))
        figures |= _calibrated(session, versions.scorer_of(term.model_id), versions.scorer_of(good.model_id))
        return judge(session, term, sample.size, figures) if figures else None


def judge(session: Session, term: ModelTerm, orders: int, figures: Figures) -> ModelTerm | None:
    """Keep the look; where a figure is past its bar, raise the alarm and go back. The term begun, or None."""
    session.add(ModelWatch(serial=term.serial, kind="guard", orders=orders, figures=figures))
    broken = {name: figure for name, figure in figures.items() if figure["broken"]}
    if not broken:
        return None
    told = ", ".join(f"{name} {figure['value']:.3g}" for name, figure in broken.items())
    begun = terms.fall_back(session, f"guard after {orders} orders: {told}")
    for name, figure in broken.items():
        raise_alarm(session, term.serial, name, figure, acted=begun is not None)
    rescoring.list_all(session)
    log.error("guard_acted", condemned=term.serial, orders=orders, figures=broken)
    return begun


def raise_alarm(session: Session, serial: int, figure: str, found: dict[str, float], *, acted: bool = False) -> None:
    """An alarm of a figure, once for each term; the operator's endpoints are told, the page shows it until seen."""
    known = select(ModelAlarm.id).where(ModelAlarm.serial == serial, ModelAlarm.figure == figure)
    if session.exec(known).first() is not None:
        return
    alarm = ModelAlarm(
        id=new_id(), serial=serial, figure=figure, value=found["value"], bar=found["bar"], acted=acted
    )  # fmt: skip
    session.add(alarm)
    session.flush()
    told = {"serial": serial, "figure": figure, "value": found["value"], "bar": found["bar"], "acted": acted}
    for office in session.exec(select(Organisation.id).where(Organisation.kind == "operator")):
        webhooks.announce(session, office, webhooks.Message("model.alarm", alarm.id, told))


def _compared(session: Session, sample: Sample, good: Scorer) -> Figures:
    if sample.size < FEWEST:
        return {}
    margins = good.margins(sample.values).astype(np.float64)
    own = alerting(session, sample.band)
    other = alerting(session, [good.thresholds.band(float(margin)) for margin in margins])
    ratio = (int(own.sum()) + 0.5) / (int(other.sum()) + 0.5)
    apart = beyond_chance(int((own & ~other).sum()), int((other & ~own).sum()))
    shift = score_shift(good.calibrator.probability(margins), sample.probability)
    rank = rank_agreement(sample.margin, margins)
    most = max(settings().guard_psi, chance_limit(sample.size))  # the first hundred orders alone say little
    return {
        "alerts": figure(ratio, ALERT_HIGH if ratio > 1 else ALERT_LOW, apart and not ALERT_LOW <= ratio <= ALERT_HIGH),
        "score": figure(shift, most, shift > most),
        "rank": figure(rank, RANK, rank < RANK),
    }


def _calibrated(session: Session, own: Scorer, good: Scorer) -> Figures:
    values, confirmed = samples.judged(session, LABEL_DAYS, MOST_LABELS)
    if confirmed.size < FEWEST_LABELS or int(confirmed.sum()) < FEWEST_CASES:
        return {}
    errors = [evaluate(Judged.of(probability(each, values), confirmed))["calibration_error"] for each in (own, good)]
    gap = float(errors[0] - errors[1])
    return {"calibration": figure(gap, CALIBRATION, gap > CALIBRATION)}


def probability(scorer: Scorer, values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Calibrated probabilities (n,) of vectors (n, features)."""
    found: Any = scorer.calibrator.probability(scorer.margins(values).astype(np.float64))
    return np.asarray(found, dtype=np.float64)


def alerting(session: Session, bands: Any) -> NDArray[np.bool_]:
    """Which of these bands the newest policy would hold for risk."""
    rules = session.exec(select(Policy.rules).order_by(col(Policy.version).desc()).limit(1)).one()
    held = {band for band, outcome in rules["bands"].items() if outcome != "release"}
    return np.array([band in held for band in bands], dtype=np.bool_)


def figure(value: float, bar: float, broken: bool) -> dict[str, float]:
    """One figure as it is stored."""
    return {"value": round(float(value), 6), "bar": bar, "broken": float(broken)}
