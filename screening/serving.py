"""Which model this process serves: found, verified, loaded, warmed up. Without one every order is held.

Outside development only a promoted model serves: signed by its trainer and by another person as its promoter.
"""

from __future__ import annotations

from pathlib import Path

import structlog

from models.keys import KeyRefused
from models.promotion import load_trust, open_promoted, raise_mark, read_mark
from models.registry import ArtefactRefused
from models.scorer import Scorer
from screening.model_folder import mark_file, model_at_hand, model_places, trusted_key_places
from screening.scoring import SERVICE
from screening.settings import settings

log = structlog.get_logger(__name__)


def take_model() -> str | None:
    """Take the model at hand into service; its version, or None where there is none that can be trusted.

    A model that is found but refused is never passed over for another: somebody changed it, and orders are held, or
    the model in service goes on serving.
    """
    directory = model_at_hand()
    if directory is None:
        log.error("model_missing", looked=[str(path) for path in model_places()])
        return None
    return take_from(directory)


def take_from(directory: Path) -> str | None:
    """Take the model of a folder into service; its version, or None where it is refused and what serves stays."""
    try:
        trust = load_trust(trusted_key_places(), trainer_alone=settings().development)
        promoted = open_promoted(directory, trust, read_mark(mark_file()))
        scorer = Scorer(promoted.artefact)
        raise_mark(mark_file(), promoted.mark)
    except (ArtefactRefused, KeyRefused) as fault:
        log.error("model_refused", directory=str(directory), fault=str(fault))
        return None
    SERVICE.serve(scorer)
    log.info("model_in_service", version=scorer.version, serial=promoted.serial)
    return scorer.version
