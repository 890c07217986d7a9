"""What tests of sequences do: let days go by, look at recipients, count again."""

from collections import Counter

from webapp.campaigns import (
    ledger,
    lines,
    sending,
    sequencing,
    stopping,
)
from webapp.campaigns.models import (
    Campaign,
    Delivery,
    Recipient,
    RecipientState,
)  # fmt: skip
from webapp.core import clock
from webapp.leads.models import Lead
from webapp.mail.mailbox_models import Mailbox

DAY = 24 * 3600


def run(campaign, time, days=0):
    """Let so many days go by, then everything do what is due."""
    time.forward(days * DAY)
    stopping.sweep()
    sequencing.sweep()
    sending.send_campaign(campaign.id, pause=time.pause)
    return Campaign.get_by_id(campaign.id)


def follow(campaign, time, limit=400):
    """Go from one moment at which something is to be done to the next; returns (moment, address) of each mail."""
    for _ in range(limit):
        sequencing.sweep()
        for mailbox_id in lines.mailboxes_of(campaign):
            sending.send_mail(mailbox_id, pause=time.pause)
        if Campaign.get_by_id(campaign.id).state.value != "sending":
            break
        parked = [row.lease_until for row in Mailbox.select() if row.lease_until]
        clock._frozen = max(min(parked) - sending.leases.GRACE, clock.now())
    query = Delivery.select().where(Delivery.campaign == campaign.id).order_by(Delivery.changed_at, Delivery.id)
    return [(row.changed_at, row.email) for row in query]


def states(campaign):
    query = Recipient.select().where(Recipient.campaign == campaign.id).order_by(Recipient.id)
    return [row.state.value for row in query]


def person(number=0):
    return Recipient.select().join(Lead).where(Lead.first_name == f"L{number}").get()


def recount(campaign):
    campaign = Campaign.get_by_id(campaign.id)
    counts = Counter()
    for row in Recipient.select().where(Recipient.campaign == campaign.id):
        counts.update(ledger.COUNTED.get(row.state, ()))
        counts["reached"] += row.reached_at is not None
    counts["mails"] = Delivery.select().where(Delivery.state == "accepted").count()
    names = {name for each in ledger.COUNTED.values() for name in each} | {"reached", "mails"}
    assert {name: getattr(campaign, name) for name in names} == {name: counts[name] for name in names}
    waiting = (RecipientState.QUEUED, RecipientState.SENDING, RecipientState.PAUSED)
    assert campaign.queued == Recipient.select().where(Recipient.state.in_(waiting)).count()
