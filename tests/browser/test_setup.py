"""The set-up of the browser tests says one line and never fails."""

from __future__ import annotations

import subprocess
import sys

from tests.browser import setup


def test_it_says_one_line_and_leaves_well() -> None:
    done = subprocess.run([sys.executable, "-m", "tests.browser.setup"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
    assert ("is there" in done.stdout) == (setup.find() is not None)
