"""What tests of commands share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from screening.settings import settings


@pytest.fixture(scope="module")
def own_var(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keys of this module's own, and English."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAMGA_VAR_DIR", str(tmp_path_factory.mktemp("var")))
        patch.delenv("TAMGA_LANG", raising=False)
        settings.cache_clear()
        yield
    settings.cache_clear()
