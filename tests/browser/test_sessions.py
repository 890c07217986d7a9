"""Two browsers of one person: what is done in one holds in the other at its next click."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.people import give_password, sign_up

pytestmark = pytest.mark.browser
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def site(program, after):
    """The address of a program and a page in which Mara is signed in."""
    return program.url, after(sign_up, user_agent=FIREFOX)


def sessions(page):
    return page.locator("#sessions .item")


def test_a_browser_that_is_revoked_from_another_is_out_at_its_next_click(site, open_browser):
    url, page = site
    phone = open_browser(user_agent=IPHONE)
    give_password(phone, url, "/leads/new")
    expect(phone).to_have_url(f"{url}/leads/new")

    page.goto(f"{url}/settings/sessions")
    expect(sessions(page)).to_have_count(2)
    expect(sessions(page).first).to_contain_text("Firefox on Linux This device")
    page.get_by_role("button", name="Revoke Safari on iPhone").click()
    expect(sessions(page)).to_have_count(1)
    expect(page.get_by_text("That browser is signed out.")).to_be_visible()
    expect(page.get_by_role("button", name="Sign out everywhere else")).to_have_count(0)

    phone.get_by_role("button", name="Add lead").click()
    expect(phone).to_have_url(re.compile(r"/sign-in\?next=/leads/new"))
    page.reload()
    expect(sessions(page)).to_have_count(1)


def test_signing_out_everywhere_else_asks_first(site, open_browser):
    url, page = site
    others = [open_browser(user_agent=IPHONE), open_browser()]
    for other in others:
        give_password(other, url)
    page.goto(f"{url}/settings/sessions")
    dialog = page.get_by_role("dialog", name="Sign out everywhere else?")

    page.get_by_role("button", name="Sign out everywhere else").click()
    dialog.get_by_role("button", name="Keep them").click()
    expect(dialog).to_be_hidden()
    expect(sessions(page)).to_have_count(3)

    page.get_by_role("button", name="Sign out everywhere else").click()
    dialog.get_by_role("button", name="Sign out the others").click()
    expect(page.get_by_text("2 other browsers signed out.")).to_be_visible()
    expect(sessions(page)).to_have_count(1)
    for other in others:
        other.reload()
        expect(other).to_have_url(re.compile("/sign-in"))


def test_a_browser_is_revoked_without_scripts_too(site, open_browser):
    url, page = site
    plain = open_browser(java_script_enabled=False)
    give_password(plain, url, "/settings/sessions")
    plain.get_by_role("button", name="Revoke Firefox on Linux").click()
    expect(plain.get_by_text("That browser is signed out.")).to_be_visible()
    page.goto(url)
    expect(page).to_have_url(re.compile("/sign-in"))
