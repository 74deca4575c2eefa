"""The officer's day in a real browser: sign in, open, read, decide; by mouse, by keyboard, without script."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Enter, House


def test_by_mouse_from_sign_in_to_decision(house: House, enter: Enter) -> None:
    house.order("MOUSE-1")
    page = enter("officer")
    page.click("text=MOUSE-1")
    expect(page.locator("h1")).to_have_text("MOUSE-1")
    expect(page.get_by_role("heading", name="Facts against limits")).to_be_visible()
    assert page.locator(".reasons li").count() >= 1
    chart = page.locator(".fall")
    expect(chart).to_be_visible()
    bars, rows = chart.locator(".fall-row").count(), page.locator("figure:has(.fall) + .twin tbody tr")
    assert bars >= 3
    page.locator("figure:has(.fall) + .twin summary").click()
    expect(rows).to_have_count(bars)
    page.select_option("#ground", "waiting")
    page.fill("#reason", "Licence asked for")
    page.get_by_role("button", name="Keep hold", exact=True).click()
    expect(page.locator(".done")).to_contain_text("still held")
    expect(page.locator(".timeline")).to_contain_text("Waiting for papers or an answer. Licence asked for")


def test_by_keyboard_from_the_queue_in_at_most_eight_keys(house: House, enter: Enter) -> None:
    house.unscored("KEYS-1")  # a high score takes two people
    page = enter("officer")
    page.goto("/queue?search=KEYS-1")
    keys = ["KeyJ", "Enter", "KeyR", "ArrowDown", "Enter"]
    page.keyboard.press(keys[0])
    with page.expect_navigation():
        page.keyboard.press(keys[1])
    page.keyboard.press(keys[2])
    expect(page.locator("#ground")).to_be_focused()
    expect(page.locator("[data-pending-shown]")).to_contain_text("Release: choose a ground")
    page.keyboard.press(keys[3])
    with page.expect_navigation():
        page.keyboard.press(keys[4])
    expect(page.locator(".bar")).to_contain_text("Released")
    assert len(keys) <= 8


def test_keys_are_places_on_the_keyboard_so_that_a_russian_layout_has_them(house: House, enter: Enter) -> None:
    house.order("LAYOUT-1")
    page = enter("officer")
    page.goto("/queue?search=LAYOUT-1")
    page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {code: 'KeyJ', key: 'о', bubbles: true}))")
    expect(page.locator("table a").first).to_be_focused()


def test_keys_rest_in_fields_and_when_switched_off(house: House, enter: Enter) -> None:
    path = house.order("REST-1")
    page = enter("officer")
    page.goto(path)
    page.click("#reason")
    page.keyboard.type("rhuea jk")
    assert page.input_value("#reason") == "rhuea jk"
    page.keyboard.press("Enter")
    assert page.url.endswith(path)
    page.keyboard.press("Escape")
    page.goto("/queue")
    page.click("text=Switch off")
    page.keyboard.press("KeyJ")
    assert page.evaluate("document.activeElement.tagName") == "BODY"


def test_escape_takes_a_chosen_decision_back(house: House, enter: Enter) -> None:
    path = house.order("ESC-1")
    page = enter("officer")
    page.goto(path)
    page.keyboard.press("KeyE")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.locator("[data-pending-shown]")).to_have_text("")
    page.focus("#reason")
    page.keyboard.press("Enter")
    page.goto(path)
    expect(page.locator(".bar")).to_contain_text("Open")


def test_somebody_else_was_faster(house: House, enter: Enter) -> None:
    path = house.order("RACE-1")
    officer, supervisor = enter("officer"), enter("supervisor")
    officer.goto(path)
    supervisor.goto(path)
    supervisor.fill("#reason", "mine")
    supervisor.get_by_role("button", name="Keep hold", exact=True).click()
    expect(supervisor.locator(".done")).to_contain_text("still held")
    officer.fill("#reason", "seen the licence")
    officer.get_by_role("button", name="Release", exact=True).click()
    expect(officer.get_by_role("alert")).to_contain_text("Somebody changed the case")
    expect(officer.locator("#reason")).to_have_value("seen the licence")
    expect(officer.locator("#refusal")).to_contain_text("still held (Aigul)")


def test_without_script(house: House, enter: Enter) -> None:
    path = house.order("PLAIN-1")
    page = enter("officer", java_script_enabled=False)
    page.goto(path)
    page.fill("#reason", "papers seen")
    page.press("#reason", "Enter")
    page.wait_for_timeout(200)
    assert page.url.endswith(path)
    page.get_by_role("button", name="Refuse", exact=True).click()
    expect(page.locator(".done")).to_contain_text("refused")
    expect(page.locator(".bar")).to_contain_text("The case is closed.")
