"""How a person gets in, by mouse and keyboard."""

import re
from urllib.parse import urlsplit

PASSWORD = "correct horse battery"
EMAIL = "mara@halden.example"


def sign_up(page, url):
    """Mara makes the first account of an installation and stands on the first page behind it."""
    page.goto(f"{url}/sign-up")
    page.get_by_label("Full name").fill("Mara Lindqvist")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Workspace name").fill("Halden Studio")
    page.get_by_role("button", name="Create workspace").click()
    page.wait_for_url(lambda address: "/sign-up" not in address)


def give_password(page, url, path="/"):
    """Mara asks for `path` and types her password, whatever comes after it."""
    page.goto(url + path)
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: urlsplit(address).path != "/sign-in")


def add_leads(page, url, people, **values):
    """Mara adds a lead for each (first name, company), all with `values`, one after the other."""
    for first, company in people:
        page.goto(f"{url}/leads/new")
        for name, value in {"first_name": first, "company": company, **values}.items():
            page.locator(f"[name={name}]").fill(value)
        page.get_by_role("button", name="Add lead").click()
        page.wait_for_url(re.compile(r"/leads/\d+$"))


def three_leads(page, url):
    """Mara has three new leads of €1,000; Cleo was touched last."""
    sign_up(page, url)
    add_leads(page, url, [("Ann", "Globex"), ("Ben", "Initech"), ("Cleo", "Hooli")], value="1,000")


def sign_out(page):
    page.locator("#user-trigger").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.get_by_text("You are signed out.").wait_for()
