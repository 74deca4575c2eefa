"""Who trains cannot promote alone: two roles, two people, and a serial that only rises."""

from __future__ import annotations

import shutil
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.errors import ArtefactRefused
from models.keys import load_trusted, write_public
from models.promotion import (
    SIGNATURE,
    STATEMENT,
    Mark,
    Trust,
    load_trust,
    open_promoted,
    promote,
    raise_mark,
    read_mark,
)
from models.registry import MANIFEST, SIGNED_FILES, write_artefact
from tests.models.conftest import Signed

ABOUT = {"by": "boris", "reason": "past the gates"}


@pytest.fixture
def copy(signed: Signed, tmp_path: Path) -> Path:
    return Path(shutil.copytree(signed.folder, tmp_path / "model"))


@pytest.fixture
def promoter() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def trust(signed: Signed, promoter: Ed25519PrivateKey, tmp_path: Path) -> Trust:
    folder = tmp_path / "keys"
    folder.mkdir()
    write_public(signed.key.public_key(), folder / "anna.trainer.pub.pem")
    write_public(promoter.public_key(), folder / "boris.promoter.pub.pem")
    return load_trust([folder])


def refusal(folder: Path, trust: Trust, mark: Mark | None = None) -> str:
    with pytest.raises(ArtefactRefused) as refused:
        open_promoted(folder, trust, mark or Mark())
    return refused.value.reason


def test_a_model_that_its_trainer_alone_signed_serves_in_development_only(copy: Path, trust: Trust) -> None:
    assert refusal(copy, trust) == "unpromoted"
    assert open_promoted(copy, Trust(trust.signers, trainer_alone=True)).serial == 0


def test_a_promoted_model_serves(copy: Path, trust: Trust, promoter: Ed25519PrivateKey) -> None:
    made = promote(copy, ABOUT, 3, promoter, trust)
    opened = open_promoted(copy, trust, Mark(2, "another"))
    assert (opened.serial, opened.artefact.version) == (3, made.artefact.version)
    assert open_promoted(copy, trust, opened.mark).serial == 3  # every process of the service takes it


def test_the_trainer_cannot_promote_alone(copy: Path, trust: Trust, signed: Signed, tmp_path: Path) -> None:
    with pytest.raises(ArtefactRefused, match="same_person"):
        promote(copy, ABOUT, 1, signed.key, trust)
    second = Ed25519PrivateKey.generate()
    write_public(second.public_key(), tmp_path / "keys" / "anna.promoter.pub.pem")
    with pytest.raises(ArtefactRefused, match="same_person"):
        promote(copy, ABOUT, 1, second, load_trust([tmp_path / "keys"]))


def test_the_loader_finds_one_person_in_both_roles_by_itself(copy: Path, trust: Trust, tmp_path: Path) -> None:
    second = Ed25519PrivateKey.generate()
    promoted_elsewhere = Trust((*trust.signers, *_promoters(tmp_path / "other", "carl", second)))
    promote(copy, ABOUT, 1, second, promoted_elsewhere)
    assert refusal(copy, Trust((*trust.signers, *_promoters(tmp_path / "same", "anna", second)))) == "same_person"


def _promoters(folder: Path, person: str, key: Ed25519PrivateKey) -> tuple[object, ...]:
    folder.mkdir()
    write_public(key.public_key(), folder / f"{person}.promoter.pub.pem")
    return load_trust([folder]).signers


def test_a_trainers_key_promotes_nothing_and_a_promoters_trains_nothing(
    copy: Path, trust: Trust, promoter: Ed25519PrivateKey, tmp_path: Path
) -> None:
    stranger = Ed25519PrivateKey.generate()
    write_public(stranger.public_key(), tmp_path / "keys" / "dora.trainer.pub.pem")
    promote(copy, ABOUT, 1, stranger, load_trust([tmp_path / "keys"]))
    assert refusal(copy, load_trust([tmp_path / "keys"])) == "unknown_key"
    files = {name: (copy / name).read_bytes() for name in SIGNED_FILES}
    write_artefact(copy, files, {}, promoter)
    assert refusal(copy, trust) == "unknown_key"
    assert promoter.public_key() not in load_trusted([tmp_path / "keys"])


def test_an_older_serial_is_refused_whatever_the_folder_is_called(
    copy: Path, trust: Trust, promoter: Ed25519PrivateKey, tmp_path: Path
) -> None:
    old = promote(copy, ABOUT, 4, promoter, trust)
    renamed = copy.rename(tmp_path / "newest-model")
    assert refusal(renamed, trust, Mark(5, "newer")) == "older"
    assert refusal(renamed, trust, Mark(4, "another of the same serial")) == "older"
    promote(renamed, ABOUT, 6, promoter, trust)  # going back on purpose
    assert open_promoted(renamed, trust, Mark(5, "newer")).artefact.version == old.artefact.version


def test_a_promotion_of_another_model_or_a_changed_one_is_refused(
    copy: Path, trust: Trust, promoter: Ed25519PrivateKey, signed: Signed, tmp_path: Path
) -> None:
    promote(copy, ABOUT, 1, promoter, trust)
    other = tmp_path / "other"
    files = {name: (copy / name).read_bytes() for name in SIGNED_FILES}
    write_artefact(other, files, {"note": "another"}, signed.key)
    for name in (STATEMENT, SIGNATURE):
        shutil.copy(copy / name, other / name)
    assert refusal(other, trust) == "other_model"
    statement = orjson.loads((copy / STATEMENT).read_bytes()) | {"serial": 99}
    (copy / STATEMENT).write_bytes(orjson.dumps(statement))
    assert refusal(copy, trust) == "bad_signature"
    (copy / STATEMENT).unlink()
    assert refusal(copy, Trust(trust.signers, trainer_alone=True)) == "missing"  # half a promotion is none


def test_training_again_into_the_folder_takes_the_promotion_away(
    copy: Path, trust: Trust, promoter: Ed25519PrivateKey, signed: Signed
) -> None:
    promote(copy, ABOUT, 1, promoter, trust)
    write_artefact(copy, {name: (copy / name).read_bytes() for name in SIGNED_FILES}, {}, signed.key)
    assert refusal(copy, trust) == "unpromoted"


def test_a_note_larger_than_any_is_not_read(copy: Path, trust: Trust) -> None:
    with (copy / MANIFEST).open("ab") as file:
        file.truncate(5 * 1024 * 1024)
    assert refusal(copy, trust) == "unreadable"


def test_the_mark_only_rises_and_a_damaged_one_stops_everything(tmp_path: Path) -> None:
    path = tmp_path / "mark.json"
    assert read_mark(path) == Mark()
    raise_mark(path, Mark(3, "c"))
    raise_mark(path, Mark(2, "b"))
    assert read_mark(path) == Mark(3, "c")
    path.write_text("{}")
    with pytest.raises(ArtefactRefused, match="mark"):
        read_mark(path)
