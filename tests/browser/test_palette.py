"""What only a browser can show of the command palette: keys, focus, what is announced, answers that come late."""

import re

import pytest
from playwright.sync_api import expect

from .people import add_leads, sign_up
from .test_accessibility import serious

pytestmark = pytest.mark.browser


def three_companies(page, url):
    """Mara has three leads, of which Ann was opened first."""
    sign_up(page, url)
    add_leads(page, url, [("Ann", "Globex"), ("Ben", "Grafana Labs"), ("Cleo", "Grand Hotel")])


@pytest.fixture
def site(program, after):
    """A page signed in to a program with three leads, and its address."""
    return after(three_companies, strict=True), program.url


def chosen(page):
    """The option that the field says is active."""
    return page.locator("#palette [role=option][aria-selected=true]")


def test_the_palette_is_used_by_keyboard_alone(site):
    page, url = site
    page.goto(f"{url}/leads/board")
    page.get_by_role("link", name="Import leads").focus()
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search leads, companies and commands")
    expect(field).to_be_focused()
    expect(page.locator("#palette [role=option]").nth(1)).to_contain_text("Ben")  # Cleo was opened after him
    expect(chosen(page)).to_contain_text("Cleo")
    assert serious(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate(
        "document.activeElement === document.body || document.activeElement.closest('#palette') !== null"
    )
    field.focus()
    page.keyboard.type("gra", delay=20)
    expect(page.locator("#palette [data-text=gra][data-said=heard]")).to_have_text("2 leads")  # the answer to all of it
    page.keyboard.press("ArrowDown")
    expect(chosen(page)).to_contain_text("Ben")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(chosen(page)).to_contain_text("All leads with “gra”")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Import leads")).to_be_focused()

    page.keyboard.press("Control+k")
    page.keyboard.type("grafna")
    page.keyboard.press("Enter")  # before the answer is there: it waits for it
    expect(page.get_by_role("heading", level=1)).to_have_text("Ben")

    page.keyboard.press("g")
    page.keyboard.press("l")
    expect(page).to_have_url(f"{url}/leads/board")
    page.keyboard.press("Control+k")
    page.keyboard.type("dark th")
    expect(chosen(page)).to_contain_text("Dark theme")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_class(re.compile("dark"))
    expect(page.locator("#palette")).not_to_be_visible()


def test_an_answer_that_comes_late_is_never_shown(site):
    page, url = site
    page.goto(f"{url}/leads/board")
    held = []
    page.route("**/search?q=gra&**", lambda route: held.append(route))
    page.get_by_role("link", name="Search", exact=False).first.click()
    page.keyboard.type("gra", delay=20)
    while not held:
        page.wait_for_timeout(20)
    page.keyboard.type("nd", delay=20)
    expect(page.locator("#palette [role=option]").first).to_contain_text("Cleo")
    expect(page.locator("#palette [role=option]")).to_have_count(2)
    held[0].continue_()
    page.wait_for_load_state("networkidle")
    expect(page.locator("#palette [role=option]")).to_have_count(2)
    page.locator("#palette [role=option]").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cleo")
