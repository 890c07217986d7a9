"""Score rules by the keyboard alone: tried while they are written, done by the worker, told on the lead's page."""

import re

import pytest
from playwright.sync_api import expect

from .people import sign_up

pytestmark = pytest.mark.browser


def test_a_rule_is_written_by_the_keyboard_tried_and_shows_on_the_lead(program, after):
    url, page = program.url, after(sign_up)
    page.goto(f"{url}/leads/new")
    page.get_by_label("First name").fill("Ann")
    page.get_by_label("Country").fill("Germany")
    page.get_by_label("Country").press("Enter")
    page.wait_for_url(re.compile(r"/leads/\d+$"))
    lead = page.url
    page.locator("#lead-score").get_by_role("link", name="Add some").press("Enter")
    page.get_by_role("button", name="Begin with these rules").press("Enter")
    expect(page.get_by_text("Every lead is scored")).to_be_visible(timeout=20_000)  # without a reload

    page.get_by_role("link", name="Rule", exact=True).press("Enter")
    field, comparison = page.get_by_label("Field"), page.get_by_label("Comparison")
    expect(field).to_be_focused()
    page.keyboard.type("Country")
    expect(field).to_have_value("country")
    expect(comparison).to_contain_text("starts with")  # a text's, not of a field that was passed on the way
    expect(field).to_be_focused()
    page.keyboard.press("Tab")
    expect(comparison).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    expect(comparison).to_have_value("is")
    page.keyboard.press("Tab")
    expect(page.get_by_role("textbox", name="Value")).to_be_focused()
    page.keyboard.type("Germany")
    page.keyboard.press("Tab")
    trial = page.locator("#rule-trial")
    expect(trial).to_contain_text("Of the one lead there is, 1 meets the condition.")
    expect(page.get_by_label("Points")).to_be_focused()
    page.keyboard.type("20")
    page.keyboard.press("Enter")
    expect(page.get_by_role("rowheader", name="Country is Germany")).to_be_visible()

    page.goto(lead)
    reasons = page.locator("#lead-score")
    expect(reasons).to_contain_text("Country is Germany")
    page.get_by_role("link", name="Edit Country").press("Enter")
    page.get_by_role("textbox", name="Country").fill("Peru")
    page.keyboard.press("Enter")
    expect(reasons).not_to_contain_text("Country is Germany")
    expect(reasons).to_contain_text("Last touch in the last 14 days")
