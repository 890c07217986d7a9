"""The first minutes in a browser: from signing up to the board and the team, and past all of it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.people import EMAIL, sign_up

pytestmark = pytest.mark.browser
SLOW = 30_000  # ms for what a background job does
CSV = "Company;First name;Last name;E-mail\n" + "".join(
    f"Globex {n};Gina;Vale {n};gina{n}@globex{n}.example\n" for n in range(12)
)


def step(page, heading):
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def press(page, name):
    page.get_by_role("button", name=name).click()


def steps_done(page):
    return page.locator("#first-steps").get_by_text(re.compile(r"\d of 5 done"))


def test_from_start_to_end(chromium, start_program, inbox, tmp_path):
    context = chromium.new_context(timezone_id="America/Sao_Paulo")
    page, program = context.new_page(), start_program(MAIL_URL=inbox.url, MAIL_FROM="hello@halden.example")
    sign_up(page, program.url)

    step(page, "Your workspace")
    expect(page.get_by_label("Time zone")).to_have_value("America/Sao_Paulo")
    page.get_by_label("Currency").select_option("CHF")
    press(page, "Save and continue")

    step(page, "Mail leaves through your server")
    press(page, "Send me a test mail")
    expect(page.get_by_text(f"A test is on its way to {EMAIL}.")).to_be_visible()
    assert [recipient for _, recipient, raw in inbox.mails if b"Mail from Galena arrives" in raw] == [EMAIL]
    press(page, "Continue")

    step(page, "Bring your first leads")
    press(page, "Continue")
    import_file(page, tmp_path)
    page.get_by_role("link", name="Go on setting up").click()

    step(page, "Ask your team in")
    invite(page)
    expect(page.locator("#toaster").get_by_text("The invitations are on their way.")).to_be_visible()
    expect(steps_done(page)).to_have_text("4 of 5 done")
    expect(page.get_by_role("progressbar", name="New")).to_have_text("12 of 12")
    assert not [line for line in program.log if "ERROR" in line]
    context.close()


def import_file(page, tmp_path):
    (tmp_path / "people.csv").write_text(CSV)
    page.locator("input[type=file]").set_input_files(tmp_path / "people.csv")
    press(page, "Match columns")
    press(page, "Continue")
    page.get_by_label("Why you may write to them").select_option("interest")
    page.get_by_label("Where the list comes from").fill("Trade fair")
    press(page, "Check 12 rows")
    press(page, "Import 12 leads")
    expect(page.get_by_text("12 new leads are ready")).to_be_visible(timeout=SLOW)


def invite(page):
    """Back and forth loses nothing that was typed."""
    page.get_by_label("E-mail addresses").fill("jonas@halden.example\npriya@halden.example")
    page.get_by_label("They join as").select_option("viewer")
    press(page, "Back")
    step(page, "Bring your first leads")
    page.get_by_role("link", name="Continue").click()
    expect(page.get_by_label("E-mail addresses")).to_have_value("jonas@halden.example\npriya@halden.example")
    expect(page.get_by_label("They join as")).to_have_value("viewer")
    press(page, "Invite and finish")


def test_skipping_all_of_it_and_coming_back_for_sample_leads(program, quiet_page):
    page = quiet_page
    sign_up(page, program.url)
    for heading in ("Your workspace", "Mail stays here for now", "Bring your first leads", "Ask your team in"):
        step(page, heading)
        press(page, "Skip this step")
    card = page.locator("#first-steps")
    expect(steps_done(page)).to_have_text("0 of 5 done")
    expect(card.get_by_text("skipped")).to_have_count(4)

    card.get_by_role("link", name="Bring leads").click()
    page.get_by_label("Use sample leads").check()
    press(page, "Continue")
    step(page, "Ask your team in")
    page.get_by_role("link", name="Finish later").click()
    expect(steps_done(page)).to_have_text("1 of 5 done")
    expect(page.get_by_role("progressbar", name="New")).to_contain_text("of 40")
    press(page, "Remove sample leads")
    expect(page.get_by_text("40 sample leads are gone.")).to_be_visible()
    expect(steps_done(page)).to_have_text("0 of 5 done")
    press(page, "Hide")
    expect(card).to_have_count(0)


def test_the_steps_work_without_scripts(program, chromium):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_up(page, program.url)
    page.get_by_label("Time zone").fill("Europe/Lisbon")
    press(page, "Save and continue")
    press(page, "Capture mail for now")
    page.get_by_label("Use sample leads").check()
    press(page, "Continue")
    page.get_by_label("E-mail addresses").fill("nonsense")
    press(page, "Invite and finish")
    expect(page.get_by_role("alert")).to_contain_text("nonsense: That is not an e-mail address.")
    expect(page.get_by_label("E-mail addresses")).to_have_value("nonsense")
    page.get_by_role("link", name="Finish later").click()
    expect(steps_done(page)).to_have_text("3 of 5 done")
    context.close()
