import re

import pytest

from tests import factories
from tests.questions import questions
from webapp.accounts.models import Membership, Reach
from webapp.campaigns.models import Campaign, Delivery, Recipient, Step
from webapp.leads.models import Stage
from webapp.mail.models import SuppressionReason
from webapp.mail.suppression import suppress

FORM = {
    "name": "Partners", "kind": "all", "stage": "new", "q": "", "sender_name": "Alice Archer",
    "reply_to": "alice@acme.example", "rate_per_minute": "60", "subject": "A question about {{company}}",
    "body": "Hi {{first_name|there}},\n\nmay I ask?",
}  # fmt: skip


@pytest.fixture
def finished(started, send):
    return send(started(3))


def test_the_list_invites_and_then_lists(cast, alice, draft):
    assert "No campaigns yet" in alice.get("/campaigns").text
    draft()
    assert "Partners" in alice.get("/campaigns").text


def test_a_new_campaign_takes_its_audience_from_the_address(cast, alice):
    factories.lead(cast.acme, stage=Stage.REPLIED)
    page = alice.get("/campaigns/new?stage=replied").text
    assert "checked" in page.split('value="stage"')[0][-80:] or re.search(r'<input[^>]*checked[^>]*value="stage"', page)
    assert "1 lead" in page and "Alice Archer" in page
    assert "0 leads" in alice.get("/campaigns/new?q=nobody").text


def test_saving_makes_a_draft_and_saving_again_changes_it(cast, alice, htmx):
    factories.lead(cast.acme, company="Globex", first_name="")
    answer = alice.post("/campaigns/save", data=FORM, headers=htmx)
    campaign = Campaign.get()
    assert answer.status_code == 200 and f'value="{campaign.id}"' in answer.text
    assert answer.headers["HX-Replace-Url"] == f"/campaigns/{campaign.id}/edit"
    assert "A question about Globex" in answer.text and "1 lead" in answer.text
    alice.post("/campaigns/save", data={**FORM, "campaign_id": campaign.id, "name": "Others"})
    assert Campaign.select().count() == 1 and Campaign.get().name == "Others"


def test_without_htmx_saving_comes_back_to_the_editor(cast, alice):
    answer = alice.post("/campaigns/save", data=FORM)
    assert answer.status_code == 303 and answer.location == f"/campaigns/{Campaign.get().id}/edit"
    page = alice.get(answer.location).text
    assert "may I ask?" in page and "Review and start" in page


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"subject": ""}, "Write a subject."),
        ({"body": " "}, "Write a message."),
        ({"reply_to": "nobody"}, "not an e-mail address"),
        ({"reply_to": ""}, "Give the address that replies go to."),
        ({"sender_name": ""}, "Give the name that people see"),
        ({"body": "Hi {{frist_name}}"}, "{{frist_name}} is not a field we know. Choose one from Insert field: first"),
        ({"subject": "Hi {{first_name"}, "A field is not closed"),
        ({"kind": "search", "q": "nobody there"}, "Nobody in this audience"),
        ({"kind": "search", "q": ""}, "Type what to search for."),
    ],
)
def test_what_cannot_start_says_why_and_stays_a_draft(cast, alice, change, sentence):
    factories.lead(cast.acme)
    alice.post("/campaigns/save", data={**FORM, **change})
    campaign = Campaign.get()
    assert sentence in alice.get(f"/campaigns/{campaign.id}/edit").text.replace("&#34;", '"')
    review = alice.get(f"/campaigns/{campaign.id}/start").text
    assert sentence in review and ("Send to 0 leads" in review) == ("q" in change)
    assert alice.post(f"/campaigns/{campaign.id}/start").location.endswith("/start")
    assert Campaign.get().state.value == "draft" and Recipient.select().count() == 0


def test_starting_twice_starts_once(cast, alice, draft, run_jobs):
    factories.lead(cast.acme)
    campaign = draft()
    for _ in range(2):
        assert alice.post(f"/campaigns/{campaign.id}/start").location == f"/campaigns/{campaign.id}"
    run_jobs()
    assert Delivery.select().count() == 1 and Campaign.get().sent == 1


def test_the_review_says_who_is_left_out(cast, alice):
    factories.lead(cast.acme)
    factories.lead(cast.acme, email="")
    suppress(cast.acme, factories.lead(cast.acme).email, reason=SuppressionReason.MANUAL)
    answer = alice.post("/campaigns/review", data=FORM)
    page = alice.get(answer.location).text
    assert "Send to 1 lead" in page and "1 without an address, 1 suppressed" in page
    alice.post(answer.location)
    left_out = {row.reason for row in Recipient.select().where(Recipient.state == "skipped")}
    assert left_out == {"No e-mail address", "On the suppression list"}
    assert (Campaign.get().recipients, Campaign.get().skipped) == (3, 2)


def test_a_test_mail_goes_to_oneself(cast, alice, inbox):
    lead = factories.lead(cast.acme, company="Globex")
    answer = alice.post("/campaigns/test", data={**FORM, "lead_id": lead.id})
    assert answer.status_code == 303
    assert inbox.recipients == [cast.alice.email]
    assert inbox.message()["Subject"] == "A question about Globex"
    assert Delivery.select().count() == 0


def test_a_test_mail_that_cannot_go_says_why(cast, alice, mail_url):
    mail_url("smtp://127.0.0.1:1")
    factories.lead(cast.acme)
    page = alice.get(alice.post("/campaigns/test", data=FORM).location)
    assert "The test did not go out." in page.text and "cannot be reached" in page.text


def test_a_started_campaign_cannot_be_edited_or_deleted(cast, alice, finished):
    for page in ("edit", "start"):
        assert alice.get(f"/campaigns/{finished.id}/{page}").location == f"/campaigns/{finished.id}"
    assert alice.post("/campaigns/save", data={**FORM, "campaign_id": finished.id}).status_code == 409
    assert alice.post(f"/campaigns/{finished.id}/delete").status_code == 409


def test_a_draft_can_be_deleted(cast, alice, draft):
    campaign = draft()
    assert alice.post(f"/campaigns/{campaign.id}/delete").location == "/campaigns"
    assert Campaign.select().count() == 0 and Step.select().count() == 0


def test_the_campaign_page_shows_counts_people_and_every_message(cast, alice, finished):
    page = alice.get(f"/campaigns/{finished.id}").text
    assert "Completed" in page and "3 of 3" in page and "Lead0" in page
    assert "every 2s" not in page, "a finished campaign does not ask for itself"
    mail = Delivery.select().first()
    shown = alice.get(f"/mail-log/{mail.id}")
    assert mail.message_id in shown.text and "List-Unsubscribe-Post" in shown.text
    assert "sandbox" in alice.get(f"/mail-log/{mail.id}/html").headers["Content-Security-Policy"]


def test_a_sending_campaign_asks_for_itself_and_can_be_paused(cast, alice, started, htmx):
    campaign = started(2)
    assert "every 2s" in alice.get(f"/campaigns/{campaign.id}").text
    part = alice.get(f"/campaigns/{campaign.id}", headers=htmx).text
    assert part.lstrip().startswith('<div class="stack"') and 'hx-target="#campaign-actions"' in part
    part = alice.post(f"/campaigns/{campaign.id}/pause", headers=htmx).text
    assert "Resume" in part and "every 2s" not in part and "Paused by Alice Archer." in part
    assert alice.post(f"/campaigns/{campaign.id}/pause").status_code == 409
    assert "Pause" in alice.post(f"/campaigns/{campaign.id}/resume", headers=htmx).text


def test_mails_that_wait_for_a_resume_are_not_called_sent(cast, alice, started, send, mail_url):
    mail_url("smtp://127.0.0.1:1")
    campaign = send(started(2))
    page = alice.get(f"/campaigns/{campaign.id}").text
    assert page.count("Read the mail to") == 2 and "On its way</span>" not in page and "cannot be reached" in page


def test_recipients_are_filtered_by_state_and_paged_by_key(cast, alice, started, send):
    for number in range(30):
        factories.lead(cast.acme, last_name=f"Zed {number:02}")
    factories.lead(cast.acme, last_name="Noaddress", email="")
    campaign = send(started(0))
    assert "Noaddress" in alice.get(f"/campaigns/{campaign.id}?state=skipped").text
    page = alice.get(f"/campaigns/{campaign.id}").text
    assert page.count('id="recipient-') == 25 and "Older" in page
    older = re.search(r'href="([^"]*page=[^"]*)" rel="next"', page)[1].replace("&amp;", "&")
    assert alice.get(older).text.count('id="recipient-') == 6


def test_the_table_of_recipients_has_outcomes_only_when_there_are_some(cast, alice, finished):
    assert ">Outcome<" not in alice.get(f"/campaigns/{finished.id}").text
    Recipient.update(state="skipped", reason="No e-mail address").where(Recipient.id == Recipient.get().id).execute()
    page = alice.get(f"/campaigns/{finished.id}").text
    assert ">Outcome<" in page and "No e-mail address" in page


def test_the_mail_log_finds_by_address_and_state(cast, alice, finished):
    assert alice.get("/mail-log").text.count('id="delivery-') == 3
    assert alice.get("/mail-log?q=lead1@globex.example").text.count('id="delivery-') == 1
    for part, count in (("LEAD", 3), ("lead1@glo", 1), ("lead_", 0), ("ead1", 0), ("lead%", 0)):
        assert alice.get(f"/mail-log?q={part}").text.count('id="delivery-') == count, part
    assert "No message like that" in alice.get("/mail-log?state=refused").text


def test_unknown_mails_are_listed_and_a_person_decides(cast, alice, finished, run_jobs):
    mails = list(Delivery.select().order_by(Delivery.id))
    Delivery.update(state="unknown", error="No answer.").where(Delivery.id << [mails[0].id, mails[1].id]).execute()
    Recipient.update(state="unknown").where(Recipient.id << [mails[0].recipient_id, mails[1].recipient_id]).execute()
    Campaign.update(unknown=2, sent=1).execute()
    assert "Did these arrive?" in alice.get(f"/campaigns/{finished.id}").text
    alice.post(f"/mail-log/{mails[0].id}/arrived")
    assert (Campaign.get().sent, Campaign.get().unknown) == (2, 1)
    assert alice.post(f"/mail-log/{mails[0].id}/again").status_code == 409, "decided already"
    alice.post(f"/mail-log/{mails[1].id}/again")
    assert Campaign.get().state.value == "sending"
    run_jobs()
    campaign = Campaign.get()
    assert (campaign.sent, campaign.unknown, campaign.state.value) == (3, 0, "completed")
    assert Delivery.get_by_id(mails[1].id).message_id == mails[1].message_id


def test_a_viewer_sees_everything_and_no_controls(cast, sign_in, finished, draft):
    vera = sign_in(cast.vera)
    mine = draft(name="Not started")
    page = vera.get("/campaigns").text
    assert "Partners" in page and "New campaign" not in page
    Campaign.update(state="sending").where(Campaign.id == finished.id).execute()
    page = vera.get(f"/campaigns/{finished.id}").text
    assert "Pause</button>" not in page
    assert vera.get(f"/campaigns/{mine.id}").status_code == 200
    assert vera.get("/campaigns/new").status_code == 403


def test_outsiders_find_nothing(cast, sign_in, finished, draft):
    charlie, mail, mine = sign_in(cast.charlie), Delivery.select().first(), draft()
    lead_id = mail.lead_id
    for path in (
        f"/campaigns/{finished.id}", f"/campaigns/{mine.id}/edit", f"/campaigns/{mine.id}/start",
        f"/campaigns/{mine.id}/preview/{lead_id}", f"/mail-log/{mail.id}", f"/mail-log/{mail.id}/html",
    ):  # fmt: skip
        assert charlie.get(path).status_code == 404, path
    for path in (
        f"/campaigns/{mine.id}/start", f"/campaigns/{mine.id}/delete", f"/campaigns/{finished.id}/pause",
        f"/campaigns/{finished.id}/resume", f"/mail-log/{mail.id}/arrived", f"/mail-log/{mail.id}/again",
    ):  # fmt: skip
        assert charlie.post(path).status_code == 404, path
    assert charlie.post("/campaigns/save", data={**FORM, "campaign_id": mine.id}).status_code == 404
    assert "lead0@" not in charlie.get("/mail-log").text and "Partners" not in charlie.get("/campaigns").text


def test_a_member_who_reaches_only_their_leads_sees_only_their_mails(cast, sign_in, finished):
    Membership.update(reach=Reach.OWN).where(Membership.user == cast.bob.user_id).execute()
    bob = sign_in(cast.bob)
    assert "Lead0" not in bob.get(f"/campaigns/{finished.id}").text
    assert "lead0@" not in bob.get("/mail-log").text and "lead0@" not in bob.get("/outbox").text
    assert bob.get(f"/mail-log/{Delivery.select().first().id}").status_code == 404


def test_pages_take_few_queries_however_many_rows(cast, alice, started, send, draft):
    campaign = send(started(3))
    mine = draft()
    paths = ("/campaigns", f"/campaigns/{campaign.id}", f"/campaigns/{mine.id}/edit", "/mail-log", "/outbox")
    few = {path: len(questions(alice, path)) for path in paths}
    for number in range(30):
        factories.lead(cast.acme, email=f"more{number}@globex.example")
    more = draft()
    alice.post(f"/campaigns/{more.id}/start")
    send(more)
    for path in paths:
        many = questions(alice, path)
        assert len(many) == few[path] <= (16 if path.endswith("/edit") else 8), (path, many)
