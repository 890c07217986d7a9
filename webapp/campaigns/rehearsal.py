"""The look before a campaign starts: what is well, what to look at, what would harm and so keeps it from starting."""

from datetime import timedelta

from peewee import fn

from webapp import config
from webapp.accounts.workspaces import get_workspace
from webapp.core.clock import now
from webapp.core.errors import Invalid
from webapp.core.jobs import later
from webapp.mail import domain_findings, domains, health, merge_fields
from webapp.mail.findings import Finding, blocks
from webapp.mail.mailbox_models import MailboxKind, MailboxState
from webapp.mail.mailboxes import is_managed, name_of
from webapp.mail.pacing import AHEAD, Window, day_in
from webapp.mail.presets import PRESETS

from . import audience, drafts, hints, pace
from .calendar import mailboxes_of
from .messages import FIRST, written
from .models import Campaign, CampaignState, Recipient, RecipientState, Step, StepKind, WhoseZone
from .writing_models import Attachment

LARGE, HUGE = 200_000, 10_000_000  # bytes of a mail's files: filters look closer; many servers refuse it
LONG = 90  # days: a campaign that takes longer is rarely meant to
FIXES = {  # a field that drafts.problems() names: where it is mended, if that is not the text
    "kind": "audience", "audience": "audience", "stage": "audience", "q": "audience", "view": "audience",
}  # fmt: skip
ORDER = ("bad", "warn", "info", "ok")


def rehearse(member, campaign):
    """The Findings about a draft as `member` would start it now, the worst first."""
    return rehearsal(member, campaign)[0]


def rehearsal(member, campaign):
    """(the Findings, the audience.Count) of a draft as `member` would start it now."""
    known, steps, mailboxes = merge_fields.known(campaign.workspace_id), written(campaign), mailboxes_of(campaign)
    tags = _tags(steps, known)
    names = sorted({tag.name for used in tags.values() for tag in used})
    count = audience.counted(member, campaign.whom, names, known.own)
    found = [
        *_people(campaign, count),
        *_texts(campaign, known, steps),
        *_values(tags, count),
        *_hints(steps),
        *_files(campaign),
        *_senders(member, mailboxes),
        *_domains(mailboxes),
        *_law(campaign),
        *_times(campaign, mailboxes, steps, count.reached),
        *_elsewhere(member, campaign),
    ]
    return sorted(found, key=lambda finding: ORDER.index(finding.state)), count


def check_start(campaign, actor):
    """Raises Invalid with the first thing that would do harm if `actor` started `campaign` now."""
    for finding in blocks(rehearse(actor, campaign)):
        raise Invalid(f"{finding.text.removesuffix('.')}. {finding.help}".strip())


# ------------------------------------------------------------------ the people


def _people(campaign, count):
    if not count.reached and campaign.keeps_adding:
        yield Finding("info", "Nobody can be written to yet", "Leads who come to the audience get it then.", "audience")
    elif not count.reached:
        said = "Choose another stage or search." if not count.total else "Each one is left out; choose others."
        yield Finding("bad", "Nobody in this audience can be written to", said, "audience")
    for reason, many in count.left_out.items():
        leads = "1 lead is" if many == 1 else f"{many:,} leads are"
        yield Finding("info", f"{leads} left out: {reason[0].lower()}{reason[1:]}", fix="audience")
    if count.reached and count.roles * 5 > count.reached:
        help = "Addresses such as info@ complain more often than people do."
        yield Finding("warn", f"{count.roles:,} of {count.reached:,} addresses are of no person", help, "audience")


def _elsewhere(member, campaign):
    """Who is in another campaign that runs, when nothing leaves them out."""
    if campaign.leaves_out_busy:
        return
    judged = audience.judged(member, campaign.whom, now()).alias("judged")
    running = Campaign.select(Campaign.id).where(
        Campaign.workspace == campaign.workspace_id,
        Campaign.state.in_((CampaignState.SENDING, CampaignState.PAUSED)),
        Campaign.id != campaign.id,
    )
    waits = Recipient.state.in_((RecipientState.QUEUED, RecipientState.SENDING, RecipientState.PAUSED))
    query = Recipient.select(fn.COUNT(fn.DISTINCT(Recipient.lead))).join(judged, on=Recipient.lead == judged.c.lead_id)
    many = query.where(judged.c.reason == "", Recipient.campaign.in_(running), waits).scalar()
    if many:
        leads = "1 lead is" if many == 1 else f"{many:,} leads are"
        help = "They would hear from you twice. The audience has a switch that leaves them out."
        yield Finding("warn", f"{leads} in another running campaign", help, "audience")


# ------------------------------------------------------------------- the texts


def _texts(campaign, known, steps):
    alone = steps[0].step if len(steps) == 1 else None  # whose problems need no number
    problems = drafts.problems(campaign, alone, known, steps=steps)
    for problem in problems:
        yield Finding("bad", str(problem), fix=FIXES.get(problem.field, "edit"))
    if not problems:
        yield Finding("ok", "Subject, message, sender and address for replies are there")


def _mails(steps):
    """(what it is called, step, text) of each text that goes out."""
    several = len(steps) > 1
    for step, texts in steps:
        for text in texts if step.kind is StepKind.EMAIL else ():
            if text.is_on:
                version = f"version {text.letter}" if len(texts) > 1 or text.letter != FIRST else ""
                parts = [f"step {step.position}" if several else "", version]
                yield ", ".join(filter(None, parts)), step, text


def _tags(steps, known):
    return {name: drafts.fields_used(text, known, step.is_rich) for name, step, text in _mails(steps)}


def _values(tags, count):
    """What somebody lacks that a text names without saying what to write instead."""
    for name, used in tags.items():
        for tag in used:
            lack = count.empty.get(tag.name, 0)
            if lack and not tag.fallback:
                leads = "1 lead lacks" if lack == 1 else f"{lack:,} leads lack"
                help = f"They read nothing there. Write what to say instead: {{{{{tag.name}|…}}}}."
                where = f" ({name})" if name else ""
                yield Finding("warn", f"{leads} “{tag.label}”{where}", help, "edit")


def _hints(steps):
    for name, step, text in _mails(steps):
        for sentence in hints.hints(text.subject, text.body, step.is_rich):
            yield Finding("warn", f"{name[0].upper()}{name[1:]}: {sentence}" if name else sentence, fix="edit")


def _files(campaign):
    sizes = (
        Attachment.select(Attachment.step, fn.SUM(Attachment.size))
        .join(Step)
        .where(Step.campaign == campaign.id)
        .group_by(Attachment.step)
    )
    largest = max((size for _, size in sizes.tuples()), default=0) * 4 // 3  # as base64
    if largest > HUGE:
        help = "Many servers refuse so much. Send a link to the file instead."
        yield Finding("bad", f"A mail has {largest / 1e6:.0f} MB with its files", help, "edit")
    elif largest > LARGE:
        help = "Filters look closer at first mails with files, and they take longer to send. A link is safer."
        yield Finding("warn", f"A mail has {largest / 1e6:.1f} MB with its files", help, "edit")


# ----------------------------------------------------------------- the senders


def _senders(member, mailboxes):
    if any(one.kind is MailboxKind.SERVER for one in mailboxes) and config.current().mail_url is None:
        help = "No mail server is set. Messages go to the Outbox."
        yield Finding("info", "Mail is captured, nothing leaves this server", help, "outbox")
    paused = [one for one in mailboxes if one.state is MailboxState.PAUSED]
    for one in paused:
        state = "bad" if len(paused) == len(mailboxes) else "warn"
        others = "" if state == "bad" else " The others send meanwhile."
        told = is_managed(member, one) or not health.is_stopped_by_us(one)  # what a server said is for its managers
        why = one.pause_reason if told and one.pause_reason else "Something is wrong with it."
        help = f"{why} Resume it under Settings, or choose another.{others}"
        yield Finding(state, f"{name_of(one.email)} is paused", help, "mailboxes")
    for one in mailboxes:
        if one.state is MailboxState.ACTIVE and one.kind is not MailboxKind.SERVER and one.checked_at is None:
            help = "Send yourself a test through it before many mails go out."
            yield Finding("warn", f"{name_of(one.email)} was never tested", help, "mailboxes")


def sender_domains(mailboxes):
    """{domain: the SMTP hosts that send from it}, of those that DNS can be asked about."""
    found = {}
    for mailbox in mailboxes:
        if domain := domains.domain_of(mailbox):
            host = PRESETS["gmail"].smtp_host if mailbox.kind is MailboxKind.GOOGLE else mailbox.smtp_host
            found.setdefault(domain, []).append(host)
    return found


def _domains(mailboxes):
    """What concerns the server's own address keeps nobody back: who writes campaigns cannot mend it."""
    hosts = sender_domains(mailboxes)
    own = sender_domains([one for one in mailboxes if one.kind is not MailboxKind.SERVER])
    for seen in domains.known(hosts):
        for finding in domain_findings.findings(seen, hosts[seen.domain]):
            softened = finding.state == "bad" and seen.domain not in own
            yield finding._replace(state="warn") if softened else finding


def looks(campaign):
    """A domains.Seen of each domain that a campaign sends from."""
    return domains.known(sender_domains(mailboxes_of(campaign)))


def look(campaign, *, again=False, selector=""):
    """Have a job look at the domains that a campaign sends from, if that was not done within the hour."""
    if domains.ask(sender_domains(mailboxes_of(campaign)), again=again, selector=selector):
        later("check_domains", campaign.id)


def check_domains(campaign_id):
    """What the job does: asks name servers about the domains that wait for it."""
    campaign = Campaign.get_or_none(Campaign.id == campaign_id)
    if campaign is not None:
        domains.check(sender_domains(mailboxes_of(campaign)))


# ------------------------------------------------------------- law and times


def _law(campaign):
    yield Finding("ok", "Unsubscribe line and header are added")
    if not get_workspace(campaign.workspace_id).postal_address.strip():
        help = "Many laws ask for it at the foot of such mails (CAN-SPAM in the USA). Add it to the workspace."
        yield Finding("warn", "The postal address of your company is missing", help, "workspace")


def _times(campaign, mailboxes, steps, reached):
    moment, zone = now(), get_workspace(campaign.workspace_id).time_zone
    if campaign.starts_at and campaign.starts_at < moment - timedelta(minutes=1):
        yield Finding("warn", "The day it was to begin has passed", "It begins as soon as you start it.", "edit")
    for one in mailboxes:
        if not one.days or one.closes <= one.opens:
            yield Finding(
                "bad", f"{name_of(one.email)} never sends: it has no hours", "Give it days and hours.", "mailboxes"
            )
    if not _meet(campaign, mailboxes, zone, moment):
        help = "Their hours and days have none in common, so no mail would ever leave. Change either."
        yield Finding("bad", "The campaign and its mailboxes never send at the same time", help, "edit")
    mails = sum(step.kind is StepKind.EMAIL for step, _ in steps)
    active = [one for one in mailboxes if one.state is MailboxState.ACTIVE]
    if not (reached and active and mails and campaign.days and campaign.closes > campaign.opens):
        return
    daily = max(1, pace.a_day(campaign, active, day_in(zone, moment)))
    days = -(-reached * mails // daily)
    if days > LONG:
        help = f"About {daily:,} a day can leave. Use more mailboxes, raise their caps, or write to fewer."
        yield Finding("warn", f"{reached * mails:,} mails would take about {days:,} sending days", help, "mailboxes")


def _meet(campaign, mailboxes, zone, moment):
    """Whether there is a moment at which the campaign and one of its mailboxes are open. Leads have zones of their own,
    so where theirs count, what the days and hours of any mailbox say is taken to fit.
    """
    windows = [(Window(one.days, one.opens, one.closes), one.zone or zone) for one in mailboxes]
    ours = Window(campaign.days, campaign.opens, campaign.closes)
    if campaign.whose_zone is WhoseZone.LEAD or ours.next_open(moment, zone) is None:
        return True  # the second is said already
    return not windows or any(_open_together(ours, zone, *theirs, moment) for theirs in windows)


def _open_together(one, zone, other, its_zone, moment):
    for _ in range(2 * AHEAD):
        opens = one.next_open(moment, zone)
        moment = opens and other.next_open(opens, its_zone)
        if moment is None:
            return False
        if moment == opens:
            return True
    return False
