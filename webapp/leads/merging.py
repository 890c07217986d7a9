"""Two leads that are one and the same, merged field by field. Nothing is lost: what belongs to the one that goes moves
to the one that stays, and every value that was not chosen stands on the timeline.

The lead that goes is deleted and names the other in `merged_into`, so its address leads there. belongings.py says what
becomes of every table that refers to leads.
"""

import json
from typing import NamedTuple

from db import db, is_sqlite
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid

from . import belongings, timeline, todos
from .cleaning import domain_of
from .comparing import rows_of, sheet_of
from .field_models import CustomValue, LeadTag
from .fields import FIELDS
from .models import ActivityKind, Lead, Stage, with_keys
from .queries import visible, within_reach

SIDES = ("keep", "other")


class Comparison(NamedTuple):
    """Two Sheets with one side chosen in each Row."""

    keep: object
    other: object
    rows: tuple
    sides: dict  # {name of a row: "keep" or "other"}

    @property
    def taken(self):
        """The Rows whose value comes from the lead that goes."""
        return [row for row in self.rows if self.sides[row.name] == "other" and not row.same]

    @property
    def dropped(self):
        """[(label, text)] of the values that only the history has from now on."""
        taken = {row.name for row in self.taken}
        differing = [row for row in self.rows if not row.same]
        texts = [(row.label, row.keep_text if row.name in taken else row.other_text) for row in differing]
        return [(label, text) for label, text in texts if text]

    @property
    def new_tags(self):
        return [tag for tag in self.other.tags if tag not in self.keep.tags]

    @property
    def seen(self):
        """What both leads hold as a text: a form carries it, to be told when it is not so any more."""
        return json.dumps([self.keep.known, self.other.known], separators=(",", ":"))


def compare(keep, other, sides=None, locale="en"):
    """The Comparison of two leads: `sides` ({name: "keep" or "other"}) over what is better. Raises Invalid for one."""
    if keep.id == other.id:
        raise Invalid("That is one and the same lead. Choose another one to merge it with.")
    sheets = sheet_of(keep, locale), sheet_of(other, locale)
    rows, sides = rows_of(*sheets), sides or {}
    return Comparison(*sheets, rows, {row.name: _side(sides.get(row.name), row) for row in rows})


def _side(given, row):
    return given if given in SIDES else row.better


def merge_leads(keep, other, sides, *, actor, seen=None):
    """Merge `other` into `keep`, each field from the side that `sides` says. There is no undo.

    `seen` is the Comparison's of the page where that was chosen: Conflict when a lead is not so any more, with what
    changed. Raises Invalid when the actor would not see the lead any more. Returns the lead that stays.
    """
    moment = now()
    with db.atomic():
        keep, other = _held(actor, keep, other)
        compared = compare(keep, other, sides)
        _check_unchanged(compared, seen)
        data = _told(compared, belongings.moving(keep.id, other.id))
        Lead.update(deleted_at=moment, merged_into=keep.id).where(Lead.id == other.id).execute()
        Lead.update(_values(compared)).where(Lead.id == keep.id).execute()
        _take_custom(compared)
        rows = [(keep.id, tag.id) for tag in compared.new_tags]
        if rows:
            LeadTag.insert_many(rows, [LeadTag.lead, LeadTag.tag]).on_conflict_ignore().execute()
        belongings.move(keep.id, other.id)
        todos.refresh_next([keep.id, other.id])
        timeline.record(keep.workspace_id, keep.id, ActivityKind.MERGED, data, actor_id=actor.user_id, moment=moment)
        if not visible(actor, Lead.id).where(Lead.id == keep.id).exists():
            raise Invalid("You would not see this lead any more. Keep it yours, or in one of your centers.", "owner")
    return keep


def _held(actor, *leads):
    """These leads as they are now, locked until it commits. Raises Conflict when one left the actor's sight."""
    query = visible(actor, walk=False).where(Lead.id.in_([lead.id for lead in leads])).order_by(Lead.id)
    found = {lead.id: lead for lead in (query if is_sqlite() else query.for_update())}
    for lead in leads:
        if lead.id not in found:
            gone = f"{lead.name} was deleted, merged or moved out of your sight meanwhile"
            raise Conflict(f"{gone}, so nothing was merged now.")
    return [found[lead.id] for lead in leads]


def _check_unchanged(compared, seen):
    if seen is None or seen == compared.seen:
        return
    labels = {row.name: row.label for row in compared.rows} | {"lost_reason": "Why it was lost", "tags": "Tags"}
    changed = [
        f"{labels[name]} of {sheet.lead.name}" + (f" is now “{sheet.texts[name]}”" if sheet.texts.get(name) else "")
        for sheet, before in zip((compared.keep, compared.other), _read(seen), strict=True)
        for name, value in sheet.known.items()
        if before.get(name) != value
    ]
    what = "; ".join(changed[:5]) or "their fields"
    raise Conflict(f"Somebody changed these leads meanwhile: {what}. Nothing was merged. Look at them again.")


def _read(seen):
    """The two {name: value} that a form carried; empty for what no form of ours wrote."""
    try:
        first, second = json.loads(seen)
    except (TypeError, ValueError):
        return {}, {}
    return [known if isinstance(known, dict) else {} for known in (first, second)]


def _values(compared):
    """What is written to the lead that stays: what was chosen, the earliest time of each stage, the later touch."""
    keep, other = compared.keep.lead, compared.other.lead
    taken = {row.name for row in compared.taken}
    values = {name: (other if name in taken else keep).__data__[name] for name in FIELDS}
    found = domain_of(values["website"], values["email"])
    values = with_keys({**values, "domain": found or keep.domain or other.domain})
    staged = other if "stage" in taken else keep
    values |= {name: getattr(staged, name) for name in ("stage", "stage_changed_at", "lost_reason")}
    for column in filter(None, (stage.reached_column for stage in Stage)):
        values[column] = min(filter(None, (getattr(keep, column), getattr(other, column))), default=None)
    return {**values, "touched_at": max(keep.touched_at, other.touched_at)}


def _take_custom(compared):
    """The custom values that were chosen from the lead that goes, which keeps its own."""
    keep_id, other_id = compared.keep.lead.id, compared.other.lead.id
    fields = [compared.keep.custom[row.name].id for row in compared.taken if row.name in compared.keep.custom]
    CustomValue.delete().where(CustomValue.lead == keep_id, CustomValue.field.in_(fields)).execute()
    for theirs in list(CustomValue.select().where(CustomValue.lead == other_id, CustomValue.field.in_(fields))):
        value = {"text": theirs.text, "key": theirs.key, "number": theirs.number}
        CustomValue.insert(field=theirs.field_id, lead=keep_id, **value).execute()


def _told(compared, moved):
    """The data of the activity: whom, from what to what, every value of the lead that goes, and what moved."""
    other = compared.other
    changes, ids, fields = {}, {}, {}
    for row in compared.taken:
        field = compared.keep.custom.get(row.name)
        texts = row.name in ("owner", "center")
        changes[field.name if field else row.name] = [row.keep_text, row.other_text] if texts else [row.keep, row.other]
        if texts:
            ids[row.name] = [row.keep, row.other]
        if field:
            fields[field.name] = field.identity
    before = [", ".join(tag.name for tag in compared.keep.tags)]
    if compared.new_tags:
        names = sorted((tag.name for tag in (*compared.keep.tags, *compared.new_tags)), key=str.casefold)
        changes["tags"] = [*before, ", ".join(names)]
    labels = {row.name: row.label for row in compared.rows}
    values = {labels[name]: text for name, text in other.texts.items() if text and name in labels}
    data = {"lead_id": other.lead.id, "name": other.lead.name, "changes": changes, "values": values}
    if other.tags:
        values["Tags"] = ", ".join(tag.name for tag in other.tags)
    if other.lead.lost_reason:
        values["Why it was lost"] = other.lead.lost_reason
    return {**data, "ids": ids, "custom": fields, "moved": [[part.count, part.one, part.many] for part in moved]}


def merged_into(member, lead_id):
    """The id of the lead into which this one was merged, if the member may see that; else None."""
    gone = Lead.select(Lead.merged_into).where(within_reach(member), Lead.id == lead_id, Lead.deleted_at.is_null(False))
    row = gone.where(Lead.merged_into.is_null(False)).first()
    kept = row and visible(member, Lead.id).where(Lead.id == row.merged_into_id).first()
    return kept.id if kept else None
