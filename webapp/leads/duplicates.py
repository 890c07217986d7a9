"""Leads that may be one and the same: those that share a mailbox, or a name at a domain or a company.

The database keeps what is shared in `duplicate_group` (migration 0010). A list reads a page of groups and the first
leads of each; a pair that a member called different is left out, also where a third lead comes to it later.
"""

from typing import NamedTuple

from peewee import JOIN, SQL

from db import db
from webapp.accounts.models import Reach, User
from webapp.core.clock import now
from webapp.core.errors import NotFound
from webapp.core.paging import Page, Place
from webapp.core.unions import part, together

from .list_models import DuplicateGroup, NotDuplicate
from .models import Lead, Stage, mailbox
from .queries import unindexed, within_reach

SIZE = 25  # groups on a page
MEMBERS = 12  # leads of a group that are compared; once some are merged, the next ones show
LOOKS = 8  # pages that one request looks through where a member sees only some leads
REASONS = {
    "email": "the same mailbox",
    "domain": "the same name and domain",
    "company": "the same name and company",
}
_GMAIL = ("gmail.com", "googlemail.com")


class Side(NamedTuple):
    """A lead of a pair."""

    id: int
    first_name: str
    last_name: str
    title: str
    company: str
    email: str
    domain: str
    stage: Stage
    touched_at: object
    owner: str | None

    full_name = Lead.full_name
    name = Lead.name


class Pair(NamedTuple):
    """Two leads that look alike; the older one is `first`."""

    first: Side
    second: Side
    why: str


_STAGES = {stage.value: stage for stage in Stage}
_SIDE = (*(getattr(Lead, name) for name in Side._fields if name != "owner"), User.full_name.alias("owner"))


def mailbox_of(email):
    """The mailbox that an address names: "ann.archer+news@gmail.com" is "annarcher@gmail.com". As models.mailbox()."""
    name, at, host = email.partition("@")
    name = name[: name.find("+")] if name.find("+") > 0 else name
    return f"{name.replace('.', '')}@gmail.com" if host in _GMAIL else f"{name}{at}{host}"


# ------------------------------------------------------------------- lists


def pairs(member, cursor=None):
    """A Page of Pairs that `member` sees and nobody called different, those found last first."""
    place, found, groups = Place.read(cursor, 1, True), [], []
    for _ in range(1 if member.reach is Reach.ALL else LOOKS):
        groups = _groups(member, place)
        page = place.page(groups, SIZE, lambda group: (group.id,))
        found += _pairs_of(member, page.rows)
        if found or not page.older or place.backwards:
            return Page(tuple(found), page.older, page.newer)
        place = Place.read(page.older, 1, True)
    return Page(tuple(found), page.older, page.newer)


def _groups(member, place):
    query = DuplicateGroup.of(member.workspace.id)
    if place.keys:
        beyond = DuplicateGroup.id < place.keys[0] if place.falling else DuplicateGroup.id > place.keys[0]
        query = query.where(beyond)
    order = DuplicateGroup.id.desc() if place.falling else DuplicateGroup.id
    return list(query.order_by(order).limit(SIZE + 1))


def _pairs_of(member, groups):
    """Of each group its leads but the first, each with the oldest it may be the same as."""
    if not groups:
        return []
    sides = {group.id: [] for group in groups}
    for group_id, *values in _members(member, groups).tuples():
        side = Side._make(values)
        sides[group_id].append(side._replace(stage=_STAGES[side.stage], touched_at=_moment(side.touched_at)))
    different = _different({side.id for found in sides.values() for side in found})
    made = {}
    for group in groups:
        for pair in _alike(sides[group.id], different, group.kind):
            made.setdefault(pair, set()).add(group.kind)
    return [
        Pair(*pair, " and ".join(REASONS[kind] for kind in REASONS if kind in kinds)) for pair, kinds in made.items()
    ]


_moment = Lead.touched_at.python_value


def _alike(sides, different, kind):
    for position, second in enumerate(sides):
        for first in sides[:position]:
            apart = kind == "company" and first.domain and second.domain  # then their domains decide
            if not apart and (first.id, second.id) not in different:
                yield first, second
                break


def _members(member, groups):
    """The first MEMBERS leads of each group that the member sees, oldest first, in one query."""
    parts = []
    for group in groups:
        query = Lead.select(SQL(str(group.id)).alias("group_id"), *_SIDE).join(User, JOIN.LEFT_OUTER, on=_OWNER)
        query = query.where(within_reach(member, walk=False), Lead.deleted_at.is_null(), _in(group))
        parts.append(part(query.order_by(unindexed(Lead.id)).limit(MEMBERS), ("group_id", *Side._fields)))
    return together(parts)


_OWNER = Lead.owner == User.id


# -------------------------------------------------------------- what is shared

NOTHING = SQL("''")  # no parameter: only so is an index found that holds the rows without it


def _in(group):
    return Lead.id.in_(sharing(group.workspace_id, group.kind, group.key, group.name))


def sharing(workspace, kind, key, name):
    """The ids of the live leads that share what a group does, by its index."""
    ids = Lead.select(Lead.id).where(Lead.workspace == workspace, Lead.deleted_at.is_null())
    if kind == "email":  # no one index has both the addresses that are their mailbox and those that are not
        plain = ids.where(Lead.email != NOTHING, Lead.email == key)
        return plain.union_all(ids.where(mailbox(Lead.email) != Lead.email, mailbox(Lead.email) == key))
    if kind == "domain":
        return ids.where(Lead.domain != NOTHING, Lead.domain == key, Lead.name_key == name)
    return ids.where(Lead.company_key == key, Lead.name_key == name)


def shared_by(first, second):
    """[(kind, key, name)] of what two leads have in common."""
    shared = []
    if first.email and second.email and mailbox_of(first.email) == mailbox_of(second.email):
        shared.append(("email", mailbox_of(first.email), ""))
    if first.name_key and first.name_key == second.name_key:
        if first.domain and first.domain == second.domain:
            shared.append(("domain", first.domain, first.name_key))
        elif first.company_key and first.company_key == second.company_key and not (first.domain and second.domain):
            shared.append(("company", first.company_key, first.name_key))
    return shared


def _different(lead_ids):
    """The pairs of ids among these that a member called different; each with the lower one first."""
    if not lead_ids:
        return set()
    query = NotDuplicate.select(NotDuplicate.first, NotDuplicate.second)
    return set(query.where(NotDuplicate.first.in_(lead_ids), NotDuplicate.second.in_(lead_ids)).tuples())


# ------------------------------------------------------------ not a duplicate


def call_different(first, second, *, actor):
    """Remember that two leads are not the same. Saying so twice changes nothing."""
    low, high = sorted((first.id, second.id))
    if low == high:
        raise NotFound("That is one and the same lead.")
    row = {"workspace": first.workspace_id, "first": low, "second": high, "actor": actor.user_id, "created_at": now()}
    with db.atomic():
        NotDuplicate.insert(row).on_conflict_ignore().execute()
        for kind, key, name in shared_by(first, second):
            if _all_different(first.workspace_id, kind, key, name):
                _groups_of(first.workspace_id, kind, key, name).execute()


def _all_different(workspace, kind, key, name):
    rows = Lead.select(Lead.id, Lead.domain).where(Lead.id.in_(sharing(workspace, kind, key, name)))
    leads = list(rows.order_by(Lead.id).limit(MEMBERS))
    return not list(_alike(leads, _different({lead.id for lead in leads}), kind))


def _groups_of(workspace, kind, key, name):
    group = DuplicateGroup
    return group.delete().where(group.workspace == workspace, group.kind == kind, group.key == key, group.name == name)


def call_alike(first, second):
    """Take that back."""
    low, high = sorted((first.id, second.id))
    with db.atomic():
        NotDuplicate.delete().where(NotDuplicate.first == low, NotDuplicate.second == high).execute()
        for kind, key, name in shared_by(first, second):
            row = {"workspace": first.workspace_id, "kind": kind, "key": key, "name": name}
            DuplicateGroup.insert(row).on_conflict_ignore().execute()
