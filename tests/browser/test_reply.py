"""A reply, from the mail server to its answer: read over IMAP while the page is open, labelled, drafted, answered."""

import re
from email.message import EmailMessage

import pytest
from playwright.sync_api import expect

from tests.campaigns.smtp_servers import mail_server, password_required
from tests.enrichment.model_server import KEY, model_server, says
from tests.imap_server import PASSWORD, imap_server

from .people import EMAIL, add_leads, sign_up

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore:Requiring AUTH")]
A_MINUTE = 60_000  # milliseconds in which a reply has to be where it is answered
DRAFT = "Hi Ann, 14:30 is perfect. I will call you then."


def connect_mailbox(page, url, smtp, imap):
    page.goto(f"{url}/settings/mailboxes/new?preset=other")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    for kind, port in (("SMTP", smtp.url.rpartition(":")[2]), ("IMAP", str(imap.port))):
        page.get_by_label(f"{kind} server").fill("127.0.0.1")
        page.get_by_label(f"{kind} port").fill(port)
        page.get_by_label(f"{kind} encryption").select_option("none")
    page.get_by_role("button", name="Connect mailbox").click()
    expect(page.get_by_role("heading", name=EMAIL)).to_be_visible()


def write_to_ann(page, url):
    page.goto(f"{url}/inbox/new?lead=1")
    page.get_by_label("Subject").fill("Partners in Oslo")
    page.get_by_role("textbox", name="Message").fill("Hello Ann, may I call you?")
    page.get_by_role("button", name="Send").click()
    page.wait_for_url(re.compile(r"/inbox/\d+$"))


def reply_to(mail):
    reply = EmailMessage()
    reply["From"], reply["To"], reply["Subject"] = "Ann <ann@globex.example>", EMAIL, f"Re: {mail['Subject']}"
    reply["Message-ID"], reply["In-Reply-To"] = "<reply-1@globex.example>", mail["Message-ID"]
    reply.set_content("Yes please, I am interested. Call me tomorrow at 14:30.\n\nAnn")
    return bytes(reply)


def test_a_reply_arrives_while_the_page_is_open_is_labelled_drafted_and_answered(open_browser, start_program):
    page = open_browser()
    with (
        mail_server(**password_required(EMAIL, PASSWORD)) as smtp,
        imap_server() as imap,
        model_server(says({"reply": DRAFT})) as model,
    ):
        imap.mailbox_fields(EMAIL)
        settings = {"LLM_BASE_URL": model.url, "LLM_API_KEY": KEY, "LLM_MODEL": "test-model"}
        url = start_program(FETCH_ALLOW="127.0.0.1/32", **settings).url
        sign_up(page, url)
        add_leads(page, url, [("Ann", "Globex")], email="ann@globex.example")
        connect_mailbox(page, url, smtp, imap)
        write_to_ann(page, url)
        smtp.text_about("Partners in Oslo")
        [sent] = [mail for mail in smtp.messages() if mail["Subject"] == "Partners in Oslo"]

        page.goto(f"{url}/inbox")
        expect(page.get_by_text("Nothing to answer")).to_be_visible()
        imap.append(reply_to(sent), user=EMAIL)
        row = page.locator("#threads [data-row]")
        expect(row).to_contain_text("Interested", timeout=A_MINUTE)
        expect(page.locator("#nav-inbox")).to_contain_text("1")

        row.get_by_role("link").first.click()
        expect(page.get_by_label("Stage of Ann")).to_have_value("replied")
        expect(page.locator("#suggestion")).to_contain_text(DRAFT, timeout=A_MINUTE)
        page.keyboard.press("u")
        answer = page.get_by_role("form", name="Reply").get_by_role("textbox", name="Reply")
        expect(answer).to_have_value(DRAFT)
        answer.press("Control+Enter")
        expect(page.get_by_text("Your mail is on its way")).to_be_visible()
        assert DRAFT in smtp.text_about("Re: Partners in Oslo")
        [answered] = [mail for mail in smtp.messages() if mail["Subject"] == "Re: Partners in Oslo"]
        assert answered["In-Reply-To"] == "<reply-1@globex.example>"
        page.goto(f"{url}/todos")
        expect(page.get_by_text("Answer Ann")).to_be_hidden()
