"""A mailbox is connected, tried out and seen well, by keyboard; with scripts and without."""

import pytest
from playwright.sync_api import expect

from tests.campaigns.smtp_servers import mail_server, password_required

from .people import EMAIL, sign_up

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore:Requiring AUTH")]


def tab_to(page, locator):
    """Press Tab until `locator` has the focus."""
    for _ in range(80):
        if locator.evaluate("(it) => it === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way to {locator} by keyboard")


def type_into(page, label, text):
    field = page.get_by_label(label, exact=True)
    tab_to(page, field)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_mailbox_is_connected_by_keyboard_and_sends_a_test(open_browser, start_program, scripts):
    page = open_browser(java_script_enabled=scripts)
    with mail_server(**password_required(EMAIL, "app password")) as inbox:
        url = start_program(FETCH_ALLOW="127.0.0.1/32").url
        sign_up(page, url)
        page.goto(f"{url}/settings/mailboxes")
        for name in ("Connect", "Fastmail"):
            link = page.get_by_role("link", name=name).first
            tab_to(page, link)
            page.keyboard.press("Enter")
            page.wait_for_url("**/new" if name == "Connect" else "**preset=fastmail")
        expect(page.get_by_text("make an app password")).to_be_visible()
        expect(page.get_by_label("SMTP server")).to_have_value("smtp.fastmail.com")
        type_into(page, "E-mail address", EMAIL)
        type_into(page, "App password", "wrong one")
        type_into(page, "SMTP server", "127.0.0.1")
        type_into(page, "SMTP port", inbox.url.rpartition(":")[2])
        tab_to(page, page.get_by_label("SMTP encryption"))
        page.keyboard.type("None")
        connect = page.get_by_role("button", name="Connect mailbox")
        tab_to(page, connect)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=EMAIL)).to_be_visible()
        expect(page.get_by_text("Not tested yet")).to_be_visible()

        test = page.get_by_role("button", name="Send me a test")
        tab_to(page, test)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("refused the user name or password: 535")
        expect(page.get_by_text("Stopped")).to_be_visible()

        page.get_by_role("link", name="Edit").click()
        expect(page.get_by_label("Password", exact=True)).to_have_value("")
        page.get_by_label("Password", exact=True).fill("app password")
        page.get_by_role("button", name="Save changes").click()
        expect(page.get_by_role("heading", name=EMAIL)).to_be_visible()
        page.get_by_role("button", name="Send me a test").click()
        expect(page.get_by_text(f"The test left for {EMAIL}.")).to_be_visible()
        expect(page.get_by_text("Warming up, day 1")).to_be_visible()
        assert "You asked for this test" in inbox.text_about(f"The mailbox {EMAIL} sends")
        page.goto(f"{url}/settings/mailboxes")
        expect(page.get_by_role("row", name=EMAIL)).to_contain_text("Warming up, day 1")
