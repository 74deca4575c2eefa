"""The loader of the service refuses every kind of artefact that must not serve, and the champion goes on serving."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from api.bench.models import DAMAGES, offer, older_under_a_new_name, workshop
from models.promotion import promote
from models.registry import SIGNED_FILES
from screening import serving
from screening.scoring import SERVICE
from tests.api.workbench.served import small_folder


def test_each_kind_of_damage_is_refused_before_the_loader(tmp_path: Path) -> None:
    folder, key = small_folder()
    shop = workshop(tmp_path / "shop", folder, key)
    earlier = SERVICE.current
    tally = offer(shop, 3 * len(DAMAGES), 3)
    assert set(tally.offered) == {each.__name__ for each in DAMAGES}
    assert tally.refused == tally.offered
    assert (tally.loader_calls, tally.other_answers) == (0, 0)
    assert SERVICE.current is earlier


def test_the_bench_would_notice_a_model_that_is_let_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, key = small_folder()
    shop = workshop(tmp_path / "shop", folder, key)

    def harmless(*_: object) -> None:
        """The champion itself, whole."""

    monkeypatch.setattr("api.bench.models.DAMAGES", (harmless,))
    tally = offer(shop, 2, 3)
    assert (tally.refused.total(), tally.loader_calls) == (0, 2)


def test_going_back_on_purpose_is_a_new_promotion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, key = small_folder()
    shop = workshop(tmp_path / "shop", folder, key)
    monkeypatch.setenv("TAMGA_VAR_DIR", str(tmp_path / "var"))
    here = serving.settings().model_copy(
        update={"environment": "production", "model_keys_dir": shop.keys, "var_dir": tmp_path / "var"}
    )
    for module in ("screening.serving", "screening.model_folder"):
        monkeypatch.setattr(f"{module}.settings", lambda: here)
    earlier = SERVICE.current
    try:
        champion = serving.take_from(shop.champion)
        assert serving.take_from(shop.older) is None
        assert SERVICE.current is not None
        assert SERVICE.current.version == champion
        promote(shop.older, {"by": "boris"}, 8, shop.promoter, shop.trust)
        assert serving.take_from(shop.older) not in (None, champion)
        assert serving.take_from(shop.champion) is None
    finally:
        SERVICE.serve(earlier)
    assert orjson.loads((tmp_path / "var" / "model-serial.json").read_bytes())["serial"] == 8
    assert older_under_a_new_name in DAMAGES
    assert all((shop.older / name).exists() for name in SIGNED_FILES)
