"""What ends a sequence: stop rules, and what persons do to one recipient or the whole campaign."""

import pytest

from tests import factories
from webapp.campaigns import (
    adding,
    launching,
    sending,
    sequencing,
    stopping,
    unsubscribing,
)
from webapp.campaigns.links import unsubscribe_url
from webapp.campaigns.models import (
    Campaign,
    CampaignEvent,
)  # fmt: skip
from webapp.core import clock
from webapp.core.errors import Conflict
from webapp.leads.models import Lead, Stage
from webapp.leads.pipeline import move_lead
from webapp.mail.models import SuppressionReason
from webapp.mail.suppression import suppress

from .conftest import hold, write_down
from .sequences import DAY, person, run, states

# ---------------------------------------------------------------- stop rules


@pytest.mark.parametrize("swept", [True, False])
@pytest.mark.parametrize(
    ("stage", "state", "reason"),
    [("replied", "replied", ""), ("converted", "stopped", "Moved to Converted"), ("lost", "stopped", "Moved to Lost")],
)
def test_a_stage_ends_the_sequence(cast, inbox, sequence, frozen_time, stage, state, reason, swept):
    campaign = sequence(2, {"wait_days": 1})
    run(campaign, frozen_time)
    frozen_time.forward(3600)
    move_lead(Lead.get(Lead.first_name == "L0"), Stage(stage), actor=cast.alice)
    if swept:
        stopping.sweep()
        assert person().state.value == state
    frozen_time.forward(DAY)
    sending.send_campaign(campaign.id, pause=frozen_time.pause)
    campaign = Campaign.get_by_id(campaign.id)
    assert (person().state.value, person().reason) == (state, reason) and len(inbox.mails) == 3
    assert (person().replied_at is not None) == (state == "replied")  # what reports count
    assert (campaign.state.value, campaign.sent, getattr(campaign, state)) == ("completed", 1, 1)


def test_a_stage_of_before_the_start_ends_nothing(cast, inbox, sequence, frozen_time):
    lost = factories.lead(cast.acme, first_name="L9", email="l9@x.example")
    move_lead(lost, Stage.LOST, actor=cast.alice)
    frozen_time.forward(60)
    campaign = sequence(0, {"wait_days": 1})
    run(campaign, frozen_time)
    assert run(campaign, frozen_time, 1).sent == 1 and len(inbox.mails) == 2


def test_a_reply_at_the_company_ends_it_for_all_of_it_where_that_is_wished(cast, inbox, sequence, frozen_time):
    campaign = sequence(3, {"wait_days": 1}, stop_company=True)
    Lead.update(domain="firm0.example").where(Lead.first_name == "L1").execute()
    run(campaign, frozen_time)
    frozen_time.forward(60)
    stopping.replied(person(0))
    stopping.replied(person(0))
    assert states(campaign) == ["replied", "stopped", "queued"]
    assert person(1).reason == "Somebody at the same company replied"
    campaign = run(campaign, frozen_time, 1)
    assert (campaign.replied, campaign.stopped, campaign.sent, len(inbox.mails)) == (1, 1, 1, 4)


def test_a_reply_between_claim_and_leaving_keeps_the_follow_up_back(cast, inbox, sequence, frozen_time):
    campaign = sequence(2, {"wait_days": 1})
    run(campaign, frozen_time)
    frozen_time.forward(DAY)
    lease = hold(campaign)
    write_down(lease, 10)
    move_lead(Lead.get(Lead.first_name == "L0"), Stage.REPLIED, actor=cast.alice)
    sending.leases.release(lease, wake_at=clock.now())
    campaign = run(campaign, frozen_time)
    assert len(inbox.mails) == 3 and states(campaign) == ["replied", "sent"]
    assert person().replied_at is not None


def test_who_unsubscribes_or_bounces_or_is_suppressed_or_deleted_gets_no_follow_up(cast, inbox, sequence, frozen_time):
    campaign = sequence(5, {"wait_days": 1})
    run(campaign, frozen_time)
    frozen_time.forward(60)
    unsubscribing.unsubscribe(unsubscribe_url(person(0).id).rpartition("/")[2])
    stopping.bounced(person(1), "No such user")
    suppress(cast.acme, "l2@firm2.example", reason=SuppressionReason.MANUAL)
    Lead.update(deleted_at=clock.now()).where(Lead.first_name == "L3").execute()
    campaign = run(campaign, frozen_time, 1)
    assert states(campaign) == ["unsubscribed", "bounced", "stopped", "stopped", "sent"]
    assert (campaign.sent, campaign.unsubscribed, campaign.bounced, campaign.stopped) == (2, 1, 1, 2)
    assert len(inbox.mails) == 6 and campaign.state.value == "completed"


def test_a_suppressed_domain_is_not_written_to(cast, inbox, sequence, frozen_time):
    campaign = sequence(2)
    suppress(cast.acme, "@firm0.example", reason=SuppressionReason.MANUAL)
    run(campaign, frozen_time)
    assert inbox.recipients == ["l1@firm1.example"]


# ---------------------------------------------------------- persons intervene


def test_one_recipient_is_paused_resumed_and_taken_out(cast, inbox, sequence, frozen_time):
    campaign = sequence(3, {"wait_days": 1})
    run(campaign, frozen_time)
    sequencing.pause_recipient(person(0), actor=cast.bob)
    sequencing.remove_recipient(person(1), actor=cast.bob)
    campaign = run(campaign, frozen_time, 1)
    assert states(campaign) == ["paused", "stopped", "sent"] and campaign.state.value == "completed"
    assert person(0).reason == "Paused by Bob Baker" and person(1).reason == "Taken out by Bob Baker"
    for verb in (sequencing.pause_recipient, sequencing.remove_recipient):
        with pytest.raises(Conflict):
            verb(person(1), actor=cast.bob)
    sequencing.resume_recipient(person(0))
    with pytest.raises(Conflict):
        sequencing.resume_recipient(person(0))
    campaign = run(campaign, frozen_time)
    assert states(campaign) == ["sent", "stopped", "sent"] and campaign.state.value == "completed"
    assert len(inbox.mails) == 5


def test_who_is_paused_while_their_mail_is_written_down_does_not_get_it_until_resumed(
    cast, inbox, sequence, frozen_time
):
    campaign = sequence(2)
    lease = hold(campaign)
    write_down(lease, 10)
    sequencing.pause_recipient(person(0), actor=cast.bob)
    sending.leases.release(lease, wake_at=clock.now())
    run(campaign, frozen_time)
    assert inbox.recipients == ["l1@firm1.example"]
    sequencing.resume_recipient(person(0))
    assert run(campaign, frozen_time).sent == 2 and len(inbox.mails) == 2


def test_a_stopped_campaign_writes_to_nobody_any_more(cast, inbox, sequence, frozen_time):
    campaign = sequence(3, {"wait_days": 1})
    run(campaign, frozen_time)
    launching.stop(campaign, actor=cast.alice)
    campaign = run(campaign, frozen_time, 1)
    assert states(campaign) == ["stopped"] * 3 and len(inbox.mails) == 3
    assert (campaign.state.value, campaign.stopped, campaign.queued, campaign.reached) == ("stopped", 3, 0, 3)
    for verb in (launching.stop, launching.pause):
        with pytest.raises(Conflict):
            verb(campaign, actor=cast.alice)
    kinds = [row.kind for row in CampaignEvent.select().order_by(CampaignEvent.id)]
    assert kinds == ["started", "stopped"]


def test_a_campaign_that_keeps_adding_takes_in_who_comes(cast, inbox, sequence, frozen_time):
    campaign = sequence(1, keeps_adding=True)
    assert run(campaign, frozen_time).state.value == "sending"
    factories.lead(cast.acme, first_name="L8", email="late@x.example")
    assert adding.take_in(campaign.id) == 1 and adding.take_in(campaign.id) == 0
    campaign = run(campaign, frozen_time)
    assert (campaign.recipients, campaign.sent, len(inbox.mails)) == (2, 2, 2)
