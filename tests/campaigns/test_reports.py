"""The page of a campaign: its numbers equal a recount, and whoever may not see them does not."""

import random
import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tests import factories
from tests.campaigns import past
from tests.questions import questions
from webapp.accounts.models import Membership, Reach
from webapp.campaigns import numbers, standing
from webapp.campaigns.models import Campaign, CampaignEvent, CampaignState, Delivery, Recipient, RecipientState, Step
from webapp.campaigns.writing_models import StepVersion
from webapp.core import clock
from webapp.leads.models import Lead, Stage
from webapp.mail.mailbox_models import MailboxDay

STATES = RecipientState


def fresh(campaign):
    return Campaign.get_by_id(campaign.id)


def test_the_numbers_of_a_random_past_equal_a_recount(cast):
    dice = random.Random(11)
    boxes = [past.mailbox(cast.acme, f"box{number}@acme.example") for number in range(2)]
    campaign = past.campaign_of(cast.alice, steps=3, versions="AB", boxes=boxes)
    for _ in range(60):
        state = dice.choice([STATES.SENT, STATES.QUEUED, STATES.REPLIED, STATES.BOUNCED, STATES.UNSUBSCRIBED])
        after = dice.randrange(3000) if state is STATES.REPLIED else None
        past.person(
            campaign, state, got=dice.randrange(1, 4), replied_after=after, version=dice.choice("AB"),
            mailbox=dice.choice(boxes), provider=dice.choice(past.PROVIDERS),
        )  # fmt: skip
    made = numbers.numbers(campaign)
    mails, last = list(Delivery.select().order_by(Delivery.id)), {}
    for mail in mails:
        last[mail.recipient_id] = mail
    ends = Counter((row.state.value, last[row.id].step_id) for row in Recipient.select())
    steps = {step.position: step.id for step in Step.select()}
    for line in made.steps:
        assert line.mails == sum(mail.step_id == steps[line.key] for mail in mails)
        for name in ("replied", "bounced", "unsubscribed"):
            assert getattr(line, name) == ends[name, steps[line.key]], (name, line)
    for lines, of in ((made.mailboxes, "mailbox_id"), (made.providers, "provider")):
        assert {line.key: line.mails for line in lines} == Counter(getattr(mail, of) for mail in mails)
        assert sum(line.replied for line in lines) == fresh(campaign).replied
    (trial,) = made.trials
    first = [mail for mail in mails if mail.step_id == steps[1]]
    assert {line.key: line.mails for line in trial.lines} == Counter(mail.version for mail in first)
    assert sum(count for _, count in made.times) == fresh(campaign).replied


def test_a_reply_counts_for_the_newest_mail_that_its_writer_had_got_by_then(cast):
    campaign = past.campaign_of(cast.alice, steps=2)
    row = past.person(campaign, got=2, replied_after=60)
    before_second = past.mails_of(row)[1].created_at - timedelta(hours=2)
    Recipient.update(replied_at=before_second).execute()
    first, second = numbers.numbers(campaign).steps
    assert (first.replied, second.replied) == (1, 0)


def test_the_time_to_reply_has_its_median_and_its_share_of_each_span(cast):
    campaign = past.campaign_of(cast.alice)
    for seconds in (60, 3 * 3600, 30 * 3600):
        row = past.person(campaign, STATES.REPLIED, replied_after=0)
        at = past.mails_of(row)[0].changed_at + timedelta(seconds=seconds)
        Recipient.update(replied_at=at).where(Recipient.id == row.id).execute()
    made = numbers.numbers(campaign)
    assert made.median == 3 * 3600
    assert [count for _, count in made.times] == [1, 1, 0, 1, 0, 0, 0]


def test_the_page_shows_what_was_reached_replied_bounced_and_left(cast, alice):
    campaign = past.campaign_of(cast.alice, steps=2)
    past.person(campaign, STATES.QUEUED)
    past.person(campaign, STATES.REPLIED, replied_after=5, lead=factories.lead(cast.acme, stage=Stage.CONVERTED))
    past.person(campaign, STATES.BOUNCED)
    past.person(campaign, STATES.UNSUBSCRIBED, got=2)
    text = alice.get(f"/campaigns/{campaign.id}").text
    values = dict(re.findall(r"</svg> (\w+)</dt><dd class=\"value\">([\d,]+)", text))
    assert values == {"Queued": "1", "Reached": "4", "Replied": "1", "Bounced": "1", "Unsubscribed": "1"}
    assert "5 of about 6" in text and "1 of 2" in text and "2 of 2" in text
    funnel = re.findall(r'aria-label="(Leads|Reached|Replied|Converted)"[^>]*>(\d+) of (\d+)', text)
    assert funnel == [("Leads", "4", "4"), ("Reached", "4", "4"), ("Replied", "1", "4"), ("Converted", "1", "4")]
    assert "is usual here" not in text and "Opened" not in text


def test_what_is_usual_is_said_once_other_campaigns_reached_enough(cast, alice):
    campaign = past.campaign_of(cast.alice)
    past.person(campaign)
    past.campaign_of(cast.alice, "Before", reached=standing.LEAST, replied=10, state=CampaignState.COMPLETED)
    past.campaign_of(cast.charlie, "Elsewhere", reached=500, replied=500)
    assert "20% is usual here" in alice.get(f"/campaigns/{campaign.id}").text
    Campaign.update(reached=standing.LEAST - 1).where(Campaign.name == "Before").execute()
    assert "is usual here" not in alice.get(f"/campaigns/{campaign.id}").text


def test_the_chart_and_the_table_behind_it_say_what_left_on_which_day(cast, alice):
    early = past.campaign_of(cast.alice, "Early", started_at=datetime(2026, 11, 17, 12, tzinfo=UTC))
    with clock.freeze(datetime(2026, 11, 18, 12, tzinfo=UTC)):
        assert [day.date.day for day in standing.standing(cast.alice, early).days] == [*range(17, 24)]
    campaign = past.campaign_of(cast.alice)
    past.person(campaign, STATES.REPLIED, replied_after=5)
    stood = standing.standing(cast.alice, fresh(campaign))
    assert (sum(day.sent for day in stood.days), sum(day.replied for day in stood.days)) == (1, 1)
    text = alice.get(f"/campaigns/{campaign.id}").text
    assert text.count('<rect class="hit"') == len(stood.days) and text.count("<td data-num>1</td>") == 2


def test_what_was_sent_today_stands_beside_what_its_mailboxes_may_send(cast, alice):
    box = past.mailbox(cast.acme, "mara@acme.example", daily_cap=40)
    campaign = past.campaign_of(cast.alice, boxes=[box])
    past.person(campaign, STATES.QUEUED, got=0)
    MailboxDay.create(workspace=cast.acme, mailbox=box, day=f"{clock.now():%Y-%m-%d}", sent=22)
    MailboxDay.create(workspace=cast.acme, mailbox=box, day=f"{clock.now() - timedelta(days=1):%Y-%m-%d}", sent=40)
    text = alice.get(f"/campaigns/{campaign.id}").text
    assert "22 of 40</span> sent today" in text and "mara@acme.example" in text


def test_a_paused_mailbox_is_said_where_its_campaign_waits(cast, alice):
    box = past.mailbox(cast.acme, "mara@acme.example", state="paused", pause_reason="Too many refusals.")
    campaign = past.campaign_of(cast.alice, boxes=[box])
    past.person(campaign, STATES.QUEUED, got=0)
    text = alice.get(f"/campaigns/{campaign.id}").text
    assert "mara@acme.example is paused" in text and "Too many refusals." in text


def test_recipients_are_found_by_name_state_and_both(cast, alice):
    campaign = past.campaign_of(cast.alice)
    past.person(campaign, lead=factories.lead(cast.acme, "Grafana Labs", last_name="Lindgren"))
    past.person(campaign, STATES.BOUNCED, lead=factories.lead(cast.acme, "Miro", last_name="Lindgren"))
    factories.lead(cast.acme, "Lindgren and sons")

    def found(query):
        return alice.get(f"/campaigns/{campaign.id}?{query}").text.count('<tr id="recipient-')

    assert (found(""), found("q=lindgren"), found("q=grafana"), found("q=lindgren&state=bounced")) == (2, 2, 1, 1)
    assert (found("q=nobody"), found("state=paused"), found("state=nonsense"), found("page=nonsense")) == (0, 0, 2, 2)
    assert "Nobody like that" in alice.get(f"/campaigns/{campaign.id}?q=nobody").text


def test_the_page_asks_for_itself_only_while_something_is_unfinished(cast, alice, htmx):
    campaign = past.campaign_of(cast.alice)
    assert 'hx-trigger="every 2s"' in alice.get(f"/campaigns/{campaign.id}").text
    assert 'hx-trigger="every 30s"' in alice.get(f"/campaigns/{campaign.id}/numbers", headers=htmx).text
    Campaign.update(state="stopped", finished_at=clock.now()).execute()
    assert "every" not in re.findall(r'hx-trigger="([^"]*)"', alice.get(f"/campaigns/{campaign.id}").text)
    assert "every 30s" not in alice.get(f"/campaigns/{campaign.id}/numbers", headers=htmx).text


def test_pages_ask_as_much_for_many_recipients_steps_and_mailboxes_as_for_few(cast, alice):
    asked = []
    for people, steps in ((2, 1), (30, 3)):
        boxes = [past.mailbox(cast.acme, f"{people}-{number}@acme.example") for number in range(steps)]
        campaign = past.campaign_of(cast.alice, steps=steps, versions="AB", boxes=boxes)
        for _ in range(people):
            past.person(campaign, STATES.REPLIED, replied_after=5, mailbox=boxes[0])
        paths = ("/campaigns", f"/campaigns/{campaign.id}", f"/campaigns/{campaign.id}/numbers", "/mail-log")
        asked.append([len(questions(alice, path)) for path in paths])
    few, many = asked
    assert few == many and max(many) <= 8, asked


def test_what_happened_stands_beside_the_newest_replies(cast, alice):
    campaign = past.campaign_of(cast.alice)
    gina = factories.lead(cast.acme, first_name="Gina", last_name="Vale")
    past.person(campaign, STATES.REPLIED, replied_after=5, lead=gina)
    for kind, data in (("started", {}), ("mailbox_paused", {"reason": "Too many refusals."}), ("odd_thing", {})):
        actor = cast.alice.user_id if kind == "started" else None
        CampaignEvent.create(workspace=cast.acme, campaign=campaign, actor=actor, kind=kind, data=data)
    text = " ".join(re.sub(r"<[^>]+>", " ", alice.get(f"/campaigns/{campaign.id}").text).split())
    assert "Alice Archer started the campaign" in text and "Gina Vale replied" in text
    assert "Galena paused a mailbox: Too many refusals." in text and "Galena odd thing" in text


def test_a_lead_that_is_gone_still_has_its_place_in_the_report(cast, alice):
    campaign = past.campaign_of(cast.alice)
    row = past.person(campaign)
    Lead.delete().where(Lead.id == row.lead_id).execute()
    assert "A lead that is gone" in alice.get(f"/campaigns/{campaign.id}").text


# ------------------------------------------------------------ who sees what


def test_outsiders_and_members_with_a_narrow_reach_find_no_report(cast, sign_in):
    campaign = past.campaign_of(cast.alice)
    past.person(campaign)
    Membership.update(reach=Reach.OWN).where(Membership.user == cast.bob.user_id).execute()
    for member in (cast.charlie, cast.bob):
        client = sign_in(member)
        for path in ("", "/numbers", "/report.csv", "/recipients.csv"):
            assert client.get(f"/campaigns/{campaign.id}{path}").status_code == 404, path
        for path in ("clone", "archive", "unarchive", "version", "pause", "resume"):
            assert client.post(f"/campaigns/{campaign.id}/{path}").status_code == 404, path
        assert "Partners" not in client.get("/campaigns").text


def test_of_a_campaign_one_made_only_leads_within_reach_are_named(cast, sign_in):
    Membership.update(reach=Reach.OWN).where(Membership.user == cast.bob.user_id).execute()
    bobs = past.campaign_of(cast.bob)
    past.person(bobs, STATES.REPLIED, replied_after=5, lead=factories.lead(cast.acme, "Globex", last_name="Hidden"))
    past.person(
        bobs, STATES.REPLIED, replied_after=5,
        lead=factories.lead(cast.acme, "Initech", last_name="Seen", owner=cast.bob.user_id),
    )  # fmt: skip
    client = sign_in(cast.bob)
    for path in ("", "?q=globex", "/recipients.csv"):
        text = client.get(f"/campaigns/{bobs.id}{path}").text
        assert "Hidden" not in text and "Seen" in text, path


def test_a_viewer_reads_the_report_and_changes_nothing(cast, sign_in):
    campaign = past.campaign_of(cast.alice, versions="AB")
    past.person(campaign)
    vera = sign_in(cast.vera)
    text = vera.get(f"/campaigns/{campaign.id}").text
    assert "Export report" in text and "Duplicate" not in text and "Archive" not in text
    assert "Use A only" not in vera.get(f"/campaigns/{campaign.id}/numbers").text
    for path in ("clone", "archive", "version"):
        assert vera.post(f"/campaigns/{campaign.id}/{path}").status_code == 403


# ---------------------------------------------------------------- versions


def _trial(cast, good, bad, each=60):
    campaign = past.campaign_of(cast.alice, versions="AB")
    for letter, replies in (("A", good), ("B", bad)):
        for number in range(each):
            reply = 30 if number < replies else None
            past.person(campaign, STATES.REPLIED if reply else STATES.SENT, replied_after=reply, version=letter)
    return campaign


def test_a_version_that_is_likely_better_can_go_on_alone(cast, alice):
    campaign = _trial(cast, 30, 8)
    text = alice.get(f"/campaigns/{campaign.id}/numbers").text
    assert "The difference is likely real" in text and "Use A only" in text
    assert "50%" in text and "60 mails" in text
    alice.post(f"/campaigns/{campaign.id}/version", data={"step": "1", "letter": "A"})
    assert Step.get().is_on and not StepVersion.get().is_on
    assert CampaignEvent.get().kind == "version"
    text = alice.get(f"/campaigns/{campaign.id}/numbers").text
    assert "Use A only" not in text and "Everybody gets version A" in text


def test_a_difference_that_may_be_chance_offers_nothing(cast, alice):
    campaign = _trial(cast, 12, 10)
    text = alice.get(f"/campaigns/{campaign.id}/numbers").text
    assert "may be chance" in text and "Use A only" not in text


@pytest.mark.parametrize("form", [{}, {"step": "9", "letter": "A"}, {"step": "1", "letter": "Z"}, {"step": "x"}])
def test_a_version_or_a_step_that_is_not_there_changes_nothing(cast, alice, form):
    campaign = past.campaign_of(cast.alice, versions="AB")
    assert alice.post(f"/campaigns/{campaign.id}/version", data=form).status_code in (303, 400, 404, 422)
    assert Step.get().is_on and StepVersion.get().is_on and not CampaignEvent.select().exists()
