"""The Celery application, the relay that feeds it, and the ways to run worker and beat.

The worker runs its tasks on threads, not in forked children: tasks wait for the network and the database, and a fork
after an OpenMP library was used hangs (XGBoost scores re-screened orders here). A thread cannot be killed for being
late, so each handler bounds itself below the lease. One relay thread per worker hands due outbox rows to the broker
and numbers audit events; several workers share that work by row and advisory locks.
"""

from __future__ import annotations

import threading
from typing import Any

import structlog
from celery import Celery, signals
from celery.beat import ScheduleEntry, Scheduler

from screening import audit, database, failpoints, outbox
from screening.settings import settings

log = structlog.get_logger(__name__)
celery_app = Celery("tamga")
VISIBILITY_SECONDS = 60  # a lost message comes back late; the outbox dispatches long before that
FAULT_PAUSE_SECONDS = 1.0
CONFIRM_SECONDS = 5.0  # longest wait for RabbitMQ's confirmation of one publish


def configure(broker_url: str) -> Celery:
    """Point the application at a broker. RabbitMQ confirms each publish, else a publish may vanish (celery #9149)."""
    rabbit = broker_url.startswith(("amqp", "pyamqp"))
    options: dict[str, Any] = (
        {"confirm_publish": True}
        if rabbit
        else {"visibility_timeout": VISIBILITY_SECONDS, "socket_timeout": 10, "socket_connect_timeout": 2}
    )
    celery_app.conf.update(
        broker_url=broker_url,
        broker_transport_options=options,
        broker_connection_timeout=2,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_default_queue="tamga",
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_step": 0.1},
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        enable_utc=True,
        timezone="UTC",
        beat_schedule={
            "checkpoint": {"task": "tamga.checkpoint", "schedule": settings().checkpoint_seconds},
            "tidy": {"task": "tamga.tidy", "schedule": 600.0},
            "cases": {"task": "tamga.cases", "schedule": 60.0},
            "watch": {"task": "tamga.watch", "schedule": 60.0},
            "labels": {"task": "tamga.labels", "schedule": 60.0},
            "days": {"task": "tamga.days", "schedule": 60.0},
            "model_watch": {"task": "tamga.model_watch", "schedule": 900.0},
            "shadow": {"task": "tamga.shadow", "schedule": 10.0},
            "retrain": {"task": "tamga.retrain", "schedule": 3600.0},
            "rescore": {"task": "tamga.rescore", "schedule": 10.0},
        },
    )
    return celery_app


class Relay(threading.Thread):
    """Until stopped: hand due outbox rows to the broker and number staged audit events."""

    def __init__(self) -> None:
        super().__init__(name="relay", daemon=True)
        self.stopping = threading.Event()

    def run(self) -> None:
        wait = settings().outbox_poll_seconds
        while not self.stopping.wait(wait):
            try:
                busy = relay_once()
                wait = 0.0 if busy else settings().outbox_poll_seconds
            except Exception as fault:  # the relay outlives a database or broker that is away
                log.warning("relay_failed", fault=f"{type(fault).__name__}: {fault}"[:300])
                wait = FAULT_PAUSE_SECONDS

    def stop(self) -> None:
        self.stopping.set()
        self.join(timeout=10)


def relay_once() -> bool:
    """One look: dispatch what is due and number what is staged; True when there was a full batch of either."""
    numbered = number_audit()
    with database.session() as session:
        due = outbox.dispatch(session)
    if due:
        failpoints.reach("dispatched-not-published")
    for place, row_id in enumerate(due):
        try:
            celery_app.send_task("tamga.carry", args=[str(row_id)], confirm_timeout=CONFIRM_SECONDS)
        except Exception:
            with database.session() as session:
                outbox.withdraw(session, due[place:])
            raise
    if due:
        failpoints.reach("published-not-carried")
    return len(due) == outbox.DISPATCH_BATCH or numbered == audit.BATCH


def number_audit() -> int:
    """Number a batch of staged audit events, and sign when so many are new that the minute is not waited for."""
    with database.session() as session:
        numbered = audit.append(session)
        if numbered:
            failpoints.reach("numbered-not-committed")
    if numbered:
        try:
            cover(only_when_due=True)
        except Exception as fault:  # beat tries again within the minute; deliveries do not wait for it
            log.error("checkpoint_failed", fault=f"{type(fault).__name__}: {fault}"[:300])
    return numbered


def cover(*, only_when_due: bool = False) -> None:
    """Sign the audit log as it stands and, once that is committed, tell the checkpoint file."""
    with database.session() as session:
        made = None if only_when_due and not audit.checkpoint_due(session) else audit.checkpoint(session)
    if made:
        failpoints.reach("signed-not-told")
        with database.session() as session:
            audit.publish(session)


def run_worker(broker_url: str) -> None:
    """Work until told to stop (SIGTERM finishes the tasks in hand). Returns when stopped."""
    from screening import serving, tasks  # noqa: F401, PLC0415 - registers the tasks, which import this module
    from screening.modelling.guard import Guard  # noqa: PLC0415

    configure(broker_url)
    serving.take_model()  # rows of files and re-screened orders are scored here
    keeper = serving.keep_up("worker", Guard())
    relay = Relay()
    relay.start()
    signals.worker_shutting_down.connect(lambda **_: relay.stopping.set(), weak=False)
    concurrency = str(settings().worker_concurrency)
    flags = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", settings().log_level]
    try:
        celery_app.worker_main(["worker", "--pool", "threads", "--concurrency", concurrency, *flags])
    finally:
        relay.stop()
        if keeper is not None:
            keeper.stop()


class Sweeps(Scheduler):  # type: ignore[misc]
    """Celery's scheduler, kept in memory: its file form is a pickle."""

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        failpoints.reach("due-not-sent")
        super().apply_entry(entry, producer)


def run_beat(broker_url: str) -> None:
    """Send the sweeps at their times."""
    configure(broker_url)
    celery_app.Beat(scheduler_cls=Sweeps, loglevel=settings().log_level, quiet=True).run()
