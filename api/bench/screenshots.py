"""`make screenshots`: every page in both themes and languages, and on a telephone, as PNG under `screenshots` of the
var folder.

The scene is that of `api.bench.scene`: the demo's orders, without copies.
"""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import sync_playwright

from api.bench import house, scene
from api.bench.browser import FLAGS, chromium
from api.bench.visits import VISITS, Visit
from api.bench.workbench import LOOKS, Desk
from screening.serving import take_from

WIDE, NARROW = {"width": 1400, "height": 900}, {"width": 320, "height": 800}


def folder() -> Path:
    """`screenshots` in the var folder; made if missing."""
    made = Path(os.environ.get("TAMGA_VAR_DIR", "var")) / "screenshots"
    made.mkdir(parents=True, exist_ok=True)
    return made


def take(desk: Desk, visit: Visit, state: object, into: Path) -> None:
    """The page in every look, and once on a telephone."""
    for look, size in (*((look, WIDE) for look in LOOKS), (("light", "ru"), NARROW)):
        context = desk.context(state, look)
        page = context.new_page()
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.goto(desk.scene.path(visit.path))
        page.screenshot(path=into / f"{visit.name}-{look[1]}-{look[0]}-{size['width']}.png", full_page=True)
        context.close()


def main() -> None:
    """Take them all."""
    path, into = chromium(), folder()
    if path is None:
        raise SystemExit("no Chromium: python -m tests.browser.setup")
    with house.opened() as place, sync_playwright() as playwright:
        take_from(place.model)
        made = scene.settled()
        with place.serving("api.bench.ours:create_app") as port:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            desk = Desk(browser, f"http://127.0.0.1:{port}", made)
            states = {who: desk.signed_in(*who) for who in {(each.kind, each.role) for each in VISITS.values()}}
            for visit in VISITS.values():
                take(desk, visit, states[visit.kind, visit.role], into)
            browser.close()
    print(f"{len(list(into.glob('*.png')))} pictures in {into}")


if __name__ == "__main__":
    main()
