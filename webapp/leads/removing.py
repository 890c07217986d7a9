"""What a workspace took away (a tag, a custom field, an option) is taken from the leads that have it, in batches."""

from datetime import timedelta

from db import db
from webapp.core.clock import now
from webapp.core.jobs import later, stopping, wait
from webapp.core.text import fold

from .custom_kinds import KEY
from .field_models import CustomField, CustomValue, LeadTag, Removal, Tag

BATCH = 150  # leads a transaction, and
PAUSE = 0.01  # seconds between two: see imports/running.py, where they were measured
STALLED = timedelta(seconds=30)


def begin(workspace_id, **what):
    """Take `what` (fields of Removal) away, in the caller's transaction: few leads at once, many by a job."""
    removal = Removal.create(workspace=workspace_id, **what)
    if take_some(removal):
        later("remove_from_leads", removal.id)


def remove_from_leads(removal_id):
    """Take away what is left of it. May run twice; goes on later when the worker stops."""
    removal = Removal.get_or_none(Removal.id == removal_id)
    if removal is None:
        return
    while take_some(removal):
        if stopping():
            later("remove_from_leads", removal_id, delay=1)
            return
        wait(PAUSE)


def requeue_stalled():
    """Wake removals whose job was lost."""
    for removal in Removal.select(Removal.id).where(Removal.due_at < now() - STALLED):
        later("remove_from_leads", removal.id)


def take_some(removal):
    """One batch. False when that was the last one: then nothing is left of what was taken away."""
    with db.atomic():
        found = _take_tags(removal) if removal.tag_id else _take_values(removal)
        if found == BATCH:
            Removal.update(due_at=now()).where(Removal.id == removal.id).execute()
            return True
        Removal.delete().where(Removal.id == removal.id).execute()
        if removal.tag_id:
            Tag.delete().where(Tag.id == removal.tag_id, Tag.deleted_at.is_null(False)).execute()
        elif not removal.option:
            CustomField.delete().where(CustomField.id == removal.field_id).execute()
        return False


def _take_tags(removal):
    theirs = LeadTag.select(LeadTag.lead).where(LeadTag.tag == removal.tag_id)
    ids = [lead_id for (lead_id,) in theirs.order_by(LeadTag.lead).limit(BATCH).tuples()]
    heir = (
        Removal.select(Removal.heir).where(Removal.id == removal.id).scalar()
    )  # it may have got another one meanwhile
    if heir and ids:
        LeadTag.insert_many(
            [(lead_id, heir) for lead_id in ids], [LeadTag.lead, LeadTag.tag]
        ).on_conflict_ignore().execute()
    LeadTag.delete().where(LeadTag.tag == removal.tag_id, LeadTag.lead.in_(ids)).execute()
    return len(ids)


def _take_values(removal):
    those = CustomValue.field == removal.field_id
    if removal.option:
        those &= CustomValue.key == removal.option
        those &= CustomValue.text != removal.becomes
    ids = [row.id for row in CustomValue.select(CustomValue.id).where(those).limit(BATCH)]
    if removal.becomes:
        key = fold(removal.becomes)[:KEY]
        CustomValue.update(text=removal.becomes, key=key).where(those, CustomValue.id.in_(ids)).execute()
    else:
        CustomValue.delete().where(CustomValue.id.in_(ids)).execute()
    return len(ids)
