"""Two ways to work a page: with the mouse, and with the keyboard alone. A journey is the same by either."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from playwright.sync_api import Locator

MOST_TABS = 400
FOCUSED = "each => each === document.activeElement"


class Hand(Protocol):
    """Presses links and buttons, fills fields, chooses options, hands over a file."""

    name: str

    def press(self, target: Locator) -> None: ...
    def write(self, target: Locator, words: str) -> None: ...
    def choose(self, target: Locator, value: str) -> None: ...
    def hand_over(self, target: Locator, path: Path) -> None: ...


class Mouse:
    """Clicks; types into what was clicked."""

    name = "mouse"

    def press(self, target: Locator) -> None:
        target.click()

    def write(self, target: Locator, words: str) -> None:
        target.click()
        target.fill(words)

    def choose(self, target: Locator, value: str) -> None:
        target.select_option(value)

    def hand_over(self, target: Locator, path: Path) -> None:
        with target.page.expect_file_chooser() as chooser:
            target.click()
        chooser.value.set_files(path)


class Keys:
    """Tab to it, then Enter, letters or arrows. Nothing is clicked, filled or focused by script."""

    name = "keys"

    def press(self, target: Locator) -> None:
        self._reach(target)
        target.page.keyboard.press("Enter")

    def write(self, target: Locator, words: str) -> None:
        self._reach(target)
        target.page.keyboard.press("Control+A")
        target.page.keyboard.insert_text(words)

    def choose(self, target: Locator, value: str) -> None:
        self._reach(target)
        keyboard = target.page.keyboard
        keyboard.press("Home")
        for _ in range(target.locator("option").count()):
            if target.input_value() == value:
                return
            keyboard.press("ArrowDown")
        raise AssertionError(f"no arrow key comes to {value}")

    def hand_over(self, target: Locator, path: Path) -> None:
        self._reach(target)
        with target.page.expect_file_chooser() as chooser:
            target.page.keyboard.press("Enter")
        chooser.value.set_files(path)

    def _reach(self, target: Locator) -> None:
        element = target.element_handle()
        assert element is not None
        for _ in range(MOST_TABS):
            if element.evaluate(FOCUSED):
                return
            target.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never comes to {target}")


HANDS: tuple[Hand, ...] = (Mouse(), Keys())
