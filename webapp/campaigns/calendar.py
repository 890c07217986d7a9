"""Who gets what when from which mailbox: schedule.plan() of a campaign as it stands, of a draft as if it started now.

It is what then happens when nothing intervenes: nobody replies or is added, no mailbox fails. Other campaigns that send
through the same mailboxes take their turns in it, and are not told of.
"""

from datetime import date, datetime, timedelta
from time import monotonic
from typing import NamedTuple
from zoneinfo import ZoneInfo

from peewee import fn

from webapp.accounts.workspaces import get_workspace, known_time_zone
from webapp.core.clock import now
from webapp.leads.local_time import zone_of
from webapp.leads.models import Lead
from webapp.leads.queries import visible
from webapp.mail.mailbox_models import Mailbox, MailboxKind, MailboxState
from webapp.mail.mailboxes import name_of
from webapp.mail.pacing import Window, day_in

from . import audience, lines, steps
from .models import Campaign, CampaignMailbox, CampaignState, Recipient, RecipientState, StepKind, WhoseZone
from .schedule import Line, Person, StepPlan, plan

LISTED = 2000  # mails that are told one by one
PEOPLE = 100_000  # whose mails are planned
AHEAD = timedelta(days=730)
SECONDS = 2.0  # for the whole plan; what comes later is left out, and said to be
_WAITS = (RecipientState.QUEUED, RecipientState.SENDING)


class Entry(NamedTuple):
    """One step of one person; `lead` is None for somebody whom the member does not see, `box` for a manual step."""

    moment: datetime
    position: int
    box: str | None
    zone: str
    lead_id: int | None
    lead: Lead | None = None


class Row(NamedTuple):
    """What one mailbox (None: a person) does on a day of the member's zone, from the moment `first` on; `counts` are in
    the order of the steps.
    """

    day: date
    first: datetime
    box: str | None
    counts: tuple

    @property
    def total(self):
        return sum(self.counts)


class Calendar(NamedTuple):
    """`positions` are those of the steps, `total` all that was planned, `ends` its last moment. `why` says in words why
    it is not whole; "" when it is. `people` is how many of the campaign wait.
    """

    positions: tuple
    rows: list
    entries: list
    total: int = 0
    people: int = 0
    ends: datetime | None = None
    why: str = ""
    stands: str = ""  # why nothing leaves at all


def calendar(member, campaign, *, seconds=SECONDS):
    """The Calendar of a campaign that `member` may open, from now on."""
    moment, is_draft = now(), campaign.state is CampaignState.DRAFT
    line, boxes, names, paused = _sending(campaign)
    people, leads = _drafted(member, campaign, moment) if is_draft else _waiting(campaign)
    positions = tuple(step.position for step in line.steps)
    empty = Calendar(positions, [], [], people=len(people))
    if not boxes:
        return empty._replace(stands=paused)
    if not people:
        return empty
    other_lines, other_people = _others(campaign, boxes)
    happens = plan(boxes, [line, *other_lines], [*people, *other_people], moment, until=moment + AHEAD)
    made = _told(member, line, happens, leads, names, {person.id: person.zone for person in people}, seconds)
    why, never = made.why, sum(sum(at >= one.position for at in positions) for one in people) - made.total
    if never and not why:
        why = f"{never:,} of its steps never leave: where those leads are, no mailbox works in the campaign’s hours."
    if max(len(people), len(other_people)) > PEOPLE:
        why = f"{why} Only the first {PEOPLE:,} people who wait are looked at.".strip()
    if not made.total:
        return empty._replace(
            stands="No mail could ever leave: the hours of the campaign and of its mailboxes never meet."
        )
    return made._replace(positions=positions, people=len(people), why=why)


def _told(member, line, happens, leads, names, zones, seconds):
    """The Calendar of what `happens` to the campaign of `line`, as far as there is time to plan it."""
    zone, counts, entries = known_time_zone(member.time_zone), {}, []
    order = {step.position: at for at, step in enumerate(line.steps)}
    total, last, why, deadline = 0, None, "", monotonic() + seconds
    for number, one in enumerate(happens):
        if not number % 500 and monotonic() > deadline:
            why = "It goes on after that: there is more to plan than a page can wait for."
            break
        if one.campaign_id != line.id:
            continue
        total, last = total + 1, one.moment
        key = (day_in(zone, one.moment), one.mailbox_id)
        counts.setdefault(key, (one.moment, [0] * len(order)))[1][order[one.position]] += 1
        if len(entries) < LISTED:
            at = line.zone_for(zones[one.recipient_id])
            box = None if one.mailbox_id is None else names[one.mailbox_id]
            entries.append(Entry(one.moment, one.position, box, at, leads.get(one.recipient_id)))
    keys = sorted(counts, key=lambda key: (key[0], key[1] is None, key[1] or 0))
    rows = [Row(day, counts[day, box][0], names.get(box), tuple(counts[day, box][1])) for day, box in keys]
    return Calendar((), rows, _named(member, entries), total, 0, last, why)


def _named(member, entries):
    """The entries with the leads that the member sees."""
    ids, seen = sorted({entry.lead_id for entry in entries if entry.lead_id}), {}
    columns = (Lead.id, Lead.first_name, Lead.last_name, Lead.company, Lead.email)
    for at in range(0, len(ids), 500):
        for lead in visible(member, *columns, walk=False).where(Lead.id.in_(ids[at : at + 500])):
            seen[lead.id] = lead
    return [entry._replace(lead=seen.get(entry.lead_id)) for entry in entries]


# -------------------------------------------------------- campaigns and boxes


def mailboxes_of(campaign):
    """The Mailboxes that a campaign sends through. The server's is made up when nobody needed it yet: to look changes
    nothing.
    """
    chosen = Mailbox.select().join(CampaignMailbox).where(CampaignMailbox.campaign == campaign.id).order_by(Mailbox.id)
    ours = Mailbox.of(campaign.workspace_id).where(Mailbox.kind == MailboxKind.SERVER)
    made_up = Mailbox(id=0, workspace=campaign.workspace_id, kind=MailboxKind.SERVER, email="")
    return list(chosen) or [ours.first() or made_up]


def _sending(campaign):
    """(Line, Boxes that may send, {id: name}, why there is none) of a campaign."""
    mailboxes, zone = mailboxes_of(campaign), get_workspace(campaign.workspace_id).time_zone
    used = tuple(mailbox.id for mailbox in mailboxes)
    if campaign.state is not CampaignState.DRAFT:
        more = lines.bound_mailboxes(campaign) - set(used)
        mailboxes.extend(Mailbox.of(campaign.workspace_id).where(Mailbox.id.in_(sorted(more))))
    active = [mailbox for mailbox in mailboxes if mailbox.state is MailboxState.ACTIVE]
    names = {mailbox.id: name_of(mailbox.email) for mailbox in mailboxes}
    return _line(campaign, used, zone), [lines.box_of(one, zone) for one in active], names, _paused(names)


def _paused(names):
    listed = ", ".join(list(names.values())[:3])
    return f"Nothing leaves while {listed} {'is' if len(names) == 1 else 'are'} paused."


def _line(campaign, boxes, zone):
    """What lines.lines_of() makes of a campaign, without a row for the server's mailbox."""
    window = Window(campaign.days, campaign.opens, campaign.closes)
    sequence = tuple(
        StepPlan(step.position, step.kind is not StepKind.EMAIL, step.wait_days, step.working_days)
        for step in steps.steps_of(campaign)
    )
    interval, by_lead = timedelta(seconds=60 / campaign.rate_per_minute), campaign.whose_zone is WhoseZone.LEAD
    return Line(
        campaign.id, sequence, boxes, window, zone, by_lead, interval, campaign.starts_at, campaign.next_send_at
    )


def _others(campaign, boxes):
    """(Lines, Persons) of the other campaigns that send through these mailboxes now."""
    sending = Campaign.of(campaign.workspace_id).where(Campaign.state == CampaignState.SENDING)
    rows = list(sending.where(Campaign.id != campaign.id).order_by(Campaign.id))
    ids, found, people = {box.id for box in boxes}, [], []
    zone = get_workspace(campaign.workspace_id).time_zone if rows else ""
    for other in rows:
        used = tuple(mailbox.id for mailbox in mailboxes_of(other))
        bound = lines.bound_mailboxes(other) if not ids & set(used) else ids
        if ids & set(used) or ids & bound:
            found.append(_line(other, used, zone))
            people += _waiting(other)[0]
    return found, people[: PEOPLE + 1]


# ----------------------------------------------------------------------- people


def _drafted(member, campaign, moment):
    """([Person], {person id: lead id}) as the start would write them down: in the order of the leads' ids, those who
    are left out get their numbers, too.
    """
    more = (("email", Lead.email), ("country", Lead.country), ("city", Lead.city))
    query = audience.judged(member, campaign.whom, moment, *more)
    by_lead = campaign.whose_zone is WhoseZone.LEAD
    people, leads = [], {}
    picked = _picked(campaign) if campaign.audience.get("kind") == audience.PICKED else None
    first = (Recipient.select(fn.MAX(Recipient.id)).scalar() or 0) + 1
    for number, (lead_id, reason, email, country, city) in enumerate(sorted(query.tuples()), first):
        if reason:
            continue
        person_id = number if picked is None else picked.get(lead_id)
        if person_id is None or len(people) > PEOPLE:
            continue
        zone = zone_of(country, city)[:40] if by_lead else ""
        people.append(Person(person_id, campaign.id, zone=zone, domain=_domain(email)))
        leads[person_id] = lead_id
    return people, leads


def _picked(campaign):
    """{lead id: recipient id} of those that were added one by one, who are written down already."""
    rows = Recipient.select(Recipient.lead, Recipient.id).where(
        Recipient.campaign == campaign.id, Recipient.state == RecipientState.QUEUED
    )
    return dict(rows.tuples())


def _waiting(campaign):
    """The same of a campaign that has started: its recipients who have something coming."""
    columns = (
        Recipient.id, Recipient.position, Recipient.mailbox, Recipient.due_at, Recipient.zone, Lead.email, Lead.id
    )  # fmt: skip
    query = Recipient.select(*columns).join(Lead).where(Recipient.campaign == campaign.id, Recipient.state.in_(_WAITS))
    people, leads = [], {}
    for person_id, position, mailbox_id, due_at, zone, email, lead_id in (
        query.order_by(Recipient.id).limit(PEOPLE + 1).tuples()
    ):
        people.append(Person(person_id, campaign.id, position, mailbox_id, due_at, zone, _domain(email)))
        leads[person_id] = lead_id
    return people, leads


def _domain(email):
    return email.rpartition("@")[2].lower()


# ------------------------------------------------------------------------ file

COLUMNS = ("When", "When there", "Their time zone", "First name", "Last name", "Company", "E-mail", "Step", "Mailbox")


def table(member, made):
    """The header, then the entries of a Calendar: rows of cells for leads.exporting.csv_parts()."""
    zone = ZoneInfo(known_time_zone(member.time_zone))
    yield [COLUMNS]
    yield [_cells(entry, zone) for entry in made.entries]


def _cells(entry, zone):
    lead, stamp = entry.lead, "%Y-%m-%d %H:%M"
    there = entry.moment.astimezone(ZoneInfo(entry.zone)).strftime(stamp)
    who = (lead.first_name, lead.last_name, lead.company, lead.email) if lead else ("", "", "", "")
    return (
        entry.moment.astimezone(zone).strftime(stamp), there, entry.zone, *who, str(entry.position),
        entry.box or "A person",
    )  # fmt: skip
