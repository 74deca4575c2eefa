"""Models promoted under load in the real service: two API processes, a worker with its guard, and beat.

Sound models take turns, promoted by two people while fifty orders a second come: each promotion is timed beside the
time just before it, and all of them are pooled, so that what else the machine does falls on both alike. Another is
rolled back. A training on the schedule's terms runs beside the orders. Then one that learnt labels turned round and
one that learnt a leak come past disabled gates, and a third decides for half of the customers. What counts: no answer
is an error, the guard gives the bad ones no five hundred orders, every process is back within half a minute, no
assessment was made by parts of two models, and every order a condemned model scored is listed and scored again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from uuid import UUID

import numpy as np
from sqlalchemy import text
from sqlmodel import Session, select

from api.bench import bad_models, house, past
from api.bench.live_load import Load, Window, bodies
from api.bench.live_people import Office, background, office, until, until_served
from api.bench.report import Report
from models.keys import development_key
from models.simulator.config import SimulationConfig
from screening import database
from screening.modelling import rescoring, retraining, terms, versions
from screening.settings import settings
from screening.tables.modelling import ModelTerm, ModelVersion, TrainingJob
from screening.tables.orders import Assessment
from screening.tables.people import Organisation

TAUGHT = SimulationConfig(orders=8000, months=16, seed=31, diversion_share=0.05, label_delay_days=20.0)
LONGEST_TRAINING = 600.0
SHARE = 0.5


def live(report: Report, options: argparse.Namespace) -> None:
    """All of it, and its bars."""
    key = development_key(settings().keys_dir)[0]
    with tempfile.TemporaryDirectory() as work:
        print("training the champion and five challengers ...", flush=True)
        made = bad_models.make(Path(work), key)
        with house.opened(made["champion"]) as place:
            people = office()
            with database.session() as session:
                kept = {name: versions.register(session, folder, "command").version for name, folder in made.items()}
                past.store(session, _teacher(session), TAUGHT)
            with place.serving("api.bench.ours:create_app") as port, background(place, Path(work)) as environment:
                load = Load(place, port, bodies())
                _turns(report, load, people, (kept["twin"], kept["champion"]), options)
                _rolled_back(report, load, people, kept["sound"], options.seconds)
                _training(report, load, environment, options.seconds)
                for name in ("flipped", "leaky"):
                    _bad(report, load, people, (name, kept[name]))
                _rollout(report, load, people, kept["turned"])
                _settled(report)
            report.bar("answers_of_5xx", sum(status >= 500 for _, _, status in load.answers), "equals", 0)
            report.bar("mixed_decisions", _mixed(), "equals", 0)


def _teacher(session: Session) -> UUID:
    """A company whose past teaches the training."""
    made = Organisation(code="teacher", kind="company", name="Teacher", country="KZ")
    session.add(made)
    session.flush()
    return made.id


def _turns(report: Report, load: Load, people: Office, pair: tuple[str, str], options: argparse.Namespace) -> None:
    """Two sound models take turns: the time before each promotion, and as long from its second signature on."""
    before: list[Window] = []
    during: list[Window] = []
    slowest = 0.0
    with load.running():
        load.settle(5.0)  # what only first orders pay, and the queue they left
        for turn in range(options.turns):
            before.append(load.during(options.seconds))
            began = time.perf_counter()
            serial = people.sign("promotion", pair[turn % 2])
            until_served(serial)
            served = time.perf_counter() - began
            load.during(max(0.0, options.seconds - served))
            during.append((began, time.perf_counter()))
            slowest = max(slowest, served)
            rates = [load.milliseconds([each]) for each in (before[-1], during[-1])]
            print(f"  promotion {turn + 1}: p99 {rates[0]:.1f} ms before, {rates[1]:.1f} ms during; in every process "
                  f"after {served:.1f} s", flush=True)  # fmt: skip
    stopped = _by_the_guard()
    for share in (0.5, 0.95, 0.99):
        rates = [load.milliseconds(each, share) for each in (before, during)]
        print(f"  p{share * 100:g}: {rates[0]:.1f} ms before, {rates[1]:.1f} ms during promotions", flush=True)
    print(f"  {load.count(before)} orders before, {load.count(during)} during", flush=True)
    report.bar("sound_models_in_turn_stopped_by_the_guard", stopped, "equals", 0)
    report.bar("promoted_in_every_process_seconds", slowest, "at most", 30)
    report.bar(
        "p99_during_promotions_over_before", load.milliseconds(during) / load.milliseconds(before), "at most", 1.2
    )


def _rolled_back(report: Report, load: Load, people: Office, version: str, seconds: float) -> None:
    """A model that two people bring in and take out again."""
    before = _by_the_guard()
    with load.running():
        until_served(people.sign("promotion", version))
        load.during(min(seconds, 5.0))
        report.bar("sound_model_stopped_by_the_guard", _by_the_guard() - before, "equals", 0)
        began = time.perf_counter()
        back = until_served(people.sign("roll_back", None))
        report.bar("roll_back_seconds", time.perf_counter() - began if back else float("inf"), "at most", 30)


def _by_the_guard() -> int:
    """How often the guard has acted so far."""
    with database.session() as session:
        return sum(term.kind == "guard" for term in session.exec(select(ModelTerm)))


def _training(report: Report, load: Load, environment: dict[str, str], seconds: float) -> None:
    """The process that the schedule starts, beside the orders: latency before and while it works."""
    given = {**environment, **retraining.ONE_THREAD, "TAMGA_RETRAIN_ORGANISATION": "teacher"}
    with load.running():
        before = [load.during(seconds), load.during(seconds)]
        began = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-m", "screening.modelling.retraining"], env=given)
        try:
            process.wait(LONGEST_TRAINING)
        finally:
            process.kill()
            process.wait()
        while_training = [(began, time.perf_counter())]
    with database.session() as session:
        (job,) = session.exec(select(TrainingJob)).all()
    took = while_training[0][1] - began
    print(
        f"  training beside {load.count(while_training)} orders: {took:.0f} s, {job.state} {job.error or ''}",
        flush=True,
    )
    for share in (0.5, 0.99):
        rates = [load.milliseconds(each, share) for each in (before, while_training)]
        print(f"  p{share * 100:g}: {rates[0]:.1f} ms before, {rates[1]:.1f} ms while training", flush=True)
    report.bar("trainings_that_made_a_candidate", int(job.state == "done"), "equals", 1)


def _bad(report: Report, load: Load, people: Office, challenger: tuple[str, str]) -> None:
    """A bad model past disabled gates, while orders come: how many it scored until the guard acted."""
    with load.running():
        serial = people.sign("promotion", challenger[1])
        _guarded(report, load, serial, challenger)


def _rollout(report: Report, load: Load, people: Office, version: str) -> None:
    """A bad model decides for half of the customers, where policy says so."""
    people.allow(SHARE)
    with load.running():
        serial = people.sign("rollout", version, SHARE)
        until_served(serial)
        with database.session() as session:
            since = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        _guarded(report, load, serial, ("rolled_out", version))
    query = text(
        "SELECT count(*) FILTER (WHERE models > 1) AS both, count(*) AS customers, avg(own) AS share FROM ("
        "SELECT count(DISTINCT a.model_version) AS models, max((a.model_version = :version)::integer) AS own "
        "FROM order_version v JOIN assessment a ON a.order_version_id = v.id JOIN model_term t ON t.serial = :next "
        "WHERE v.created_at > :since AND v.created_at < t.created_at GROUP BY v.body::jsonb -> 'customer') customers"
    )
    with database.session() as session:
        found = session.execute(query, {"version": version, "next": serial + 1, "since": since}).one()
    print(f"  rollout: {found.customers} customers, {found.share:.1%} of them the challenger's", flush=True)
    report.bar("customers_scored_by_both", found.both, "equals", 0)


def _guarded(report: Report, load: Load, serial: int, challenger: tuple[str, str]) -> None:
    """Wait for the guard, and until every process is back."""
    name, version = challenger
    acted = until(lambda session: (term := terms.current(session)) is not None and term.serial > serial, 120.0)
    back = float("inf")
    if acted:
        began = time.perf_counter()
        if until_served(serial + 1):
            back = time.perf_counter() - began
        load.during(5.0)
    orders, late = _scored_by(serial, version)
    report.bar(f"{name}_guard_acted", int(acted), "equals", 1)
    report.bar(f"{name}_orders_until_guard", orders, "at most", 500)
    report.bar(f"{name}_back_in_every_process_seconds", back, "at most", 30)
    print(f"  {name}: {late} orders more until every process was back", flush=True)


def _scored_by(serial: int, version: str) -> tuple[int, int]:
    """Orders that a term scored before the guard acted, and after."""
    query = text(
        "SELECT count(*) FILTER (WHERE v.created_at <= t.created_at) AS before, "
        "count(*) FILTER (WHERE v.created_at > t.created_at) AS after FROM assessment a "
        "JOIN order_version v ON v.id = a.order_version_id JOIN model_term t ON t.serial = :next "
        "WHERE a.model_version = :version"
    )
    with database.session() as session:
        found = session.execute(query, {"next": serial + 1, "version": version}).one()
    return int(found.before), int(found.after)


def _settled(report: Report) -> None:
    """Wait until everything listed is scored again; then count against what condemned models scored."""
    until(
        lambda session: not any(row["waiting"] for row in rescoring.figures(session)) and _listed(session) >= 1, 120.0
    )
    with database.session() as session:
        done = sum(row["listed"] - row["waiting"] - row["impossible"] for row in rescoring.figures(session))
        report.bar("share_of_affected_listed", _listed(session), "equals", 1)
        report.bar("share_of_affected_scored_again", done / max(1, _affected(session)), "equals", 1)
        for row in rescoring.figures(session):
            print(f"  serial {row['condemned']}: {row}", flush=True)


def _affected(session: Session) -> int:
    query = text(
        "SELECT count(*) FROM assessment WHERE model_version IN (SELECT m.version FROM model_version m "
        "JOIN model_term t ON t.model_id = m.id WHERE t.serial IN (SELECT condemns FROM model_term))"
    )
    return int(session.execute(query).scalar_one())


def _listed(session: Session) -> float:
    listed = sum(row["listed"] for row in rescoring.figures(session))
    return float(listed / max(1, _affected(session)))


def _mixed() -> int:
    """Assessments that the version they name does not give, to the bit."""
    mixed = 0
    with database.session() as session:
        made = {model.version: versions.scorer_of(model.id) for model in session.exec(select(ModelVersion))}
        for kept in session.exec(select(Assessment).execution_options(yield_per=500)):
            if kept.model_version is None:
                continue
            values = np.frombuffer(kept.vector, dtype="<f4").astype(np.float32)
            again = made[kept.model_version].assess(values)
            mixed += (kept.margin, kept.probability, kept.band) != (again.margin, again.probability, again.band)
    return mixed
