"""A sequence written by the keyboard alone: steps, a version, a field, a condition, formatted text, another order."""

import re

import pytest
from playwright.sync_api import expect

from .test_accessibility import serious, show_theme, sign_in

pytestmark = pytest.mark.browser
SLOW = 15_000


def choose(page, menu, item):
    """Open a menu and choose an item of it."""
    page.locator(f"#{menu}-trigger").press("Enter")
    expect(page.locator(f"#{menu}-menu")).to_be_visible()
    for _ in range(30):
        page.keyboard.press("ArrowDown")
        active = page.locator(f"#{menu}-menu .active, #{menu}-menu [role=menuitem]:focus")
        if active.count() and re.search(item, active.first.inner_text()):
            break
    page.keyboard.press("Enter")


def saved(page):
    return page.expect_response(lambda answer: answer.url.endswith("/campaigns/save") and answer.ok)


def test_a_sequence_is_written_and_put_in_order_by_the_keyboard(open_browser, demo):
    page = open_browser(strict=True)
    sign_in(page, demo)
    page.goto(f"{demo[0]}/campaigns/new")
    page.get_by_label("Name", exact=True).fill("By hand")
    page.get_by_label("Subject").fill("A question")
    message = page.get_by_role("textbox", name="Message")
    message.focus()
    page.keyboard.type("Hi ")
    page.keyboard.type("{")
    expect(page.locator("#insert-field-menu")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(message).to_have_value("Hi {{first_name}}")
    expect(message).to_be_focused()
    page.keyboard.type(",\n")
    page.keyboard.type("{{city}} ")
    expect(message).to_have_value("Hi {{first_name}},\n{{city}} ")
    choose(page, "insert-condition", "company")
    expect(message).to_be_focused()
    with saved(page):
        page.keyboard.type("How is {{{{company}}?".replace("{{{{", "{{"))
    expect(message).to_have_value("Hi {{first_name}},\n{{city}} {{#if company}}How is {{company}}?{{/if}}")
    expect(page.frame_locator("iframe").get_by_text("How is")).to_be_visible(timeout=SLOW)
    page.locator("#as-phone").press("Enter")
    expect(page.locator(".mail-frame")).to_have_attribute("data-width", "phone")
    assert page.locator("iframe").bounding_box()["width"] <= 320

    choose(page, "step-menu", "Add a version")
    expect(page.get_by_role("button", name="Version B")).to_have_attribute("aria-current", "true")
    page.get_by_label("Subject").fill("Another question")
    choose(page, "add-step", "Follow-up")
    expect(page.get_by_role("heading", name="Day 3, follow-up")).to_be_visible()
    page.get_by_role("textbox", name="Message").fill("Any news?")
    choose(page, "add-step", "Call")
    expect(page.get_by_role("heading", name="Day 6, call")).to_be_visible()
    page.get_by_label("To do").fill("Ring them")

    page.locator(".step").nth(2).focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".step").nth(1)).to_contain_text("Ring them")
    expect(page.locator(".step").nth(1)).to_be_focused()
    page.get_by_role("button", name="Move step 2 down").press("Enter")
    expect(page.locator(".step").nth(2)).to_contain_text("Ring them")

    page.locator(".step").first.press("Enter")
    page.get_by_role("button", name="Version B").press("Enter")
    expect(page.get_by_label("Subject")).to_have_value("Another question")
    assert serious(page) == []


def test_formatted_text_is_written_with_trix_under_the_content_security_policy(open_browser, demo):
    page = open_browser(strict=True, reduced_motion="reduce")
    sign_in(page, demo)
    page.goto(f"{demo[0]}/campaigns/2/edit")
    choose(page, "step-menu", "Format the text")
    editor = page.locator("trix-editor")
    expect(editor).to_be_visible()
    editor.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("Hi ")
    page.keyboard.type("{")
    expect(page.locator("#insert-field-menu")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(editor).to_have_text("Hi {{first_name}}")
    with saved(page):
        page.keyboard.type(", ")
    page.keyboard.press("Control+b")
    with saved(page):
        page.keyboard.type("bold")
    expect(page.locator("#body")).to_have_value(
        re.compile(r"<p>Hi {{first_name}},(?: |&nbsp;)<strong>bold</strong></p>")
    )
    frame = page.frame_locator("iframe")
    expect(frame.locator("strong")).to_have_text("bold", timeout=SLOW)
    for theme in ("dark", "light"):
        show_theme(page, theme)
        assert serious(page) == []
    page.reload()
    expect(page.locator("trix-editor strong")).to_have_text("bold")
    page.set_input_files("#file", {"name": "one page.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"})
    expect(page.get_by_role("button", name="Remove one page.pdf")).to_be_visible()
