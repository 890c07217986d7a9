"""The table as somebody works in it: by the keyboard alone, by mouse, and without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from .test_accessibility import serious, show_theme, sign_in

pytestmark = pytest.mark.browser
URL = re.compile(r"/leads/\d+")


def rows(page):
    return page.locator("tr[data-row]")


def is_right_in_both_themes(page):
    """axe finds nothing in what stands there now, in either theme."""
    for theme in ("dark", "light"):
        show_theme(page, theme)
        assert serious(page) == []


def test_rows_are_walked_ticked_changed_and_peeked_at_by_the_keyboard_alone(open_browser, demo):
    page, press = open_browser(), None
    press = page.keyboard.press
    sign_in(page, demo)
    page.goto(f"{demo[0]}/leads?sort=name")
    names = [rows(page).nth(number).locator(".row-link") for number in range(4)]
    first, second, third, _ = names
    press("j")
    expect(first).to_be_focused()
    press("j")
    press("k")
    press("x")
    press("j")
    press("j")
    press("Shift+X")
    expect(page.locator("#bulk .count")).to_contain_text("3 selected")
    press("Escape")
    expect(page.locator("#bulk")).to_be_hidden()

    stage = rows(page).nth(2).locator("select[name=stage]")
    press("s")
    expect(stage).to_be_focused()
    stage.select_option("converted")
    expect(rows(page).nth(2).locator("[data-stage=converted]")).to_have_count(1)
    expect(third).to_be_focused()
    press("a")
    owner = page.get_by_label(re.compile("^Owner of"))
    expect(owner).to_be_focused()
    press("Escape")
    expect(third).to_be_focused()
    press("e")
    todo = page.get_by_label(re.compile("^Next to-do of"))
    expect(todo).to_be_focused()
    press("j")
    press("Control+A")
    press("Delete")
    press("Enter")
    expect(page.get_by_text("Say what has to be done.")).to_be_visible()
    expect(todo).to_be_focused()
    page.keyboard.type("Send the offer")
    press("Enter")
    due = rows(page).nth(2).locator(".due")  # what is overdue says for how long, and its name on hovering
    expect(due.and_(page.get_by_title("Send the offer")).or_(due.get_by_text("Send the offer"))).to_be_visible()
    expect(third).to_be_focused()

    press("Space")
    title = page.locator("#peek-title")
    expect(title).to_have_text(third.inner_text())
    expect(title).to_be_focused()
    is_right_in_both_themes(page)
    press("k")
    expect(title).to_have_text(second.inner_text())
    press("x")
    expect(rows(page).nth(1).locator(".row-check")).to_be_checked()
    press("Escape")
    expect(page.locator("#peek")).to_be_hidden()
    expect(second).to_be_focused()
    press("?")
    sheet = page.get_by_role("dialog", name="Shortcuts")
    expect(sheet).to_contain_text("Peek at the lead")
    press("j")
    press("Escape")
    expect(second).to_be_focused()
    press("/")
    page.keyboard.type("x?sea")
    expect(sheet).to_be_hidden()
    press("Escape")
    page.goto(f"{demo[0]}/leads?sort=name")
    press("j")
    press("Enter")
    page.wait_for_url(URL)
    press("g")
    press("l")
    page.wait_for_url(re.compile("/leads/board"))


def test_a_list_is_narrowed_kept_as_a_view_and_changed_as_a_whole(open_browser, demo):
    page = open_browser()
    sign_in(page, demo)
    page.goto(f"{demo[0]}/leads?rows=25")
    page.get_by_role("link", name="Filter F").click()
    page.get_by_label("Field", exact=True).select_option("stage")
    page.get_by_label("New", exact=True).check()
    is_right_in_both_themes(page)
    page.get_by_role("button", name="Add filter").click()
    chips = page.locator("#filters .chip a[aria-label^=Remove]")
    expect(chips).to_have_count(1)
    page.get_by_role("link", name="Filter F").click()
    page.get_by_label("Field", exact=True).select_option("city")
    page.get_by_label("Comparison").select_option("filled")
    page.get_by_role("button", name="Add filter").click()
    expect(chips).to_have_count(2)
    line = page.locator("form.toolbar")
    assert line.bounding_box()["height"] < 60  # one line, with two chips
    expect(page.locator("#lead-tabs .count")).to_have_count(0)
    page.get_by_role("link", name="Save view").click()
    page.get_by_label("Name", exact=True).fill("New with a city")
    page.get_by_role("button", name=re.compile("Save")).click()
    tab = page.get_by_role("link", name=re.compile("^New with a city"))
    expect(tab.locator(".count")).to_be_visible()
    many = tab.locator(".count").inner_text()
    page.get_by_label("Remove filter City").click()
    expect(tab.locator(".count")).to_have_count(0)
    page.get_by_role("link", name="Reset").click()
    expect(tab.locator(".count")).to_have_text(many)

    bar = page.get_by_role("form", name="Actions for selected leads")
    rows(page).nth(0).locator(".row-check").check()
    rows(page).nth(2).locator(".row-check").click(modifiers=["Shift"])
    expect(bar).to_contain_text("3 selected")
    is_right_in_both_themes(page)
    bar.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_label("Tag", exact=True).fill("Nobody has it")
    page.get_by_role("button", name="Remove tag").click()
    expect(page.get_by_text("There is no tag Nobody has it.")).to_be_visible()
    page.get_by_role("button", name="Add tag").click()
    expect(page.get_by_text("3 leads tagged Nobody has it")).to_be_visible()
    expect(bar).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("3 leads put back")).to_be_visible()

    rows(page).nth(0).locator(".row-check").check()
    bar.get_by_label(f"Select all {many}").check()
    expect(bar).to_contain_text(f"All {many} selected")
    bar.get_by_role("button", name="Set stage").click()
    page.get_by_role("button", name="Replied").click()
    expect(page.get_by_text(f"{many} leads moved to Replied")).to_be_visible()
    expect(rows(page)).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text(f"{many} leads put back")).to_be_visible()
    expect(rows(page)).to_have_count(25)
    page.get_by_role("link", name="Columns").click()
    is_right_in_both_themes(page)


def test_the_table_is_worked_in_without_javascript(open_browser, demo):
    page = open_browser(java_script_enabled=False)
    sign_in(page, demo)
    page.goto(f"{demo[0]}/leads?sort=name&rows=25")
    names = [rows(page).nth(number).locator(".row-link").inner_text() for number in range(2)]
    for name in names:
        page.get_by_label(f"Select {name}").check()
    bar = page.locator("#bulk")
    bar.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_label("Tag", exact=True).fill("By hand")
    page.get_by_role("button", name="Add tag").click()
    expect(page.get_by_text("2 leads tagged By hand")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("2 leads put back")).to_be_visible()
    bar.get_by_role("button", name="Assign").click()
    expect(page.get_by_text("Tick at least one lead first.")).to_be_visible()
    page.get_by_label(f"Select {names[0]}").check()
    bar.get_by_role("button", name="Add to campaign").click()
    page.get_by_role("button", name="New campaign").click()
    expect(page.locator("#audience-count")).to_contain_text("1 lead")
    page.goto(f"{demo[0]}/leads?sort=name&rows=25&f=stage.is.new")
    page.locator("[id$=-due] > .edit").first.click()
    page.get_by_label(re.compile("^Next to-do of")).fill("Call by hand")
    page.get_by_role("button", name="Save").click()
    expect(rows(page).first).to_contain_text("Call by hand")
    page.get_by_label("Select all of").or_(page.locator(".check-every")).first.check()
    bar.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name=re.compile("Delete all")).click()
    expect(page.get_by_text("No lead is in New right now")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(rows(page)).to_have_count(25)
    page.locator("[data-peek]").first.click()
    page.wait_for_url(URL)
