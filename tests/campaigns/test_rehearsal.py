"""The look before the start: what it finds, what it keeps from starting, and that nothing starts past it."""

from datetime import timedelta

import pytest

from tests import factories
from webapp.accounts.models import Workspace
from webapp.campaigns import launching, rehearsal
from webapp.campaigns.models import Campaign, CampaignState, Step, StepKind
from webapp.campaigns.writing_models import Attachment, StepVersion
from webapp.core import clock
from webapp.core.errors import Invalid
from webapp.mail.mailbox_models import MailboxState
from webapp.mail.models import SuppressionReason
from webapp.mail.suppression import suppress


def found(cast, campaign):
    """{text: Finding} of what the look finds."""
    return {finding.text: finding for finding in rehearsal.rehearse(cast.alice, Campaign.get_by_id(campaign.id))}


def states(cast, campaign):
    return {text: finding.state for text, finding in found(cast, campaign).items()}


# -------------------------------------------------------------------- people


def test_a_campaign_that_is_well_may_start(cast, draft):
    factories.lead(cast.acme)
    Workspace.update(postal_address="1 Main Street").execute()
    assert set(states(cast, draft()).values()) == {"ok", "info"}
    rehearsal.check_start(draft(), cast.alice)


def test_nobody_in_the_audience_keeps_it_from_starting(cast, draft):
    suppress(cast.acme, factories.lead(cast.acme).email, reason=SuppressionReason.MANUAL)
    campaign = draft()
    assert states(cast, campaign)["Nobody in this audience can be written to"] == "bad"
    with pytest.raises(Invalid, match="Nobody in this audience"):
        rehearsal.check_start(campaign, cast.alice)


def test_who_is_left_out_is_told_with_why(cast, draft):
    factories.lead(cast.acme)
    factories.lead(cast.acme, email="")
    suppress(cast.acme, factories.lead(cast.acme).email, reason=SuppressionReason.MANUAL)
    told = states(cast, draft())
    assert told["1 lead is left out: no e-mail address"] == "info"
    assert told["1 lead is left out: on the suppression list"] == "info"


def test_who_is_in_another_running_campaign_is_told_unless_they_are_left_out(cast, draft):
    factories.lead(cast.acme)
    launching.start(draft(name="First"), actor=cast.alice)
    campaign = draft(name="Second")
    assert states(cast, campaign)["1 lead is in another running campaign"] == "warn"
    Campaign.update(leaves_out_busy=True).where(Campaign.id == campaign.id).execute()
    assert "1 lead is in another running campaign" not in states(cast, campaign)
    Campaign.update(leaves_out_busy=False, state=CampaignState.COMPLETED).where(Campaign.name == "First").execute()
    assert "1 lead is in another running campaign" not in states(cast, campaign)


# --------------------------------------------------------------------- texts


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"subject": ""}, "Write a subject."),
        ({"body": ""}, "Write a message."),
        ({"sender_name": ""}, "Give the name that people see as the sender."),
        ({"days": ""}, "Choose at least one day to send on."),
        ({"opens": 600, "closes": 600}, "Sending ends before it begins. Choose a later end."),
    ],
)
def test_what_cannot_be_sent_is_named_and_blocks(cast, draft, fields, text):
    factories.lead(cast.acme)
    assert states(cast, draft(**fields))[text] == "bad"


def test_each_step_and_version_is_looked_at(cast, draft):
    factories.lead(cast.acme, city="")
    campaign = draft(body="Hi {{first_name|there}}")
    step = Step.get(Step.campaign == campaign.id)
    StepVersion.create(workspace=cast.acme, step=step, letter="B", subject="Hello {{city}}", body="{{frist_name}}")
    more = {"workspace": cast.acme, "campaign": campaign, "in_thread": False, "wait_days": 1}
    Step.create(position=2, subject="", body="In {{city}}?", **more)
    Step.create(position=3, subject="Ring", kind=StepKind.CALL, **more)
    told = states(cast, campaign)
    assert told["Step 2: Write a subject."] == "bad"
    assert any(text.startswith("Step 1, version B: {{frist_name}} is not a field") for text in told)
    assert told["1 lead lacks “City” (step 2)"] == "warn"
    StepVersion.update(body="Hello").execute()
    assert states(cast, campaign)["1 lead lacks “City” (step 1, version B)"] == "warn"


def test_a_fallback_says_what_to_write_instead(cast, draft):
    factories.lead(cast.acme, city="")
    assert "1 lead lacks “City”" in states(cast, draft(body="In {{city}}?"))
    assert "1 lead lacks “City”" not in states(cast, draft(body="In {{city|your town}}?"))


def test_links_that_filters_distrust_are_told(cast, draft):
    factories.lead(cast.acme)
    told = " ".join(states(cast, draft(body="See https://bit.ly/x and ftp://files.example/a")))
    assert "bit.ly hides where a link leads" in told and "ftp://" in told


@pytest.mark.parametrize(("size", "state"), [(1_000, None), (900_000, "warn"), (9_000_000, "bad")])
def test_files_make_a_mail_large(cast, draft, size, state):
    factories.lead(cast.acme)
    campaign = draft()
    step = Step.get(Step.campaign == campaign.id)
    Attachment.create(workspace=cast.acme, step=step, name="a.pdf", mimetype="application/pdf", size=size, data=b"x")
    assert {s for text, s in states(cast, campaign).items() if "with its files" in text} == (
        {state} if state else set()
    )


# ------------------------------------------------------------------- senders


def test_a_paused_mailbox_blocks_only_when_no_other_sends(cast, box, through):
    factories.lead(cast.acme)
    paused = box("a@acme.example", state=MailboxState.PAUSED, pause_reason="Wrong password.")
    told = found(cast, through(paused))["a@acme.example is paused"]
    assert told.state == "bad" and told.help.startswith("Wrong password. Resume it")
    assert states(cast, through(paused, box("b@acme.example")))["a@acme.example is paused"] == "warn"


def test_what_a_server_said_is_told_to_who_manages_the_mailbox(cast, box, through):
    factories.lead(cast.acme)
    said = "535 zyxsecret"
    campaign = through(box("a@acme.example", state=MailboxState.PAUSED, pause_reason=said, last_error=said))
    helps = [
        next(one.help for one in rehearsal.rehearse(who, campaign) if one.text == "a@acme.example is paused")
        for who in (cast.alice, cast.bob)
    ]
    assert said in helps[0] and said not in helps[1] and "Something is wrong with it." in helps[1]


def test_a_mailbox_that_was_never_tested_is_told(cast, box, through):
    factories.lead(cast.acme)
    assert states(cast, through(box(checked_at=None)))["alice@acme.example was never tested"] == "warn"
    assert "was never tested" not in " ".join(states(cast, through(box("b@acme.example"))))


def test_hours_that_never_meet_block(cast, box, through):
    factories.lead(cast.acme)
    fields = {"days": "12345", "opens": 540, "closes": 1020}
    night = box("night@acme.example", opens=1080, closes=1440)
    text = "The campaign and its mailboxes never send at the same time"
    assert states(cast, through(night, **fields))[text] == "bad"
    assert text not in states(cast, through(night, box("day@acme.example", opens=600, closes=660), **fields))
    weekend = box("weekend@acme.example", days="67")
    assert states(cast, through(weekend, **fields))[text] == "bad"
    assert (
        states(cast, through(box("no@acme.example", days="")))["no@acme.example never sends: it has no hours"] == "bad"
    )


def test_more_than_the_caps_allow_in_a_sensible_time_is_told(cast, box, through):
    for _ in range(100):
        factories.lead(cast.acme)
    told = states(cast, through(box(daily_cap=1, gap_seconds=60)))
    assert told["100 mails would take about 100 sending days"] == "warn"
    assert "sending days" not in " ".join(states(cast, through(box("b@acme.example", daily_cap=2))))


def test_a_day_that_has_passed_and_a_missing_address_are_told(cast, draft):
    factories.lead(cast.acme)
    campaign = draft()
    Campaign.update(starts_at=clock.now() - timedelta(days=1)).execute()
    told = states(cast, campaign)
    assert told["The day it was to begin has passed"] == "warn"
    assert told["The postal address of your company is missing"] == "warn"


# --------------------------------------------------------------------- pages


def test_a_form_sent_past_a_blocked_look_starts_nothing(cast, draft, alice):
    factories.lead(cast.acme)
    campaign = draft(subject="")
    answer = alice.post(f"/campaigns/{campaign.id}/start")
    assert answer.location == f"/campaigns/{campaign.id}/start"
    assert "Write a subject." in alice.get(answer.location).text
    assert Campaign.get_by_id(campaign.id).state is CampaignState.DRAFT


def test_only_who_steers_it_may_look_and_start(cast, draft, sign_in):
    campaign = draft()
    for client, status in ((sign_in(cast.charlie), 404), (sign_in(cast.vera), 403)):
        assert client.get(f"/campaigns/{campaign.id}/start").status_code == status
        for path in ("start", "domains"):
            assert client.post(f"/campaigns/{campaign.id}/{path}").status_code == status


def test_looking_again_has_its_limit(cast, draft, alice):
    campaign = draft()
    answers = [alice.post(f"/campaigns/{campaign.id}/domains").status_code for _ in range(61)]
    assert answers[-2:] == [303, 429]


def test_a_part_has_the_list_and_the_button(cast, draft, alice, htmx):
    campaign = draft(subject="")
    part = alice.get(f"/campaigns/{campaign.id}/start", headers=htmx).text
    assert part.strip().startswith("<section") and 'id="checks"' in part and 'hx-target="#start"' in part
    both = alice.post(f"/campaigns/{campaign.id}/domains", headers=htmx).text
    assert 'hx-target="#checks"' in both and 'hx-target="#start"' in both and "disabled" in both
