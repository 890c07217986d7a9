"""A team comes together by mail over a real SMTP server, and somebody is taken out of it again."""

import re

import pytest
from playwright.sync_api import expect

from .people import PASSWORD, sign_up

pytestmark = pytest.mark.browser
SUBJECT = "Mara Lindqvist invites you to Halden Studio"


@pytest.fixture
def url(start_program, inbox):
    return start_program(MAIL_URL=inbox.url, MAIL_FROM="galena@halden.example").url


def link_about(inbox, subject):
    link = re.search(r"http\S+", inbox.text_about(subject)).group()
    inbox.mails.clear()
    return link


def invite(page, url, *addresses, role="Member"):
    page.goto(f"{url}/settings/members")
    page.get_by_role("link", name="Invite").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("E-mail addresses").fill("\n".join(addresses))
    dialog.get_by_label("They join as").select_option(role)
    dialog.get_by_role("button", name="Send invitations").click()


def row(page, text):
    return page.get_by_role("row").filter(has_text=text)


def sign_up_by_mail(page, url, inbox):
    """Jonas has an account and a workspace of his own."""
    page.goto(f"{url}/sign-up")
    page.get_by_label("Full name").fill("Jonas Weber")
    page.get_by_label("E-mail").fill("jonas@halden.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Workspace name").fill("Weber and Sons")
    page.get_by_role("button", name="Create workspace").click()
    expect(page.get_by_text("Check your mail")).to_be_visible()
    page.goto(link_about(inbox, "Confirm your address to start"))
    page.get_by_role("button", name="Confirm and go on").click()
    page.wait_for_url("**/onboarding/**")
    page.context.clear_cookies()


def test_a_new_and_an_existing_person_join_and_one_is_removed(url, open_browser, inbox):
    mara, nora, jonas = open_browser(), open_browser(), open_browser()
    sign_up(mara, url)

    invite(mara, url, "nora@halden.example", "nonsense", role="Viewer")
    expect(mara.get_by_text("That is not an e-mail address.").first).to_be_visible()
    mara.get_by_role("dialog").get_by_role("link", name="Close").click()
    expect(row(mara, "nora@halden.example")).to_contain_text("Waiting")
    nora.goto(link_about(inbox, SUBJECT))
    nora.get_by_label("Full name").fill("Nora Newcomer")
    nora.get_by_label("Password").fill(PASSWORD)
    nora.get_by_role("button", name="Create account and join").click()
    expect(nora.get_by_text("Welcome to Halden Studio")).to_be_visible()

    sign_up_by_mail(jonas, url, inbox)
    invite(mara, url, "jonas@halden.example")
    jonas.goto(link_about(inbox, SUBJECT))
    jonas.get_by_role("link", name="Sign in to join").click()
    jonas.get_by_label("E-mail").fill("jonas@halden.example")
    jonas.get_by_label("Password").fill(PASSWORD)
    jonas.get_by_role("button", name="Sign in").click()
    jonas.get_by_role("button", name="Join Halden Studio").click()
    expect(jonas.get_by_text("Welcome to Halden Studio")).to_be_visible()

    mara.goto(f"{url}/settings/members")
    mara.get_by_label("Role of Jonas Weber").select_option("Manager")
    expect(mara.get_by_text("Jonas Weber: manager now")).to_be_visible()
    expect(mara.get_by_label("Role of Nora Newcomer")).to_have_value("viewer")
    jonas.goto(f"{url}/settings/members")
    expect(jonas.get_by_role("link", name="Invite")).to_be_visible()

    mara.get_by_role("button", name="Actions for Jonas Weber").click()
    mara.get_by_role("menuitem", name="Remove").click()
    mara.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(mara.get_by_text("Jonas Weber is removed")).to_be_visible()
    jonas.get_by_role("link", name="Leads", exact=True).click()
    expect(jonas.locator("#workspace-trigger")).to_contain_text("Weber and Sons")


def test_the_owner_hands_over_deletes_and_starts_anew(url, open_browser):
    page = open_browser()
    sign_up(page, url)
    page.goto(f"{url}/settings/workspace")
    page.get_by_label("Letters on the logo").fill("HS")
    page.get_by_label("Time zone").fill("Europe/Oslo")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("All changes saved")).to_be_visible()
    expect(page.locator("#workspace-trigger .tile")).to_have_text("HS")

    page.get_by_role("link", name="Delete").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Workspace name").fill("something else")
    dialog.get_by_role("button", name="Delete for good").click()
    expect(dialog.get_by_text("Type Halden Studio to delete it")).to_be_visible()
    dialog.get_by_label("Workspace name").fill("Halden Studio")
    dialog.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("You are in no workspace")).to_be_visible()
    page.get_by_label("Workspace name").fill("Second try")
    page.get_by_role("button", name="Create workspace").click()
    expect(page.locator("#workspace-trigger")).to_contain_text("Second try")


def test_inviting_and_removing_work_without_script(url, open_browser):
    page = open_browser(java_script_enabled=False)
    sign_up(page, url)
    page.goto(f"{url}/settings/members")
    page.get_by_role("link", name="Invite").click()
    page.get_by_label("E-mail addresses").fill("nora@halden.example")
    page.get_by_role("button", name="Send invitations").click()
    expect(row(page, "nora@halden.example")).to_contain_text("Waiting")
    row(page, "nora@halden.example").get_by_role("menuitem", name="Copy the link").click()
    nora = open_browser(java_script_enabled=False)
    nora.goto(page.locator("#invitation-link").inner_text())
    nora.get_by_label("Full name").fill("Nora Newcomer")
    nora.get_by_label("Password").fill(PASSWORD)
    nora.get_by_role("button", name="Create account and join").click()
    page.get_by_role("link", name="Back to the members").click()
    row(page, "Nora Newcomer").get_by_label("Role of Nora Newcomer").select_option("Viewer")
    row(page, "Nora Newcomer").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nora Newcomer: viewer now")).to_be_visible()
    row(page, "Nora Newcomer").get_by_role("menuitem", name="Remove").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Nora Newcomer is removed")).to_be_visible()
