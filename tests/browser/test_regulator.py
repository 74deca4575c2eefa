"""The regulator's way in a real browser, and how the pages look: language, theme, size, paper, focus."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.api.workbench.conftest import SUSPECT
from tests.browser.conftest import Enter, House

BIG_ENOUGH = """() => [...document.querySelectorAll("a, button, input, select, summary")].filter((each) => {
  const box = each.getBoundingClientRect();
  if (box.width === 0 || each.matches(".skip") || each.closest("p:not(.foot p)")) return false;
  return box.height < 24 || box.width < 24;
}).map((each) => each.outerHTML)"""
COVERED = """() => {
  const each = document.activeElement, box = each.getBoundingClientRect();
  const found = document.elementFromPoint(box.left + Math.min(box.width, 40) / 2, box.top + box.height / 2);
  return each === document.body || each.contains(found) ? null : each.outerHTML;
}"""

# Brings the next element to take the focus under the decision bar, where a browser thinks it can be seen.
UNDER_THE_BAR = """() => {
  const next = document.querySelector(".two a, .two summary");
  document.querySelector("[value=take]").focus({preventScroll: true});
  window.scrollBy(0, next.getBoundingClientRect().top - 60);
}"""

# Kazakh, Kyrgyz, Uzbek and Tajik in Cyrillic, Uzbek and Kazakh in Latin, and what Russian names need.
LETTERS = "ӘәҒғҚқҢңӨөҰұҮүҺһІіЎўҲҳҶҷӢӣӮӯЁёЪъʻʼŞşÇçĞğÑñÄäÖöÜü№«»–—×→"
MISSING = "\U0010fffc"
# Letters that the page's fonts draw as they draw what no font has.
UNDRAWN = """(letters) => {
  const paper = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  paper.font = `32px ${getComputedStyle(document.body).fontFamily}`;
  const drawn = (letter) => {
    paper.clearRect(0, 0, 80, 80);
    paper.fillText(letter, 10, 50);
    return paper.getImageData(0, 0, 80, 80).data.join();
  };
  const nothing = [drawn(String.fromCodePoint(0x10fffd)), drawn(" ")];
  return [...letters].filter((letter) => nothing.includes(drawn(letter)));
}"""


def refer(house: House, enter: Enter, reference: str) -> None:
    page = enter("officer")
    page.goto(house.order(reference))
    page.fill("#reason", "beyond the declared need")
    page.get_by_role("button", name="Refer to authority").click()
    expect(page.locator(".bar")).to_contain_text("With the authority")


def test_packet_receipt_and_instruction(house: House, enter: Enter) -> None:
    refer(house, enter, "PACKET-1")
    page = enter("regulator")
    page.click("text=PACKET-1")
    expect(page.get_by_role("heading", name="Why it was referred")).to_be_visible()
    expect(page.locator(".fall")).to_be_visible()
    page.get_by_role("button", name="Acknowledge receipt").click()
    expect(page.locator(".done")).to_contain_text("receipt given")
    page.select_option("#kind", "refuse")
    page.fill("#text", "Do not ship.")
    page.get_by_role("button", name="Send instruction").click()
    expect(page.locator(".instruction")).to_contain_text("Do not ship.")
    with page.expect_download() as download:
        page.click("text=Packet as JSON")
    assert download.value.failure() is None
    officer = enter("officer")
    officer.goto("/queue?state=closed&search=PACKET-1")
    officer.click("text=PACKET-1")
    expect(officer.locator(".timeline")).to_contain_text("Instruction of the authority: Refuse")
    expect(officer.locator(".bar")).to_contain_text("Refused")


def test_language_and_theme_are_switched_on_the_page(house: House, enter: Enter) -> None:
    path = house.order("LOOK-1")
    page = enter("officer")
    page.goto(path)
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("text=Русский")
    assert page.url.endswith(path)
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    expect(page.get_by_role("heading", name="Факты и пределы")).to_be_visible()
    page.click("text=Тёмная тема")
    assert page.url.endswith(path)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (light, dark) == ("rgb(244, 246, 246)", "rgb(15, 24, 25)")
    page.click("text=Светлая тема")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light


WIDTHS = (320, 640, 1280)  # a small telephone and 400 % zoom, 200 % zoom of a common screen, that screen


@pytest.mark.parametrize("language", ["en", "ru"])
def test_nothing_is_lost_at_any_width_and_targets_are_big_enough(house: House, enter: Enter, language: str) -> None:
    pages = [("officer", ("/queue", house.order(f"WIDTH-{language}"), "/nothing")), ("regulator", ("/inbox",))]
    for role, paths in pages:
        page = enter(role)
        for path in paths:
            page.goto(f"/choose/language/{language}?back={path}")
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
                assert page.evaluate(BIG_ENOUGH) == [], (path, width)


def test_the_focus_is_never_under_the_decision_bar(house: House, enter: Enter) -> None:
    path = house.order(
        "FOCUS-1", lines=[*SUSPECT["lines"], *({"name": f"Acetone {n}", "quantity": "5"} for n in range(30))]
    )
    page = enter("officer", viewport={"width": 1280, "height": 760})
    page.goto(path)
    assert page.evaluate("getComputedStyle(document.querySelector('.bar')).position") == "sticky"
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    seen = set()
    for key in ["Tab"] * 20 + ["Shift+Tab"] * 20:
        page.keyboard.press(key)
        assert page.evaluate(COVERED) is None
        seen.add(page.evaluate("document.activeElement.outerHTML.slice(0, 60)"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert outline != "0px"
    assert len(seen) >= 12
    page.evaluate(UNDER_THE_BAR)
    assert page.evaluate(COVERED.replace("document.activeElement", "document.querySelector('.two a, .two summary')"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.two') !== null")
    assert page.evaluate(COVERED) is None


def test_paper_is_light_and_shows_the_table(house: House, enter: Enter) -> None:
    page = enter("officer")
    page.goto(f"/choose/theme/dark?back={house.order('PAPER-1')}")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(22, 41, 44)"
    assert [each for each in page.locator("form, button, a[download]").all() if each.is_visible()] == []
    expect(page.locator(".twin td").first).to_be_visible()
    assert page.locator("figure:has(.fall) + .twin table").bounding_box()["height"] > 100  # type: ignore[index]


def test_every_letter_of_the_region_is_drawn(enter: Enter) -> None:
    page = enter(None)
    page.goto("/sign-in")
    assert page.evaluate(UNDRAWN, LETTERS + MISSING) == [MISSING]


def test_motion_stops_for_those_who_ask(enter: Enter) -> None:
    page = enter("officer", reduced_motion="reduce")
    assert page.evaluate("getComputedStyle(document.querySelector('button')).transitionDuration") == "0s"


def test_a_visitor_returns_to_where_they_were_going(house: House, enter: Enter) -> None:
    path = house.order("RETURN-1")
    page = enter(None)
    page.goto(path)
    assert re.search(r"/sign-in\?next=", page.url)
    page.fill("#email", house.people["officer"])
    page.fill("#password", "wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#email")).to_have_value(house.people["officer"])
    page.fill("#password", "correct horse battery")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{path}")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
