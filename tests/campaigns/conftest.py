from datetime import UTC, datetime, timedelta

import pytest

from tests import factories
from webapp.campaigns import drafts, launching, leases, ledger, lines, sending, steps
from webapp.campaigns.claiming import Claims
from webapp.campaigns.models import Campaign, CampaignMailbox, Delivery, Step
from webapp.core import clock
from webapp.mail.mailbox_models import Mailbox, MailboxKind
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


@pytest.fixture
def sequence(cast, draft):
    """sequence(leads=2, *steps, **fields): a started campaign with further steps, each a dict of a Step's fields."""

    def make(leads, *steps, mailboxes=(), **fields):
        for number in range(leads):
            names = {"company": f"Firm {number}", "domain": f"firm{number}.example"}
            factories.lead(cast.acme, first_name=f"L{number}", email=f"l{number}@firm{number}.example", **names)
        more = {name: fields.pop(name) for name in list(fields) if name in Campaign._meta.fields}
        campaign = draft(**fields)
        Campaign.update({"name": "Partners", **more}).where(Campaign.id == campaign.id).execute()
        for position, step in enumerate(steps, 2):
            Step.create(workspace=cast.acme, campaign=campaign, position=position, **{"body": "Again.", **step})
        for mailbox in mailboxes:
            CampaignMailbox.create(workspace=cast.acme, campaign=campaign, mailbox=mailbox)
        launching.start(Campaign.get_by_id(campaign.id), actor=cast.alice)
        return Campaign.get_by_id(campaign.id)

    return make


@pytest.fixture
def mailbox(cast, inbox):
    """mailbox(number, **fields) is one of Acme's that sends to the inbox."""

    def make(number, **fields):
        server = {"smtp_host": "127.0.0.1", "smtp_port": int(inbox.url.rpartition(":")[2]), "smtp_security": "none"}
        email = f"box{number}@acme.example"
        return Mailbox.create(workspace=cast.acme, kind=MailboxKind.SMTP, email=email, **server, **fields)

    return make


@pytest.fixture
def box(cast):
    """box(email, **fields) is a mailbox of Acme that was tested."""

    def make(email="alice@acme.example", **fields):
        fields = {"smtp_host": "smtp.gmail.com", "checked_at": clock.now(), **fields}
        return Mailbox.create(workspace=cast.acme, email=email, **fields)

    return make


@pytest.fixture
def through(cast, draft):
    """through(*mailboxes, **fields) is a draft that sends through them."""

    def make(*boxes, **fields):
        campaign = draft(**fields)
        for one in boxes:
            CampaignMailbox.create(workspace=cast.acme, campaign=campaign, mailbox=one)
        return campaign

    return make


@pytest.fixture
def three(cast, draft):
    """A draft with an e-mail, a follow-up and a call."""
    factories.lead(cast.acme)
    campaign = draft(rate_per_minute=60)
    steps.add_step(campaign, "follow_up")
    call = steps.add_step(campaign, "call")
    Step.update(subject="Ring").where(Step.id == call.id).execute()
    return campaign
