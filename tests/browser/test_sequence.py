"""A sequence of two steps and two versions, from the first word to the report: rehearsed, started, paused in the middle
of a mail, resumed, and ended for somebody who replied.
"""

import re
import sqlite3

import pytest
from playwright.sync_api import expect

from .people import EMAIL, add_leads, sign_up
from .test_campaign_editor import choose

pytestmark = pytest.mark.browser
SLOW = 30_000  # ms for what a background job does
PEOPLE = [("Ann", "Globex"), ("Ben", "Initech"), ("Cleo", "Hooli"), ("Dora", "Umbrella"), ("Emil", "Vandelay")]


def write(page, url):
    page.goto(f"{url}/campaigns/new")
    page.get_by_label("Name", exact=True).fill("Autumn introduction")
    page.get_by_label("Subject").fill("A question about {{company}}")
    page.get_by_role("textbox", name="Message").fill("Hi {{first_name|there}}, would a short call help?")
    choose(page, "step-menu", "Add a version")
    expect(page.get_by_role("button", name="Version B")).to_have_attribute("aria-current", "true")
    page.get_by_label("Subject").fill("{{first_name}}, ten minutes?")
    choose(page, "add-step", "Follow-up")
    expect(page.get_by_role("heading", name="Day 3, follow-up")).to_be_visible()
    page.get_by_role("textbox", name="Message").fill("Did my mail reach you, {{first_name}}?")
    page.locator("#send-rules > summary").click()
    page.get_by_label("Mails a minute").fill("6000")


def rehearse_and_start(page):
    page.get_by_role("button", name="Review and start").click()
    expect(page.get_by_role("heading", name="Before you start")).to_be_visible()
    calendar = page.get_by_role("region", name="Mails by day and mailbox").get_by_role("row")
    expect(calendar).to_have_count(3)  # the day of the first mails, and that of the follow-ups
    expect(page.get_by_text("10 steps for 5 leads")).to_be_visible()
    page.get_by_role("button", name="Send to 5 leads").click()


def three_days_pass(program):
    """Whoever waits for the next step has waited for it."""
    with sqlite3.connect(program.folder / "galena.db") as rows:
        rows.execute(
            "UPDATE recipient SET due_at = '2020-01-01 00:00:00.000000' WHERE state = 'queued' AND position = 2"
        )


def reply(page, url):
    page.goto(f"{url}/leads?q=Ann")
    page.locator("tbody tr").first.get_by_role("link").first.click()
    page.get_by_role("form", name="Stage").get_by_role("button", name="Replied").click()
    expect(page.locator("[aria-current=step]")).to_contain_text("Replied")


def go_on(page, url, reached):
    page.goto(f"{url}/campaigns/1")
    page.get_by_role("button", name="Resume").click()
    expect_sent(page, reached)


def expect_sent(page, words):
    expect(page.locator("#campaign-state").get_by_text(f"{words} messages sent")).to_be_visible(timeout=SLOW)


def pause(page):
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused by Mara Lindqvist.")).to_be_visible()


def test_a_sequence_is_rehearsed_sent_paused_resumed_and_ends_for_who_replies(open_browser, start_program, inbox):
    page = open_browser(strict=True)
    program = start_program(MAIL_URL=inbox.url, MAIL_FROM=EMAIL)
    url = program.url
    sign_up(page, url)
    for first, company in PEOPLE:
        add_leads(page, url, [(first, company)], email=f"{first.lower()}@{company.lower()}.example")
    write(page, url)
    with inbox.held("cleo@hooli.example"):
        rehearse_and_start(page)
        inbox.wait_for_held()
        pause(page)
    expect_sent(page, "3 of about 10")
    reply(page, url)
    three_days_pass(program)
    go_on(page, url, "7 of about 9")
    pause(page)
    three_days_pass(program)
    go_on(page, url, "9 of 9")
    check_report(page)
    check_mails(inbox)


def check_report(page):
    page.reload()
    expect(page.get_by_text("Completed").first).to_be_visible()
    rows = page.get_by_role("region", name="Recipients table").get_by_role("row")
    expect(rows.filter(has_text="Ann")).to_contain_text("Replied")
    expect(rows.filter(has_text="Finished")).to_have_count(4)
    by_step = page.locator("#by-step")
    expect(by_step.get_by_role("row", name=re.compile(r"^1\. .* 5 1 20% "))).to_be_visible()
    expect(by_step.get_by_role("row", name=re.compile(r"^2\. .* 4 0 0% "))).to_be_visible()
    expect(page.locator("#versions-1").get_by_role("row", name=re.compile("Version [AB]"))).to_have_count(2)


def check_mails(inbox):
    """Each got each mail once, in its thread, and Ann no follow-up."""
    mails = [mail for mail in inbox.messages() if not mail["Auto-Submitted"]]  # not Galena's own
    first = {mail["To"]: mail for mail in mails if not mail["In-Reply-To"]}
    after = {mail["To"]: mail for mail in mails if mail["In-Reply-To"]}
    assert (len(mails), len(first)) == (9, 5)
    assert set(first) - set(after) == {mail["To"] for mail in mails if "ann@" in mail["To"]}
    for to, mail in after.items():
        assert mail["In-Reply-To"] == first[to]["Message-ID"]
        assert mail["Subject"] == f"Re: {first[to]['Subject']}"
    assert sum("ten minutes?" in mail["Subject"] for mail in first.values()) in (2, 3)
