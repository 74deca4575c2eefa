"""Which model this process serves: found, verified, loaded, warmed up. Without one every order is held."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import structlog

import models
from models.keys import KeyRefused, load_trusted
from models.registry import ArtefactRefused
from models.scorer import Scorer
from screening.scoring import SERVICE
from screening.settings import settings

log = structlog.get_logger(__name__)
SHIPPED = Path(models.__file__).parent / "shipped"


def take_model() -> str | None:
    """Take the first model found into service; its version, or None where there is none that can be trusted.

    A model that is found but refused is never passed over for another: somebody changed it, and orders are held.
    """
    directory = model_at_hand()
    if directory is None:
        log.error("model_missing", looked=[str(path) for path in _places()])
        return None
    try:
        scorer = Scorer.load(directory, load_trusted(_keys()))
    except (ArtefactRefused, KeyRefused) as fault:
        log.error("model_refused", directory=str(directory), fault=str(fault))
        return None
    SERVICE.serve(scorer)
    log.info("model_in_service", version=scorer.version)
    return scorer.version


def model_at_hand() -> Path | None:
    """The folder whose model this process would serve."""
    return next((path for path in _places() if (path / "manifest.json").exists()), None)


def _places() -> Iterator[Path]:
    """Where a model may lie: as set, else this machine's own, else the shipped one."""
    given = settings().model_dir
    if given is not None:
        yield given
    else:
        yield settings().var_dir / "model"
        yield SHIPPED


def _keys() -> list[Path]:
    given = settings().model_keys_dir
    if given is not None:
        return [given]
    own = [settings().keys_dir] if settings().development and settings().keys_dir.is_dir() else []
    return [*own, *([SHIPPED] if SHIPPED.is_dir() else [])]
