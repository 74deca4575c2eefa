"""Which model this process serves: found, verified, loaded, warmed up. Without one every order is held.

The newest term of the database says which (`screening.modelling.terms`); the model of this machine's folder serves
where the database knows of none, where its promotion carries a higher serial, and, on a development machine, where
it was made anew. A process looks for a new term every few seconds, beside its orders (`Keeper`).

Outside development only a promoted model serves: signed by its trainer and by another person as its promoter. A
model that is found but refused is never passed over for another: somebody changed it, and orders are held, or the
model in service goes on serving. Only a model of an earlier feature catalogue gives way to the folder's.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import structlog
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from features.catalogue import feature_names
from models.explain import explain
from models.keys import KeyRefused
from models.promotion import (
    SIGNATURE,
    STATEMENT,
    Mark,
    Promoted,
    Signer,
    load_trust,
    open_promoted,
    raise_mark,
    read_mark,
)
from models.registry import ArtefactRefused, parsed
from models.scorer import Scorer
from screening import database
from screening.ids import new_id, utc_now
from screening.keyed import secret_of
from screening.model_folder import mark_file, model_at_hand, model_places, trusted_key_places
from screening.modelling import terms, versions
from screening.scoring import SERVICE, Rollout
from screening.settings import settings
from screening.signing import service_key
from screening.tables.modelling import ModelProcess, ModelTerm, ModelVersion
from screening.tenancy import SERVICE as EVERYBODY

log = structlog.get_logger(__name__)
SETTLING = text("SELECT pg_advisory_xact_lock(7274014)")  # of processes that start together one writes the term
SEEN_SECONDS = 15.0
SHORT_TURN_SECONDS = 0.0005
COLLECTED_AFTER = 10_000  # objects made and not freed, before the collector looks at the young ones


def take_model() -> str | None:
    """Take the model whose turn it is into service; its version, or None where there is none that can be trusted."""
    at_hand = model_at_hand()
    if database.bound() is None and settings().database_url is None:
        return take_from(at_hand) if at_hand is not None else None
    try:
        with database.session(EVERYBODY) as session:
            term = settle(session, at_hand)
            found = _opened(session, term) if term else None
    except (ArtefactRefused, KeyRefused) as fault:
        log.error("model_refused", fault=str(fault))
        return None
    except SQLAlchemyError as fault:
        log.error("model_unknown", fault=f"{type(fault).__name__}: {fault}"[:300])
        return None
    if found is None:
        log.error("model_missing", looked=[str(path) for path in model_places()])
        return None
    return _serve(found)


def take_from(directory: Path) -> str | None:
    """Take the model of a folder into service; its version, or None where it is refused and what serves stays."""
    try:
        promoted = _promoted(directory)
        scorer = _ready(promoted)
        raise_mark(mark_file(), promoted.mark)
    except (ArtefactRefused, KeyRefused) as fault:
        log.error("model_refused", directory=str(directory), fault=str(fault))
        return None
    return _in_service(scorer, promoted.serial or None)


def _promoted(directory: Path) -> Promoted:
    trust = load_trust(trusted_key_places(), trainer_alone=settings().development)
    return open_promoted(directory, trust, read_mark(mark_file()))


def settle(session: Session, at_hand: Path | None) -> ModelTerm | None:
    """The term in force, after one was begun for a model of the folder that the database has to hear of."""
    session.execute(SETTLING)
    term = terms.current(session)
    if at_hand is None:
        return term
    decides = terms.deciding(session)
    serving = session.get_one(ModelVersion, decides.model_id) if decides else None
    try:
        promoted = _promoted(at_hand)
    except ArtefactRefused as fault:
        log.error("model_refused", directory=str(at_hand), fault=str(fault))
        return term
    newer = promoted.serial > (term.serial if term else 0)
    made_anew = promoted.serial == 0 and (term is None or term.kind == "given" or not _of_today(session, term))
    if serving is not None and (serving.version == promoted.artefact.version or not (newer or made_anew)):
        return term
    model = versions.register(session, at_hand, "file")
    signed = tuple((at_hand / name).read_bytes() if promoted.serial else b"" for name in (STATEMENT, SIGNATURE))
    return terms.give(session, model, promoted, (signed[0], signed[1]))


def _of_today(session: Session, term: ModelTerm) -> bool:
    """Whether the term's models are of today's feature catalogue."""
    try:
        _opened(session, term)
    except ArtefactRefused as fault:
        return fault.reason != "catalogue"
    return True


@dataclass(frozen=True, slots=True)
class Opened:
    """Verified models of a term, nothing of which is parsed yet: the one that decides and, in a rollout, a challenger
    with its share of customers."""

    serial: int
    mark: Mark
    champion: Promoted
    challenger: Promoted | None = None
    share: float = 0.0


def _opened(session: Session, term: ModelTerm) -> Opened:
    """The verified models of a term. In a rollout the signed statement names both and the share. Raises
    ArtefactRefused."""
    promoted = _open(session, term)
    if term.beside is None:
        return Opened(term.serial, promoted.mark, promoted)
    said = parsed(STATEMENT, term.statement)
    # Its serial is lower than what has served here; the statement above it names it.
    champion = _open(session, session.get_one(ModelTerm, term.beside), Mark())
    if said.get("champion_sha256") != champion.artefact.sha256 or said.get("share") != term.share:
        raise ArtefactRefused("other_model", "the rollout was signed for another model or share")
    return Opened(term.serial, promoted.mark, champion, promoted, float(said["share"]))


def _open(session: Session, term: ModelTerm, mark: Mark | None = None) -> Promoted:
    """The verified model of a term. The service's own signature counts as the promoter's: two people's is under it."""
    trust = load_trust(trusted_key_places(), trainer_alone=settings().development)
    own = Signer(service_key().public_key(), "service", "promoter")
    trust = replace(trust, signers=(*trust.signers, own))
    if mark is None:
        mark = Mark() if settings().development else read_mark(mark_file())
    with versions.unpacked(session, term.model_id, term) as folder:
        promoted = open_promoted(folder, trust, mark)
    if promoted.serial not in (term.serial, 0):
        raise ArtefactRefused("other_serial", f"signed for serial {promoted.serial}, offered as {term.serial}")
    return promoted


def _ready(promoted: Promoted) -> Scorer:
    """Load a model, and score and explain with it, before any order meets it."""
    with _beside_orders():
        scorer = Scorer(promoted.artefact)
        values = np.full(len(feature_names()), np.nan, dtype=np.float32)
        explain(scorer.assess(values), values, {})
    return scorer


@contextmanager
def _beside_orders() -> Iterator[None]:
    """Threads that answer orders get the interpreter back ten times sooner than by default, and no collector walks the
    heap for the parts of a model that is being read."""
    interval, collecting = sys.getswitchinterval(), gc.isenabled()
    sys.setswitchinterval(SHORT_TURN_SECONDS)
    gc.disable()
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        if collecting:
            gc.enable()


def settle_memory() -> None:
    """Called once a process is warm: what it holds is kept for good, and the collector never walks it again.

    An order makes some thousands of objects and hardly a cycle: by default the collector would come several times for
    each.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED_AFTER)


def _serve(opened: Opened) -> str | None:
    try:
        scorer, rollout = _ready(opened.champion), None
        if opened.challenger is not None:
            challenger = _ready(opened.challenger)
            rollout = Rollout(challenger, opened.share, secret_of(f"rollout:{challenger.version}"))
        if not settings().development:
            raise_mark(mark_file(), opened.mark)
    except ArtefactRefused as fault:
        log.error("model_refused", fault=str(fault))
        return None
    return _in_service(scorer, opened.serial, rollout)


def _in_service(scorer: Scorer, serial: int | None, rollout: Rollout | None = None) -> str:
    SERVICE.serve(scorer, serial, rollout)
    beside = {"challenger": rollout.scorer.version, "share": rollout.share} if rollout else {}
    log.info("model_in_service", version=scorer.version, serial=serial, **beside)
    return scorer.version


class Keeper(threading.Thread):
    """Until stopped: look every few seconds whose turn it is, and take a new term up beside the orders.

    `also` is done after each look; the worker's guard is.
    """

    def __init__(self, name: str, also: Callable[[], object] | None = None) -> None:
        super().__init__(name="model-keeper", daemon=True)
        self.stopping = threading.Event()
        self.also = also
        self.process = ModelProcess(id=new_id(), name=f"{name} {os.uname().nodename}:{os.getpid()}"[:100])
        self.told = 0.0

    def run(self) -> None:
        while not self.stopping.wait(settings().model_poll_seconds):
            try:
                self.look()
                if self.also is not None:
                    self.also()
            except Exception as fault:  # the keeper outlives a database that is away
                log.warning("model_look_failed", fault=f"{type(fault).__name__}: {fault}"[:300])

    def look(self) -> None:
        """One look: one short query; more only where the term is new, or nobody was told for a while."""
        with database.session(EVERYBODY) as session:
            serial = terms.top(session)
        if serial and serial != SERVICE.serial:
            take_model()
        if SERVICE.serial != self.process.serial or time.monotonic() - self.told > SEEN_SECONDS:
            self._tell()

    def _tell(self) -> None:
        """Write down which term this process serves."""
        if self.process.serial != SERVICE.serial:
            self.process.serial, self.process.taken_at = SERVICE.serial, utc_now()
        self.process.seen_at = utc_now()
        with database.session(EVERYBODY) as session:
            session.merge(self.process)
        self.told = time.monotonic()

    def stop(self) -> None:
        self.stopping.set()
        self.join(timeout=5)


def keep_up(name: str, also: Callable[[], object] | None = None) -> Keeper | None:
    """A keeper at work; none where the process is bound to a single connection, as a test is."""
    if isinstance(database.bound(), Connection):
        return None
    keeper = Keeper(name, also)
    keeper.start()
    return keeper


def processes(session: Session, since_seconds: float = 60.0) -> list[ModelProcess]:
    """Processes seen lately, and which term each serves."""
    query = select(ModelProcess).order_by(col(ModelProcess.name))
    now = utc_now()
    return [each for each in session.exec(query) if (now - each.seen_at).total_seconds() < since_seconds]
