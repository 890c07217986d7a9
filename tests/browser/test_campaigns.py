"""What only a browser can show of campaigns' reports: narrowing them in place, the table behind the chart, menus."""

import re
import sqlite3

import pytest
from playwright.sync_api import expect

from .test_accessibility import serious, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def page(demo, open_browser):
    page = open_browser(strict=True)
    sign_in(page, demo)
    return page


def test_recipients_are_narrowed_in_place_and_found_by_keyboard(page, demo):
    page.goto(f"{demo[0]}/campaigns/1")
    rows = page.locator("#recipients tbody tr")
    expect(rows).to_have_count(25)
    name = rows.nth(3).get_by_role("link").first.inner_text()
    page.keyboard.press("/")
    expect(page.get_by_label("Find a recipient")).to_be_focused()
    page.keyboard.type(name, delay=20)
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/campaigns/1\?q="))
    expect(page.get_by_label("Find a recipient")).to_be_focused()
    page.get_by_label("Find a recipient").fill("")
    expect(rows).to_have_count(25)
    page.get_by_role("search", name="Filter recipients").get_by_label("Show").select_option("skipped")
    expect(page).to_have_url(re.compile("state=skipped"))
    expect(rows).to_have_count(1)


def test_the_table_behind_the_chart_stays_open_while_the_page_keeps_itself_up_to_date(page, demo, program):
    with sqlite3.connect(program.folder / "galena.db") as rows:  # somebody waits, and nothing leaves before its start
        far = "2999-01-01 00:00:00.000000"
        rows.execute(f"UPDATE campaign SET state = 'sending', lease_until = '{far}', starts_at = '{far}' WHERE id = 1")
        rows.execute("UPDATE recipient SET state = 'queued' WHERE id = (SELECT min(id) FROM recipient)")
    page.goto(f"{demo[0]}/campaigns/1")
    chart = page.locator("#sent-by-day")
    chart.get_by_text("Show as table").focus()
    page.keyboard.press("Enter")
    expect(chart.get_by_role("table")).to_be_visible()
    for _ in range(2):
        with page.expect_response(re.compile(r"/campaigns/1$")):
            pass
    expect(chart.get_by_role("table")).to_be_visible()
    assert chart.locator("details").get_attribute("open") is not None
    page.get_by_role("button", name="More about this campaign").click()
    with page.expect_response(re.compile(r"/campaigns/1$")):
        pass
    expect(page.get_by_role("menuitem", name="Duplicate")).to_be_visible()
    page.get_by_role("menuitem", name="Stop for good").click()
    expect(page.get_by_text("Stop Autumn introduction for good?")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="Stop for good").click()
    expect(page.locator("#campaign-state").get_by_text("Stopped", exact=True)).to_be_visible()


def test_one_recipient_is_paused_from_the_menu_of_its_row(page, demo, program):
    with sqlite3.connect(program.folder / "galena.db") as rows:
        rows.execute("UPDATE campaign SET state = 'paused' WHERE id = 1")
        rows.execute("UPDATE recipient SET state = 'queued' WHERE id = (SELECT min(id) FROM recipient)")
    page.goto(f"{demo[0]}/campaigns/1?state=queued")
    row = page.locator("#recipients tbody tr").first
    row.get_by_role("button", name=re.compile("Actions for")).click()
    assert serious(page) == []
    page.get_by_role("menuitem", name="Pause", exact=True).click()
    expect(page.get_by_text("This lead gets nothing until you resume it.")).to_be_visible()
    expect(page.locator("#recipients").get_by_text("Nobody is in this state.")).to_be_visible()


def test_what_is_added_up_by_kind_comes_after_the_page(page, demo):
    page.goto(f"{demo[0]}/campaigns/1")
    expect(page.get_by_role("heading", name="By step")).to_be_visible()
    page.locator("#by-step").get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"/mail-log\?campaign=1&step=1"))


def test_a_campaign_is_duplicated_and_archived_from_the_menu_of_its_row(page, demo):
    page.goto(f"{demo[0]}/campaigns")
    menu = page.get_by_role("button", name="Actions for Autumn introduction")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Duplicate")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("menuitem", name="Duplicate").click()
    expect(page).to_have_url(re.compile(r"/campaigns/3/edit$"))
    page.goto(f"{demo[0]}/campaigns")
    page.get_by_role("button", name="Actions for Autumn introduction", exact=True).click()
    page.get_by_role("menuitem", name="Archive").click()
    expect(page.get_by_text("is archived. Its report stays.")).to_be_visible()
    expect(page.get_by_role("link", name="Autumn introduction", exact=True)).to_have_count(0)
    page.get_by_label("State").select_option("archived")
    expect(page.get_by_role("link", name="Autumn introduction", exact=True)).to_be_visible()
    page.get_by_label("Name contains").fill("winter")
    expect(page.get_by_text("No campaign like that")).to_be_visible()
