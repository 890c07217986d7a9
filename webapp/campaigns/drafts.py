"""Writing a campaign: kept as it was typed, checked before it starts."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from db import db
from webapp.auth.throttle import hit
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid
from webapp.leads.cleaning import clean_email
from webapp.leads.models import Lead
from webapp.mail import merge_fields, merging, rich, transports
from webapp.mail.addresses import one_line
from webapp.mail.mailbox_models import Mailbox
from webapp.mail.smtp import Dropped, Rejected, Unanswered, Unavailable

from . import audience, links
from .messages import FIRST, mailbox_of, message_of, text_of, versions_of, written
from .models import Campaign, CampaignEvent, CampaignMailbox, CampaignState, Step, StepKind
from .steps import hold, step_of
from .writing_models import StepVersion

WORDS_A_SECOND = 4
TEXT = ("subject", "preheader", "body")
SITTING = timedelta(hours=1)


def save_draft(campaign, fields, *, actor, step_id=None, letter=FIRST):
    """Keep `fields` of a campaign that is not sending; None makes a draft.

    They are of the campaign (name, audience, …; mailboxes: ids; starts_at: in the workspace's zone), of one text of the
    step `step_id` (subject, preheader, body; the first step's own unless said), of that step (in_thread),
    and "waits": {step id: (days, working days only)}. What is not given stays as it is. Takes unfinished text: check()
    is for the start. Raises Invalid for a NUL character; Conflict when it is sending or has ended, or when the step has
    gone: what is not of that step is kept then, too.
    """
    fields = dict(fields)
    if (start := fields.get("starts_at")) and start.tzinfo is None:
        fields["starts_at"] = start.replace(tzinfo=ZoneInfo(actor.workspace.time_zone)).astimezone(UTC)
    if any("\0" in str(value) for value in fields.values()):
        raise Invalid("There is a NUL character in what you sent, which no mail may have. Type it again.")
    text = {name: fields.pop(name) for name in TEXT if name in fields}
    waits, mailboxes = fields.pop("waits", {}), fields.pop("mailboxes", None)
    threads = {"in_thread": fields.pop("in_thread")} if "in_thread" in fields else {}
    if "name" in fields:
        fields["name"] = fields["name"] or "Untitled campaign"
    if "audience" in fields:
        fields["audience"] = audience.kept(actor, fields["audience"])
    with db.atomic():
        if campaign is None:
            campaign = Campaign.create(workspace=actor.workspace, actor=actor.user_id, **fields)
            Step.create(workspace=actor.workspace, campaign=campaign, position=1, **text)
            text, step_id = {}, None
        else:
            _change(campaign, fields, actor)
        if mailboxes is not None:
            _send_through(campaign, mailboxes)
        for each, (days, working) in waits.items():
            changes = {"wait_days": days, "working_days": working}
            Step.update(changes).where(Step.campaign == campaign.id, Step.id == each, Step.position > 1).execute()
    if text or threads:
        _write(campaign, step_id, letter, text, threads)
    return Campaign.get_by_id(campaign.id)


def _change(campaign, fields, actor):
    hold(campaign)
    if campaign.state is not CampaignState.DRAFT:
        if fields.pop("audience", campaign.audience) != campaign.audience:
            raise Conflict(f"{campaign.name} has started, so its audience is settled.")
        _tell(campaign, actor)
    if fields:
        Campaign.update(fields).where(Campaign.id == campaign.id).execute()


def _tell(campaign, actor):
    """One event for all that a member changes at a sitting."""
    mine = (CampaignEvent.campaign == campaign.id) & (CampaignEvent.created_at > now() - SITTING)
    last = CampaignEvent.select().where(mine).order_by(CampaignEvent.id.desc()).first()
    if last is None or (last.kind, last.actor_id) != ("edited", actor.user_id):
        CampaignEvent.create(workspace=campaign.workspace_id, campaign=campaign, actor=actor.user_id, kind="edited")


def _send_through(campaign, mailbox_ids):
    ours = Mailbox.select(Mailbox.id).where(Mailbox.workspace == campaign.workspace_id, Mailbox.id.in_(mailbox_ids))
    CampaignMailbox.delete().where(CampaignMailbox.campaign == campaign.id).execute()
    for mailbox in ours.order_by(Mailbox.id):
        CampaignMailbox.create(workspace=campaign.workspace_id, campaign=campaign, mailbox=mailbox)


def _write(campaign, step_id, letter, text, threads):
    with db.atomic():
        hold(campaign)
        step = step_of(campaign, step_id) if step_id else Step.get(Step.campaign == campaign.id, Step.position == 1)
        own = {**threads, **(text if letter == FIRST else {})}
        if own:
            Step.update(own).where(Step.id == step.id).execute()
        if letter != FIRST and text:
            version = (StepVersion.step == step.id) & (StepVersion.letter == letter)
            if not StepVersion.update(text).where(version).execute():
                raise Conflict(f"Version {letter} was deleted meanwhile, perhaps in another window.")


def delete_draft(campaign):
    """Delete a campaign that never started. Raises Conflict when it has."""
    still = (Campaign.id == campaign.id) & (Campaign.state == CampaignState.DRAFT)
    if not Campaign.delete().where(still).execute():
        raise Conflict(f"{campaign.name} has started, so it cannot be deleted.")


def check(campaign, step=None):
    """Raises Invalid, naming the field, for the first thing that keeps `campaign` from starting."""
    for found in problems(campaign, step):
        raise found


def problems(campaign, step=None, known=None, letter=FIRST, steps=None):
    """Everything that keeps `campaign` from starting, as Invalid errors; who is in its audience is not looked at.

    Those of `step` under `letter` name their field; those of the other texts say which step they are about. `steps` are
    its Writtens, if they are at hand.
    """
    known = known or merge_fields.known(campaign.workspace_id)
    checks = [
        lambda: audience.made(**campaign.audience),
        lambda: one_line(campaign.name, "The name", "name"),
        lambda: _check_sender(campaign),
        lambda: _check_reply_to(campaign),
        lambda: _check_window(campaign),
    ]
    found = {}
    _try(found, checks)
    for each, texts in steps or written(campaign):
        for text in texts:
            shown = step is not None and (each.id, text.letter) == (step.id, letter)
            if text.is_on or shown:
                _try(found, _checks_of(campaign, each, text, known), "" if shown else _named(each, text))
    return list(found.values())


def _named(step, text):
    version = f", version {text.letter}" if text.letter != FIRST else ""
    return f"Step {step.position}{version}: "


def _try(found, checks, where=""):
    for each in checks:
        try:
            each()
        except Invalid as error:
            told = Invalid(f"{where}{error}") if where else error
            found.setdefault(str(told), told)


def _checks_of(campaign, step, text, known):
    if step.kind is not StepKind.EMAIL:
        return [lambda: _check_title(text)]
    return [
        lambda: _check_text(step, text),
        lambda: message_of(campaign, step, known, text=text, attachments=()),
    ]


def _check_title(text):
    if not text.subject.strip():
        raise Invalid("Say what is to be done.", "subject")


def _check_window(campaign):
    if not campaign.days:
        raise Invalid("Choose at least one day to send on.", "days")
    if campaign.closes <= campaign.opens:
        raise Invalid("Sending ends before it begins. Choose a later end.", "closes")


def _check_sender(campaign):
    if not campaign.sender_name.strip():
        raise Invalid("Give the name that people see as the sender.", "sender_name")
    one_line(campaign.sender_name, "The sender’s name", "sender_name")


def _check_reply_to(campaign):
    if not campaign.reply_to:
        raise Invalid("Give the address that replies go to.", "reply_to")
    one_line(campaign.reply_to, "The address for replies", "reply_to")
    try:
        clean_email(campaign.reply_to)
    except Invalid:
        raise Invalid(
            f"“{campaign.reply_to}” is not an e-mail address, so replies would be lost.", "reply_to"
        ) from None


def threads(step):
    """Whether a step answers the mail before it, which gives it its subject when it has none."""
    return step.in_thread and step.position > 1


def _check_text(step, text):
    if not text.subject.strip() and not threads(step):
        raise Invalid("Write a subject.", "subject")
    if not (rich.bare(rich.clean(text.body)) if step.is_rich else text.body).strip():
        raise Invalid("Write a message.", "body")


def fields_used(text, known, is_rich=False):
    """The merge tags of a text that are about a lead, of those `known`, or none while one of them is mistyped."""
    body = rich.clean(text.body) if is_rich else text.body
    try:
        found = merging.tags(text.subject, text.preheader, body, known=known)
    except Invalid:
        return []
    return [tag for tag in found if tag.name not in merging.OURS or tag.name in known.own]


def reading(body):
    """(words, seconds to read) of a message."""
    words = len(body.split())
    return words, max(1, round(words / WORDS_A_SECOND)) if words else 0


def send_test(campaign, step, *, actor, lead=None, letter=FIRST):
    """Send a version of `step` to `actor` as `lead` would get it, now: the person waits for the answer.

    Raises Invalid with what went wrong, and TooMany.
    """
    if step.kind is not StepKind.EMAIL:
        raise Invalid("This step is for a person to do, so there is no mail to test.")
    hit(f"test mail {actor.user_id}", limit=20, seconds=600)
    known = merge_fields.known(campaign.workspace_id)
    text, mailbox = text_of(step, letter, versions_of(step)), mailbox_of(campaign)
    text = text._replace(subject=subject_of(campaign, step, text))
    message = message_of(campaign, step, known, text=text, mailbox=mailbox)
    more = known.texts([lead.id] if lead else [], message.custom)
    url = links.unsubscribe_url(links.TEST)
    mail = message.to(_addressed_to(lead or Lead(), actor), url, more.get(lead.id) if lead else None)
    try:
        _deliver(campaign, mailbox, mail)
    except (Unavailable, Rejected, Dropped, Unanswered) as error:
        raise Invalid(f"The test did not go out. {error}") from error


def _deliver(campaign, mailbox, mail):
    transport = transports.transport_of(mailbox) if mailbox else transports.transport_for(campaign.workspace_id)
    try:
        transport.offer(mail.email)
        transport.hand_over(mail)
    finally:
        transport.close()


def subject_of(campaign, step, text):
    """The subject of a text, or that of the thread that it goes on with."""
    if text.subject.strip() or not threads(step):
        return text.subject
    mails = (Step.campaign == campaign.id) & (Step.kind == StepKind.EMAIL) & (Step.position < step.position)
    return thread_of(Step.select().where(mails).order_by(Step.position))


def thread_of(steps):
    """The subject of an answer to the last of these mails."""
    subjects = [each.subject for each in steps if each.kind is StepKind.EMAIL and each.subject.strip()]
    return f"Re: {subjects[-1]}" if subjects else ""


def _addressed_to(lead, actor):
    """A copy of `lead` (never saved) with the member's address."""
    values = {name: getattr(lead, name) for name in merging.FIELDS if name != "full_name"}
    return Lead(**{**values, "email": actor.email})
