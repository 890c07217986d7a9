"""To-dos by the keyboard alone, and Home's charts as tables."""

import re

import pytest
from playwright.sync_api import expect

from .people import sign_up

pytestmark = pytest.mark.browser


def test_a_to_do_is_added_put_off_and_finished_by_the_keyboard_and_home_tells_its_charts_as_tables(program, after):
    url, page = program.url, after(sign_up)
    page.goto(f"{url}/leads/new")
    page.get_by_label("First name").fill("Ann")
    page.get_by_label("First name").press("Enter")
    page.wait_for_url(re.compile(r"/leads/\d+$"))

    page.keyboard.press("t")
    title = page.get_by_role("textbox", name="To-do", exact=True)
    expect(title).to_be_focused()
    for words in ("Send the deck", "Call her"):
        title.fill(words)
        title.press("Control+Enter")
        expect(page.locator("#todos")).to_contain_text(words)
        expect(title).to_have_value("")
    title.press("Escape")
    page.locator("#todos").get_by_role("checkbox", name="Done: Call her").press("Space")
    expect(page.locator("#todos")).not_to_contain_text("Call her")
    expect(page.locator("#timeline")).to_contain_text("did a to-do")

    page.goto(f"{url}/todos")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Ann")).to_be_focused()
    row = page.get_by_role("listitem").filter(has_text="Send the deck")
    page.get_by_role("button", name="More for Send the deck").press("Enter")
    expect(page.get_by_role("menuitem", name="Tomorrow")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(row.locator(".when")).to_have_text("Tomorrow")
    page.get_by_role("button", name="Undo").press("Enter")
    expect(row.locator(".when")).to_have_text("No date")

    page.goto(url)
    shown = page.get_by_role("region", name="Activity by day, table")
    expect(shown).to_be_hidden()
    page.locator("summary").filter(has_text="Show as table").first.press("Enter")
    expect(shown.get_by_role("row")).to_have_count(15)
    expect(shown.get_by_role("row").last.get_by_role("cell").last).to_have_text("1")  # Ann is new today
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
