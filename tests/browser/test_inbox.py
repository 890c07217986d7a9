"""The inbox by the keyboard alone, on a phone, without JavaScript, and while mails arrive."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from db import db, open_database
from tests.inbox.threads import add_mail, make_thread
from webapp.accounts.models import User
from webapp.core.clock import now
from webapp.inbox.models import Label, Thread
from webapp.leads.models import Lead

from .people import three_leads

pytestmark = pytest.mark.browser
POLL = 11_000  # milliseconds after which an open page has asked what is new


@pytest.fixture
def mails(program):
    """mails(function) runs it over the program's own rows."""

    def run(function):
        open_database(f"sqlite:///{program.folder}/galena.db")
        with db.connection_context():
            return function()

    yield run
    db.obj.close_all()


def two_threads():
    """Ann is interested, Ben does not want; both are Mara's to answer. Returns their ids."""
    mara, said = (
        User.get(),
        {"found": {"dates": [[(now() + timedelta(days=1)).date().isoformat(), "14:30", "at 14:30"]]}},
    )
    ids = []
    for name, label, text, hours in (
        ("Ben", Label.NOT_INTERESTED, "No, thank you.", 2),
        ("Ann", Label.INTERESTED, "Call me tomorrow.", 1),
    ):
        lead, at = Lead.get(Lead.first_name == name), now() - timedelta(hours=hours)
        thread = make_thread(
            lead, label=label, assignee=mara.id, mails=[("in", text, said)], subject=f"Re: {name}", at=at
        )
        ids.append(thread.id)
    return ids[::-1]


def rows(page):
    return page.locator("#threads [data-row]")


def title(page):
    return page.locator("#thread-title")


def test_an_inbox_is_worked_through_by_the_keyboard_alone(program, after, mails):
    page = after(three_leads)
    mails(two_threads)
    page.goto(program.url)
    expect(page.locator("#nav-inbox")).to_contain_text("2")
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url("**/inbox")
    expect(rows(page)).to_have_count(2)

    page.keyboard.press("j")
    expect(title(page)).to_have_text("Ann")
    expect(page.locator("#nav-inbox")).to_contain_text("1")  # seen
    page.keyboard.press("n")
    expect(title(page)).to_have_text("Ben")
    page.keyboard.press("k")
    expect(title(page)).to_have_text("Ann")
    expect(page).to_have_title("Ann · Inbox · Galena")
    expect(page).to_have_url(re.compile(r"/inbox/\d+$"))

    page.keyboard.press("l")
    expect(page.get_by_role("menuitemradio", name="Not now")).to_be_visible()
    page.keyboard.press("2")
    expect(page.locator(".thread-label")).to_contain_text("Chosen by Mara Lindqvist.")
    expect(rows(page).first).to_contain_text("Not now")
    expect(page.get_by_role("menuitemradio", name="Not now")).to_be_hidden()
    page.keyboard.press("l")
    page.keyboard.press("1")
    expect(rows(page).first).to_contain_text("Interested")

    page.keyboard.press("e")
    expect(title(page)).to_have_text("Ben")
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Undo").press("Enter")
    expect(title(page)).to_have_text("Ann")
    expect(rows(page)).to_have_count(2)

    page.keyboard.press("h")
    expect(page.get_by_role("menuitem", name="Next week")).to_be_visible()
    page.get_by_role("menuitem", name="Next week").click()
    expect(page.locator("#inbox-tabs")).to_contain_text("Snoozed 1")
    expect(title(page)).to_have_text("Ben")

    page.keyboard.press("/")
    page.keyboard.type("tomorrow")
    expect(page.locator("#threads")).to_contain_text("Found in all mail")
    expect(rows(page)).to_contain_text("Ann")
    expect(page).to_have_url(re.compile(r"/inbox/\d+\?q=tomorrow$"))
    expect(title(page)).to_have_text("Ben")


def test_what_arrives_shows_by_itself_and_leaves_alone_what_is_open(program, after, mails):
    page = after(three_leads)
    page.clock.install()
    ann, _ = mails(two_threads)
    page.goto(f"{program.url}/inbox/{ann}")
    expect(page.locator("#nav-inbox")).to_contain_text("1")
    page.get_by_role("button", name="Label: Interested").click()

    mails(lambda: add_mail(Thread.get_by_id(ann), "in", "One more thing, the price?"))
    mails(lambda: make_thread(Lead.get(Lead.first_name == "Cleo"), assignee=User.get().id, subject="Hello from Cleo"))
    page.clock.run_for(POLL)
    expect(rows(page)).to_have_count(3)
    expect(rows(page).first).to_contain_text("Hello from Cleo")
    expect(page.locator(".messages")).to_contain_text("One more thing, the price?")
    expect(page.locator("#nav-inbox")).to_contain_text("2")
    expect(page.locator("#inbox-tabs")).to_contain_text("Mine 2")
    expect(page.get_by_role("menuitemradio", name="Not now")).to_be_visible()  # the menu is still open
    page.keyboard.press("Escape")
    page.clock.run_for(POLL)
    expect(rows(page)).to_have_count(3)

    page.get_by_role("combobox", name="Stage of Ann").select_option("replied")
    expect(page.locator("#lead-card .timeline")).to_contain_text("Moved to Replied")


def test_on_a_phone_the_list_then_the_thread_then_back(program, after, mails):
    page = after(three_leads, has_touch=True)
    page.set_viewport_size({"width": 390, "height": 844})
    mails(two_threads)
    page.goto(f"{program.url}/inbox")
    expect(title(page)).to_have_count(0)
    rows(page).first.tap()
    expect(title(page)).to_be_visible()
    expect(page.locator("#threads")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("link", name="Back to the list").tap()
    expect(page.locator("#threads")).to_be_visible()
    expect(page).to_have_url(re.compile("/inbox$"))
    rows(page).last.tap()
    page.get_by_role("button", name="Done").tap()
    expect(rows(page)).to_have_count(1)
    expect(title(page)).to_have_text("Ann")
    page.get_by_role("link", name="Back to the list").tap()
    expect(page.locator("#threads")).to_be_visible()
    page.go_back()
    expect(title(page)).to_have_text("Ann")


def test_without_javascript_everything_is_a_form_or_a_link(program, after, open_browser, mails):
    cookies = after(three_leads).context.storage_state()
    mails(two_threads)
    page = open_browser(storage_state=cookies, java_script_enabled=False)
    page.goto(f"{program.url}/inbox")
    rows(page).first.get_by_role("link").click()
    expect(title(page)).to_have_text("Ann")
    page.get_by_role("menuitem", name="Mark as read").click()
    expect(page.locator("#nav-inbox")).to_contain_text("1")
    page.get_by_role("menuitemradio", name="Wrong person").click()
    expect(rows(page).first).to_contain_text("Wrong person")
    page.get_by_role("button", name="Add a to-do for at 14:30").click()
    expect(page.locator("#lead-card")).to_contain_text("Added")
    page.get_by_role("menuitem", name="Choose a day").click()
    page.get_by_label("Until").fill("2030-01-01")
    page.get_by_role("button", name="Snooze").click()
    expect(page.get_by_role("alert")).to_contain_text("within two years")
    page.get_by_label("Until").fill((now() + timedelta(days=9)).date().isoformat())
    page.get_by_role("button", name="Snooze").click()
    expect(title(page)).to_have_text("Ben")
    page.get_by_role("button", name="Done").click()
    page.get_by_label("Search mail").fill("tomorrow")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(rows(page)).to_have_count(1)


def test_what_is_being_written_stays_while_mails_arrive_and_labels_change(program, after, mails):
    page = after(three_leads)
    page.clock.install()
    ann, _ = mails(two_threads)
    page.goto(f"{program.url}/inbox/{ann}")
    page.keyboard.press("r")
    reply = page.get_by_role("textbox", name="Reply", exact=True)
    expect(reply).to_be_focused()
    page.keyboard.type("The price is")
    mails(lambda: add_mail(Thread.get_by_id(ann), "in", "One more thing, the price?"))
    page.clock.run_for(POLL)
    expect(page.locator(".messages")).to_contain_text("One more thing, the price?")
    expect(reply).to_be_focused()
    expect(reply).to_have_value("The price is")
    page.get_by_role("button", name="Label: Interested").click()
    page.keyboard.press("2")
    expect(page.locator(".thread-label")).to_contain_text("Chosen by Mara Lindqvist.")
    expect(reply).to_have_value("The price is")

    page.keyboard.press("n")  # another thread: nothing of it stands there
    expect(title(page)).to_have_text("Ben")
    expect(reply).to_have_value("")
    page.keyboard.press("k")
    expect(title(page)).to_have_text("Ann")
    expect(reply).to_have_value("The price is")
