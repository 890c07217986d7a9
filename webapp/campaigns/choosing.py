"""Whom a mailbox writes to next: the pull of schedule.py, asked of the database.

The chosen are bound to the mailbox and given a slot each, at their campaign's rate, before anything is written for
them: several mailboxes of one campaign never work on the same people.
"""

from collections import namedtuple
from datetime import timedelta

from peewee import fn

from db import db
from webapp.core.clock import now
from webapp.leads.holding import among
from webapp.leads.models import Lead

from . import ledger
from .models import Campaign, CampaignState, Recipient, RecipientState

SOON = timedelta(milliseconds=50)  # a slot that comes so soon is as good as now
Chosen = namedtuple("Chosen", "recipient_id campaign_id position slot")
_QUEUED = Recipient.state == RecipientState.QUEUED
_FIELDS = (Recipient.id, Recipient.campaign.alias("campaign_id"), Recipient.position, Recipient.due_at)
_DOMAIN = fn.SUBSTR(Lead.email, fn.INSTR(Lead.email, "@") + 1)


def choose(lease, box, lines, size):
    """Up to `size` Chosen for the mailbox of `box` now: follow-ups that are due first, then new recipients.

    `lines` are {campaign id: Line} of what the workspace sends. Raises LeaseLost.
    """
    moment = now()
    ready, blocked = _ready(lines, moment), _blocked(box, moment)
    with db.atomic():
        ledger.write(lease, [])  # the fence
        chosen = _follow_ups(box, ready, moment, blocked, size)
        chosen = _with_slots(chosen, moment)
        for line in sorted(ready):
            if len(chosen) < size and box.id in line.boxes:
                ledger.hold(line.id)  # so that two mailboxes never find the same people
                a_second = round(timedelta(seconds=1) / max(line.interval, timedelta.resolution)) or 1
                rows = _first_mails(line, moment, blocked, min(size - len(chosen), a_second))
                chosen += _bound(box, _with_slots(rows, moment), moment)
    return chosen


def _ready(lines, moment):
    return [line for line in lines.values() if line.next_at is None or line.next_at <= moment + SOON]


def _blocked(box, moment):
    return [domain for domain, turn in box.turns.items() if turn > moment]


def _follow_ups(box, lines, moment, blocked, size):
    bound, found = _QUEUED & (Recipient.mailbox == box.id), []
    for zone in zones(bound):
        open_now = [line for line in lines if line.next_open(moment, zone) == moment]
        query = Recipient.select(*_FIELDS).where(bound, Recipient.zone == zone, Recipient.due_at <= moment + SOON)
        query = query.where(Recipient.campaign.in_([line.id for line in open_now]))
        query = _without_manual(_without_domains(query, blocked), open_now)
        found += list(query.order_by(Recipient.due_at, Recipient.id).limit(size).namedtuples())
    return sorted(found, key=lambda row: (row.due_at, row.id))[:size]


def _first_mails(line, moment, blocked, size):
    new, found = _QUEUED & (Recipient.campaign == line.id) & Recipient.mailbox.is_null(), []
    for zone in zones(new):
        if line.next_open(moment, zone) == moment:
            query = Recipient.select(*_FIELDS).where(new, Recipient.zone == zone)
            query = query.where(Recipient.due_at.is_null() | (Recipient.due_at <= moment))
            query = _without_manual(_without_domains(query, blocked), [line])
            found += list(query.order_by(Recipient.id).limit(size).namedtuples())
    return sorted(found, key=lambda row: row.id)[:size]


def _without_domains(query, blocked):
    return query.join(Lead).where(_DOMAIN.not_in(blocked)) if blocked else query


def _without_manual(query, lines):
    for line in lines:
        if manual := [step.position for step in line.steps if step.is_manual]:
            query = query.where((Recipient.campaign != line.id) | Recipient.position.not_in(manual))
    return query


def _with_slots(rows, moment):
    """The rows as Chosen, as many of each campaign as its rate allows at once."""
    of_campaign, chosen = {}, []
    for row in rows:
        of_campaign.setdefault(row.campaign_id, []).append(row)
    for campaign_id in sorted(of_campaign):
        theirs = of_campaign[campaign_id]
        slots = _take_slots(campaign_id, len(theirs), moment)
        chosen += [Chosen(row.id, campaign_id, row.position, slot) for row, slot in zip(theirs, slots, strict=False)]
    return chosen


def _take_slots(campaign_id, count, moment):
    """Up to `count` moments from now on at which mails of the campaign may leave: no more than a second holds."""
    ledger.hold(campaign_id)
    campaign = Campaign.get_by_id(campaign_id)
    begins = max(campaign.next_send_at or moment, moment)
    if campaign.state is not CampaignState.SENDING or begins > moment + SOON:
        return []
    interval = timedelta(seconds=60 / campaign.rate_per_minute)
    count = max(1, min(count, campaign.rate_per_minute // 60))
    Campaign.update(next_send_at=begins + interval * count).where(Campaign.id == campaign_id).execute()
    return [begins + interval * number for number in range(count)]


def _bound(box, chosen, moment):
    """Those of the chosen that are the mailbox's now."""
    theirs = among([one.recipient_id for one in chosen], Recipient.id)
    query = Recipient.update(mailbox=box.id, due_at=moment).where(theirs, _QUEUED, Recipient.mailbox.is_null())
    ours = {recipient_id for (recipient_id,) in query.returning(Recipient.id).tuples()}
    return [one for one in chosen if one.recipient_id in ours]


def zones(condition):
    """The zones of recipients under an indexed condition, one after the other: there are few, however many people."""
    found = []
    while True:
        query = Recipient.select(Recipient.zone).where(condition)
        query = query.where(Recipient.zone > found[-1]) if found else query
        zone = query.order_by(Recipient.zone).limit(1).scalar()
        if zone is None:
            return found
        found.append(zone)


# ------------------------------------------------------------- when to look


def next_look(box, lines):
    """The first moment from now on at which there may be something to choose: never later than it is, at times too
    early. None when nothing can be foreseen. The mailbox's own gap, window and cap come on top of it.
    """
    moment, found = now(), list(box.turns.values())
    ready, blocked = _ready(lines, moment), _blocked(box, moment)
    news = (line for line in ready if box.id in line.boxes)
    if _follow_ups(box, ready, moment, blocked, 1) or any(_first_mails(one, moment, blocked, 1) for one in news):
        return moment  # another mailbox was quicker with what we looked for, not with these
    bound = _QUEUED & (Recipient.mailbox == box.id)
    for zone in zones(bound):
        here = bound & (Recipient.zone == zone)
        found.append(_first_due(here & (Recipient.due_at > moment)))
        if _first_due(here & (Recipient.due_at <= moment)):
            found += [_opens(line, moment, zone) for line in lines.values()]
    for line in lines.values():
        if box.id in line.boxes:
            new = _QUEUED & (Recipient.campaign == line.id) & Recipient.mailbox.is_null()
            found += [_opens(line, moment, zone) for zone in zones(new)]
    return min((one for one in found if one is not None and one > moment), default=None)


def _first_due(condition):
    return Recipient.select(Recipient.due_at).where(condition).order_by(Recipient.due_at).limit(1).scalar()


def _opens(line, moment, zone):
    return line.next_open(max(line.next_at or moment, moment), zone)
