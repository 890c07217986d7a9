"""Leads that a member adds to a campaign: to a draft for them, to one that sends, to one that had completed."""

import re

import pytest

from tests import factories
from webapp.accounts.models import Reach
from webapp.campaigns import adding, launching, lines, settling
from webapp.campaigns.models import Campaign, CampaignState, Delivery, Recipient, RecipientState
from webapp.core import clock
from webapp.core.errors import Invalid
from webapp.leads import bulk_running
from webapp.leads.filters import Filter
from webapp.leads.list_models import BulkAction, BulkState
from webapp.leads.models import Lead
from webapp.mail.models import SuppressionReason
from webapp.mail.suppression import suppress

from .conftest import BODY, SUBJECT, claims_of, hold

PICKED = {"kind": "picked", "stage": "", "q": ""}


@pytest.fixture
def add(cast):
    """Adds these leads, or all of the view, to a campaign; returns the BulkAction."""

    def add(campaign, *leads, member=None, chosen=Filter()):  # noqa: B008  a Filter never changes
        data = {"campaign": campaign.id, "words": f"added to {campaign.name}"}
        ids = [lead.id for lead in leads]
        return bulk_running.begin(member or cast.alice, "campaign", data, chosen, ids)

    return add


def fresh(campaign):
    return Campaign.get_by_id(campaign.id)


def test_a_draft_for_added_leads_goes_to_them_and_to_nobody_else(cast, inbox, draft, add, send):
    ann, ben = factories.lead(cast.acme, email="ann@x.example"), factories.lead(cast.acme, email="ben@x.example")
    silent, gone = factories.lead(cast.acme, email=""), factories.lead(cast.acme, email="gone@x.example")
    factories.lead(cast.acme)
    campaign = draft(audience=PICKED)
    add(campaign, ann, silent, gone)
    add(campaign, ann, ben)
    assert (fresh(campaign).recipients, Recipient.select().count()) == (0, 4)
    suppress(cast.acme, "gone@x.example", reason=SuppressionReason.MANUAL)
    launching.start(campaign, actor=cast.alice)
    assert fresh(campaign).skipped == 2
    campaign = send(campaign)
    assert sorted(inbox.recipients) == ["ann@x.example", "ben@x.example"]
    assert (campaign.recipients, campaign.skipped, campaign.sent) == (4, 2, 2)
    reasons = {person.lead_id: person.reason for person in Recipient.select()}
    assert reasons[silent.id] == "No e-mail address" and reasons[gone.id] == "On the suppression list"


def test_an_address_that_came_before_the_start_counts(cast, inbox, draft, add, send):
    lead, campaign = factories.lead(cast.acme, email=""), draft(audience=PICKED)
    add(campaign, lead)
    with pytest.raises(Invalid):
        launching.start(campaign, actor=cast.alice)
    Lead.update(email="late@x.example").execute()
    launching.start(campaign, actor=cast.alice)
    send(campaign)
    assert inbox.recipients == ["late@x.example"]


@pytest.mark.parametrize("state", ["sending", "completed", "paused"])
def test_a_started_campaign_takes_more_and_writes_to_each_once(cast, inbox, started, add, send, run_jobs, state):
    campaign = started(2)
    if state == "completed":
        assert send(campaign).state is CampaignState.COMPLETED
    if state == "paused":
        launching.pause(campaign, actor=cast.alice)
    new, silent = factories.lead(cast.acme, email="new@x.example"), factories.lead(cast.acme, email="")
    action = add(campaign, *Lead.of(cast.acme))
    assert action.changed == 2 and fresh(campaign).recipients == 4 and fresh(campaign).skipped == 1
    assert fresh(campaign).state.value == ("paused" if state == "paused" else "sending")
    if state == "paused":
        launching.resume(fresh(campaign))
    run_jobs()
    campaign = fresh(campaign)
    assert sorted(inbox.recipients) == ["lead0@globex.example", "lead1@globex.example", "new@x.example"]
    assert (campaign.state.value, campaign.sent, campaign.queued) == ("completed", 3, 0)
    assert {new.id, silent.id} < {person.lead_id for person in Recipient.select()}


def test_the_undo_takes_out_whom_nobody_wrote_to_and_keeps_the_others(cast, inbox, started, add, send):
    campaign = started(1)
    early, late = factories.lead(cast.acme, email="a@x.example"), factories.lead(cast.acme, email="")
    action = add(campaign, early, late)
    send(campaign)
    bulk_running.undo(action)
    action, campaign = BulkAction.get_by_id(action.id), fresh(campaign)
    assert (action.state, action.undone) == (BulkState.UNDONE, 1)
    assert (campaign.recipients, campaign.skipped, campaign.sent) == (2, 0, 2)
    assert late.id not in {person.lead_id for person in Recipient.select()}


def test_who_is_taken_out_while_mails_are_written_down_gets_none(cast, started, add):
    campaign = started(1)
    action = add(campaign, factories.lead(cast.acme, email="out@x.example"))
    lease = hold(campaign)
    claims = claims_of(lease)
    insert = claims._insert

    def taken_out_first(*what):
        before = Recipient.select(Recipient.lead, Recipient.id)
        gone = {row.lead_id: "" for row in before if row.lead.email == "out@x.example"}
        assert list(gone) == adding.KIND.undo(cast.alice, gone, action.data)
        insert(*what)

    claims._insert = taken_out_first
    claims.take(lines.sending_lines(campaign.workspace_id), 10)
    assert [delivery.email for delivery in Delivery.select()] == ["lead0@globex.example"]
    assert [person.state for person in Recipient.select()] == [RecipientState.SENDING]


def test_a_campaign_does_not_complete_over_leads_that_just_came(cast, inbox, started, add, send, monkeypatch):
    campaign = started(1)
    complete, came, completed = settling.complete, [], []

    def somebody_comes():
        if not came:
            came.append(factories.lead(cast.acme, email="new@x.example"))
            add(campaign, *came)
        return clock.now()

    def completing(campaign_id):
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(settling, "now", somebody_comes)  # asked after the first look at who is left
            completed.append(complete(campaign_id))

    monkeypatch.setattr(settling, "complete", completing)
    assert send(campaign).state is CampaignState.COMPLETED and fresh(campaign).sent == 2
    assert completed == [False, True]


def test_a_whole_view_is_added_by_a_job(cast, draft, add, run_jobs, monkeypatch):
    monkeypatch.setattr(bulk_running, "AT_ONCE", 2)
    for _ in range(5):
        factories.lead(cast.acme)
    campaign = draft(audience=PICKED)
    action = add(campaign)
    assert action.state is BulkState.QUEUED and Recipient.select().count() == 0
    run_jobs()
    assert Recipient.select().count() == 5 and BulkAction.get_by_id(action.id).changed == 5


def test_nobody_adds_leads_beyond_their_reach_or_to_what_others_steer(cast, draft, add):
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    theirs = factories.lead(cast.acme)
    own = adding.new_draft(olga)
    add(own, theirs, member=olga)
    assert add(draft(audience=PICKED), factories.lead(cast.acme, owner=olga.user_id), member=olga).changed == 0
    assert Recipient.select().count() == 0


# ------------------------------------------------------------------------ pages


def test_ticked_leads_begin_a_new_campaign(cast, sign_in):
    ann, _ = factories.lead(cast.acme, first_name="Ann"), factories.lead(cast.acme)
    client = sign_in(cast.bob)
    page = client.get(f"/campaigns/choose?lead={ann.id}&sort=name").text
    assert "Add 1 lead to a campaign" in page and 'action="/campaigns/choose?sort=name"' in page
    answer = client.post("/campaigns/choose?sort=name", data={"lead": ann.id, "campaign": "new"})
    campaign = Campaign.get()
    assert answer.location == f"/campaigns/{campaign.id}/edit"
    editor = client.get(answer.location).text
    assert "1 lead</dd>" in editor and re.search('<input checked[^>]*value="picked"', editor)


def test_one_adds_to_campaigns_that_take_leads(cast, sign_in, draft, started):
    for_all, sending = draft(name="For all"), started(1, name="On its way")
    lead, client = factories.lead(cast.acme, first_name="Zoe"), sign_in(cast.alice)
    page = client.get(f"/campaigns/choose?lead={lead.id}").text
    assert "On its way" in page and "For all" not in page
    answer = client.post("/campaigns/choose?q=glo", data={"lead": lead.id, "campaign": sending.id})
    assert answer.location == "/leads?q=glo"
    assert "1 lead added to On its way" in client.get("/leads").text
    assert "Zoe" in client.get(f"/campaigns/{sending.id}").text
    client.post(f"/leads/bulk/{BulkAction.get().id}/undo")
    assert "Zoe" not in client.get(f"/campaigns/{sending.id}").text
    assert client.post("/campaigns/choose", data={"lead": lead.id, "campaign": for_all.id}).status_code == 409
    for wrong in ({}, {"campaign": "x"}):
        assert client.post("/campaigns/choose", data={"lead": lead.id, **wrong}).status_code == 422
    assert client.post("/campaigns/choose", data={"campaign": sending.id}).status_code == 422
    assert sign_in(cast.charlie).post("/campaigns/choose", data={"all": 1, "campaign": sending.id}).status_code == 404


def test_an_audience_of_added_leads_is_kept_by_the_editor(cast, sign_in, draft):
    campaign, client = draft(audience=PICKED), sign_in(cast.alice)
    data = {"campaign_id": campaign.id, "name": "Mine", "kind": "picked", "rate_per_minute": 60}
    client.post("/campaigns/save", data={**data, "subject": SUBJECT, "body": BODY})
    assert fresh(campaign).audience["kind"] == "picked"
    assert "Nobody in this audience" in client.get(f"/campaigns/{campaign.id}/edit").text
