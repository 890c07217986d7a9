"""The bin: deleted leads, which come back as they were or go for good after DAYS.

A lead that was merged into another is not in the bin: its row stays as long as the other one lives, and goes with it.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from db import db
from webapp.accounts.audit import record
from webapp.accounts.models import User, Workspace
from webapp.core.clock import now, stamp
from webapp.core.errors import NotFound
from webapp.core.jobs import stopping, wait
from webapp.core.paging import Place, by_moment, ordered

from . import timeline, todos
from .editing import TEXTS
from .holding import hold
from .models import Activity, ActivityKind, Lead, with_keys
from .queries import within_reach
from .search import narrowed

DAYS = 30
SIZE = 50
BATCH = 50  # leads a transaction, each with all that belongs to it, and
PAUSE = 0.02  # seconds between two


class Binned(NamedTuple):
    """A lead in the bin, and who put it there."""

    id: int
    first_name: str
    last_name: str
    company: str
    email: str
    deleted_at: datetime
    by: str | None

    full_name = Lead.full_name
    name = Lead.name

    @property
    def goes_at(self):
        """When it goes for good."""
        return self.deleted_at + timedelta(days=DAYS)


_IN_BIN = Lead.deleted_at.is_null(False) & Lead.merged_into.is_null()


def binned(member, *, search="", cursor=None):
    """A Page of the deleted leads that `member` would see, those deleted last first."""
    query = _within(member, *(getattr(Lead, name) for name in Binned._fields if name != "by"), _deleter().alias("by"))
    found = narrowed(search)
    if found.condition is not None:
        query = query.where(found.condition)
    place = Place.read(by_moment(cursor), 2, True)
    rows = ordered(query, (Lead.deleted_at, Lead.id), place.falling, place.keys).limit(SIZE + 1).tuples()
    return place.page([Binned._make(row) for row in rows], SIZE, lambda row: (stamp(row.deleted_at), row.id))


def _deleter():
    acts = Activity.select(User.full_name).join(User, on=Activity.actor == User.id)
    acts = acts.where(Activity.lead == Lead.id, Activity.kind == ActivityKind.DELETED)
    return acts.order_by(Activity.created_at.desc(), Activity.id.desc()).limit(1)


def _within(member, *columns):
    return Lead.select(*columns).where(within_reach(member), _IN_BIN)


def in_bin(member, lead_ids):
    """Those of these leads that are in the bin and within the member's reach, by name."""
    return list(_within(member).where(Lead.id.in_(lead_ids)).order_by(Lead.name_key, Lead.id))


def holder_of(member, lead):
    """The live lead that has the address of `lead`, if the member may see it; else None."""
    alive = Lead.select().where(within_reach(member), Lead.deleted_at.is_null(), Lead.email == lead.email)
    return alive.first() if lead.email else None


def restore_bare(member, lead_id):
    """Take a lead out of the bin without its address, which its timeline keeps. Returns it as it was."""
    with db.atomic():
        lead = next(iter(in_bin(member, [lead_id])), None)
        if lead is None:
            raise NotFound("That lead is not in the bin.")
        bare = with_keys({name: getattr(lead, name) for name in TEXTS} | {"email": "", "domain": lead.domain})
        written = {name: bare[name] for name in ("email", "search_text")}
        Lead.update(**written, deleted_at=None).where(Lead.id == lead_id, _IN_BIN).execute()
        todos.refresh_next([lead_id])
        about = {"actor_id": member.user_id}
        timeline.record(lead.workspace_id, lead_id, ActivityKind.RESTORED, **about)
        timeline.record(
            lead.workspace_id, lead_id, ActivityKind.EDITED, {"changes": {"email": [lead.email, ""]}}, **about
        )
    return lead


# ---------------------------------------------------------------- for good


def erase(member, lead_ids):
    """Delete these leads for good, with all that belongs to them. Returns how many. There is no undo."""
    with db.atomic():
        leads = in_bin(member, lead_ids)
        gone = _erase([lead.id for lead in leads])
        if gone:
            subject = leads[0].name if len(leads) == 1 else f"{len(leads)} leads"
            ids = [lead.id for lead in leads]
            record(member, "lead.erased", subject, workspace=member.workspace, lead_ids=ids)
    return gone


def _erase(lead_ids):
    """Delete leads that are in the bin, in the caller's transaction, and those that were merged into them before."""
    merged = Lead.select(Lead.id).where(Lead.merged_into.in_(lead_ids))
    hold([*lead_ids, *(lead.id for lead in merged)])
    Lead.delete().where(Lead.merged_into.in_(lead_ids)).execute()
    return Lead.delete().where(Lead.id.in_(lead_ids), _IN_BIN).execute()


def empty():
    """Delete for good what has been in the bins for DAYS, in batches. Goes on an hour later when the worker stops."""
    for workspace in Workspace.select(Workspace.id).order_by(Workspace.id).tuples():
        while _empty_some(workspace[0]):
            if stopping():
                return
            wait(PAUSE)


def _empty_some(workspace_id):
    """One batch; whether there may be more."""
    due = Lead.deleted_at < now() - timedelta(days=DAYS)
    with db.atomic():
        found = Lead.select(Lead.id).where(Lead.workspace == workspace_id, _IN_BIN, due)
        ids = [lead.id for lead in found.order_by(Lead.deleted_at, Lead.id).limit(BATCH)]
        _erase(ids)
    return len(ids) == BATCH
