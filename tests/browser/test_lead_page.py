"""What only a browser can show of a lead's page: the composer, mentions, editing field by field, the stages."""

import pytest
from playwright.sync_api import expect

from .people import add_leads, sign_up

pytestmark = pytest.mark.browser


def one_lead(page, url):
    sign_up(page, url)
    add_leads(page, url, [("Ann", "Globex")], email="ann@globex.example")


@pytest.fixture
def site(program, after):
    """A page signed in to a program, on the page of its only lead."""
    page = after(one_lead)
    page.goto(f"{program.url}/leads/1")
    return page


def test_everything_is_written_by_keyboard_alone(site):
    page, timeline = site, site.locator("#timeline")
    page.keyboard.press("e")
    expect(page.get_by_label("Subject")).to_be_focused()
    page.keyboard.type("Our offer")
    page.keyboard.press("Tab")
    page.keyboard.type("It holds until Friday")
    page.keyboard.press("Control+Enter")
    expect(timeline).to_contain_text("wrote an e-mail")
    expect(page.get_by_label("Subject")).to_have_value("")
    page.locator("h1").click()

    page.keyboard.press("n")
    page.keyboard.type("Ask @mar")
    options = page.get_by_role("listbox", name="Members to mention")
    expect(options.get_by_role("option", name="Mara Lindqvist")).to_be_visible()
    page.keyboard.press("Enter")
    expect(options).to_have_count(0)
    page.keyboard.type("first")
    page.keyboard.press("Control+Enter")
    expect(timeline.locator(".merge")).to_have_text("@Mara Lindqvist")
    expect(timeline.locator(".written").first).to_have_text("Ask @Mara Lindqvist first")

    note = page.locator("#" + page.locator("#timeline > li", has_text="left a note").get_attribute("id"))
    note.get_by_role("link", name="Edit this note").focus()
    page.keyboard.press("Enter")
    field = note.get_by_role("textbox", name="Note")
    expect(field).to_be_focused()
    field.fill("Typed in vain")
    page.keyboard.press("Escape")
    expect(note.locator(".written")).to_have_text("Ask @Mara Lindqvist first")
    expect(note.get_by_role("link", name="Edit this note")).to_be_focused()
    page.keyboard.press("Enter")
    field.fill("Asked")
    page.keyboard.press("Control+Enter")
    expect(note.locator(".written")).to_have_text("Asked")
    expect(note).to_contain_text("edited")
    note.get_by_role("button", name="Pin to top").click()
    expect(page.locator("#timeline .day").first).to_have_text("Pinned")
    note.get_by_role("link", name="Delete this note").click()
    expect(note.get_by_role("button", name="Delete")).to_be_focused()
    page.keyboard.press("Enter")
    expect(note).to_have_count(0)
    expect(page.locator("#activity-all")).to_be_focused()


def test_fields_are_edited_one_after_the_other_with_tab(site):
    page = site
    page.locator("#edit-title").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Title", exact=True)).to_be_focused()
    page.keyboard.type("Head of Steel")
    page.keyboard.press("Tab")
    expect(page.get_by_role("textbox", name="E-mail")).to_be_focused()
    expect(page.locator("#fact-title")).to_contain_text("Head of Steel")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Phone", exact=True)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    field = page.get_by_role("textbox", name="E-mail")
    expect(field).to_be_focused()
    field.fill("no address")
    page.keyboard.press("Tab")
    expect(page.locator("#fact-email [role=alert]")).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_value("no address")
    page.keyboard.press("Escape")
    expect(page.locator("a#edit-email")).to_be_focused()
    page.keyboard.press("a")
    owner = page.get_by_label("Owner", exact=True)
    expect(owner).to_be_focused()
    owner.select_option("")
    page.keyboard.press("Enter")
    expect(page.locator("#fact-owner")).to_contain_text("Nobody")


def test_the_stage_is_chosen_with_arrows_and_a_loss_has_a_reason(site):
    page, path = site, site.locator("#stage")
    page.keyboard.press("s")
    expect(path.get_by_role("button", name="New")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(path.locator("[aria-current=step]")).to_contain_text("Contacted")
    page.keyboard.press("s")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#mark-lost")).to_be_focused()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("No budget").check()
    dialog.get_by_label("In your own words").fill("until spring")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(path.locator("[aria-current=step]")).to_contain_text("Lost")
    expect(page.locator("#timeline")).to_contain_text("No budget: until spring")
    expect(page.locator("#moments")).to_contain_text("No budget: until spring")
    path.get_by_role("button", name="Replied").click()
    expect(page.locator("#moments")).not_to_contain_text("No budget")


def test_a_lead_is_worked_on_without_javascript(site, open_browser):
    plain = open_browser(storage_state=site.context.storage_state(), java_script_enabled=False)
    plain.goto(site.url)
    plain.get_by_role("tab", name="Call").click()
    plain.get_by_label("Outcome").select_option("voicemail")
    plain.get_by_role("button", name="Log call").click()
    expect(plain.locator("#timeline")).to_contain_text("called and left a voicemail")
    plain.get_by_role("tab", name="E-mail").click()
    plain.get_by_role("button", name="Log e-mail").click()
    expect(plain.get_by_role("alert")).to_contain_text("Write the subject")
    plain.get_by_label("Subject").fill("Hello")
    plain.get_by_role("button", name="Log e-mail").click()
    expect(plain.locator("#timeline")).to_contain_text("Hello")
    call = plain.locator("#timeline > li", has_text="voicemail")
    call.get_by_role("link", name="Edit this call").click()
    plain.get_by_label("Outcome").select_option("reached")
    plain.get_by_role("button", name="Save").click()
    expect(plain.locator("#timeline")).not_to_contain_text("voicemail")
    plain.get_by_role("textbox", name="Note").fill("Ask @Mara Lindqvist")
    plain.get_by_role("button", name="Add note").click()
    expect(plain.locator("#timeline .merge")).to_have_text("@Mara Lindqvist")
    plain.get_by_role("button", name="Pin to top").click()
    expect(plain.locator("#timeline .day").first).to_have_text("Pinned")
    plain.get_by_role("link", name="Mark lost").click()
    plain.get_by_label("Not a fit").check()
    plain.get_by_role("button", name="Mark lost").click()
    expect(plain.locator("#moments")).to_contain_text("Not a fit")
