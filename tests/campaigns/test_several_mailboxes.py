"""Campaigns that send through mailboxes of their own: what is planned, counted, refused, and who gets what."""

import threading
from collections import Counter
from datetime import timedelta

import pytest

from db import db
from webapp.campaigns import (
    choosing,
    launching,
    leases,
    lines,
    sending,
)
from webapp.campaigns.models import (
    Campaign,
    CampaignEvent,
    Delivery,
    Recipient,
    StepKind,
)  # fmt: skip
from webapp.campaigns.schedule import Person, Planned, plan
from webapp.core import clock
from webapp.core.errors import Invalid
from webapp.leads.models import Lead, Todo
from webapp.mail.mailbox_models import Mailbox, MailboxDay, MailboxState
from webapp.mail.providers import domain_of

from .conftest import write_down
from .sequences import follow, recount, run


def test_what_happens_is_exactly_what_was_planned(cast, sequence, mailbox, frozen_time):
    """Two mailboxes with gaps, jitter, caps and hours; three steps, one of them a person's."""
    boxes = [
        mailbox(1, gap_seconds=600, jitter=30, daily_cap=9, days="12345", opens=540, closes=1020, zone="Europe/Berlin"),
        mailbox(2, gap_seconds=900, jitter=50, domain_per_hour=2, opens=480, closes=1200, zone="America/New_York"),
    ]
    steps = ({"wait_days": 2}, {"kind": StepKind.TASK, "wait_days": 1, "subject": "Look"}, {"wait_days": 2})
    campaign = sequence(24, *steps, mailboxes=boxes, opens=600, closes=1380, rate_per_minute=30)
    big = Lead.first_name.in_([f"L{number}" for number in range(0, 24, 3)])
    Lead.update(email=Lead.first_name.concat("@big.example")).where(big).execute()
    people = [
        Person(row.id, campaign.id, zone=row.zone, domain=domain_of(row.lead.email)) for row in Recipient.select()
    ]
    line = lines.sending_lines(cast.acme.id)[campaign.id]
    planned = list(plan([lines.box_of(box) for box in boxes], [line], people, clock.now()))
    assert len(planned) == 24 * 4
    follow(campaign, frozen_time)
    assert Campaign.get_by_id(campaign.id).state.value == "completed"
    happened = [
        Planned(row.changed_at, row.mailbox_id, campaign.id, row.recipient_id, row.step.position)
        for row in Delivery.select().order_by(Delivery.changed_at, Delivery.mailbox)
    ]
    assert happened == sorted((one for one in planned if one.mailbox_id), key=lambda one: one[:2])
    assert Todo.select().count() == 24


def test_mails_name_the_mailbox_they_come_from_and_days_are_counted(sequence, mailbox, inbox, frozen_time):
    box = mailbox(1, gap_seconds=1)
    campaign = sequence(2, mailboxes=[box])
    run(campaign, frozen_time)
    assert [sender for sender, _, _ in inbox.mails] == ["box1@acme.example"] * 2
    assert "box1@acme.example" in inbox.message()["From"]
    assert MailboxDay.get().sent == 2 and MailboxDay.get().mailbox_id == box.id
    assert {row.provider for row in Delivery.select()} == {"other"}


def test_a_mailbox_whose_sender_is_refused_again_and_again_pauses_itself(cast, sequence, mailbox, inbox, frozen_time):
    bad, good = mailbox(1), mailbox(2)
    campaign = sequence(15, mailboxes=[bad, good])
    inbox.rcpt_answers = ["550 5.7.1 we do not like you"] * sending.REFUSALS
    sending.send_mail(bad.id, pause=frozen_time.pause)
    bad = Mailbox.get_by_id(bad.id)
    assert bad.state is MailboxState.PAUSED and "refused because of who sends them" in bad.pause_reason
    assert Campaign.get().state.value == "sending", "there is another mailbox"
    assert [row.kind for row in CampaignEvent.select().order_by(CampaignEvent.id)] == ["started", "mailbox_paused"]
    assert Campaign.get().refused == sending.REFUSALS
    assert MailboxDay.get(MailboxDay.mailbox == bad).refused == sending.REFUSALS
    assert campaign.id


def test_refusals_that_blame_the_recipient_pause_nothing(sequence, mailbox, inbox, frozen_time):
    campaign = sequence(15, mailboxes=[mailbox(1)])
    inbox.rcpt_answers = ["550 5.1.1 no such user"] * 14
    campaign = run(campaign, frozen_time)
    assert (campaign.state.value, campaign.refused, campaign.sent) == ("completed", 14, 1)


def test_a_campaign_whose_mailboxes_persons_paused_cannot_go_on(cast, sequence, mailbox, inbox):
    box = mailbox(1)
    campaign = sequence(1, mailboxes=[box])
    launching.pause(campaign, actor=cast.alice)
    Mailbox.update(state=MailboxState.PAUSED, pause_reason="Paused by Bob Baker.").execute()
    with pytest.raises(Invalid, match="mailboxes"):
        launching.resume(campaign, actor=cast.alice)
    assert Campaign.get().state.value == "paused"


def test_who_waited_for_a_mailbox_that_is_deleted_gets_mail_from_another(sequence, mailbox, inbox, frozen_time):
    gone, other = mailbox(1), mailbox(2)
    campaign = sequence(3, mailboxes=[gone, other])
    lease = sending.leases.acquire(gone.id)
    write_down(lease, 2)
    Mailbox.delete().where(Mailbox.id == gone.id).execute()
    launching.requeue_stalled()
    campaign = run(campaign, frozen_time)
    assert (campaign.state.value, campaign.sent) == ("completed", 3)
    assert {sender for sender, _, _ in inbox.mails} == {"box2@acme.example"}


def test_mailboxes_that_several_workers_send_through_write_to_each_lead_once(app, sequence, mailbox, inbox):
    boxes = [mailbox(number) for number in range(3)]
    campaign = sequence(60, {"wait_days": 0}, mailboxes=boxes)

    def work(mailbox_id):
        with db.connection_context():
            for _ in range(20):
                sending.send_mail(mailbox_id)
                leases.wake([mailbox_id])

    threads = [threading.Thread(target=work, args=(box.id,)) for box in boxes for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    campaign = Campaign.get_by_id(campaign.id)
    assert campaign.state.value == "completed" and campaign.sent == 60 and campaign.mails == 120
    assert set(Counter(inbox.recipients).values()) == {2}
    assert len({row.mailbox_id for row in Delivery.select()}) > 1
    recount(campaign)


def test_a_mailbox_that_another_one_forestalled_looks_again_at_once(cast, sequence, mailbox, frozen_time):
    """It had found somebody, whom the other one took; others still wait."""
    box = mailbox(1, domain_per_hour=1)
    sequence(2, mailboxes=[box])
    here, sending_now = lines.box_of(box), lines.sending_lines(cast.acme.id)
    assert choosing.next_look(here, sending_now) == clock.now()
    later = clock.now() + timedelta(minutes=30)
    here.turns.update({f"firm{number}.example": later for number in range(2)})
    assert choosing.next_look(here, sending_now) == later, "whose domains have to wait are not looked for"
