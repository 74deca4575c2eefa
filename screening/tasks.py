"""Thin tasks: each takes an id, asks the database what is to be done, and may run twice harmlessly."""

from __future__ import annotations

from uuid import UUID

import structlog

from screening import (
    answering,
    assigning,
    audit,
    bulk,
    casework,
    database,
    days,
    failpoints,
    heartbeat,
    labels,
    monitoring,
    notifications,
    outbox,
    referrals,
    refusals,
    sweeps,
    watching,
    webhooks,
)
from screening.modelling import rescoring, retraining, shadow
from screening.modelling import watch as model_watch
from screening.worker import celery_app, cover

log = structlog.get_logger(__name__)
CARRIERS = (bulk, referrals, webhooks)  # importing them registers their handlers


@celery_app.task(name="tamga.carry")  # type: ignore[untyped-decorator]
def carry(row_id: str) -> None:
    """Do one outbox row: take it, run its handler, mark it done in the handler's own transaction."""
    with database.session() as session:
        work = outbox.take(session, UUID(row_id))
    if work is None:
        return
    failpoints.reach("taken-not-done")
    try:
        with heartbeat.beating(work), database.session() as session:
            outbox.HANDLERS[work.kind].handler(session, work)
            failpoints.reach("sent-not-acknowledged")
            outbox.finish(session, work)
    except outbox.LeaseLost:
        log.warning("lease_lost", row=row_id, kind=work.kind)
    except Exception as fault:
        told = f"{type(fault).__name__}: {fault}"
        with database.session() as session:
            dead = outbox.fail(session, work, told)
        log.warning("work_failed", row=row_id, kind=work.kind, attempt=work.attempt, dead=dead, fault=told[:300])


@celery_app.task(name="tamga.checkpoint")  # type: ignore[untyped-decorator]
def checkpoint() -> None:
    """Number what is staged, then sign the audit log as it stands."""
    numbered = audit.BATCH
    while numbered:  # committed before it is signed: another attempt would salt it anew
        with database.session() as session:
            numbered = audit.append(session)
    cover()


@celery_app.task(name="tamga.tidy")  # type: ignore[untyped-decorator]
def tidy() -> None:
    """Delete what has served its time, and write down which notifications have run out."""
    with database.session() as session:
        sweeps.tidy(session)
        notifications.expire_due(session)


@celery_app.task(name="tamga.cases")  # type: ignore[untyped-decorator]
def cases_in_time() -> None:
    """Wake cases whose snooze has ended, give those that nobody has to officers who are there; the same for reports.

    Ends watches over customers, and escalates reports that an authority has not answered in time.
    """
    with database.session() as session:
        casework.wake_due(session)
        monitoring.end_due(session)
        answering.escalate_due(session)
        answering.give_out(session)
        assigning.give_out(session)


@celery_app.task(name="tamga.labels")  # type: ignore[untyped-decorator]
def take_up_labels() -> None:
    """Label orders by what people decided and authorities answered since, and keep the ledger of refusals."""
    made = 1
    while made:
        with database.session() as session:
            made = labels.sweep(session, 1)
    with database.session() as session:
        refusals.sweep(session)


@celery_app.task(name="tamga.watch")  # type: ignore[untyped-decorator]
def watch() -> None:
    """Mark new orders that operations and incidents watch for, and end operations that are over."""
    with database.session() as session:
        watching.sweep(session)


@celery_app.task(name="tamga.rescore")  # type: ignore[untyped-decorator]
def rescore() -> None:
    """List what a condemned model scored, and score a portion of it again."""
    rescoring.sweep()


@celery_app.task(name="tamga.model_watch")  # type: ignore[untyped-decorator]
def watch_model() -> None:
    """Look at what the model in service is given, says and gets right."""
    with database.session() as session:
        model_watch.look(session)


@celery_app.task(name="tamga.shadow")  # type: ignore[untyped-decorator]
def score_beside() -> None:
    """Let challengers score what has come since."""
    shadow.sweep()


@celery_app.task(name="tamga.retrain")  # type: ignore[untyped-decorator]
def retrain() -> None:
    """Start a training in a process of its own where the schedule says so."""
    retraining.start_if_due()


@celery_app.task(name="tamga.days")  # type: ignore[untyped-decorator]
def close_days() -> None:
    """Close the day that is over, so that no company's first order of a day has to wait for it."""
    days.ensure_all()
