"""Campaigns that take in by themselves the leads that come to their audience."""

import pytest

from tests import factories
from webapp.accounts.models import Membership, Reach, Role
from webapp.campaigns import adding, launching
from webapp.campaigns.models import Campaign, CampaignState, Recipient
from webapp.core.clock import now
from webapp.leads.conditions import Where, one
from webapp.leads.filters import Filter
from webapp.leads.models import Lead
from webapp.mail import suppression
from webapp.mail.models import SuppressionReason

SWISS = Filter(where=Where((one("country", "CH"), one("city", "Bern"))))


def emails():
    return {email for (email,) in Recipient.select(Lead.email).join(Lead).tuples()}


def bern(workspace, email, **fields):
    return factories.lead(workspace, email=email, country="CH", city="Bern", **fields)


def test_new_leads_of_the_audience_are_taken_in_once_and_written_to(cast, inbox, draft, send):
    bern(cast.acme, "ann@x.example")
    filtered = {"kind": "filter", "stage": "", "q": "", "query": SWISS.query()}
    campaign = draft(audience=filtered, keeps_adding=True)
    launching.start(campaign, actor=cast.alice)
    assert send(campaign).state is CampaignState.SENDING, "somebody may come"
    bern(cast.acme, "ben@x.example")
    factories.lead(cast.acme, email="cleo@x.example", country="AT")
    assert adding.take_in(campaign.id) == 1
    assert adding.take_in(campaign.id) == 0
    campaign = send(campaign)
    assert sorted(inbox.recipients) == ["ann@x.example", "ben@x.example"]
    assert (campaign.recipients, campaign.sent, campaign.skipped) == (2, 2, 0)


def test_a_lead_that_comes_to_the_audience_later_counts_as_new(cast, draft):
    late = factories.lead(cast.acme, email="late@x.example", country="CH", city="Basel")
    bern(cast.acme, "ann@x.example")
    campaign = draft(audience={"kind": "filter", "stage": "", "q": "", "query": SWISS.query()}, keeps_adding=True)
    launching.start(campaign, actor=cast.alice)
    Lead.update(city="Bern").where(Lead.id == late.id).execute()
    assert adding.take_in(campaign.id) == 1 and late.email in emails()


def test_whom_no_mail_may_go_to_is_not_taken_in_and_is_looked_at_again(cast, draft):
    bern(cast.acme, "ann@x.example")
    campaign = draft(keeps_adding=True)
    launching.start(campaign, actor=cast.alice)
    silent = factories.lead(cast.acme, email="")
    suppression.suppress(cast.acme, factories.lead(cast.acme).email, reason=SuppressionReason.MANUAL)
    assert adding.take_in(campaign.id) == 0 and Campaign.get_by_id(campaign.id).recipients == 1
    Lead.update(email="now@x.example").where(Lead.id == silent.id).execute()
    assert adding.take_in(campaign.id) == 1 and "now@x.example" in emails()


def test_a_person_who_got_the_mail_already_is_not_taken_in_under_another_lead(cast, draft, send, inbox):
    ann = factories.lead(cast.acme, email="ann@gmail.com")
    campaign = draft(keeps_adding=True)
    launching.start(campaign, actor=cast.alice)
    send(campaign)
    factories.lead(cast.acme, email="a.nn+news@gmail.com")
    assert adding.take_in(campaign.id) == 0
    Lead.update(deleted_at=now()).where(Lead.id == ann.id).execute()
    factories.lead(cast.acme, email="ann@gmail.com")
    assert adding.take_in(campaign.id) == 0


def test_only_leads_that_the_starter_sees_are_taken_in(cast, draft):
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    factories.lead(cast.acme, email="first@x.example", owner=olga.user_id)
    campaign = draft(keeps_adding=True)
    launching.start(campaign, actor=olga)
    factories.lead(cast.acme, email="others@x.example")
    factories.lead(cast.acme, email="hers@x.example", owner=olga.user_id)
    adding.take_in(campaign.id)
    assert emails() == {"first@x.example", "hers@x.example"}


@pytest.mark.parametrize("has_left", [True, False])
def test_it_ends_when_the_starter_has_left_or_only_looks(cast, draft, has_left):
    factories.lead(cast.acme)
    campaign = draft(keeps_adding=True)
    launching.start(campaign, actor=cast.bob)
    factories.lead(cast.acme)
    change = Membership.delete() if has_left else Membership.update(role=Role.VIEWER)
    change.where(Membership.user == cast.bob.user_id).execute()
    assert adding.take_in(campaign.id) == 0
    assert not Campaign.get_by_id(campaign.id).keeps_adding


def test_a_paused_campaign_lets_them_wait_and_a_stopped_or_archived_one_takes_nobody(cast, draft):
    factories.lead(cast.acme)
    campaign = draft(keeps_adding=True)
    launching.start(campaign, actor=cast.alice)
    launching.pause(Campaign.get_by_id(campaign.id), actor=cast.alice)
    factories.lead(cast.acme)
    assert adding.take_in(campaign.id) == 1
    assert Campaign.get_by_id(campaign.id).state is CampaignState.PAUSED
    factories.lead(cast.acme)
    Campaign.update(state="stopped").execute()
    assert adding.take_in(campaign.id) == 0
    Campaign.update(state="completed", archived_at=now()).execute()
    assert adding.take_in(campaign.id) == 0


def test_many_are_taken_in_in_batches(cast, draft, monkeypatch):
    monkeypatch.setattr(adding, "AT_ONCE", 2)
    factories.lead(cast.acme)
    campaign = draft(keeps_adding=True)
    launching.start(campaign, actor=cast.alice)
    for _ in range(5):
        factories.lead(cast.acme)
    assert adding.take_in(campaign.id) == 5 and Campaign.get_by_id(campaign.id).recipients == 6


def test_the_job_goes_through_all_campaigns_that_want_it(cast, draft):
    factories.lead(cast.acme)
    for wants in (True, False):
        launching.start(draft(keeps_adding=wants), actor=cast.alice)
    factories.lead(cast.acme)
    adding.take_in_leads()
    assert sorted(campaign.recipients for campaign in Campaign.select()) == [1, 2]
