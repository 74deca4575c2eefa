"""`make screenshots`: every page in both themes and languages as PNG under `screenshots` of the var folder.

Beside that each page on a telephone and at 200 % zoom, a report as it is printed, and pages that tell of nothing or of
a fault. The scene is that of `api.bench.scene`: the demo's orders, without copies. Everybody signs in once.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, sync_playwright

from api.bench import house, scene
from api.bench.browser import FLAGS, chromium
from api.bench.model_objects import looks
from api.bench.visits import VISITS, Kind, Visit
from api.bench.workbench import LOOKS, Desk
from screening import database
from screening.serving import take_from

WIDE, NARROW, ZOOMED = (1400, 900), (320, 800), (640, 400)  # the last is a screen of 1280 pixels at 200 %


@dataclass(frozen=True)
class View:
    """How a page is looked at: theme and language, the window's size, on screen or on paper."""

    look: tuple[str, str]
    size: tuple[int, int] = WIDE
    media: Literal["screen", "print"] = "screen"

    @property
    def name(self) -> str:
        """The end of a file's name."""
        theme, language = self.look
        return f"{language}-{theme}-{'print' if self.media == 'print' else self.size[0]}"


VIEWS = (*(View(look) for look in LOOKS), View(("light", "ru"), NARROW), View(("light", "ru"), ZOOMED))
PAPER = View(("dark", "ru"), (794, 1123), "print")
ON_PAPER = frozenset({"/inbox/{referral_id}", "/orders/{order_id}"})
# What no route shows by itself: nothing found, no right, no page.
BESIDE: dict[str, Visit] = {
    "nothing-found": Visit("company", "officer", "/queue?search=nothing"),
    "no-orders": Visit("company", "integration", "/my-orders?search=nothing"),
    "no-page": Visit("company", "officer", "/no/such/page"),
    "no-right": Visit("company", "integration", "/queue"),
    "model-beside": Visit("operator", "data_scientist", "/models/{model}"),
    "policy-tried": Visit("operator", "data_scientist", "/policy?band.high=refuse&band.elevated=release"),
    "record-of-one": Visit("company", "auditor", "/record?subject={order}"),
}


def folder() -> Path:
    """`screenshots` in the var folder, empty."""
    made = Path(os.environ.get("TAMGA_VAR_DIR", "var")) / "screenshots"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    return made


def shots() -> Iterator[tuple[tuple[Kind, str | None], str, Visit, tuple[View, ...]]]:
    """(who, name, visit, views) of every page, the pages of one person together."""
    found = [(visit.name, visit, (*VIEWS, *((PAPER,) if route in ON_PAPER else ()))) for route, visit in VISITS.items()]
    found += [(name, visit, VIEWS[:5]) for name, visit in BESIDE.items()]
    for name, visit, views in sorted(found, key=lambda each: (each[1].kind, each[1].role or "")):
        yield (visit.kind, visit.role), name, visit, views


def take(page: Page, path: str, view: View, into: Path) -> None:
    """One picture, the whole page of it."""
    url = page.evaluate("location.origin")
    named = zip(("tamga_theme", "tamga_language"), view.look, strict=True)
    page.context.add_cookies([{"name": name, "value": value, "url": url} for name, value in named])
    page.set_viewport_size({"width": view.size[0], "height": view.size[1]})
    page.emulate_media(media=view.media)
    page.goto(path)
    page.screenshot(path=into, full_page=True)


def main() -> None:
    """Take them all."""
    path, into = chromium(), folder()
    if path is None:
        raise SystemExit("no Chromium: python -m tests.browser.setup")
    with house.opened() as place, sync_playwright() as playwright:
        take_from(place.model)
        made = scene.settled()
        with place.serving("api.bench.ours:create_app") as port:
            with database.session() as session:
                looks(session)
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            desk = Desk(browser, f"http://127.0.0.1:{port}", made)
            for who, theirs in groupby(shots(), key=lambda each: each[0]):
                context = desk.context(desk.signed_in(*who))
                page = context.new_page()
                page.goto("/sign-in")
                for _, name, visit, views in theirs:
                    for view in views:
                        take(page, made.path(visit.path), view, into / f"{name}-{view.name}.png")
                context.close()
            browser.close()
    print(f"{len(list(into.glob('*.png')))} screenshots under {into}")


if __name__ == "__main__":
    main()
