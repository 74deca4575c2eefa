"""`python -m tests.browser.setup`: see to it that Debian's Chromium and axe-core are there for the browser tests.

Chromium is installed by apt-get when it is missing and the user is root or has sudo without a password; axe-core by
npm, after its lock. Prints one line about what it did and never fails: without them the browser tests skip and say so.
"""

from __future__ import annotations

import os
import shutil
import subprocess

from api.bench.browser import chromium, put_axe

QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
PATIENCE_SECONDS = 240


def rights() -> list[str] | None:
    """What has to stand before a command of the administrator; None where the user may not."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and _run(["sudo", "-n", "true"], 10):
        return ["sudo", "-n"]
    return None


def install() -> str:
    """Install Chromium where it is missing; returns the line to print."""
    present = chromium()
    if present:
        return f"Browser tests: {present} is there."
    before = rights()
    if before is None or not shutil.which("apt-get"):
        return "Browser tests will be skipped: no Chromium, and it cannot be installed here (needs apt-get and root)."
    env = [*before, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
    _run([*env, "update"], PATIENCE_SECONDS)
    _run([*env, "install", "--no-install-recommends", "chromium", "fonts-dejavu-core"], PATIENCE_SECONDS)
    made = chromium()
    return f"Browser tests: installed {made}." if made else "Browser tests will be skipped: apt-get gave no Chromium."


def _run(command: list[str], seconds: int) -> bool:
    try:
        return subprocess.run(command, timeout=seconds, check=False, **QUIET).returncode == 0  # type: ignore[call-overload]
    except (OSError, subprocess.TimeoutExpired):
        return False


if __name__ == "__main__":
    line = install()
    print(line if put_axe() else f"{line} axe-core could not be put in place: npm ci in tests/browser failed.")
