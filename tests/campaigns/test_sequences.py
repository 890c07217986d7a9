"""Sequences of several steps: follow-ups in threads, manual steps, versions, stop rules, what persons do to them."""

import contextlib
import random
import threading
from collections import Counter
from datetime import timedelta
from email import message_from_bytes
from zoneinfo import ZoneInfo

import pytest

from db import db
from tests import factories
from webapp.campaigns import (
    adding,
    launching,
    leases,
    ledger,
    lines,
    sending,
    sequencing,
    settling,
    stopping,
    unsubscribing,
)
from webapp.campaigns.links import unsubscribe_url
from webapp.campaigns.models import (
    Campaign,
    CampaignEvent,
    CampaignMailbox,
    Delivery,
    Recipient,
    RecipientState,
    Step,
    StepKind,
    WhoseZone,
)  # fmt: skip
from webapp.campaigns.schedule import Person, Planned, plan
from webapp.campaigns.writing_models import StepVersion
from webapp.core import clock
from webapp.core.errors import Conflict, Invalid
from webapp.leads.models import Lead, Stage, Todo
from webapp.leads.pipeline import move_lead
from webapp.mail.mailbox_models import Mailbox, MailboxDay, MailboxKind, MailboxState
from webapp.mail.models import SuppressionReason
from webapp.mail.providers import domain_of
from webapp.mail.suppression import suppress

from .conftest import hold, write_down

DAY = 24 * 3600


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


def run(campaign, time, days=0):
    """Let so many days go by, then everything do what is due."""
    time.forward(days * DAY)
    stopping.sweep()
    sequencing.sweep()
    sending.send_campaign(campaign.id, pause=time.pause)
    return Campaign.get_by_id(campaign.id)


def states(campaign):
    query = Recipient.select().where(Recipient.campaign == campaign.id).order_by(Recipient.id)
    return [row.state.value for row in query]


def person(number=0):
    return Recipient.select().join(Lead).where(Lead.first_name == f"L{number}").get()


# ------------------------------------------------------------------- threads


def test_follow_ups_come_in_the_same_thread_when_they_are_due(inbox, sequence, frozen_time):
    campaign = sequence(1, {"wait_days": 2}, {"wait_days": 3, "subject": "New words"})
    assert run(campaign, frozen_time).state.value == "sending" and len(inbox.mails) == 1
    run(campaign, frozen_time, 1)
    assert len(inbox.mails) == 1
    run(campaign, frozen_time, 1)
    campaign = run(campaign, frozen_time, 3)
    first, second, third = (message_from_bytes(raw) for _, _, raw in inbox.mails)
    assert second["Subject"] == f"Re: {first['Subject']}" and third["Subject"] == "New words"
    assert second["In-Reply-To"] == second["References"] == first["Message-ID"]
    assert third["In-Reply-To"] == second["Message-ID"]
    assert third["References"].split() == [first["Message-ID"], second["Message-ID"]]
    assert (campaign.state.value, campaign.sent, campaign.mails, campaign.reached) == ("completed", 1, 3, 1)


def test_a_follow_up_outside_the_thread_is_a_mail_of_its_own(inbox, sequence, frozen_time):
    campaign = sequence(1, {"wait_days": 1, "in_thread": False, "subject": "Another matter"})
    run(campaign, frozen_time)
    run(campaign, frozen_time, 1)
    assert inbox.message(1)["Subject"] == "Another matter" and inbox.message(1)["References"] is None


# -------------------------------------------------------------- manual steps


def test_a_manual_step_becomes_a_to_do_of_the_owner_and_the_sequence_goes_on(cast, inbox, sequence, frozen_time):
    campaign = sequence(
        2, {"kind": StepKind.CALL, "wait_days": 1, "subject": "Call {{first_name}}", "body": ""}, {"wait_days": 1}
    )
    Lead.update(owner=cast.bob.user_id).where(Lead.first_name == "L1").execute()
    run(campaign, frozen_time)
    assert Todo.select().count() == 0
    run(campaign, frozen_time, 1)
    todos = {todo.title: todo for todo in Todo.select()}
    assert set(todos) == {"Call L0", "Call L1"} and todos["Call L0"].kind.value == "call"
    assert todos["Call L0"].assignee_id == cast.alice.user_id and todos["Call L1"].assignee_id == cast.bob.user_id
    assert Lead.get(Lead.first_name == "L1").next_step == "Call L1"
    campaign = run(campaign, frozen_time, 1)
    assert len(inbox.mails) == 4 and campaign.state.value == "completed" and Todo.select().count() == 2


def test_a_sequence_may_begin_and_end_with_a_manual_step(inbox, sequence, frozen_time, cast):
    campaign = sequence(
        1, {"wait_days": 1}, {"kind": StepKind.TASK, "wait_days": 1, "subject": "Follow up", "body": ""}
    )
    Step.update(kind=StepKind.LINKEDIN).where(Step.position == 1).execute()
    Step.update(subject="Hello").where(Step.position == 2).execute()
    run(campaign, frozen_time)
    assert Todo.select().count() == 1 and inbox.mails == []
    run(campaign, frozen_time, 1)
    assert len(inbox.mails) == 1
    campaign = run(campaign, frozen_time, 1)
    assert [todo.title for todo in Todo.select().order_by(Todo.id)][1:] == ["Follow up"]
    assert (campaign.state.value, campaign.sent) == ("completed", 1)


# ------------------------------------------------------------------ versions


def test_versions_are_split_fairly_and_one_that_is_off_is_not_sent(cast, inbox, sequence, frozen_time):
    campaign = sequence(60)
    step = Step.get(Step.campaign == campaign)
    for letter, is_on in (("B", True), ("C", False)):
        StepVersion.create(workspace=cast.acme, step=step, letter=letter, subject=letter, body="Hello", is_on=is_on)
    run(campaign, frozen_time)
    counts = Counter(delivery.version for delivery in Delivery.select())
    assert set(counts) == {"A", "B"} and 15 < counts["A"] < 45
    assert all((delivery.subject == "B") == (delivery.version == "B") for delivery in Delivery.select())


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


# ------------------------------------------------------------ windows, starts


def test_mails_leave_while_it_is_day_where_the_lead_is(cast, inbox, sequence, frozen_time):
    hours = {"days": "12345", "opens": 540, "closes": 1020, "whose_zone": WhoseZone.LEAD}
    for number, country in enumerate(("Germany", "Japan", "")):
        factories.lead(cast.acme, first_name=f"L{number}", email=f"l{number}@x{number}.example", country=country)
    campaign = sequence(0, {"wait_days": 1}, **hours)  # a Saturday, nine o'clock in Greenwich
    assert [row.zone for row in Recipient.select().order_by(Recipient.id)] == ["Europe/Berlin", "Asia/Tokyo", ""]
    left = follow(campaign, frozen_time)
    zones = {"l0@x0.example": "Europe/Berlin", "l1@x1.example": "Asia/Tokyo", "l2@x2.example": "UTC"}
    clocks = [(to, moment.astimezone(ZoneInfo(zones[to])).strftime("%a %H:%M")) for moment, to in left]
    assert clocks == [
        ("l1@x1.example", "Mon 09:00"), ("l0@x0.example", "Mon 09:00"), ("l2@x2.example", "Mon 09:00"),
        ("l1@x1.example", "Tue 09:00"), ("l0@x0.example", "Tue 09:00"), ("l2@x2.example", "Tue 09:00"),
    ]  # fmt: skip


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


def test_a_campaign_starts_when_it_is_meant_to(inbox, sequence, frozen_time):
    campaign = sequence(1, starts_at=clock.now() + timedelta(days=3))
    run(campaign, frozen_time, 2)
    assert inbox.mails == []
    assert run(campaign, frozen_time, 1).state.value == "completed" and len(inbox.mails) == 1


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


# ------------------------------------------------------------------ mailboxes


@pytest.fixture
def mailbox(cast, inbox):
    """mailbox(number, **fields) is one of Acme's that sends to the inbox."""

    def make(number, **fields):
        server = {"smtp_host": "127.0.0.1", "smtp_port": int(inbox.url.rpartition(":")[2]), "smtp_security": "none"}
        email = f"box{number}@acme.example"
        return Mailbox.create(workspace=cast.acme, kind=MailboxKind.SMTP, email=email, **server, **fields)

    return make


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


# ------------------------------------------------------------------- counters


def test_counters_equal_a_recount_after_whatever_happens(cast, inbox, sequence, frozen_time):
    dice = random.Random(6)
    campaign = sequence(40, {"wait_days": 1}, {"wait_days": 2}, stop_company=True)
    inbox.rcpt_answers = [dice.choice((None, None, None, "550 5.1.1 no", "451 later")) for _ in range(60)]
    for _ in range(120):
        anybody = Recipient.select().order_by(Recipient.id).offset(dice.randrange(40)).limit(1).get()
        with contextlib.suppress(Conflict):
            dice.choice(_STEPS)(cast, campaign, anybody, frozen_time)
        recount(campaign)
    states_seen = set(states(campaign))
    assert {"sent", "replied", "bounced", "stopped", "unsubscribed"} & states_seen


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


_STEPS = (
    lambda cast, campaign, one, time: run(campaign, time),
    lambda cast, campaign, one, time: run(campaign, time, 1),
    lambda cast, campaign, one, time: stopping.replied(one),
    lambda cast, campaign, one, time: stopping.bounced(one, "gone"),
    lambda cast, campaign, one, time: sequencing.pause_recipient(one, actor=cast.bob),
    lambda cast, campaign, one, time: sequencing.resume_recipient(one),
    lambda cast, campaign, one, time: sequencing.remove_recipient(one, actor=cast.bob),
    lambda cast, campaign, one, time: (
        one.reached_at and unsubscribing.unsubscribe(unsubscribe_url(one.id).rpartition("/")[2])
    ),
    lambda cast, campaign, one, time: settling.settle_recipient(one.id),
)


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
