"""Files that go with a step's mails."""

from peewee import fn

from db import db
from webapp.core.errors import Conflict, Invalid
from webapp.mail import files

from .models import Step
from .steps import hold, step_of
from .writing_models import Attachment

OF_ALL = 10_000_000  # bytes, of the files of a whole campaign
MOST = 10  # files of a step
COLUMNS = (Attachment.id, Attachment.name, Attachment.mimetype, Attachment.size, Attachment.step)


def attached(step):
    """The Attachments of a step without their bytes."""
    return list(Attachment.select(*COLUMNS).where(Attachment.step == step.id).order_by(Attachment.id))


def attach(campaign, step_id, name, data):
    """Let a file go with the mails of a step. Raises Invalid for one that no mail should carry, Conflict."""
    name = files.checked_name(name)
    if not data:
        raise Invalid(f"{name} is empty. Choose another file.", "files")
    with db.atomic():
        hold(campaign)
        step = step_of(campaign, step_id)
        before = attached(step)
        if len(before) >= MOST:
            raise Invalid(f"A message carries up to {MOST} files. Remove one first.", "files")
        if sum(each.size for each in before) + len(data) > files.LARGEST:
            raise Invalid(f"With {name} this message would be over 5 MB. Send a link to it instead.", "files")
        if _size_of(campaign) + len(data) > OF_ALL:
            raise Invalid(f"With {name} the files of this campaign would be over 10 MB. Remove one first.", "files")
        return Attachment.create(
            workspace=campaign.workspace_id, step=step, name=name, mimetype=files.mimetype_of(name), size=len(data),
            data=data,
        )  # fmt: skip


def _size_of(campaign):
    of_it = Attachment.select(fn.SUM(Attachment.size)).join(Step).where(Step.campaign == campaign.id)
    return of_it.scalar() or 0


def detach(campaign, step_id, attachment_id):
    """Take a file from a step. Raises Conflict when it has gone."""
    with db.atomic():
        hold(campaign)
        step = step_of(campaign, step_id)
        if not Attachment.delete().where(Attachment.step == step.id, Attachment.id == attachment_id).execute():
            raise Conflict("That file was removed meanwhile.")
