"""The extract of a model's card that goes with what it said. Only a model whose signature holds is quoted."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlmodel import Session, select

from models.errors import ModelsError
from models.keys import load_trusted
from models.registry import open_artefact
from screening.model_folder import model_at_hand, trusted_key_places
from screening.tables.modelling import ModelVersion
from screening.tenancy import as_service

QUOTED = ("purpose", "for", "not_for", "limits", "knows_labels_until", "synthetic", "calibration")


def card_extract(session: Session, model_version: str | None) -> dict[str, Any] | None:
    """Purpose, limits and calibration of exactly this version; None where it is neither kept nor at hand."""
    if model_version is None:
        return None
    with as_service(session):
        kept = session.exec(select(ModelVersion.card).where(ModelVersion.version == model_version)).first()
    return _extract(model_version, dict(kept)) if kept is not None else _at_hand(model_version)


def _extract(model_version: str, card: dict[str, Any]) -> dict[str, Any]:
    return {"version": model_version, **{name: card[name] for name in QUOTED if name in card}}


@lru_cache(maxsize=8)
def _at_hand(model_version: str) -> dict[str, Any] | None:
    folder = model_at_hand()
    if folder is None:
        return None
    try:
        artefact = open_artefact(folder, load_trusted(trusted_key_places()))
    except ModelsError:
        return None
    if artefact.version != model_version:
        return None
    return _extract(model_version, artefact.json("card.json"))
