from datetime import UTC, datetime, timedelta

import pytest

from tests import factories
from webapp.campaigns import drafts, launching, leases, ledger, lines, sending
from webapp.campaigns.claiming import Claims
from webapp.campaigns.models import Campaign, Delivery
from webapp.core import clock
from webapp.mail.mailbox_models import Mailbox
from webapp.mail.mailboxes import server_mailbox

SUBJECT = "A question about {{company|your company}}"
BODY = "Hi {{first_name|there}},\n\nmay I ask something about {{company}}?\n\nAlice"


@pytest.fixture
def draft(cast):
    """draft(**fields) makes a campaign of Alice's to all of Acme's leads, not started."""

    def make(**fields):
        values = {
            "name": "Partners", "audience": {"kind": "all", "stage": "", "q": ""}, "sender_name": "Alice Archer",
            "reply_to": "alice@acme.example", "rate_per_minute": 1_000_000, "subject": SUBJECT, "body": BODY,
        }  # fmt: skip
        return drafts.save_draft(None, {**values, **fields}, actor=cast.alice)

    return make


@pytest.fixture
def started(cast, draft):
    """started(leads=3) is a campaign that is sending, whose job has not run yet."""

    def make(leads=3, **fields):
        for number in range(leads):
            factories.lead(cast.acme, first_name=f"Lead{number}", email=f"lead{number}@globex.example")
        campaign = draft(**fields)
        launching.start(campaign, actor=cast.alice)
        return Campaign.get_by_id(campaign.id)

    return make


@pytest.fixture
def send(app):
    """Run the job once; returns the campaign as it stands then."""

    def run(campaign, **options):
        sending.send_campaign(campaign.id, **options)
        return Campaign.get_by_id(campaign.id)

    return run


def hold(campaign):
    """The lease of the campaign's mailbox."""
    return leases.acquire(server_mailbox(campaign.workspace_id).id)


def claims_of(lease):
    mailbox = Mailbox.get_by_id(lease.mailbox_id)
    return Claims(lease, mailbox, lines.box_of(mailbox))


def write_down(lease, size):
    """Claim mails to so many recipients; returns how many were looked at."""
    return claims_of(lease).take(lines.sending_lines(lease.workspace_id), size)


def due(lease, size=1):
    return ledger.due(lease, size, clock.now())


def advance(lease, delivery):
    """Mark a delivery as on its way."""
    return ledger.advance(lease, [], delivery, ledger.Turn(clock.now()))


def wake_all():
    """As if the time for which mailboxes are parked were over."""
    Mailbox.update(lease_until=None, next_send_at=None).execute()


def states(campaign):
    """The states of the campaign's deliveries, in order."""
    query = Delivery.select(Delivery.state).where(Delivery.campaign == campaign.id).order_by(Delivery.id)
    return [row.state.value for row in query]


class Time:
    """A clock that moves only when somebody waits."""

    def __init__(self):
        self.waited = []
        clock._frozen = datetime(2026, 11, 21, 9, tzinfo=UTC)

    def pause(self, seconds):
        self.waited.append(seconds)
        self.forward(seconds)

    def forward(self, seconds):
        clock._frozen += timedelta(seconds=seconds)


@pytest.fixture
def frozen_time():
    yield Time()
    clock._frozen = None
