"""Signed models kept in the database, so that every process on every machine loads the same bytes.

What is kept is what the trainer signed. It is verified when it is kept and again whenever it is loaded: the database
is believed no more than a folder is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal
from uuid import UUID

from sqlmodel import Session, col, select

from models.keys import load_trusted
from models.promotion import SIGNATURE as PROMOTION_SIGNATURE
from models.promotion import STATEMENT
from models.registry import MANIFEST, SIGNATURE, SIGNED_FILES, open_artefact
from models.scorer import Scorer
from screening import database
from screening.errors import NotFound
from screening.model_folder import trusted_key_places
from screening.tables.modelling import ModelFile, ModelTerm, ModelVersion
from screening.tenancy import SERVICE

KEPT = (*SIGNED_FILES, MANIFEST, SIGNATURE)
Source = Literal["file", "command", "retraining"]


def register(
    session: Session, folder: Path, source: Source, gates: dict[str, Any] | None = None, by: UUID | None = None
) -> ModelVersion:
    """Keep the signed model of a folder; one that is kept already stays as it is. Raises ArtefactRefused."""
    artefact = open_artefact(folder, load_trusted(trusted_key_places()))
    known = session.exec(select(ModelVersion).where(ModelVersion.sha256 == artefact.sha256)).first()
    if known is not None:
        return known
    made = ModelVersion(
        version=artefact.version, sha256=artefact.sha256, trainer_key=artefact.key, source=source, gates=gates or {},
        as_of=str(artefact.manifest.get("as_of", "")), card=artefact.json("card.json"), registered_by=by,
    )  # fmt: skip
    session.add(made)
    session.flush()
    session.add_all(ModelFile(model_id=made.id, file=name, content=(folder / name).read_bytes()) for name in KEPT)
    session.flush()
    return made


def find(session: Session, name: str) -> ModelVersion:
    """The kept model of this version. Raises NotFound."""
    found = session.exec(select(ModelVersion).where(ModelVersion.version == name)).first()
    if found is None:
        raise NotFound
    return found


@contextmanager
def unpacked(session: Session, model_id: UUID, term: ModelTerm | None = None) -> Iterator[Path]:
    """The model as a folder for as long as the block runs, with the promotion of its term where it has one."""
    with TemporaryDirectory(prefix="tamga-model-") as name:
        folder = Path(name)
        for file in session.exec(select(ModelFile).where(col(ModelFile.model_id) == model_id)):
            assert file.file in KEPT, "a model is made of its signed files"
            (folder / file.file).write_bytes(file.content)
        if term is not None and term.statement:
            (folder / STATEMENT).write_bytes(term.statement)
            (folder / PROMOTION_SIGNATURE).write_bytes(term.signature)
        yield folder


@lru_cache(maxsize=4)
def scorer_of(model_id: UUID) -> Scorer:
    """A kept model, loaded to be compared and not to serve. Raises ArtefactRefused."""
    with database.session(SERVICE) as session, unpacked(session, model_id) as folder:
        return Scorer.load(folder, load_trusted(trusted_key_places()))
