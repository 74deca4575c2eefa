"""Which model this process serves: found, verified, loaded, warmed up. Without one every order is held."""

from __future__ import annotations

import structlog

from models.keys import KeyRefused, load_trusted
from models.registry import ArtefactRefused
from models.scorer import Scorer
from screening.model_folder import model_at_hand, model_places, trusted_key_places
from screening.scoring import SERVICE

log = structlog.get_logger(__name__)


def take_model() -> str | None:
    """Take the model at hand into service; its version, or None where there is none that can be trusted.

    A model that is found but refused is never passed over for another: somebody changed it, and orders are held.
    """
    directory = model_at_hand()
    if directory is None:
        log.error("model_missing", looked=[str(path) for path in model_places()])
        return None
    try:
        scorer = Scorer.load(directory, load_trusted(trusted_key_places()))
    except (ArtefactRefused, KeyRefused) as fault:
        log.error("model_refused", directory=str(directory), fault=str(fault))
        return None
    SERVICE.serve(scorer)
    log.info("model_in_service", version=scorer.version)
    return scorer.version
