"""Writing a mail: what is typed is kept whatever happens to the page, and leaves once."""

import re
from email import message_from_bytes
from email.policy import default

import pytest
from playwright.sync_api import expect

from .people import add_leads, sign_up

pytestmark = pytest.mark.browser


def test_what_is_typed_is_kept_whatever_happens_to_the_page_and_leaves_once(
    start_program, open_browser, inbox, tmp_path
):  # fmt: skip
    program = start_program(MAIL_URL=inbox.url, MAIL_FROM="hello@halden.example")
    url, page = program.url, open_browser()
    sign_up(page, url)
    add_leads(page, url, [("Ann", "Globex")], email="ann@globex.example")
    page.goto(f"{url}/settings/snippets/new")
    page.get_by_label("Name").fill("Call")
    page.get_by_label("Text").fill("When may I call, {{first_name}}?")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Call is kept").wait_for()

    page.goto(f"{url}/inbox")
    page.get_by_role("link", name="New message").click()
    page.get_by_label("Whom do you write to?").press_sequentially("glob")
    page.get_by_role("link", name="Ann").click()
    form = page.get_by_role("form", name="New message")
    form.get_by_label("Subject").fill("Partners")
    form.get_by_role("textbox", name="Message").fill("Hello Ann,\n\n")
    expect(form.get_by_text("Draft kept")).to_be_visible()
    form.get_by_role("button", name="Insert a template").click()
    page.get_by_role("menuitem", name="Call", exact=True).click()
    expect(form.get_by_role("textbox", name="Message")).to_have_value("Hello Ann,\n\nWhen may I call, Ann?")
    page.goto(f"{url}/leads")  # at once: nothing was kept of the template yet
    page.goto(f"{url}/inbox/new")
    page.get_by_role("link", name="Partners").click()
    expect(form.get_by_role("textbox", name="Message")).to_have_value("Hello Ann,\n\nWhen may I call, Ann?")

    overview = tmp_path / "overview.pdf"
    overview.write_bytes(b"%PDF-1.4")
    form.get_by_label("Attach files").set_input_files(overview)
    expect(form.get_by_role("list", name="Files that go with it")).to_contain_text("overview.pdf")
    form.get_by_label("To", exact=True).fill("Ann")
    form.get_by_role("textbox", name="Message").press("Control+Enter")
    expect(form.get_by_role("alert")).to_contain_text("is no e-mail address")
    form.get_by_label("To", exact=True).fill("Ann <ann@globex.example>")
    form.get_by_role("textbox", name="Message").press("Control+Enter")
    page.wait_for_url(re.compile(r"/inbox/\d+$"))
    expect(page.get_by_text("Your mail is on its way")).to_be_visible()
    assert inbox.text_about("Partners").replace("\r\n", "\n").startswith("Hello Ann,\n\nWhen may I call, Ann?")
    (mail,) = [message_from_bytes(raw, policy=default) for _, to, raw in inbox.mails if to == "ann@globex.example"]
    assert [file.get_filename() for file in mail.iter_attachments()] == ["overview.pdf"]

    reply = page.get_by_role("form", name="Reply")
    page.keyboard.press("r")
    expect(reply.get_by_role("textbox", name="Reply")).to_be_focused()
    page.keyboard.type("One more thing")
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_role("form", name="Reply").get_by_role("textbox", name="Reply").fill("From another tab")
    expect(reply.get_by_text("Draft kept")).to_be_visible()
    expect(other.get_by_text("Draft kept")).to_be_visible()
    page.reload()
    page.get_by_text("Another draft: ").wait_for()
    reply.get_by_role("button", name="Send").click()
    page.get_by_text("Your mail is on its way").wait_for()
    inbox.text_about("Re: Partners")
    page.goto(other.url)
    expect(reply.get_by_role("textbox", name="Reply")).not_to_have_value("")  # the other one
    expect(page.get_by_text("Another draft: ")).to_be_hidden()


def test_without_script_a_draft_is_kept_filled_and_sent_by_buttons(start_program, open_browser, inbox, tmp_path):
    program = start_program(MAIL_URL=inbox.url, MAIL_FROM="hello@halden.example")
    url, page = program.url, open_browser(java_script_enabled=False)
    sign_up(page, url)
    add_leads(page, url, [("Ann", "Globex")], email="ann@globex.example")
    page.goto(f"{url}/inbox/new?lead=1")
    page.get_by_label("Subject").fill("Partners")
    page.get_by_role("textbox", name="Message").fill("Hello Ann")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("textbox", name="Message")).to_have_value("Hello Ann")
    overview = tmp_path / "overview.pdf"
    overview.write_bytes(b"%PDF-1.4")
    page.locator("input[type=file]").set_input_files(overview)
    page.get_by_role("button", name="Attach", exact=True).click()
    expect(page.get_by_text("overview.pdf")).to_be_visible()
    page.get_by_role("button", name="Send").click()
    page.wait_for_url(re.compile(r"/inbox/\d+$"))
    assert "Hello Ann" in inbox.text_about("Partners")
