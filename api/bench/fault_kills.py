"""kill -9 of every part of the service while orders come in, and what must hold afterwards.

Clients post each order under its idempotency key until it is answered. One kill to each portion of orders, as the
plan of the seed says (`fault_plan.py`); the next portion begins when what the dead process had in hand is done. A
planted fault, a client that sends an unanswered order again under another reference, has to be found, and found
again when its seed is run again.
"""

from __future__ import annotations

import http.client
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlmodel import Session, col, func, or_, select

from api.bench.fault_plan import Kill, plan
from api.bench.fault_stage import Stage, asked, drained, staged
from api.bench.online import order_of
from api.bench.report import Report
from screening import audit, audit_check, database
from screening.tables.cases import Referral
from screening.tables.orders import Assessment, Decision, Order, OrderVersion
from screening.tables.queue import Outbox

CLIENTS = 8
REPORTED_EVERY = 3
PATIENCE_SECONDS = 180.0
RESCUE_SECONDS = 30.0
PLANTED_ORDERS, PLANTED_KILLS = 20, 2
BEYOND, MOST_NUDGES = 1_000_000, 30
UNSCORED = """
    SELECT count(*) FROM decision d LEFT JOIN assessment a ON a.order_version_id = d.order_version_id
    WHERE d.disposition = 'release' AND (a.probability IS NULL OR a.band = 'unscored')
"""


@dataclass
class Client:
    """Posts orders until they are answered; `acknowledged` maps each reference to the id it was given.

    A `careless` one does not send the same order again but a new one of another reference.
    """

    stage: Stage
    careless: bool = False
    acknowledged: dict[str, str] = field(default_factory=dict)
    sent_again: int = 0
    strange: list[int] = field(default_factory=list)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def post(self, number: int) -> None:
        """Post order `number`; every third is one that an authority must see."""
        attempt, deadline = 0, time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            reference = f"K-{number}" + (f"-{attempt}" if self.careless and attempt else "")
            order = order_of(0, number % CLIENTS, reference)
            if number % REPORTED_EVERY == 0:
                order |= {"notification": {"id": "P", "status": "objection"}}
            answer = self._once(reference, orjson.dumps(order))
            if answer is not None:
                with self.guard:
                    self.acknowledged[reference] = answer
                return
            attempt += 1
            with self.guard:
                self.sent_again += 1
            time.sleep(0.2)

    def _once(self, reference: str, body: bytes) -> str | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.stage.port, timeout=30)
        try:
            connection.request("POST", "/v1/orders", body, self.stage.place.headers | {"idempotency-key": reference})
            answer = connection.getresponse()
            told = answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        if answer.status in (200, 201):
            return str(orjson.loads(told)["id"])
        if answer.status not in (409, 503):
            with self.guard:
                self.strange.append(answer.status)
        return None


@dataclass
class Course:
    """How the kills went: those carried out, and the longest that work of a dead process lay still, in seconds."""

    carried_out: int = 0
    longest_rescue: float = 0.0


def run(stage: Stage, client: Client, kills: list[Kill], orders: int) -> Course:
    """One portion of orders to each kill."""
    course, portion = Course(), orders // len(kills)
    with ThreadPoolExecutor(CLIENTS if not client.careless else 1) as pool:
        for number, kill in enumerate(kills):
            begun = len(client.acknowledged)
            posted = [pool.submit(client.post, number * portion + n) for n in range(portion)]
            while len(client.acknowledged) - begun < kill.after:
                time.sleep(0.005)
            at, held = time.monotonic(), asked(in_hand)
            stage.arm(kill)
            carried_out = _nudged(stage, client, kill, posted)
            for each in posted:
                each.result()
            rescued = _rescued(held, at)
            course.carried_out += carried_out
            course.longest_rescue = max(course.longest_rescue, rescued)
            print(
                f"  {number + 1:2} {kill}: rescued in {rescued:.1f} s{'' if carried_out else ', NOT REACHED'}",
                flush=True,
            )
    return course


def _nudged(stage: Stage, client: Client, kill: Kill, posted: list[Future[None]]) -> bool:
    """Wait until the kill has happened; orders beyond the portion lead there where it has run out."""
    nudges = 0
    while stage.armed(kill) and nudges < MOST_NUDGES:
        if all(each.done() for each in posted):  # never beside the others: what a kill hits stays as planned
            client.post(BEYOND + len(client.acknowledged))
            nudges += 1
        time.sleep(0.02)
    return stage.await_kill(kill)


def in_hand(session: Session) -> list[tuple[UUID, UUID | None]]:
    """What is in somebody's hands, or on its way there: row and lease."""
    now = func.clock_timestamp()
    held = or_(col(Outbox.lease_until) > now, col(Outbox.dispatched_until) > now)
    query = select(Outbox.id, Outbox.lease_token).where(col(Outbox.state) == "pending", held)
    return [(row[0], row[1]) for row in session.execute(query)]


def _rescued(held: list[tuple[UUID, UUID | None]], since: float) -> float:
    """Seconds from `since` until all of this was done or in new hands."""
    stuck = dict(held)

    def left(session: Session) -> list[tuple[UUID, UUID | None]]:
        query = select(Outbox.id, Outbox.lease_token).where(col(Outbox.state) == "pending", col(Outbox.id).in_(stuck))
        return [(row[0], row[1]) for row in session.execute(query) if row[1] == stuck[row[0]]]

    while asked(left):
        if time.monotonic() - since > 4 * RESCUE_SECONDS:
            break
        time.sleep(0.1)
    return time.monotonic() - since if held else 0.0


@dataclass(frozen=True)
class Found:
    """What does not hold afterwards; all zero when everything does."""

    lost: int
    unasked: int
    reported_twice_or_never: int
    decided_twice_or_never: int
    released_unscored: int
    open_or_dead_work: int
    log_faults: int


def found(stage: Stage, client: Client) -> Found:
    """Compare what clients were told with what is stored and what the regulator got."""
    open_work = 0 if drained(PATIENCE_SECONDS) else 1
    with database.session() as session:
        kept = {reference: str(id_) for reference, id_ in session.execute(select(Order.reference, Order.id))}
        told = client.acknowledged
        reportable = set(session.exec(select(Decision.order_version_id).where(col(Decision.refer))))
        versions = session.exec(select(OrderVersion.id)).all()
        decided = {row[0]: row[1] for row in session.execute(
            select(Decision.order_version_id, func.count()).group_by(col(Decision.order_version_id))
        )}  # fmt: skip
        unscored = session.execute(text(UNSCORED)).scalar_one()
        assessed = session.execute(select(func.count()).select_from(Assessment)).scalar_one()
    return Found(
        lost=sum(kept.get(reference) != id_ for reference, id_ in told.items()),
        unasked=len(kept.keys() - told.keys()) + len(versions) - len(kept),
        reported_twice_or_never=_reports(stage, reportable),
        decided_twice_or_never=sum(decided.get(each) != 1 for each in versions) + abs(len(versions) - assessed),
        released_unscored=int(unscored),
        open_or_dead_work=open_work,
        log_faults=_log_faults(stage.folder, len(kept)),
    )


def _reports(stage: Stage, reportable: set[UUID]) -> int:
    """Order versions that an authority must see and that it did not get exactly once, and others that it got."""
    with database.session() as session:
        referred = session.execute(select(Referral.id, Referral.order_version_id)).all()
    arrived = [UUID(effect["data"]["referral_id"]) for effect in stage.sink.effects.values()]
    version_of = {row[0]: row[1] for row in referred}
    counted: dict[UUID, int] = {}
    for referral in arrived:
        counted[version_of[referral]] = counted.get(version_of[referral], 0) + 1
    return sum(counted.get(each) != 1 for each in reportable) + len(counted.keys() - reportable)


def _log_faults(folder: Path, orders: int) -> int:
    """Faults of the audit log: not whole, or not one entry to each order."""
    with database.session() as session:
        while audit.append(session):
            pass
    with database.session() as session:
        verdict = audit_check.verify(session, folder)
        screened = session.execute(
            text("SELECT count(*) FROM audit_event WHERE body LIKE '%order.screened%'")
        ).scalar_one()
    if not verdict.whole:
        print("  audit log:", verdict, flush=True)
    return int(not verdict.whole) + abs(int(screened) - orders)


def planted(seed: int) -> int:
    """Orders nobody was answered for when careless clients meet kills between commit and answer."""
    chosen = [
        Kill(each.after, "api", "committed-not-answered") for each in plan(seed, PLANTED_KILLS, PLANTED_ORDERS // 2)
    ]
    with staged() as stage:
        client = Client(stage, careless=True)
        run(stage, client, chosen, PLANTED_ORDERS)
        return found(stage, client).unasked


def measure(report: Report, seed: int, orders: int, kills: int) -> None:
    """Run the plan of one seed and the planted fault twice, and report."""
    chosen = plan(seed, kills, orders // kills)
    print(f"seed {seed}: {kills} kills over {orders} orders; the same seed is the same plan", flush=True)
    with staged() as stage:
        client = Client(stage)
        course = run(stage, client, chosen, orders)
        result = found(stage, client)
        arrived = f"{len(stage.sink.effects)} reports, {stage.sink.repeated} of them came again"
        print(f"  {len(client.acknowledged)} orders, sent again {client.sent_again} times; {arrived}", flush=True)
    report.bar("kills_carried_out", course.carried_out, "equals", kills)
    report.bar("kills_at_named_points", sum(each.point is not None for each in chosen), "at least", kills // 2)
    report.bar("orders_acknowledged", len(client.acknowledged), "at least", orders)
    report.bar("orders_lost", result.lost, "equals", 0)
    report.bar("orders_nobody_was_answered_for", result.unasked, "equals", 0)
    report.bar("reported_twice_or_never", result.reported_twice_or_never, "equals", 0)
    report.bar("decided_twice_or_never", result.decided_twice_or_never, "equals", 0)
    report.bar("released_unscored", result.released_unscored, "equals", 0)
    report.bar("work_left_open_or_dead", result.open_or_dead_work, "equals", 0)
    report.bar("audit_log_faults", result.log_faults, "equals", 0)
    print(f"  answers other than 2xx, 409 and 503: {client.strange}", flush=True)
    report.bar("odd_answers", len(client.strange), "equals", 0)
    report.bar("longest_rescue_seconds", course.longest_rescue, "at most", RESCUE_SECONDS)
    again = [planted(seed) for _ in range(2)]
    # At least: an order that a careless client gave up waiting for is found as well.
    report.bar("planted_fault_found", again[0], "at least", PLANTED_KILLS)
    report.bar("planted_fault_found_again_by_its_seed", again[1], "at least", PLANTED_KILLS)
