"""Where the model of this machine lies, and whose signature on it counts. Light to import: nothing is loaded here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson

import models
from screening.settings import settings

SHIPPED = Path(models.__file__).parent / "shipped"


def model_at_hand() -> Path | None:
    """The folder of the first model found: as set, else this machine's own, else the shipped one."""
    return next((path for path in model_places() if (path / "manifest.json").exists()), None)


def model_places() -> Iterator[Path]:
    """Where a model may lie, in order."""
    given = settings().model_dir
    if given is not None:
        yield given
    else:
        yield settings().var_dir / "model"
        yield SHIPPED


def of_today(directory: Path) -> bool:
    """Whether the folder holds a model of today's feature catalogue; one of an earlier catalogue is refused at load."""
    from features.catalogue import FINGERPRINT  # noqa: PLC0415 - a second to import, for those who ask only

    try:
        manifest = orjson.loads((directory / "manifest.json").read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return False
    return isinstance(manifest, dict) and manifest.get("catalogue") == FINGERPRINT


def mark_file() -> Path:
    """Where this machine keeps the highest serial of a model that has served here."""
    return settings().var_dir / "model-serial.json"


def trusted_key_places() -> list[Path]:
    """Folders and files of the public keys that may sign a model."""
    given = settings().model_keys_dir
    if given is not None:
        return [given]
    own = [settings().keys_dir] if settings().development and settings().keys_dir.is_dir() else []
    return [*own, *([SHIPPED] if SHIPPED.is_dir() else [])]
