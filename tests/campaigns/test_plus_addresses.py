"""An address to answer to for each recipient: who has one, and that nobody can make another's."""

import email

import pytest

from webapp.campaigns.models import CampaignMailbox, Recipient
from webapp.campaigns.plus_addresses import recipient_of, reply_address

ADDRESS = "mara.lindqvist@halden.example"


def test_an_address_names_its_recipient_however_it_was_written_down(app):
    address = reply_address(ADDRESS, 4711)
    assert address.startswith("mara.lindqvist+g4711") and address.endswith("@halden.example")
    assert recipient_of(address) == recipient_of(address.upper()) == 4711


@pytest.mark.parametrize("change", [("g4711", "g4712"), ("@halden", "a@halden"), ("+g", "+"), ("+g4711", "+g")])
def test_an_address_that_somebody_changed_names_nobody(app, change):
    assert recipient_of(reply_address(ADDRESS, 4711).replace(*change)) is None


def test_an_address_outlasts_a_change_of_the_secret_key_that_says_so(app, settings):
    address = reply_address(ADDRESS, 4711)
    settings(
        secret_key="another key, long enough to be one",
        secret_key_fallbacks=("a key for tests, long enough to be one",),
    )
    assert recipient_of(address) == 4711
    settings(secret_key_fallbacks=())
    assert recipient_of(address) is None


def test_an_address_that_would_be_too_long_stays_as_it_is(app):
    address = f"{'m' * 55}@halden.example"
    assert reply_address(address, 4711) == address


@pytest.mark.parametrize(
    ("plus", "reply_to", "begins"),
    [
        (True, "box1@acme.example", "box1+g"),
        (True, "else@acme.example", "else@"),
        (False, "box1@acme.example", "box1@"),
    ],
)
def test_mails_are_answered_there_where_the_mailbox_of_that_address_takes_it(
    started, send, mailbox, inbox, plus, reply_to, begins
):
    campaign = started(leads=2, reply_to=reply_to)
    box = mailbox(1, plus_replies=plus)
    CampaignMailbox.create(workspace=campaign.workspace_id, campaign=campaign, mailbox=box)
    send(campaign)
    replies = [email.message_from_bytes(raw)["Reply-To"] for _, _, raw in inbox.mails]
    assert len(replies) == 2 and all(reply.startswith(begins) for reply in replies)
    if plus and "+g" in begins:
        assert {recipient_of(reply) for reply in replies} == {row.id for row in Recipient.select()}
