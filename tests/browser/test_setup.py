"""The set-up of the browser tests says one line and never fails."""

from __future__ import annotations

import json
import subprocess
import sys

from api.bench.browser import AXE, FOLDER, chromium

LOCK = json.loads((FOLDER / "package-lock.json").read_text("utf-8"))


def test_it_says_one_line_and_leaves_well() -> None:
    done = subprocess.run([sys.executable, "-m", "tests.browser.setup"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
    assert ("is there" in done.stdout) == (chromium() is not None)
    assert ("npm ci" in done.stdout) == (not AXE.exists())


def test_axe_is_locked_by_version_and_hash_and_by_no_other_registry() -> None:
    (locked,) = [each for name, each in LOCK["packages"].items() if name]
    assert locked["version"] == LOCK["packages"][""]["dependencies"]["axe-core"]
    assert locked["integrity"].startswith("sha512-")
    assert locked.get("resolved", "https://registry.npmjs.org/").startswith("https://registry.npmjs.org/")
