"""The extract of a model's card that goes with what it said. Only a model whose signature holds is quoted."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from models.errors import ModelsError
from models.keys import load_trusted
from models.registry import open_artefact
from screening.model_folder import model_at_hand, trusted_key_places

QUOTED = ("purpose", "for", "not_for", "limits", "knows_labels_until", "synthetic", "calibration")


@lru_cache(maxsize=8)
def card_extract(model_version: str | None) -> dict[str, Any] | None:
    """Purpose, limits and calibration of exactly this version; None where it is not the model at hand."""
    folder = model_at_hand()
    if model_version is None or folder is None:
        return None
    try:
        artefact = open_artefact(folder, load_trusted(trusted_key_places()))
    except ModelsError:
        return None
    if artefact.version != model_version:
        return None
    card = artefact.json("card.json")
    return {"version": model_version, **{name: card[name] for name in QUOTED if name in card}}
