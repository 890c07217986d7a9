"""Taking a change of a lead's fields back: one value of it, or all. That is a change itself, and on the timeline.

A value is taken back only while the lead still has what the change gave it; else the member is told what it has now,
and may insist.
"""

from typing import NamedTuple

from db import db
from webapp.accounts.centers import open_to
from webapp.core.errors import Conflict, Invalid
from webapp.core.locales import DEFAULT
from webapp.core.text import fold

from . import custom, pipeline, tags
from .editing import edit_lead, possible_owners
from .fields import FIELDS
from .history import Change, changes_in
from .models import Activity, ActivityKind, Lead, Stage
from .queries import get_lead

LOOKED_AT = 200  # entries in which the reason of a loss is looked for


class Value(NamedTuple):
    """A Change beside what the lead has now."""

    change: Change
    now_text: str
    state: str  # "same": as the change left it; "back": as it was before; "other"; "gone": the field was deleted


class Changed(Conflict):
    """Some values are not what the change made them; `values` are those."""

    def __init__(self, values):
        told = "; ".join(f"{value.change.label} is now {_quoted(value.now_text)}" for value in values)
        super().__init__(f"This changed again since: {told}. Nothing was restored.")
        self.values = values


def _quoted(text):
    return f"“{text}”" if text else "empty"


def values_now(member, entry):
    """(the lead, the Values of a history.Entry): how each field that it changed stands now. Raises NotFound."""
    lead = get_lead(member, entry.lead_id)
    fields = {field.id: (field, text) for field, text in custom.facts_of(lead)}
    names = [tag.name for tag in tags.tags_on(lead)]
    return lead, [_value(member, lead, change, fields, names) for change in entry.changes]


def _value(member, lead, change, fields, names):
    name = change.name
    if change.field:
        field, now = fields.get(change.field.id, (None, ""))
        if not field or field.identity != change.field.identity:  # another one may have got the id of one that is gone
            return Value(change, "", "gone")
        return Value(change, custom.shown(field, now, member.locale), _state(now, change.old, change.new))
    if name == "tags":
        found = (_folded(", ".join(names)), _folded(change.old), _folded(change.new))
        return Value(change, ", ".join(names), _state(*found))
    if name in ("owner", "center"):
        row = getattr(lead, name)
        text = (row.full_name if name == "owner" else row.name) if row else ""
        now = (row and row.id) if change.exact else text
        return Value(change, text, _state(now, change.old, change.new))
    if name not in FIELDS and name not in ("stage", "lost_reason"):
        return Value(change, "", "gone")
    now = getattr(lead, name)
    text = now.label if name == "stage" else f"{now:,}" if isinstance(now, int) else now or ""
    return Value(change, text, _state(now, change.old, change.new))


def _state(now, old, new):
    return "same" if now == new else "back" if now == old else "other"


def _folded(text):
    return {fold(name) for name in tags.split(text or "")}


def restore(member, entry, names=None, *, anyway=False):
    """Take back what `entry` (a history.Entry) changed, or only the fields `names`. Returns the Values that went back.

    Raises Changed when one of them changed again since, unless `anyway`; Invalid, NotFound and Conflict where a value
    cannot be had again or somebody changes it this moment.
    """
    lead, values = values_now(member, entry)
    asked = [value for value in values if names is None or value.change.name in names]
    due = [value for value in asked if value.state in ("same", "other")]
    if not anyway and (changed := [value for value in due if value.state == "other"]):
        raise Changed(changed)
    with db.atomic():
        _put_back(member, lead, entry, {value.change.name: value.change for value in due})
    return due


def _put_back(member, lead, entry, due):
    plain = {name: change.old for name, change in due.items() if name in FIELDS and name not in ("owner", "center")}
    plain |= {name: _id_of(member, change) for name, change in due.items() if name in ("owner", "center")}
    if plain:
        _edit(member, lead, plain, due)
    own = {change.field.id: change.old for change in due.values() if change.field}
    if own:
        fields = [field for field in custom.fields_of(lead.workspace_id) if field.id in own]
        custom.write_values(lead, {field: own[field.id] for field in fields}, actor=member, locale=DEFAULT)
    if "tags" in due:
        _put_tags_back(member, lead, due["tags"].old)
    if "stage" in due:
        _move_back(member, lead, entry, Stage(due["stage"].old))
    elif "lost_reason" in due:
        if lead.stage is not Stage.LOST:
            raise Invalid(f"{lead.name} is not lost any more, so there is no reason to restore.")
        pipeline.explain_loss(lead, due["lost_reason"].old, actor=member)


def _edit(member, lead, plain, due):
    try:
        edit_lead(lead, plain, actor=member)
    except Invalid as error:
        if error.field not in ("owner", "center") or error.field not in due:
            raise
        was = due[error.field].old_text
        raise Invalid(f"{was or 'Nobody'} cannot be chosen as {error.field} here any more. {error}") from None


def _id_of(member, change):
    """The id of the owner or center that was; of an older entry, which has only the name, of the one so called."""
    if change.exact or not change.old:
        return change.old or None
    known = open_to(member)
    if change.name == "owner":
        known = [(person.id, person.full_name) for person in possible_owners(member)]
    found = [key for key, name in known if name == change.old]
    if len(found) != 1:
        which = "nobody" if not found else "more than one"
        what = f"This older entry has only the name {change.old}, and {which} to choose from is called so now."
        raise Invalid(f"{what} Choose the {change.name} on the lead’s page.")
    return found[0]


def _put_tags_back(member, lead, old):
    wanted = tags.split(old)
    keys = {fold(name) for name in wanted}
    for tag in tags.tags_on(lead):
        if fold(tag.name) not in keys:
            tags.untag_lead(lead, tag, actor=member)
    for tag in tags.named_all(lead.workspace_id, wanted) if wanted else ():
        tags.tag_lead(lead, tag, actor=member)


def _move_back(member, lead, entry, stage):
    """Back to the former stage; a stage that was first reached by this very change was not reached after all."""
    left, reason = lead.stage, _reason_before(lead, entry) if stage is Stage.LOST else ""
    pipeline.move_lead(lead, stage, actor=member, reason=reason)
    if column := left.reached_column:
        by_this = (Lead.id == lead.id) & (getattr(Lead, column) == entry.created_at)
        Lead.update({column: None}).where(by_this).execute()


def _reason_before(lead, entry):
    """Why the lead was lost before `entry` took it out of that stage."""
    before = (Activity.lead == lead.id) & (Activity.created_at <= entry.created_at) & (Activity.id < entry.id)
    rows = Activity.select(Activity.kind, Activity.data).where(before)
    for row in rows.order_by(Activity.created_at.desc(), Activity.id.desc()).limit(LOOKED_AT):
        if row.kind in (ActivityKind.STAGE, ActivityKind.EDITED, ActivityKind.MERGED):
            for change in changes_in(row.kind, row.data):
                if change.name == "lost_reason":
                    return change.new
    return ""
