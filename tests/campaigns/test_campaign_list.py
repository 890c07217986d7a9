"""The list of campaigns, what can be done from it, their files, and the mail log's filters."""

import csv
import io
import re
from datetime import timedelta

import pytest

from tests import factories
from tests.campaigns import past
from webapp.campaigns.models import (
    Campaign,
    CampaignEvent,
    CampaignHour,
    CampaignMailbox,
    CampaignState,
    Delivery,
    Recipient,
    RecipientState,
    Step,
)
from webapp.campaigns.writing_models import Attachment, StepVersion
from webapp.core.clock import now

STATES = RecipientState


def words(text):
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def row_of(text, campaign):
    return words(re.search(rf'<tr id="campaign-{campaign.id}".*?</tr>', text, re.S)[0])


def test_a_row_says_how_far_how_fast_from_where_and_what_answers(cast, alice):
    boxes = [past.mailbox(cast.acme, f"{name}@acme.example") for name in ("mara", "ines")]
    campaign = past.campaign_of(cast.bob, boxes=boxes)
    for state, after in ((STATES.REPLIED, 5), (STATES.SENT, None), (STATES.BOUNCED, None), (STATES.SENT, None)):
        past.person(campaign, state, replied_after=after)
    past.person(campaign, STATES.QUEUED, got=0)
    CampaignHour.update(sent=6, hour=f"{now():%Y-%m-%d %H}").execute()
    boxes[0].next_send_at = now() + timedelta(days=2)
    boxes[0].save()
    row = row_of(alice.get("/campaigns").text, campaign)
    for said in (
        "Partners Bob Baker, from mara@acme.example and 1 more mailbox",
        "Sending",
        "4 of 5",
        "about 6",
        "1 25%",
    ):
        assert said in row, (said, row)
    assert "any moment" not in row


def test_an_estimate_is_called_so_and_a_draft_has_not_started(cast, alice):
    sequence = past.campaign_of(cast.alice, steps=3)
    past.person(sequence, STATES.QUEUED)
    draft = past.campaign_of(cast.alice, "Written", state=CampaignState.DRAFT, started_at=None)
    text = alice.get("/campaigns").text
    assert "1 of about 3" in row_of(text, sequence) and "Not started" in row_of(text, draft)


def test_the_list_asks_for_itself_only_while_something_sends(cast, alice, htmx):
    campaign = past.campaign_of(cast.alice)
    assert 'hx-trigger="every 3s"' in alice.get("/campaigns").text
    part = alice.get("/campaigns", headers=htmx).text
    assert part.lstrip().startswith('<div id="campaigns"') and "<!doctype" not in part
    Campaign.update(state="completed").where(Campaign.id == campaign.id).execute()
    assert "every 3s" not in alice.get("/campaigns").text


def test_campaigns_are_found_by_state_and_by_a_part_of_their_name(cast, alice):
    for name, state in (("Spring partners", "sending"), ("Autumn", "completed"), ("100% partners", "paused")):
        past.campaign_of(cast.alice, name, state=CampaignState(state))

    def found(query):
        return alice.get(f"/campaigns?{query}").text.count('<tr id="campaign-')

    assert (found(""), found("state=sending"), found("q=PARTNERS"), found("q=partners&state=paused")) == (3, 1, 2, 1)
    assert (found("q=100%25"), found("q=%25"), found("state=nonsense"), found("page=nonsense")) == (1, 1, 3, 3)
    assert "No campaign like that" in alice.get("/campaigns?q=zzz").text


def test_the_list_is_paged_by_key_and_keeps_its_filter(cast, alice):
    for number in range(53):
        past.campaign_of(cast.alice, f"Partners {number}", state=CampaignState.PAUSED)
    text = alice.get("/campaigns?state=paused").text
    older = re.search(r'href="([^"]*page=[^"]*)" rel="next"', text)[1].replace("&amp;", "&")
    assert text.count('<tr id="campaign-') == 50 and "state=paused" in older
    assert alice.get(older).text.count('<tr id="campaign-') == 3


def test_an_archived_campaign_leaves_the_list_and_comes_back(cast, alice):
    campaign = past.campaign_of(cast.alice, state=CampaignState.COMPLETED)
    assert alice.post(f"/campaigns/{campaign.id}/archive").location == "/campaigns"
    assert f'id="campaign-{campaign.id}"' not in alice.get("/campaigns").text
    assert f'id="campaign-{campaign.id}"' in alice.get("/campaigns?state=archived").text
    assert "Archived" in alice.get(f"/campaigns/{campaign.id}").text
    assert alice.post(f"/campaigns/{campaign.id}/archive").status_code == 409
    alice.post(f"/campaigns/{campaign.id}/unarchive")
    assert f'id="campaign-{campaign.id}"' in alice.get("/campaigns").text
    assert alice.post(f"/campaigns/{campaign.id}/unarchive").status_code == 409
    assert [event.kind for event in CampaignEvent.select().order_by(CampaignEvent.id)] == ["archived", "unarchived"]


@pytest.mark.parametrize("state", ["sending", "paused"])
def test_what_is_not_over_cannot_be_archived(cast, alice, state):
    campaign = past.campaign_of(cast.alice, state=CampaignState(state))
    answer = alice.post(f"/campaigns/{campaign.id}/archive")
    assert answer.status_code == 409 and "is not over yet" in answer.text
    assert Campaign.get().archived_at is None


def test_pausing_from_the_list_comes_back_to_the_list(cast, alice):
    campaign = past.campaign_of(cast.alice)
    assert alice.post(f"/campaigns/{campaign.id}/pause", data={"at": "list"}).location == "/campaigns"
    assert alice.post(f"/campaigns/{campaign.id}/resume").location == f"/campaigns/{campaign.id}"


def test_a_clone_has_everything_but_the_people_and_their_past(cast, alice):
    box = past.mailbox(cast.acme, "mara@acme.example")
    rules = {"days": "12345", "opens": 540, "closes": 1020, "stop_company": True, "track_clicks": True, "quiet_days": 9}
    campaign = past.campaign_of(cast.bob, steps=2, versions="AB", boxes=[box], **rules)
    step = Step.get(Step.campaign == campaign.id, Step.position == 1)
    Attachment.create(workspace=cast.acme, step=step, name="a.pdf", mimetype="application/pdf", size=3, data=b"PDF")
    past.person(campaign, STATES.REPLIED, replied_after=5)
    answer = alice.post(f"/campaigns/{campaign.id}/clone")
    made = Campaign.get(Campaign.id != campaign.id)
    assert answer.location == f"/campaigns/{made.id}/edit"
    assert (made.name, made.state.value, made.actor_id) == ("Copy of Partners", "draft", cast.alice.user_id)
    assert {name: getattr(made, name) for name in rules} == rules
    counters = ("recipients", "mails", "reached", "replied", "sent")
    assert not any(getattr(made, name) for name in counters) and made.started_at is None
    steps = list(Step.select().where(Step.campaign == made.id).order_by(Step.position))
    assert [(one.position, one.subject, one.wait_days) for one in steps] == [(1, "Mail 1", 0), (2, "Mail 2", 3)]
    assert StepVersion.get(StepVersion.step == steps[0].id).subject == "Mail B"
    assert bytes(Attachment.get(Attachment.step == steps[0].id).data) == b"PDF"
    assert CampaignMailbox.get(CampaignMailbox.campaign == made.id).mailbox_id == box.id
    assert not Recipient.select().where(Recipient.campaign == made.id).exists()


def test_a_clone_of_picked_leads_waits_for_leads(cast, alice):
    campaign = past.campaign_of(cast.alice)
    Campaign.update(audience={"kind": "picked", "stage": "", "q": ""}).execute()
    alice.post(f"/campaigns/{campaign.id}/clone")
    assert Campaign.get(Campaign.id != campaign.id).audience["kind"] == "picked"


# ------------------------------------------------------------------- files


def rows_of(answer):
    assert answer.status_code == 200 and answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))


def test_the_report_as_a_file_has_what_the_page_adds_up(cast, alice):
    box = past.mailbox(cast.acme, "mara@acme.example")
    campaign = past.campaign_of(cast.alice, "=1+1", steps=2, versions="AB", boxes=[box])
    past.person(campaign, STATES.REPLIED, replied_after=5, got=2, mailbox=box, provider="gmail")
    rows = rows_of(alice.get(f"/campaigns/{campaign.id}/report.csv"))
    assert ["Campaign", "'=1+1", "2", "1", "0", "0", "0"] in rows
    assert ["Step", "1. Mail 1", "1", "0", "0", "0", "0"] in rows
    assert ["Step", "2. Mail 2", "1", "1", "0", "0", "0"] in rows
    assert ["Mailbox", "mara@acme.example", "2", "1", "0", "0", "0"] in rows
    assert ["Recipient provider", "Gmail", "2", "1", "0", "0", "0"] in rows
    assert ["Version, step 1", "A", "1", "0", "0", "0", "0"] in rows


def test_the_recipients_as_a_file_are_all_of_them_and_run_nothing(cast, alice):
    campaign = past.campaign_of(cast.alice)
    past.person(campaign, lead=factories.lead(cast.acme, "=cmd|' /C calc'!A0", first_name="@Gina"))
    for _ in range(3):
        past.person(campaign, STATES.BOUNCED)
    rows = rows_of(alice.get(f"/campaigns/{campaign.id}/recipients.csv"))
    assert len(rows) == 5 and rows[1][0] == "'@Gina" and rows[1][2].startswith("'=cmd")
    assert len(rows_of(alice.get(f"/campaigns/{campaign.id}/recipients.csv?state=bounced"))) == 4


# ---------------------------------------------------------------- mail log


def test_the_mail_log_is_narrowed_by_campaign_mailbox_step_and_version(cast, alice):
    boxes = [past.mailbox(cast.acme, f"{name}@acme.example") for name in ("mara", "ines")]
    campaign = past.campaign_of(cast.alice, steps=2, versions="AB", boxes=boxes)
    past.person(campaign, got=2, version="A", mailbox=boxes[0])
    past.person(campaign, got=2, version="B", mailbox=boxes[1])
    other = past.campaign_of(cast.alice, "Others")
    past.person(other, mailbox=boxes[0])

    def found(**asked):
        return alice.get("/mail-log", query_string=asked).text.count('<tr id="delivery-')

    here = {"campaign": campaign.id}
    assert (found(), found(**here), found(mailbox=boxes[0].id)) == (5, 4, 3)
    assert (found(**here, step=2), found(**here, version="B"), found(**here, version="B", step=2)) == (2, 1, 0)
    assert (found(step=2), found(campaign="x"), found(mailbox=2**40)) == (5, 5, 5)
    text = alice.get("/mail-log", query_string=here).text
    assert "Version B" in text and "Step 2" in text and "ines@acme.example" in text


def test_the_mail_log_of_anothers_campaign_is_empty(cast, sign_in):
    campaign = past.campaign_of(cast.alice)
    past.person(campaign)
    text = sign_in(cast.charlie).get(f"/mail-log?campaign={campaign.id}&mailbox=1").text
    assert "No message like that" in text and "Partners" not in text
    assert Delivery.select().count() == 1
