"""What only a browser can show of board, table and lead: dragging, keys, swaps in place, history."""

import re

import pytest
from playwright.sync_api import expect

from .people import three_leads

pytestmark = pytest.mark.browser


@pytest.fixture
def site(program, after):
    """A page signed in to a program with three leads, and its address."""
    return after(three_leads, strict=True), program.url


def card(page, company):
    return page.locator("[data-card]", has_text=company)


def test_search_as_you_type_keeps_the_address_and_history_whole(site):
    page, url = site
    page.goto(f"{url}/leads/board")
    page.keyboard.press("/")
    page.keyboard.type("hool", delay=30)
    expect(page.locator("[data-card]")).to_have_count(1)
    expect(page).to_have_url(f"{url}/leads/board?q=hool")
    card(page, "Hooli").get_by_role("link", name="Hooli", exact=True).click()
    expect(page).to_have_url(re.compile("q=hool"))
    page.go_back()
    expect(page.locator("[data-card]")).to_have_count(1)
    expect(page.get_by_label("Search leads", exact=True)).to_have_value("hool")
    page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cleo")

    page.goto(f"{url}/leads")
    page.get_by_label("Search leads", exact=True).fill("globex")
    expect(page.locator("tr[data-row]")).to_have_count(1)
    expect(page.locator("#lead-tabs .count")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/leads\?q=globex"))
    page.get_by_role("link", name="Company").click()
    expect(page.get_by_role("columnheader", name="Company")).to_have_attribute("aria-sort", "ascending")
    page.go_back()
    expect(page.get_by_label("Search leads", exact=True)).to_have_value("globex")


def test_the_table_changes_stages_alone_and_in_bulk_and_takes_back(site):
    page, url = site
    page.goto(f"{url}/leads?sort=name")
    page.get_by_label("Stage of Ann").select_option("replied")
    bar = page.get_by_role("form", name="Actions for selected leads")
    expect(bar).to_be_hidden()
    page.get_by_label("Select Ann").check()
    page.get_by_label("Select Cleo").check()
    expect(bar).to_contain_text("2 selected")
    bar.get_by_role("button", name="Set stage").click()
    page.get_by_role("button", name="Converted").click()
    expect(bar).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("2 leads put back")).to_be_visible()
    expect(page).to_have_url(f"{url}/leads?sort=name")
    page.get_by_label(re.compile("Select all")).check()
    bar.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete 3 leads").click()
    expect(page.get_by_text("No leads yet")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("tr[data-row]")).to_have_count(3)


def test_a_lead_is_edited_in_place_noted_moved_and_deleted(site):
    page, url = site
    page.goto(f"{url}/leads?sort=name")
    page.get_by_role("link", name="Ann", exact=True).click()
    page.locator("#edit-title").click()
    field = page.get_by_label("Title", exact=True)
    expect(field).to_be_focused()
    field.fill("Typed in vain")
    page.keyboard.press("Escape")
    expect(page.locator("#fact-title")).to_contain_text("Add title")
    page.locator("#edit-title").click()
    field.fill("Head of Steel")
    page.keyboard.press("Enter")
    expect(page.locator("#lead-head")).to_contain_text("Head of Steel at Globex")
    expect(page.locator("#timeline")).to_contain_text("changed title")
    expect(page.locator("#edit-title")).to_be_focused()
    page.locator("#edit-owner").click()
    page.get_by_label("Owner", exact=True).select_option("")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#fact-owner .edit")).to_contain_text("Nobody")
    page.get_by_role("textbox", name="Note").fill("Met <b>her</b>\nat the fair")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline .written")).to_have_text("Met <b>her</b>\nat the fair")
    expect(page.get_by_role("textbox", name="Note")).to_have_value("")
    page.get_by_role("button", name="Replied").click()
    expect(page.locator("[aria-current=step]")).to_contain_text("Replied")
    page.get_by_role("link", name="Mail", exact=True).click()
    expect(page.get_by_text("No mail yet")).to_be_visible()
    page.get_by_role("link", name="Next lead").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ben")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Delete lead").click()
    expect(page.get_by_text("Ben deleted")).to_be_visible()
    expect(page.locator("tr[data-row]")).to_have_count(2)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ben")


def test_what_is_done_while_an_answer_is_on_its_way_stays_and_shows(site):
    page, url = site
    held, moves = [], re.compile(r"/leads/\d+/(stage|step)")
    page.route(moves, lambda route: held.append(route))
    page.goto(f"{url}/leads?sort=name")
    row = page.locator("tr[data-row]").first
    row.evaluate("row => { row.dataset.former = '' }")
    with page.expect_request(moves):
        page.get_by_label("Stage of Ann").select_option("replied")
    page.get_by_label("Select Ann").check()
    held.pop().continue_()
    expect(page.locator("[data-former]")).to_have_count(0)
    expect(page.get_by_role("form", name="Actions for selected leads")).to_contain_text("1 selected")

    row.get_by_role("link", name="Ann", exact=True).click()
    with page.expect_request(moves):
        page.get_by_role("button", name="Converted").click()
    page.locator("#edit-title").click()
    page.get_by_label("Title", exact=True).fill("Head of Steel")
    page.keyboard.press("Enter")
    expect(page.locator("#lead-head")).to_contain_text("Head of Steel")
    held.pop().continue_()
    expect(page.locator("[aria-current=step]")).to_contain_text("Converted")


def test_everything_works_without_javascript(site, chromium):
    page, url = site
    state = page.context.storage_state()
    with chromium.new_context(storage_state=state, java_script_enabled=False) as context:
        plain = context.new_page()
        plain.goto(f"{url}/leads/board")
        card(plain, "Globex").get_by_role("link", name="Move or assign Ann").click()
        plain.get_by_label("Stage of Ann").select_option("lost")
        plain.get_by_role("button", name="Move").click()
        expect(plain.locator("[data-lane=lost]")).to_contain_text("Globex")
        plain.goto(f"{url}/leads?sort=name")
        plain.get_by_role("link", name="Ann", exact=True).click()
        plain.locator("#edit-city").click()
        plain.get_by_label("City").fill("Rome")
        plain.get_by_role("button", name="Save").click()
        expect(plain.locator("#fact-city")).to_contain_text("Rome")
        plain.get_by_role("textbox", name="Note").fill("Written by hand")
        plain.get_by_role("button", name="Add note").click()
        expect(plain.locator("#timeline")).to_contain_text("Written by hand")
