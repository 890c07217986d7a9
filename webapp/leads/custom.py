"""Custom fields: what a workspace adds to what is known of its leads, read and written.

A Field is a definition, a Fact one of them with what a lead has in it. Both are plain and hashable, so kept regions may
take them. Definitions are made and changed in custom_fields.py; custom_kinds.py knows what each kind takes.
"""

from functools import partial
from typing import NamedTuple

from peewee import JOIN, fn

from db import db
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.core.prepared import Prepared

from . import timeline
from .custom_kinds import Field, cleaned, shown
from .field_models import CustomField, CustomValue
from .holding import hold_alive
from .models import ActivityKind

__all__ = ["Fact", "cleaned", "facts_of", "fields_of", "get_field", "shown", "texts_of", "values_of", "write_values"]


class Fact(NamedTuple):
    """A Field and the text that a lead has in it, "" for nothing."""

    field: Field
    text: str


class Stale(Invalid):
    """Somebody changed the field after the form was opened."""


_FIELD = (
    CustomField.id,
    CustomField.name,
    CustomField.slug,
    CustomField.kind,
    fn.COALESCE(CustomField.options, "[]").alias("written"),
)
_ORDER = (CustomField.position, CustomField.id)


@partial(Prepared, row=Field)
def _fields(*, workspace):
    return _in_use(CustomField.select(*_FIELD), workspace).order_by(*_ORDER)


def _in_use(query, workspace):
    return query.where(CustomField.workspace == workspace, CustomField.deleted_at.is_null())


def fields_of(workspace):
    """The Fields of a workspace (a row or its id), in their order, as a tuple. One prepared query of microseconds."""
    return tuple(_fields(workspace=getattr(workspace, "id", workspace)))


def get_field(workspace, field_id):
    """The Field with this id. Raises NotFound."""
    for field in fields_of(workspace):
        if field.id == field_id:
            return field
    raise NotFound("That field does not exist, or it was deleted.")


@Prepared
def _facts(*, workspace, lead):
    of_lead = (CustomValue.field == CustomField.id) & (CustomValue.lead == lead)
    query = CustomField.select(*_FIELD, CustomValue.text.alias("text"))
    return _in_use(query.join(CustomValue, JOIN.LEFT_OUTER, on=of_lead), workspace).order_by(*_ORDER)


def facts_of(lead):
    """All Fields of the lead's workspace with what `lead` has in them, a tuple of Facts: one prepared query."""
    rows = _facts(workspace=lead.workspace_id, lead=lead.id)
    return tuple(Fact(Field(*field), text or "") for *field, text in rows)


def values_of(lead):
    """{Field: text} of what `lead` has."""
    return {fact.field: fact.text for fact in facts_of(lead) if fact.text}


def texts_of(lead_ids, fields):
    """{lead id: {field id: text}} of what these leads have in these Fields, in one query: for lists, mails, exports."""
    found = {}
    if fields:
        query = CustomValue.select(CustomValue.lead, CustomValue.field, CustomValue.text)
        query = query.where(CustomValue.lead.in_(list(lead_ids)), CustomValue.field.in_([field.id for field in fields]))
        for lead_id, field_id, text in query.tuples():
            found.setdefault(lead_id, {})[field_id] = text
    return found


def read_all(fields, given, locale):
    """{Field: Value or None} of what was typed, {input name: text}. Raises Invalid at the first that cannot be."""
    return {field: cleaned(field, given[field.input], locale) for field in fields if field.input in given}


def write_values(lead, given, *, actor, locale=None, seen=None):
    """Change what `lead` has in custom fields to what was typed, {Field: text}, and record from what to what.

    `locale` is the actor's where none is given; texts that were kept before (undo, restore) are read under DEFAULT.
    `seen` is {Field: text} as the form showed them: Stale is raised where that is no longer so. Returns
    {Field: [old, new]} of what changed. Raises Invalid, and Conflict when somebody else changed one this moment.
    """
    values = {field: cleaned(field, text, locale or actor.locale) for field, text in given.items()}
    before = texts_of([lead.id], list(values)).get(lead.id, {})
    _check_unchanged(before, seen or {}, actor)
    changes = {}
    with db.atomic():
        hold_alive(lead)
        for field, value in values.items():
            old, new = before.get(field.id, ""), value.text if value else ""
            if old != new:
                changes[field] = [old, new]
                if not _written(lead.id, field, old, value):
                    raise Conflict(f"Somebody else just changed {field.name}. Reload the page to see it.")
        if changes:
            _record(lead, changes, actor)
    return changes


def _check_unchanged(before, seen, actor):
    for field, was in seen.items():
        current = before.get(field.id, "")
        if was.split() != current.split():  # a form may write a line break another way
            told = shown(field, current, actor.locale)
            what = f"changed this to “{told}”" if told else "emptied this"
            raise Stale(f"Somebody {what} meanwhile. Save again to write yours over it.", field.input)


def _written(lead_id, field, old, value):
    """Whether the row was as the caller saw it, and now is as it should be."""
    seen = (CustomValue.lead == lead_id) & (CustomValue.field == field.id)
    if not old:
        row = CustomValue.insert(field=field.id, lead=lead_id, **value._asdict())
        return bool(list(row.on_conflict_ignore().returning(CustomValue.id).execute()))
    seen &= CustomValue.text == old
    if value is None:
        return CustomValue.delete().where(seen).execute() == 1
    return CustomValue.update(value._asdict()).where(seen).execute() == 1


def _record(lead, changes, actor):
    """By the field's name, which no field of every lead has: it is shown even once the field is renamed or gone."""
    data = told(changes)
    timeline.record(lead.workspace_id, lead.id, ActivityKind.EDITED, data, actor_id=actor.user_id)


def told(changes):
    """{Field: [old, new]} as the data of an activity: `changes` by name, and `custom`, which field a name was."""
    named = {field.name: change for field, change in changes.items()}
    return {"changes": named, "custom": {field.name: field.identity for field in changes}}


def insert_values(lead, values):
    """What a new lead has in custom fields, {Field: Value or None}, in the caller's transaction."""
    rows = [{"field": field.id, "lead": lead.id, **value._asdict()} for field, value in values.items() if value]
    if rows:
        CustomValue.insert_many(rows).execute()
