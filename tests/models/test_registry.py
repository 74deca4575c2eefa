"""A damaged, swapped, unsigned or foreign model is refused before any byte reaches XGBoost's loader."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models import registry
from models.errors import ArtefactRefused, KeyRefused
from models.keys import DEVELOPMENT_PRIVATE, development_key, load_private, load_trusted, write_public
from models.registry import MANIFEST, SIGNATURE, SIGNED_FILES, open_artefact
from models.scorer import Scorer
from tests.models.conftest import Signed

ALL_FILES = (*SIGNED_FILES, MANIFEST, SIGNATURE)


@pytest.fixture
def copy(signed: Signed, tmp_path: Path) -> Path:
    return Path(shutil.copytree(signed.folder, tmp_path / "model"))


def refusal(folder: Path, key: Ed25519PrivateKey) -> str:
    with pytest.raises(ArtefactRefused) as refused:
        Scorer.load(folder, [key.public_key()])
    assert "\n" not in str(refused.value)
    return refused.value.reason


def test_the_checks_never_import_the_loader() -> None:
    code = "import sys, models.registry; sys.exit('xgboost' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_signed_model_opens(signed: Signed) -> None:
    artefact = open_artefact(signed.folder, [Ed25519PrivateKey.generate().public_key(), signed.key.public_key()])
    assert artefact.manifest["seed"] == 7
    assert set(artefact.files) == set(SIGNED_FILES)
    assert len(artefact.version) == 16


@pytest.mark.parametrize("name", ALL_FILES)
def test_flipped_bits_are_refused(copy: Path, signed: Signed, name: str) -> None:
    data = (copy / name).read_bytes()
    generator = np.random.default_rng(len(name))
    for position in {0, len(data) - 1, *generator.integers(0, len(data), 40).tolist()}:
        damaged = bytearray(data)
        damaged[position] ^= 1 << int(generator.integers(0, 8))
        (copy / name).write_bytes(damaged)
        assert refusal(copy, signed.key) in {"hash", "bad_signature", "unsigned", "unknown_key", "format"}


@pytest.mark.parametrize("name", ALL_FILES)
def test_cut_and_missing_files_are_refused(copy: Path, signed: Signed, name: str) -> None:
    data = (copy / name).read_bytes()
    for length in (0, 1, len(data) // 2, len(data) - 1):
        (copy / name).write_bytes(data[:length])
        refusal(copy, signed.key)
    (copy / name).unlink()
    assert refusal(copy, signed.key) in {"missing", "unsigned"}


def test_a_calibrator_of_another_model_is_refused(copy: Path, signed: Signed) -> None:
    other = orjson.loads((copy / "calibrator.json").read_bytes()) | {"slope": 2.0}
    (copy / "calibrator.json").write_bytes(orjson.dumps(other))
    assert refusal(copy, signed.key) == "hash"


def test_a_manifest_rewritten_to_fit_is_refused(copy: Path, signed: Signed) -> None:
    (copy / "thresholds.json").write_bytes(b'{"elevated": 99, "high": 99, "classes": []}')
    manifest = orjson.loads((copy / MANIFEST).read_bytes())
    data = (copy / "thresholds.json").read_bytes()
    manifest["files"]["thresholds.json"] = {"sha256": registry._sha256(data), "bytes": len(data)}
    (copy / MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
    assert refusal(copy, signed.key) == "bad_signature"


def test_another_key_is_refused(copy: Path) -> None:
    assert refusal(copy, Ed25519PrivateKey.generate()) == "unknown_key"
    with pytest.raises(ArtefactRefused, match="unknown_key"):
        open_artefact(copy, [])


def test_another_catalogue_is_refused(copy: Path, signed: Signed) -> None:
    files = {name: (copy / name).read_bytes() for name in SIGNED_FILES}
    registry.write_artefact(copy, files, {"catalogue": "0" * 64}, signed.key)
    assert refusal(copy, signed.key) == "catalogue"


def test_signed_nonsense_is_refused_as_content(copy: Path, signed: Signed) -> None:
    files = {name: (copy / name).read_bytes() for name in SIGNED_FILES}
    registry.write_artefact(copy, files | {"calibrator.json": b'{"margins": [1]}'}, {}, signed.key)
    assert refusal(copy, signed.key) == "content"


def test_writing_replaces_the_whole_folder(copy: Path, signed: Signed) -> None:
    (copy / "left-over.txt").write_text("x")
    files = {name: (copy / name).read_bytes() for name in SIGNED_FILES}
    version = registry.write_artefact(copy, files, {"note": "again"}, signed.key)
    assert sorted(path.name for path in copy.iterdir()) == sorted(ALL_FILES)
    assert open_artefact(copy, [signed.key.public_key()]).version == version
    assert [path.name for path in copy.parent.iterdir()] == ["model"]


def test_the_development_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    key, made = development_key(tmp_path / "keys")
    again, made_again = development_key(tmp_path / "keys")
    assert (made, made_again) == (True, False)
    assert key.private_bytes_raw() == again.private_bytes_raw()
    assert (tmp_path / "keys" / DEVELOPMENT_PRIVATE).stat().st_mode & 0o077 == 0
    assert [each.public_bytes_raw() for each in load_trusted([tmp_path / "keys"])] == [
        key.public_key().public_bytes_raw()
    ]


def test_files_without_a_key_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.pub.pem"
    path.write_text("hello")
    with pytest.raises(KeyRefused):
        load_trusted([tmp_path])
    with pytest.raises(KeyRefused):
        load_private(tmp_path / "none.pem")
    write_public(Ed25519PrivateKey.generate().public_key(), path)
    with pytest.raises(KeyRefused):
        load_private(path)
