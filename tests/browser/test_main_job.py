"""The main job, end to end on real input: sign up, import 503 leads, see them, write to a part of them, watch it go."""

import email
import email.policy
import re
import urllib.request

import pytest
from playwright.sync_api import expect

from webapp.config import ROOT

pytestmark = pytest.mark.browser
LEADS = ROOT / "tests" / "imports" / "files" / "leads-500.csv"
SLOW = 30_000  # ms for what a background job does


def sign_up(page, url):
    page.goto(f"{url}/")
    page.get_by_role("link", name="Create a workspace").click()
    page.get_by_label("Full name").fill("Mara Lindqvist")
    page.get_by_label("E-mail").fill("mara@halden.example")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_label("Workspace name").fill("Halden Studio")
    page.get_by_role("button", name="Create workspace").click()
    expect(page.get_by_role("heading", name="Your workspace")).to_be_visible()
    page.get_by_role("link", name="Finish later").click()
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()


def import_leads(page):
    page.locator("#first-steps").get_by_role("link", name="Bring leads").click()
    page.get_by_role("button", name="Continue").click()
    page.locator("input[type=file]").set_input_files(LEADS)
    page.get_by_role("button", name="Match columns").click()
    expect(page.get_by_role("heading", name="Match the columns of leads-500.csv")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Why you may write to them").select_option("interest")
    page.get_by_label("Where the list comes from").fill("Trade fair")
    page.get_by_role("button", name="Check 503 rows").click()
    page.get_by_role("button", name="Import 503 leads").click()
    expect(page.get_by_text("503 new leads are ready")).to_be_visible(timeout=SLOW)


def lane(page, stage):
    return page.locator(".lane").filter(has=page.locator(f"#lane-{stage}"))


def see_them(page):
    page.get_by_role("link", name="Leads", exact=True).first.click()
    new, contacted = lane(page, "new"), lane(page, "contacted")
    expect(new).to_contain_text("503")
    expect(new.locator("[data-card]")).to_have_count(25)
    new.get_by_role("link", name="Load 25 more").click()
    expect(new.locator("[data-card]")).to_have_count(50)
    card = new.locator("[data-card]").first
    name = card.get_by_role("heading").inner_text()
    card.drag_to(contacted.locator("[data-lane]"))
    expect(contacted.locator("[data-card]")).to_contain_text(name)
    expect(new).to_contain_text("502")
    contacted.locator("[data-card] a").first.focus()
    page.keyboard.press("[")
    expect(new).to_contain_text("503")
    page.get_by_role("navigation", name="View").get_by_role("link", name="Table").click()
    page.get_by_role("searchbox").fill("health")
    expect(page).to_have_url(re.compile("q=health"))


def write_a_campaign(page):
    page.get_by_role("link", name="Campaigns").click()
    page.get_by_role("link", name="New campaign").first.click()
    page.get_by_label("Name", exact=True).fill("Autumn introduction")
    page.get_by_label("Leads found by a search").check()
    page.locator("#q").fill("ab")
    page.get_by_label("Subject").fill("A question about {{company}}")
    page.get_by_role("textbox", name="Message").fill("Hi {{first_name|there}},\n\nwould a short call help {{company}}?")
    page.locator("#send-rules > summary").click()
    page.get_by_label("Mails a minute").fill("6000")
    expect(page.frame_locator("iframe").get_by_text("would a short call help")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Review and start").click()
    start = page.get_by_role("button", name=re.compile(r"Send to [\d,]+ leads"))
    count = int(re.search(r"\d+", start.inner_text()).group())
    assert 3 < count < 503
    start.click()
    return count


def test_from_an_empty_machine_to_mail_that_arrived(quiet_page, start_program, inbox):
    page = quiet_page
    program = start_program(empty=True, MAIL_URL=inbox.url, MAIL_FROM="mara@halden.example")
    sign_up(page, program.url)
    import_leads(page)
    see_them(page)
    count = write_a_campaign(page)

    expect(page.get_by_text("Completed").first).to_be_visible(timeout=SLOW)
    expect(page.get_by_text(f"{count} of {count}").first).to_be_visible()
    check_mails(inbox, count, program.url)

    page.get_by_role("link", name="Mail log").click()
    expect(page.get_by_role("row")).to_have_count(count + 1)
    page.goto(f"{program.url}/leads/board")
    expect(lane(page, "contacted")).to_contain_text(str(count))
    lane(page, "contacted").locator("[data-card] h3 a").first.click()
    expect(page.get_by_text("Autumn introduction sent an e-mail")).to_be_visible()
    assert not [line for line in program.log if "ERROR" in line]


def check_mails(inbox, count, url):
    received = [email.message_from_bytes(raw, policy=email.policy.default) for _, _, raw in inbox.mails]
    mails = [mail for mail in received if not mail["Auto-Submitted"]]  # not Galena's own
    assert len(mails) == count == len({mail["Message-ID"] for mail in mails})
    mail = mails[0]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.get_body(("plain",)) and mail.get_body(("html",))
    assert "{{" not in mail.as_string() and mail["Subject"].startswith("A question about ")
    link = re.search(r"<(http[^>]+)>", mail["List-Unsubscribe"]).group(1)
    post = urllib.request.Request(link, data=b"List-Unsubscribe=One-Click", method="POST")
    assert link.startswith(url) and urllib.request.urlopen(post, timeout=10).status == 200
