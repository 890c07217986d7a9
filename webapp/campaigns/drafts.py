"""Writing a campaign: kept as it was typed, checked before it starts."""

from db import db
from webapp.auth.throttle import hit
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid
from webapp.leads.cleaning import clean_email
from webapp.leads.models import Lead
from webapp.mail import merge_fields, merging, transports
from webapp.mail.addresses import one_line
from webapp.mail.smtp import Dropped, Rejected, Unanswered, Unavailable

from . import audience, links
from .claiming import message_of
from .models import Campaign, CampaignState, Step

WORDS_A_SECOND = 4


def save_draft(campaign, fields, *, actor):
    """Keep `fields` (name, audience, sender_name, reply_to, rate_per_minute, subject, body) of a draft; None makes one.

    Takes unfinished text: check() is for the start. Raises Conflict when the campaign has started.
    """
    fields = dict(fields)
    if any("\0" in text for text in map(str, fields.values())):
        raise Invalid("There is a NUL character in what you sent, which no mail may have. Type it again.")
    written = {name: fields.pop(name) for name in ("subject", "body")}
    fields["name"] = fields["name"] or "Untitled campaign"
    with db.atomic():
        if campaign is None:
            campaign = Campaign.create(workspace=actor.workspace, actor=actor.user_id, **fields)
            Step.create(workspace=actor.workspace, campaign=campaign, position=1, **written)
            return campaign
        still = (Campaign.id == campaign.id) & (Campaign.state == CampaignState.DRAFT)
        if not Campaign.update(updated_at=now(), **fields).where(still).execute():
            raise Conflict(f"{campaign.name} was started meanwhile, so its message cannot change any more.")
        Step.update(written).where(Step.campaign == campaign.id, Step.position == 1).execute()
    return Campaign.get_by_id(campaign.id)


def delete_draft(campaign):
    """Delete a campaign that never started. Raises Conflict when it has."""
    still = (Campaign.id == campaign.id) & (Campaign.state == CampaignState.DRAFT)
    if not Campaign.delete().where(still).execute():
        raise Conflict(f"{campaign.name} has started, so it cannot be deleted.")


def check(campaign, step):
    """Raises Invalid, naming the field, for the first thing that keeps `campaign` from starting."""
    for found in problems(campaign, step):
        raise found


def problems(campaign, step, known=None):
    """Everything that keeps `campaign` from starting, as Invalid errors; who is in its audience is not looked at."""
    checks = (
        lambda: audience.made(**campaign.audience),
        lambda: one_line(campaign.name, "The name", "name"),
        lambda: _check_sender(campaign),
        lambda: _check_reply_to(campaign),
        lambda: _check_text(step),
        lambda: message_of(campaign, step, known or merge_fields.known(campaign.workspace_id)),
    )
    found = {}
    for each in checks:
        try:
            each()
        except Invalid as error:
            found.setdefault(str(error), error)
    return list(found.values())


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


def _check_text(step):
    if not step.subject.strip():
        raise Invalid("Write a subject.", "subject")
    if not step.body.strip():
        raise Invalid("Write a message.", "body")


def fields_used(step, known):
    """The merge tags of the step, of those `known`, or none while one of them is mistyped."""
    try:
        return merging.tags(step.subject, step.body, known=known)
    except Invalid:
        return []


def reading(body):
    """(words, seconds to read) of a message."""
    words = len(body.split())
    return words, max(1, round(words / WORDS_A_SECOND)) if words else 0


def send_test(campaign, step, *, actor, lead=None):
    """Send `step` to `actor` as `lead` would get it, now: the person waits for the answer.

    Raises Invalid with what went wrong, and TooMany.
    """
    hit(f"test mail {actor.user_id}", limit=20, seconds=600)
    known = merge_fields.known(campaign.workspace_id)
    message = message_of(campaign, step, known)
    more = known.texts([lead.id] if lead else [], message.custom)
    url = links.unsubscribe_url(links.TEST)
    mail = message.to(_addressed_to(lead or Lead(), actor), url, more.get(lead.id) if lead else None)
    try:
        transports.send_one(campaign.workspace_id, mail)
    except (Unavailable, Rejected, Dropped, Unanswered) as error:
        raise Invalid(f"The test did not go out. {error}") from error


def _addressed_to(lead, actor):
    """A copy of `lead` (never saved) with the member's address."""
    values = {name: getattr(lead, name) for name in merging.FIELDS if name != "full_name"}
    return Lead(**{**values, "email": actor.email})
