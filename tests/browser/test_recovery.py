"""Forgotten and found again: the mail comes from the real program over a real SMTP server."""

import re

import pytest
from playwright.sync_api import expect

from .people import EMAIL, PASSWORD, sign_up

pytestmark = pytest.mark.browser
NEW = "four unrelated other words"


def link_in(text):
    return re.search(r"http\S+", text).group()


def test_a_forgotten_password_is_found_again_by_mail(quiet_page, start_program, inbox):
    page = quiet_page
    url = start_program(MAIL_URL=inbox.url, MAIL_FROM="galena@halden.example").url
    sign_up(page, url)
    page.context.clear_cookies()

    page.goto(f"{url}/sign-in")
    page.get_by_role("link", name="Forgot it?").click()
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_text("Check your mail")).to_be_visible()
    link = link_in(inbox.text_about("Set a new password"))
    assert link.startswith(f"{url}/reset-password/")

    page.goto(link)
    expect(page.get_by_text(f"for {EMAIL}")).to_be_visible()
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("Your new password is set")).to_be_visible()
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(NEW)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Mara")
    assert "Was it not you?" in inbox.text_about("Your password was changed")


def test_signing_up_by_mail_goes_on_in_the_same_browser_with_one_click(quiet_page, start_program, inbox):
    page = quiet_page
    url = start_program(MAIL_URL=inbox.url, MAIL_FROM="galena@halden.example").url
    sign_up(page, url)
    page.context.clear_cookies()

    page.goto(f"{url}/sign-up")
    page.get_by_label("Full name").fill("Nora Newcomer")
    page.get_by_label("E-mail").fill("nora@new.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Workspace name").fill("Newcomers")
    page.get_by_role("button", name="Create workspace").click()
    expect(page.get_by_text("Check your mail")).to_be_visible()
    page.goto(link_in(inbox.text_about("Confirm your address to start")))
    page.get_by_role("button", name="Confirm and go on").click()
    page.wait_for_url("**/onboarding/**")
    expect(page.get_by_text("Newcomers").first).to_be_visible()
