"""The order's page at work in a real browser: papers tried and ties opened in place, documents, a page grown old."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Enter, House

CUSTOMER = "<b>Herat</b> Omid"


def grown_old(page: Page) -> None:
    """As if the page's timer had run."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_papers_are_tried_in_place_by_keyboard(house: House, enter: Enter) -> None:
    path = house.order("PAPERS-1")
    page = enter("officer")
    page.goto(path)
    page.get_by_text("With your own figures").focus()
    page.keyboard.press("Enter")
    page.fill("#whatif-need", "12 500")
    page.keyboard.press("Enter")
    answer = page.locator("#what-if-answer")
    expect(answer).to_contain_text("12,500 kg a year")
    expect(answer.get_by_role("row")).to_have_count(9)
    assert page.url.endswith(path)
    page.fill("#whatif-need", "plenty")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("is not a mass")


def test_ties_open_and_close_in_place_and_keep_the_focus(house: House, enter: Enter) -> None:
    first = house.order("TIES-1")
    house.order("TIES-2")
    page = enter("officer")
    page.goto(first)
    customer = page.locator("[data-open]").filter(has_text=CUSTOMER)
    customer.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".ties")).to_contain_text("TIES-2")
    expect(customer).to_be_focused()
    expect(customer).to_have_attribute("aria-expanded", "true")
    expect(page.locator("[data-say]")).to_contain_text("Drawn:")
    page.locator("[data-open]").filter(has_text="TIES-2").click()
    expect(page.locator("[data-open][aria-expanded=true]")).to_have_count(2)
    customer.click()
    expect(page.locator(".ties")).not_to_contain_text("TIES-2")
    assert page.url.endswith(first)


def test_ties_open_without_script(house: House, enter: Enter) -> None:
    first = house.order("PLAINTIES-1")
    house.order("PLAINTIES-2")
    page = enter("officer", java_script_enabled=False)
    page.goto(first)
    with page.expect_navigation():
        page.locator("[data-open]").filter(has_text=CUSTOMER).click()
    expect(page.locator(".ties")).to_contain_text("PLAINTIES-2")


def test_a_page_is_told_that_it_is_old_and_that_there_is_no_connection(house: House, enter: Enter) -> None:
    path = house.order("OLD-1")
    officer, supervisor = enter("officer"), enter("supervisor")
    officer.goto(path)
    word = officer.locator("[data-now]")
    grown_old(officer)
    expect(word).to_be_hidden()
    officer.context.set_offline(True)
    expect(word).to_contain_text("No connection")
    officer.context.set_offline(False)
    expect(word).to_be_hidden()
    supervisor.goto(path)
    supervisor.fill("#reason", "called the number in the file")
    supervisor.get_by_role("button", name="Note", exact=True).click()
    expect(supervisor.get_by_role("status").filter(has_text="note written")).to_be_visible()
    officer.fill("#reason", "half a sentence")
    grown_old(officer)
    expect(word).to_contain_text("has moved since you opened it: Note")
    expect(officer.locator("#reason")).to_have_value("half a sentence")
    word.get_by_role("link").click()
    expect(officer.locator(".timeline")).to_contain_text("called the number in the file")


def test_an_answer_asked_for_before_the_connection_went_does_not_hide_that_it_went(house: House, enter: Enter) -> None:
    officer = enter("officer")
    officer.goto(house.order("LATE-1"))
    word = officer.locator("[data-now]")
    officer.evaluate("void (window.fetch = () => new Promise((told) => { window.answer = told; }))")
    grown_old(officer)
    officer.context.set_offline(True)
    expect(word).to_contain_text("No connection")
    officer.evaluate("window.answer({ status: 304 })")
    officer.evaluate("new Promise(requestAnimationFrame)")
    expect(word).to_contain_text("No connection")


def test_a_document_is_added_with_its_hash(house: House, enter: Enter, tmp_path: Path) -> None:
    page = enter("officer")
    page.goto(house.order("PAPER-1"))
    paper = tmp_path / "licence.pdf"
    paper.write_bytes(b"%PDF-1.7 licence")
    page.set_input_files("#paper", paper)
    page.get_by_role("button", name="Add a document").click()
    expect(page.locator("#documents")).to_contain_text("licence.pdf")
    expect(page.locator("#documents .code")).to_have_count(2)


def test_an_assignment_is_taken_back_and_a_draft_brought_back(house: House, enter: Enter) -> None:
    path = house.order("UNDO-1")
    page = enter("officer")
    page.goto(path)
    page.keyboard.press("KeyA")
    expect(page.locator(".bar")).to_contain_text("with Aigul")
    expect(page.locator("[data-left]")).to_contain_text("0:")
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator(".done")).to_contain_text("taken back")
    expect(page.locator(".bar")).not_to_contain_text("with Aigul")
    expect(page.locator(".timeline")).to_contain_text("Assignment taken back")
    page.goto(path)
    page.fill("#reason", "half a sentence")
    page.reload()
    draft = page.locator("[data-draft]")
    expect(page.locator("#reason")).to_have_value("half a sentence")
    expect(draft).to_contain_text("kept in this tab")
    draft.get_by_role("button").click()
    expect(page.locator("#reason")).to_have_value("")
    draft.get_by_role("button", name="Take it back").click()
    expect(page.locator("#reason")).to_have_value("half a sentence")


def test_commands_open_by_keyboard_find_an_order_and_close(house: House, enter: Enter) -> None:
    path = house.order("FIND-1")
    page = enter("officer")
    page.goto("/queue")
    palette = page.get_by_role("dialog", name="Commands")
    page.focus("#search")
    page.keyboard.press("Control+KeyK")
    expect(palette).to_contain_text("Keys: J and K move")
    expect(page.locator("#palette-reference")).to_be_focused()
    page.keyboard.type("jk")  # no key of the page works behind it
    page.keyboard.press("Escape")
    expect(palette).to_be_hidden()
    expect(page.locator("#search")).to_be_focused()
    page.get_by_role("button", name="Commands (Ctrl+K)").click()
    page.fill("#palette-reference", "FIND-1")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith(path)
