"""The leads that an import created: those on which nobody worked since go to the bin when it is undone."""

from peewee import JOIN

from webapp.accounts.models import User
from webapp.core.clock import now
from webapp.leads import timeline
from webapp.leads.belongings import name_of, references
from webapp.leads.holding import among, locked
from webapp.leads.models import Activity, ActivityKind, Lead

from .models import Import, ImportState

# What belongs to a lead without anybody having worked on it, or is told by its timeline, too. Everything else counts.
NO_WORK = {
    "activity.lead", "import_row.lead", "undo_kept.lead", "lead_tag.lead", "custom_value.lead", "bulk_item.lead",
    "hand_over.lead", "not_duplicate.first", "not_duplicate.second", "lead.merged_into",
}  # fmt: skip
DID = {
    ActivityKind.STAGE: "moved it to another stage",
    ActivityKind.EDITED: "changed it",
    ActivityKind.NOTE: "wrote a note",
    ActivityKind.CALL: "logged a call",
    ActivityKind.WRITTEN: "logged an e-mail",
    ActivityKind.TODO: "did a to-do",
    ActivityKind.MERGED: "merged another lead into it",
    ActivityKind.RESTORED: "brought it back from the bin",
}
HAPPENED = {
    ActivityKind.IMPORTED: "Another import changed it.",
    ActivityKind.EMAIL: "A campaign wrote to it.",
    ActivityKind.UNSUBSCRIBED: "It unsubscribed from a campaign.",
    ActivityKind.ASSIGNED: "It was assigned after the import.",
}


def next_leads(imported, before, size):
    """The ids of the next leads that `imported` created and that are not deleted, the last one first."""
    created = Lead.select(Lead.id).where(Lead.workspace == imported.workspace_id, Lead.origin == imported.id)
    if before is not None:
        created = created.where(Lead.id < before)
    return [row.id for row in created.where(Lead.deleted_at.is_null()).order_by(Lead.id.desc()).limit(size)]


def put_in_bin(imported, lead_ids):
    """Put those of these leads into the bin on which nobody worked: (how many, lines of UndoKept for the others)."""
    alive = Lead.select(Lead.id).where(among(lead_ids), Lead.deleted_at.is_null())
    ids = [lead_id for (lead_id,) in locked(alive)]
    why = worked_on(imported, ids) if ids else {}
    gone, moment = [lead_id for lead_id in ids if lead_id not in why], now()
    if gone:
        Lead.update(deleted_at=moment).where(among(gone)).execute()
        told = {"import": {"id": imported.id, "filename": imported.filename}}
        who = {"actor_id": imported.undone_by_id, "moment": moment}
        timeline.record_many(imported.workspace_id, gone, ActivityKind.DELETED, told, **who)
    return len(gone), [{"lead": one, "found": why[one]} for one in reversed(ids) if one in why]


def worked_on(imported, lead_ids):
    """{lead id: what was done with it} of those of these leads with which something was done besides the import."""
    why = {}
    for key, rule in references():
        if name_of(key) not in NO_WORK:
            there = key.model.select(key).where(among(lead_ids, key)).distinct()
            why |= {lead_id: f"It has a {rule.one}." for (lead_id,) in there.tuples()}
    entries = list(_entries(lead_ids))
    undone = _undone({of for entry in entries if (of := _import_of(entry)) and of != imported.id})
    for entry in entries:
        if not _is_own(imported, entry) and _import_of(entry) not in undone:
            why[entry.lead_id] = _told(entry)
    return why


def _entries(lead_ids):
    query = Activity.select(Activity, User.id, User.full_name).join(User, JOIN.LEFT_OUTER, on=Activity.actor == User.id)
    return query.where(among(lead_ids, Activity.lead)).order_by(Activity.id)


def _import_of(entry):
    """The id of the import that wrote an entry, or whose undoing did; None for everything else."""
    return entry.data.get("import_id") or entry.data.get("import", {}).get("id")


def _is_own(imported, entry):
    """Whether the import wrote this itself, and nobody touched it since."""
    if entry.kind is ActivityKind.ASSIGNED:
        return entry.created_at <= imported.finished_at
    return _import_of(entry) == imported.id and entry.pinned_at is None  # rewritten, a note says so no more


def _undone(import_ids):
    """Those of these imports that were undone: what they did is not there any more."""
    if not import_ids:
        return set()
    gone = Import.select(Import.id).where(Import.id.in_(import_ids), Import.state == ImportState.UNDONE)
    return {row.id for row in gone}


def _told(entry):
    if entry.kind in HAPPENED:
        return HAPPENED[entry.kind]
    return f"{entry.actor.full_name if entry.actor_id else 'Galena'} {DID.get(entry.kind, 'worked on it')}."
