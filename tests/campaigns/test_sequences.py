"""Sequences of several steps: follow-ups in threads, manual steps, versions, windows, and counters that stay right."""

import contextlib
import random
from collections import Counter
from datetime import timedelta
from email import message_from_bytes
from zoneinfo import ZoneInfo

import pytest

from tests import factories
from webapp.campaigns import (
    launching,
    sequencing,
    settling,
    steps,
    stopping,
    unsubscribing,
)
from webapp.campaigns.links import unsubscribe_url
from webapp.campaigns.models import (
    Campaign,
    Delivery,
    Recipient,
    Step,
    StepKind,
    WhoseZone,
)  # fmt: skip
from webapp.campaigns.writing_models import StepVersion
from webapp.core import clock
from webapp.core.errors import Conflict
from webapp.leads.models import Lead, Todo

from .sequences import follow, person, recount, run, states

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


def test_a_campaign_starts_when_it_is_meant_to(inbox, sequence, frozen_time):
    campaign = sequence(1, starts_at=clock.now() + timedelta(days=3))
    run(campaign, frozen_time, 2)
    assert inbox.mails == []
    assert run(campaign, frozen_time, 1).state.value == "completed" and len(inbox.mails) == 1


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


@pytest.mark.parametrize(
    "more, mails, held", [((), 1, False), ((), 1, True), (({"wait_days": 1, "body": "The last."},), 2, False)]
)
def test_who_waits_for_a_step_that_is_deleted_goes_on_with_the_next_or_is_through(
    cast, inbox, sequence, frozen_time, more, mails, held
):
    campaign = run(sequence(2, {"wait_days": 2}, *more), frozen_time)
    launching.pause(campaign, actor=cast.alice)
    if held:
        sequencing.pause_recipient(person(0), actor=cast.alice)
    second = Step.get(Step.campaign == campaign, Step.position == 2)
    steps.delete_step(Campaign.get_by_id(campaign.id), second.id)
    launching.resume(Campaign.get_by_id(campaign.id))
    campaign = run(campaign, frozen_time, 2)
    assert (campaign.state.value, campaign.sent, campaign.mails) == ("completed", 2, 2 * mails)
    assert states(campaign) == ["sent"] * 2 and len(inbox.mails) == 2 * mails
