"""A new lead with its custom fields and tags, or none of it."""

from db import db

from . import custom, editing, tags
from .models import Stage


def add_lead(member, typed, *, stage=Stage.NEW):
    """A new lead from what a form gave, {name: text}. Raises Invalid and Duplicate; nothing is written then."""
    fields = custom.fields_of(member.workspace)
    values = custom.read_all(fields, typed, member.locale)
    names = tags.split(typed.get("tags") or "")
    with db.atomic():
        lead = editing.add_lead(member, typed, stage=stage)
        custom.insert_values(lead, values)
        tags.give_tags(lead, names)
    return lead
