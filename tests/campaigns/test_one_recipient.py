"""Pausing, resuming and taking out one lead, and stopping a campaign for good, from its page."""

import pytest

from tests import factories
from tests.campaigns import past
from webapp.accounts.models import Membership, Reach
from webapp.campaigns.models import Campaign, CampaignState, Recipient, RecipientState

STATES = RecipientState


@pytest.fixture
def waiting(cast):
    """Somebody who got the first of two mails."""
    return past.person(
        past.campaign_of(cast.alice, steps=2), STATES.QUEUED, lead=factories.lead(cast.acme, last_name="Vale")
    )


def state():
    return Recipient.get().state


def of(person, verb):
    return f"/campaigns/{person.campaign_id}/recipients/{person.id}/{verb}"


def test_a_lead_is_paused_resumed_and_taken_out(cast, alice, waiting, htmx):
    page = f"/campaigns/{waiting.campaign_id}"
    assert "Take out of the campaign" in alice.get(page).text
    part = alice.post(of(waiting, "pause"), headers=htmx).text
    assert state() is STATES.PAUSED and 'hx-target="#report"' in part and "Paused by Alice Archer" in part
    assert alice.post(of(waiting, "resume")).location == page
    assert state() is STATES.QUEUED
    alice.post(of(waiting, "remove"))
    assert state() is STATES.STOPPED and Campaign.get().stopped == 1
    assert "Take out of the campaign" not in alice.get(page).text


def test_the_page_stays_narrowed_as_it_was(alice, waiting):
    answer = alice.post(of(waiting, "pause") + "?state=queued&q=vale")
    assert answer.location == f"/campaigns/{waiting.campaign_id}?state=queued&q=vale"


def test_what_cannot_be_is_refused(alice, waiting):
    assert alice.post(of(waiting, "resume")).status_code == 409
    alice.post(of(waiting, "remove"))
    for verb in ("pause", "resume", "remove"):
        assert alice.post(of(waiting, verb)).status_code == 409
    other = past.campaign_of(alice_of(waiting), "Others")
    assert alice.post(f"/campaigns/{other.id}/recipients/{waiting.id}/pause").status_code == 404


def alice_of(person):
    return type("Actor", (), {"workspace": person.workspace, "full_name": "Alice", "user_id": person.campaign.actor_id})


def test_nobody_steers_leads_that_they_do_not_see(cast, sign_in, waiting):
    assert sign_in(cast.charlie).post(of(waiting, "pause")).status_code == 404
    assert sign_in(cast.vera).post(of(waiting, "pause")).status_code == 403
    Membership.update(reach=Reach.OWN).where(Membership.user == cast.bob.user_id).execute()
    Campaign.update(actor=cast.bob.user_id).execute()
    assert sign_in(cast.bob).post(of(waiting, "pause")).status_code == 404, "Bob's campaign, somebody else's lead"
    assert state() is STATES.QUEUED


def test_a_campaign_is_stopped_for_good_once_asked_whether(cast, alice, waiting):
    path = f"/campaigns/{waiting.campaign_id}/stop"
    assert "Stop for good" in alice.get(f"/campaigns/{waiting.campaign_id}").text
    assert "cannot go on later" in alice.get(path).text and Campaign.get().state is CampaignState.SENDING
    alice.post(path)
    campaign = Campaign.get()
    assert (campaign.state, campaign.queued, state()) == (CampaignState.STOPPED, 0, STATES.STOPPED)
    assert alice.post(path).status_code == 409 and alice.get(path).status_code == 303
    text = alice.get(f"/campaigns/{waiting.campaign_id}").text
    assert "Stopped" in text and "1 of 1" in text and "Alice Archer</strong> stopped the campaign" in text
