"""Tags: words that group leads. Made where they are given, renamed, merged and deleted in the settings."""

from functools import partial
from typing import NamedTuple

from peewee import IntegrityError, Value, fn

from db import db
from webapp.accounts.audit import record
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.core.paging import page_of
from webapp.core.prepared import Prepared
from webapp.core.text import fold

from . import timeline
from .field_models import LeadTag, Removal, Tag
from .models import ActivityKind, Lead
from .queries import visible
from .removing import begin

NAME_LENGTH = 50
KEY = 100
MOST = 1000  # tags a workspace has
COUNTED = 1000  # leads of a tag that a list counts
SIZE = 50  # tags on a page
BATCH = 500  # ids in one statement
OFFERED = 8


class Named(NamedTuple):
    """A tag as pages show it."""

    id: int
    name: str


class Exists(Invalid):
    """The name is that of another tag, `tag`: the two can be merged."""

    def __init__(self, tag):
        super().__init__(f"There is already a tag {tag.name}.", "name")
        self.tag = tag


@partial(Prepared, row=Named)
def _tags(*, workspace):
    query = Tag.select(Tag.id, Tag.name).where(Tag.workspace == workspace, Tag.deleted_at.is_null())
    return query.order_by(Tag.name_key)


def tags_of(workspace):
    """All tags of a workspace (a row or its id), by name: at most MOST. One prepared query."""
    return tuple(_tags(workspace=getattr(workspace, "id", workspace)))


@partial(Prepared, row=Named)
def _tags_on(*, lead):
    query = Tag.select(Tag.id, Tag.name).join(LeadTag).where(LeadTag.lead == lead, Tag.deleted_at.is_null())
    return query.order_by(Tag.name_key)


def tags_on(lead):
    """The tags of one lead, by name, a tuple of Named: one prepared query."""
    return tuple(_tags_on(lead=lead.id))


def names_of(lead_ids):
    """{lead id: [tag names]} of these leads, each by name: for lists, exports and timelines."""
    found = {lead_id: [] for lead_id in lead_ids}
    query = LeadTag.select(LeadTag.lead, Tag.name).join(Tag).where(LeadTag.lead.in_(list(found)))
    for lead_id, name in query.where(Tag.deleted_at.is_null()).order_by(Tag.name_key).tuples():
        found[lead_id].append(name)
    return found


def get_tag(workspace, tag_id):
    """The tag with this id. Raises NotFound."""
    for tag in tags_of(workspace):
        if tag.id == tag_id:
            return tag
    raise NotFound("That tag does not exist, or it was deleted.")


def offered(workspace, typed, without=()):
    """(the first tags that `typed` may mean, whether one of that very name exists); not those in `without`."""
    needle, known = fold(" ".join(typed.split())), tags_of(workspace)
    found = [tag for tag in known if needle in fold(tag.name) and tag not in without]
    found.sort(key=lambda tag: not fold(tag.name).startswith(needle))
    return found[:OFFERED], any(fold(tag.name) == needle for tag in known)


def clean_name(text):
    """A tag's name as it is kept. Raises Invalid."""
    name = " ".join(text.replace("\0", "").split())
    if not name:
        raise Invalid("Type a tag first.", "name")
    if len(name) > NAME_LENGTH:
        raise Invalid(f"Keep a tag under {NAME_LENGTH + 1} characters; this has {len(name)}.", "name")
    if any(mark in name for mark in ",;"):
        raise Invalid("A comma or a semicolon parts two tags. Write one tag at a time.", "name")
    return name


def split(text):
    """The names in "Partner, DACH; VIP", each once, empty ones left out."""
    return list(dict.fromkeys(name for part in text.replace(";", ",").split(",") if (name := " ".join(part.split()))))


def named(workspace, text):
    """The tag of this name, made when there is none. Raises Invalid."""
    return named_all(workspace, [text])[0]


def called(workspace, text):
    """The tag of this name. Raises Invalid when there is none."""
    key = fold(clean_name(text))[:KEY]
    for tag in tags_of(workspace):
        if fold(tag.name)[:KEY] == key:
            return tag
    raise Invalid(f"There is no tag {clean_name(text)}. Choose one from the list.", "name")


def named_all(workspace, texts):
    """The tags of these names in their order, made where there are none. Raises Invalid."""
    names = [clean_name(text) for text in texts]
    known = {fold(tag.name)[:KEY]: tag for tag in tags_of(workspace)}
    new = {fold(name)[:KEY]: name for name in reversed(names) if fold(name)[:KEY] not in known}
    if new:
        if len(known) + len(new) > MOST:
            raise Invalid(f"A workspace has up to {MOST:,} tags, and this one has them. Delete some first.", "name")
        same = {"workspace": getattr(workspace, "id", workspace), "created_at": now()}
        rows = [{**same, "name": name, "name_key": key} for key, name in new.items()]
        Tag.insert_many(rows).on_conflict_ignore().execute()
        known = {fold(tag.name)[:KEY]: tag for tag in tags_of(workspace)}
    return list(dict.fromkeys(known[fold(name)[:KEY]] for name in names))


def make_room(workspace, texts):
    """{folded name: tag} of clean names, made where there are none for as long as the workspace has room."""
    known = {fold(tag.name)[:KEY]: tag for tag in tags_of(workspace)}
    new = {}
    for name in texts:
        if (key := fold(name)[:KEY]) not in known:
            new.setdefault(key, name)
    fitting = list(new.values())[: max(0, MOST - len(known))]
    return known | {fold(tag.name)[:KEY]: tag for tag in named_all(workspace, fitting)}


# ------------------------------------------------------------------ on leads


def tag_lead(lead, tag, *, actor):
    """Give `lead` a tag (a Named). Returns whether it had not got it."""
    return bool(tag_leads(actor, [lead.id], tag))


def untag_lead(lead, tag, *, actor):
    """Take a tag off `lead`. Returns whether it had it."""
    return bool(untag_leads(actor, [lead.id], tag))


def tag_leads(member, lead_ids, tag):
    """Give a tag (a Named of the member's workspace) to those of these leads that the member sees, and write it on
    their timelines. Returns the ids of those that had not got it: what an undo takes it off again.
    """
    alive = (Tag.id == tag.id) & (Tag.workspace == Lead.workspace) & Tag.deleted_at.is_null()
    changed = []
    with db.atomic():
        for batch in _batches(lead_ids):
            theirs = visible(member, Lead.id, Tag.id, walk=False).join(Tag, on=alive).where(Lead.id.in_(batch))
            query = LeadTag.insert_from(theirs, [LeadTag.lead, LeadTag.tag]).on_conflict_ignore()
            ids = [row.lead_id for row in query.returning(LeadTag.lead).execute()]
            after = names_of(ids)
            _tell(member, {one: ([name for name in names if name != tag.name], names) for one, names in after.items()})
            changed += ids
    return changed


def untag_leads(member, lead_ids, tag):
    """Take a tag off those of these leads that the member sees. Returns the ids of those that had it."""
    changed = []
    with db.atomic():
        for batch in _batches(lead_ids):
            before = names_of(batch)
            theirs = visible(member, Lead.id, walk=False).where(Lead.id.in_(batch))
            query = LeadTag.delete().where(LeadTag.tag == tag.id, LeadTag.lead.in_(theirs)).returning(LeadTag.lead)
            ids = [row.lead_id for row in query.execute()]
            _tell(member, {one: (before[one], [name for name in before[one] if name != tag.name]) for one in ids})
            changed += ids
    return changed


def _batches(ids):
    ids = sorted(set(ids))
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def _tell(member, changes):
    """On each lead's timeline, {lead id: (names before, names after)}."""
    entries = [(one, {"changes": {"tags": [", ".join(names) for names in pair]}}) for one, pair in changes.items()]
    actor = {"actor_id": member.user_id, "moment": now()}
    timeline.record_each(member.workspace.id, entries, ActivityKind.EDITED, **actor)


def give_tags(lead, texts):
    """Tags for a new lead, in the caller's transaction, made where they do not exist. Raises Invalid."""
    rows = [(lead.id, tag.id) for tag in named_all(lead.workspace_id, texts)] if texts else []
    if rows:
        LeadTag.insert_many(rows, [LeadTag.lead, LeadTag.tag]).execute()


# ------------------------------------------------------------ in the settings


def listed(workspace, cursor=None):
    """A Page of Tags by name."""
    query = Tag.of(workspace).where(Tag.deleted_at.is_null())
    return page_of(
        query, [Tag.name_key, Tag.id], lambda tag: (tag.name_key, tag.id), size=SIZE, cursor=cursor, descending=False
    )


def counts(tags):
    """{tag id: how many leads have it}, exact up to COUNTED, then COUNTED + 1. A bounded look at each tag's index."""
    few = LeadTag.select(Value(1).alias("one")).join(Lead).where(LeadTag.tag == Tag.id, Lead.deleted_at.is_null())
    few = few.limit(COUNTED + 1).alias("few")
    number = few.select_from(fn.COUNT(few.c.one))
    return dict(Tag.select(Tag.id, number).where(Tag.id.in_([tag.id for tag in tags])).tuples())


def rename_tag(workspace, tag, text, *, actor):
    """Give a tag another name. Raises Invalid, and Exists when it is that of another tag."""
    name = clean_name(text)
    key = fold(name)[:KEY]
    for other in tags_of(workspace):
        if other.id != tag.id and fold(other.name)[:KEY] == key:
            raise Exists(other)
    try:
        with db.atomic():
            alive = (Tag.id == tag.id) & Tag.deleted_at.is_null()
            if not Tag.update(name=name, name_key=key).where(alive).execute():
                raise Conflict(f"Somebody else just deleted {tag.name}.")
            record(actor, "tag.renamed", name, workspace=workspace, tag_id=tag.id, was=tag.name)
    except IntegrityError:
        raise Invalid(f"Somebody else just made a tag {name}. Try again to merge the two.", "name") from None


def merge_tags(workspace, tag, heir, *, actor):
    """Leads with `tag` get `heir` in its place, and `tag` is gone. Raises Conflict a second time."""
    with db.atomic():
        _take_away(workspace, tag, heir)
        record(actor, "tag.merged", f"{tag.name} into {heir.name}", workspace=workspace, tag_id=heir.id)


def delete_tag(workspace, tag, *, actor):
    """Take a tag away from every lead. Raises Conflict a second time."""
    with db.atomic():
        _take_away(workspace, tag, None)
        record(actor, "tag.deleted", tag.name, workspace=workspace, tag_id=tag.id)


def _take_away(workspace, tag, heir):
    hidden = {"deleted_at": now(), "name_key": f"DELETED {tag.id}"}  # in upper case, which no key is
    if not Tag.update(hidden).where(Tag.id == tag.id, Tag.deleted_at.is_null()).execute():
        raise Conflict(f"Somebody else just deleted {tag.name}.")
    Removal.update(heir=heir and heir.id).where(Removal.heir == tag.id).execute()
    begin(getattr(workspace, "id", workspace), tag=tag.id, heir=heir and heir.id)
