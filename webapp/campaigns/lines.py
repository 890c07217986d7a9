"""Campaigns and mailboxes as schedule.py knows them, read from their rows."""

from collections import defaultdict
from datetime import timedelta

from webapp.accounts.models import Workspace
from webapp.core.clock import now
from webapp.mail.mailbox_models import MailboxDay, MailboxTurn
from webapp.mail.mailboxes import server_mailbox
from webapp.mail.pacing import Box, Window, day_in

from .models import Campaign, CampaignMailbox, CampaignState, Recipient, RecipientState, Step, StepKind, WhoseZone
from .schedule import Line, StepPlan


def sending_lines(workspace_id):
    """{campaign id: Line} of what the workspace's campaigns send now. Three queries."""
    campaigns = list(Campaign.of(workspace_id).where(Campaign.state == CampaignState.SENDING).order_by(Campaign.id))
    return lines_of(workspace_id, campaigns)


def lines_of(workspace_id, campaigns):
    """{campaign id: Line} of these campaigns of one workspace."""
    if not campaigns:
        return {}
    zone = Workspace.get_by_id(workspace_id).time_zone
    ids = [campaign.id for campaign in campaigns]
    boxes, steps = mailboxes_by_campaign(workspace_id, ids), defaultdict(list)
    for step in Step.select().where(Step.campaign.in_(ids)).order_by(Step.campaign, Step.position):
        manual = step.kind is not StepKind.EMAIL
        steps[step.campaign_id].append(StepPlan(step.position, manual, step.wait_days, step.working_days))
    return {
        campaign.id: Line(
            campaign.id, tuple(steps[campaign.id]), boxes[campaign.id],
            Window(campaign.days, campaign.opens, campaign.closes), zone, campaign.whose_zone is WhoseZone.LEAD,
            timedelta(seconds=60 / campaign.rate_per_minute), campaign.starts_at, campaign.next_send_at,
        )
        for campaign in campaigns
    }  # fmt: skip


def mailboxes_by_campaign(workspace_id, campaign_ids):
    """{campaign id: the ids of the mailboxes it uses}, that of the server where it names none."""
    found = defaultdict(list)
    for row in CampaignMailbox.of(workspace_id).where(CampaignMailbox.campaign.in_(campaign_ids)):
        found[row.campaign_id].append(row.mailbox_id)
    server = None
    if len(found) < len(campaign_ids):
        server = server_mailbox(workspace_id).id
    return {one: tuple(sorted(found[one])) if one in found else (server,) for one in campaign_ids}


def mailboxes_of(campaign):
    """The ids of all mailboxes that have to do for it: those it uses, and those its recipients are bound to."""
    used = mailboxes_by_campaign(campaign.workspace_id, [campaign.id])[campaign.id]
    return sorted({*used, *bound_mailboxes(campaign)})


def bound_mailboxes(campaign):
    """The ids of mailboxes that recipients of it who wait, or have a mail on its way, are bound to."""
    ids, waiting = set(), (RecipientState.QUEUED, RecipientState.SENDING)
    for state in waiting:
        last = 0
        while last is not None:  # from one to the next by the index: there are few, whatever there is of recipients
            query = Recipient.select(Recipient.mailbox).where(
                Recipient.campaign == campaign.id, Recipient.state == state, Recipient.mailbox > last
            )
            last = query.order_by(Recipient.mailbox).limit(1).scalar()
            ids.update({last} - {None})
    return ids


def box_of(mailbox, zone=None):
    """The Box of a Mailbox row, with what it sent today and whom it may not write to yet."""
    zone = mailbox.zone or zone or Workspace.get_by_id(mailbox.workspace_id).time_zone
    day, moment = day_in(zone, now()), now()
    sent = MailboxDay.select(MailboxDay.sent).where(MailboxDay.mailbox == mailbox.id, MailboxDay.day == str(day))
    turns = MailboxTurn.select().where(MailboxTurn.mailbox == mailbox.id, MailboxTurn.next_send_at > moment)
    return Box(
        mailbox.id, Window(mailbox.days, mailbox.opens, mailbox.closes), zone, mailbox.gap_seconds, mailbox.jitter,
        mailbox.daily_cap, mailbox.ramp_start, mailbox.ramp_step, mailbox.ramp_from, mailbox.domain_per_hour,
        mailbox.next_send_at, {day: sent.scalar() or 0},
        {turn.domain: turn.next_send_at for turn in turns} if mailbox.domain_per_hour else {},
    )  # fmt: skip
