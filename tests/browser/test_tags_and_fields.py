"""Tags and custom fields by the keyboard alone, and on a phone."""

import re

import pytest
from playwright.sync_api import expect

from .people import sign_up

pytestmark = pytest.mark.browser


def test_tags_and_custom_fields_are_given_by_the_keyboard_alone(program, after):
    url, page = program.url, after(sign_up)
    page.goto(f"{url}/settings/fields")
    page.get_by_role("link", name="Field", exact=True).press("Enter")
    page.get_by_label("Name").fill("Budget")
    page.get_by_label("Kind").select_option("number")
    page.get_by_label("Kind").press("Enter")
    page.get_by_role("button", name="Add field").press("Enter")
    expect(page.get_by_role("rowheader", name="Budget")).to_be_visible()
    page.goto(f"{url}/leads/new")
    page.get_by_label("First name").fill("Ann")
    page.locator("#tags").fill("Partner")
    page.locator("#tags").press("Enter")
    page.wait_for_url(re.compile(r"/leads/\d+$"))

    tags = page.locator("#lead-tags .tag")
    page.locator("#add-tag").press("Enter")
    expect(page.locator("#tag-name")).to_be_focused()
    page.keyboard.type("Trade fair")
    expect(page.get_by_role("button", name="Create “Trade fair”")).to_be_visible()
    page.keyboard.press("Enter")
    expect(tags).to_have_text(["Partner", "Trade fair"])
    expect(page.locator("#tag-name")).to_be_focused()  # for the next one
    page.keyboard.type("EMEA")
    expect(page.get_by_role("button", name="Create “EMEA”")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(tags).to_have_text(["EMEA", "Partner", "Trade fair"])
    expect(page.locator("#tag-name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#add-tag")).to_be_focused()
    page.get_by_role("button", name="Remove tag Partner").press("Enter")
    expect(tags).to_have_text(["EMEA", "Trade fair"])

    page.get_by_role("link", name="Edit Budget").press("Enter")
    field = page.get_by_role("textbox", name="Budget")
    expect(field).to_be_focused()
    page.keyboard.type("a lot")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="is not a number")).to_be_visible()
    expect(field).to_have_value("a lot")
    field.fill("12,400.5")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Edit Budget")).to_contain_text("12,400.5")
    page.get_by_role("link", name="Edit Budget").press("Enter")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Edit Budget")).to_be_focused()
    expect(page.locator("#timeline")).to_contain_text("changed Budget")

    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_role("button", name="Menu")).to_be_visible()
    page.locator("#add-tag").click()
    expect(page.locator("#tag-name")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
