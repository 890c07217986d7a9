"""The page behind the link in a mail: for good, for three months, and back."""

import re

import pytest

from tests import factories
from webapp.campaigns import launching, leases, links, unsubscribing
from webapp.campaigns.models import Campaign, CampaignState, Delivery, Recipient
from webapp.core.clock import freeze, now
from webapp.leads.models import Activity, ActivityKind
from webapp.mail import suppression
from webapp.mail.mailboxes import server_mailbox
from webapp.mail.models import Suppression, SuppressionReason

from .conftest import write_down
from .test_unsubscribe import link_of

EMAIL = "lead0@globex.example"


@pytest.fixture
def link(app, started, send):
    send(started(2))
    return link_of(Delivery.get(Delivery.email == EMAIL))


def undo_of(page):
    return re.search(r'name="undo" value="([^"]+)"', page)[1]


@pytest.fixture
def waiting(cast, link, draft):
    """A second campaign, with a mail to the same address written down and not sent."""
    second = draft(name="Second")
    launching.start(second, actor=cast.alice)
    lease = leases.acquire(server_mailbox(cast.acme.id).id)
    write_down(lease, 10)
    leases.release(lease)
    return second


def test_the_page_offers_both_ways_and_names_the_workspace(app, link):
    page = app.test_client().get(link).text
    assert "Mail from Acme" in page and "Do not write to me again" in page and "Pause for 3 months" in page
    assert "That was a mistake" not in page and "<script src" not in page.split("<main")[1]


def test_a_pause_holds_for_three_months_and_stops_what_waits(app, cast, link, waiting, send):
    page = app.test_client().post(link, data={"for": "months"}).text
    assert "No mail for three months" in page and "You are unsubscribed" not in page
    row = Suppression.get()
    assert (row.reason, row.source) == (SuppressionReason.PAUSED, "Partners") and row.until > now()
    second = send(waiting)
    assert (second.sent, second.skipped) == (1, 1)
    assert Recipient.get(Recipient.state == "skipped").reason == "Asked for some months without mail"
    assert Campaign.get(Campaign.name == "Partners").unsubscribed == 0
    with freeze(now() + suppression.PAUSE * 2):
        assert "Do not write to me again" in app.test_client().get(link).text
        assert not suppression.blocked_by(cast.acme, EMAIL)


def test_who_paused_can_still_leave_for_good(app, link):
    app.test_client().post(link, data={"for": "months"})
    page = app.test_client().get(link).text
    assert "Do not write to me again" in page and "Pause for" not in page
    assert "You are unsubscribed" in app.test_client().post(link, data={"List-Unsubscribe": "One-Click"}).text
    assert Suppression.get().reason is SuppressionReason.UNSUBSCRIBED and Suppression.get().until is None


@pytest.mark.parametrize("choice", [{"List-Unsubscribe": "One-Click"}, {"for": "months"}])
def test_a_mistake_is_undone_and_who_waited_waits_again(app, link, waiting, send, choice):
    first = Campaign.get(Campaign.name == "Partners")
    page = app.test_client().post(link, data=choice).text
    page = app.test_client().post(link, data={"undo": undo_of(page)}).text
    assert "That is undone" in page and not Suppression.select().exists()
    campaign = Campaign.get_by_id(first.id)
    assert (campaign.unsubscribed, campaign.sent, campaign.state) == (0, 2, CampaignState.COMPLETED)
    assert not Activity.select().where(Activity.kind == ActivityKind.UNSUBSCRIBED).exists()
    second = send(waiting)
    assert (second.sent, second.skipped) == (2, 0)


def test_undoing_a_leave_after_a_pause_leaves_the_pause(app, link):
    app.test_client().post(link, data={"for": "months"})
    page = app.test_client().post(link).text
    app.test_client().post(link, data={"undo": undo_of(page)})
    assert Suppression.get().reason is SuppressionReason.PAUSED


def test_a_campaign_that_had_completed_meanwhile_goes_on(app, link, waiting, send):
    page = app.test_client().post(link).text
    assert send(waiting).state is CampaignState.COMPLETED
    app.test_client().post(link, data={"undo": undo_of(page)})
    assert send(waiting).sent == 2


def test_the_undo_lasts_an_hour_and_only_for_its_own_mail(app, link):
    other = link_of(Delivery.get(Delivery.email == "lead1@globex.example"))
    undo = undo_of(app.test_client().post(link).text)
    assert app.test_client().post(other, data={"undo": undo}).status_code == 404
    assert app.test_client().post(link, data={"undo": undo + "x"}).status_code == 409
    links.UNDO_SECONDS, kept = -1, links.UNDO_SECONDS
    try:
        assert app.test_client().post(link, data={"undo": undo}).status_code == 409
    finally:
        links.UNDO_SECONDS = kept
    assert Suppression.get().email == EMAIL


def test_an_undo_used_twice_does_nothing_the_second_time(app, cast, link):
    undo = undo_of(app.test_client().post(link).text)
    assert app.test_client().post(link, data={"undo": undo}).status_code == 200
    assert app.test_client().post(link, data={"undo": undo}).status_code == 409
    suppression.suppress(cast.acme, EMAIL, reason=SuppressionReason.MANUAL)
    assert app.test_client().post(link, data={"undo": undo}).status_code == 409
    assert Suppression.get().reason is SuppressionReason.MANUAL


def test_clicking_again_offers_no_undo_of_what_was_there_before(app, link):
    app.test_client().post(link)
    assert "That was a mistake" not in app.test_client().post(link).text


def test_a_suppressed_domain_is_said_as_it_is(app, cast, link):
    factories.lead(cast.acme)
    suppression.suppress(cast.acme, "@globex.example", reason=SuppressionReason.MANUAL)
    assert "You are unsubscribed" in app.test_client().get(link).text
    assert unsubscribing.way_out(link.rpartition("/")[2]).done
