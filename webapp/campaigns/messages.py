"""From a step as it is written to the Message that is sent."""

from typing import NamedTuple

from webapp.accounts.models import Workspace
from webapp.mail import files
from webapp.mail.mailbox_models import Mailbox
from webapp.mail.rendering import Message

from .models import CampaignMailbox, Step
from .writing_models import Attachment, StepVersion

FIRST = "A"  # the letter of a step's own text


class Text(NamedTuple):
    """What one version of a step says."""

    letter: str
    subject: str
    preheader: str
    body: str
    is_on: bool = True


def versions_of(step):
    """The StepVersions of a step, in the order of their letters."""
    return list(StepVersion.select().where(StepVersion.step == step.id).order_by(StepVersion.letter))


def text_of(step, letter=FIRST, versions=()):
    """The Text of a step under this letter; its own when it has no such version."""
    for version in versions:
        if version.letter == letter:
            return Text(letter, version.subject, version.preheader, version.body, version.is_on)
    return Text(FIRST, step.subject, step.preheader, step.body, step.is_on)


def texts_of(step):
    """All Texts of a step. A query."""
    versions = versions_of(step)
    return [text_of(step), *(text_of(step, version.letter, [version]) for version in versions)]


class Written(NamedTuple):
    """A step, with its workspace, and all its Texts."""

    step: Step
    texts: list


def written(campaign):
    """The Writtens of a campaign in the order of its steps. Two queries."""
    steps = Step.select(Step, Workspace).join(Workspace).where(Step.campaign == campaign.id).order_by(Step.position)
    found = {step.id: Written(step, [text_of(step)]) for step in steps}
    versions = StepVersion.select().where(StepVersion.step.in_(list(found))).order_by(StepVersion.letter)
    for version in versions:
        found[version.step_id].texts.append(text_of(found[version.step_id].step, version.letter, [version]))
    return list(found.values())


def files_of(step):
    """The Files that go with a step's mails, to be encoded once for all of them."""
    found = Attachment.select().where(Attachment.step == step.id).order_by(Attachment.id)
    return [files.File(each.name, each.mimetype, bytes(each.data)) for each in found]


def mailbox_of(campaign):
    """The mailbox that stands for all of a campaign's in previews and test mails; None: the server's."""
    chosen = Mailbox.select().join(CampaignMailbox).where(CampaignMailbox.campaign == campaign.id)
    return chosen.order_by(Mailbox.id).first()


def message_of(campaign, step, known, *, version=None, text=None, mailbox=None, attachments=None):
    """The Message of one step, with the merge tags that are `known` (a merge_fields.Known). Raises Invalid when it
    cannot be sent to anybody.

    It says what `version` (a StepVersion) or `text` says, else the step itself; `mailbox` is whom it is from, and what
    the campaign says about the sender goes before what the mailbox says. `attachments` are Files, None: the step's.
    """
    text = text or version or step
    return Message(
        sender_name=campaign.sender_name or (mailbox.sender_name if mailbox else ""),
        reply_to=campaign.reply_to or (mailbox.reply_to if mailbox else ""),
        subject=text.subject,
        preheader=text.preheader,
        body=text.body,
        is_rich=step.is_rich,
        workspace_name=step.workspace.name,
        postal_address=step.workspace.postal_address,
        fields=known,
        sender=mailbox.email if mailbox else "",
        signature=mailbox.signature if mailbox else "",
        attachments=files_of(step) if attachments is None else attachments,
    )
