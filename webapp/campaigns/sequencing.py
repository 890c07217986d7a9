"""The sequence of one recipient: pausing, resuming and leaving it, and the steps that persons do."""

from datetime import timedelta

from db import db
from webapp.accounts.models import User, Workspace
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid
from webapp.leads.due import end_of, local_day
from webapp.leads.models import Lead, Todo, TodoKind
from webapp.leads.todo_queries import assignees
from webapp.leads.todos import TITLE_LENGTH, refresh_next
from webapp.mail import merge_fields, merging
from webapp.mail.pacing import day_in

from . import launching, leases, ledger, stopping
from .choosing import zones
from .claiming import PERSON
from .lines import bound_mailboxes, lines_of
from .models import Campaign, CampaignState, Recipient, RecipientState, Step, StepKind
from .schedule import assigned, days_later

BATCH = 500  # recipients in one transaction
KINDS = {StepKind.CALL: TodoKind.CALL, StepKind.LINKEDIN: TodoKind.LINKEDIN, StepKind.TASK: TodoKind.TASK}
WORDS = {StepKind.CALL: "Call", StepKind.LINKEDIN: "Write on LinkedIn", StepKind.TASK: "Follow up"}
REMOVED = "Taken out by {}"
LONGEST_ABSENCE = timedelta(days=366)


# ------------------------------------------------------------ one recipient


def pause_recipient(recipient, *, actor):
    """Their steps wait until somebody resumes them. Raises Conflict when none is to come, or a mail is on its way."""
    with db.atomic():
        ledger.hold(recipient.campaign_id)
        state = _state(recipient)
        reason = f"Paused by {actor.full_name}"
        if not ledger.end(recipient.campaign_id, [(recipient.id, state)] * (state in _TO_COME), _PAUSED, reason):
            raise Conflict(_too_late(state))


_TO_COME, _PAUSED = (RecipientState.QUEUED, RecipientState.SENDING), RecipientState.PAUSED


def resume_recipient(recipient):
    """Their steps go on; of a campaign that had completed, too. Raises Conflict when they are not paused."""
    with db.atomic():
        ledger.hold(recipient.campaign_id)
        if not ledger.move(recipient.campaign_id, [recipient.id], _PAUSED, RecipientState.QUEUED, reason=""):
            raise Conflict("This lead is not paused in the campaign any more.")
        launching.go_on(Campaign.get_by_id(recipient.campaign_id))


def postpone_until(recipient, day):
    """They are away until `day`: their next step waits for the working day after it. Returns when that is due; None
    when nothing is to come, or not before then anyway, or the absence is over or would last longer than any does.
    """
    with db.atomic():
        ledger.hold(recipient.campaign_id)
        person, campaign = Recipient.get_by_id(recipient.id), Campaign.get_by_id(recipient.campaign_id)
        line = lines_of(campaign.workspace_id, [campaign])[campaign.id]
        today = day_in(line.zone_for(person.zone), now())
        if person.reached_at is None or not today <= day <= today + LONGEST_ABSENCE:
            return None
        due_at = line.opening(days_later(day, 1, working=True), person.due_at or now(), person.zone)
        if person.due_at is not None and person.due_at >= due_at:
            return None
        if person.state is RecipientState.SENDING and ledger.withdraw([person.id]):
            moved = ledger.move(campaign.id, [person.id], person.state, RecipientState.QUEUED, due_at=due_at)
            return due_at if moved else None
        waits = (Recipient.id == person.id) & Recipient.state.in_((RecipientState.QUEUED, _PAUSED))
        return due_at if Recipient.update(due_at=due_at).where(waits).execute() else None


def remove_recipient(recipient, *, actor):
    """They get nothing more in this campaign. Raises Conflict when nothing was to come, or a mail is on its way."""
    with db.atomic():
        ledger.hold(recipient.campaign_id)
        state = _state(recipient)
        waits = [(recipient.id, state)] * (state in (*_TO_COME, _PAUSED))
        reason = REMOVED.format(actor.full_name)
        if not ledger.end(recipient.campaign_id, waits, RecipientState.STOPPED, reason):
            raise Conflict(_too_late(state))


def _state(recipient):
    return Recipient.get_by_id(recipient.id).state


def _too_late(state):
    if state is RecipientState.SENDING:
        return "A mail to this lead is on its way this moment. Try again in a few seconds."
    return "Nothing more is to come for this lead in the campaign."


# ------------------------------------------------------------- manual steps


def sweep():
    """Make to-dos of what is due in all campaigns that have manual steps."""
    manual = Step.select(Step.campaign).join(Campaign)
    manual = manual.where(Step.kind != StepKind.EMAIL, Campaign.state == CampaignState.SENDING).distinct()
    for (campaign_id,) in list(manual.tuples()):
        take_manual_steps(campaign_id)


def take_manual_steps(campaign_id):
    """Make to-dos of the manual steps of a campaign that are due where the leads are; their sequences go on."""
    campaign = Campaign.get_or_none(Campaign.id == campaign_id, Campaign.state == CampaignState.SENDING)
    if campaign is None:
        return
    line = lines_of(campaign.workspace_id, [campaign])[campaign.id]
    for step in Step.select().where(Step.campaign == campaign.id, Step.kind != StepKind.EMAIL):
        while people := _due(campaign, line, step):
            _take(campaign, line, step, people)


def _due(campaign, line, step):
    """Up to BATCH ids of recipients for whom this step is due and whose window is open."""
    moment = now()
    waiting = (Recipient.campaign == campaign.id) & (Recipient.state == RecipientState.QUEUED)
    found = []
    for bound in (Recipient.mailbox.is_null(), *(Recipient.mailbox == box for box in _boxes(campaign, line))):
        for zone in zones(waiting & bound):
            if line.next_open(moment, zone) == moment:
                due = Recipient.due_at.is_null() | (Recipient.due_at <= moment)
                here = waiting & bound & (Recipient.zone == zone) & (Recipient.position == step.position)
                query = Recipient.select(Recipient.id).where(here, due).order_by(Recipient.id)
                found += [row.id for row in query.limit(BATCH - len(found))]
    return found


def _boxes(campaign, line):
    return sorted({*line.boxes, *bound_mailboxes(campaign)})


def _take(campaign, line, step, ids):
    """To-dos for these recipients, in one transaction."""
    known = merge_fields.known(campaign.workspace_id)
    moment, woken = now(), set()
    with db.atomic():
        ledger.hold(campaign.id)
        query = Recipient.select(*PERSON, Lead.email, Recipient.mailbox, Recipient.zone).join(Lead, "LEFT OUTER JOIN")
        query = query.where(Recipient.id.in_(ids), Recipient.state == RecipientState.QUEUED)
        people = list(query.where(Recipient.position == step.position).order_by(Recipient.id).namedtuples())
        company = stopping.with_reply_at_company(campaign, [one.lead_id for one in people if one.lead_id])
        for person in people:
            ends = stopping.why(campaign, person, needs_address=False)
            if ends is None and person.lead_id in company:
                ends = RecipientState.STOPPED, stopping.COMPANY
            if ends is None:
                _add_todo(campaign, step, person.lead_id, known)
                ends = RecipientState.SENT if line.after(step.position) is None else None
                if ends and person.replied_at is not None:
                    ends = RecipientState.REPLIED
                ends = (ends, "") if ends else None
            if ends is not None:
                ledger.end(campaign.id, [(person.recipient_id, RecipientState.QUEUED)], *ends)
            else:
                woken.add(_go_on(line, step, person, moment))
        leases.wake(woken)


def _go_on(line, step, person, moment):
    """The recipient waits for the next step; returns the id of the mailbox it will come from."""
    step = line.after(step.position)
    box_id = person.mailbox or assigned(line.boxes, person.recipient_id)
    changes = {"position": step.position, "due_at": line.due(step, moment, person.zone), "mailbox": box_id}
    Recipient.update(changes).where(Recipient.id == person.recipient_id).execute()
    return box_id


def _add_todo(campaign, step, lead_id, known):
    """A to-do of today for the lead's owner, else for whoever started the campaign."""
    lead = Lead.get_by_id(lead_id)
    may = dict(assignees(lead))
    assignee = next((one for one in (lead.owner_id, campaign.actor_id) if one in may), None)
    zone = User.get_by_id(assignee).time_zone if assignee else Workspace.get_by_id(campaign.workspace_id).time_zone
    Todo.create(
        workspace=campaign.workspace_id, lead=lead_id, kind=KINDS[step.kind], title=_title(step, lead, known),
        assignee=assignee, due_at=end_of(local_day(zone), zone), timed=False, created_by=campaign.actor_id,
    )  # fmt: skip
    refresh_next([lead_id])


def _title(step, lead, known):
    try:
        parts = merging.parse(" ".join(step.subject.split()), "subject", known)
    except Invalid:
        return step.subject[:TITLE_LENGTH]
    values = merging.values_of(lead, list(merging.FIELDS))
    used = {part.name for part, _ in merging.walk(parts)} & known.more
    more = known.texts([lead.id], used).get(lead.id, {})
    values |= {name: merging.one_line(more.get(name, "")) for name in used}
    return merging.fill(parts, values)[:TITLE_LENGTH].strip() or WORDS[step.kind]
