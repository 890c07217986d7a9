"""Who put a lead's value where it is: a person, an import or enrichment. What a person typed is never written over.

The timeline tells: the newest entry that gave the field the value it has. What somebody edited, restored or chose in a
merge is a person's; what an ENRICHED entry wrote is enrichment's as long as the LeadWrite says so, too; what an import
or Galena itself wrote is as good as imported. The undoing of an import only brings back what was there, so an
older entry says whose that is. Where no entry tells, the value is as old as the lead: an import's when one brought
the lead, else a person's. When in doubt, it is a person's.
"""

import json
from enum import Enum

from peewee import fn

from webapp.core.prepared import Prepared
from webapp.leads.holding import among_text, ids_text
from webapp.leads.models import Activity, ActivityKind

from .models import LeadWrite

KINDS = (ActivityKind.EDITED, ActivityKind.IMPORTED, ActivityKind.ENRICHED, ActivityKind.MERGED)
READ = 2000  # entries that are looked at for a batch of leads; what lies behind them is a person's


class Source(Enum):
    PERSON = "a person typed, restored or chose it"
    IMPORT = "an import brought it"
    ENRICHMENT = "enrichment wrote it"


class Past:
    """What is known of how these leads came by the values of `fields`."""

    def __init__(self, leads, fields):
        ids = [lead.id for lead in leads]
        self.entries, self.whole = _entries(ids, fields)
        writes = _writes(leads=ids_text(ids)) if ids else ()
        self.writes = {(lead_id, name): value for lead_id, name, value in writes}

    def source(self, lead, name):
        """The Source of the value that `lead` has in its field `name`."""
        value = lead.__data__[name]
        ours = self.writes.get((lead.id, name)) == as_text(value)
        entry = self._setting(lead, name)
        if entry is None:
            brought = self.whole and (lead.origin_id or lead.origin_row)
            return Source.ENRICHMENT if ours else Source.IMPORT if brought else Source.PERSON
        kind, actor_id, _ = entry
        if kind is ActivityKind.ENRICHED:
            return Source.ENRICHMENT if ours else Source.PERSON
        if kind is ActivityKind.IMPORTED or (kind is ActivityKind.EDITED and actor_id is None):
            return Source.IMPORT
        return Source.PERSON

    def before(self, lead, name):
        """What stood there before the value that `lead` has now; None when nobody knows."""
        entry = self._setting(lead, name)
        return entry and entry[2][0]

    def _setting(self, lead, name):
        value = lead.__data__[name]
        for entry in self.entries.get((lead.id, name), ()):
            if (entry[2][1] or "") == ("" if value is None else value):
                return entry
        return None

    def taken_away(self, lead, name):
        """The values that somebody emptied the field of."""
        return [
            change[0]
            for kind, actor_id, change in self.entries.get((lead.id, name), ())
            if kind is ActivityKind.EDITED and actor_id is not None and change[0] and not change[1]
        ]


def as_text(value):
    """A lead's value as LeadWrite and Conflict keep it."""
    return "" if value is None else str(value)


def _entries(lead_ids, fields):
    """({(lead id, field): [(kind, actor id, [old, new])], the newest first}, whether that is all there is)."""
    if not lead_ids or not fields:
        return {}, True
    rows = _told(tuple(fields), leads=ids_text(lead_ids))
    found = {}
    for lead_id, kind, actor_id, data in rows:
        if "import" in data:  # an import was undone
            continue
        for name, change in (data.get("changes") or {}).items():
            if name in fields:
                found.setdefault((lead_id, name), []).append((kind, actor_id, change))
    return found, len(rows) < READ


@Prepared
def _told(fields, *, leads):
    told = None
    for name in fields:  # as history.py finds changes of a field: by how JSON writes them
        one = fn.instr(Activity.data, f"{json.dumps(name)}:[") > 0
        told = one if told is None else told | one
    query = Activity.select(Activity.lead, Activity.kind, Activity.actor, Activity.data)
    query = query.where(among_text(leads, Activity.lead), Activity.kind.in_(KINDS), told)
    return query.order_by(Activity.created_at.desc(), Activity.id.desc()).limit(READ)


@Prepared
def _writes(*, leads):
    query = LeadWrite.select(LeadWrite.lead, LeadWrite.field, LeadWrite.value)
    return query.where(among_text(leads, LeadWrite.lead))
