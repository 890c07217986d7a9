"""Reads of leads. Every one starts from visible(), where bin, workspace and reach are applied, once."""

from copy import copy
from types import SimpleNamespace
from typing import NamedTuple

from peewee import JOIN, SQL, Expression, NodeList, Select, fn

from webapp.accounts.models import Center, CenterMember, Reach, User
from webapp.core.errors import NotFound
from webapp.core.gathering import gathered, numbers
from webapp.core.prepared import Prepared, instance

from .holding import among_text, ids_text
from .models import Lead, Stage, StageTotal
from .narrowing import Asked
from .search import matching, narrowed
from .total_models import ReachTotal

WALK = 250  # leads that one request may count on its walk through more of them
SMALL = 2000  # leads of a workspace in which everything is counted
IN_ORDER = ("country", "city", "industry", "source", "stage")  # whose index goes on with the last touch
FEW = 1000  # leads that a list looks up one by one; of more, a walk along the list's own index meets enough soon


def within_reach(member, *, walk=True):
    """The condition that a lead, deleted or not, is the member's business.

    `walk` False keeps the database from walking along an index of the workspace or the owner: right where few ids are
    given, which it cannot know.
    """
    ours = Expression(Lead.workspace if walk else unindexed(Lead.workspace), "=", member.workspace.id)
    if member.reach is Reach.ALL:
        return ours
    if member.reach is Reach.OWN:
        return ours & Expression(Lead.owner if walk else unindexed(Lead.owner), "=", member.user_id)
    owned = Expression(unindexed(Lead.owner), "=", member.user_id)
    return ours & (owned | Expression(unindexed(Lead.center), "IN", _centers_of(member)))


def unindexed(column):
    """`column` so that no index is chosen for it, by a unary plus: a few rows that another index has found are not
    looked for, or put in order, along this one. Postgres errs where it plans a prepared query for any value.
    """
    return NodeList((SQL("+"), column))


def _centers_of(member):
    return CenterMember.select(CenterMember.center).where(CenterMember.user == member.user_id)


def visible(member, *columns, walk=True):
    """The leads that `member` may see: their workspace's, not deleted, within their reach."""
    return Lead.select(*columns).where(within_reach(member, walk=walk), Lead.deleted_at.is_null())


def as_member(reach, workspace, user):
    """What visible() needs of a member, for a read that is made before anybody asks."""
    return SimpleNamespace(reach=reach, workspace=SimpleNamespace(id=workspace), user_id=user)


class Scope(NamedTuple):
    """Of what a list shows, the part that changes its SQL."""

    reach: Reach
    in_center: bool  # only the leads of one center
    few: bool  # they are looked up by their ids


def scope_of(member, center=None, *, lane=False, counted=False):
    """(Scope, values) of a list of what `member` sees, of one center or of all; the values are those of in_scope().

    `lane` says that it shows one stage by touch: the leads of one center or owner have an index in that order.
    `counted` says that something else has found the few ids already.
    """
    values = {"workspace": member.workspace.id, "user": member.user_id, "center": center, "ids": None}
    single = center is not None or member.reach is Reach.OWN
    if not counted and not (lane and single) and (single or member.reach is not Reach.ALL):
        whose = {name: values[name] for name in ("workspace", "user", "center")}
        ids = numbers(_first_ids.one(member.reach, center is not None, **whose).numbers)
        values["ids"] = ids_text(ids) if len(ids) <= FEW else None
    return Scope(member.reach, center is not None, values["ids"] is not None), values


def in_scope(scope, *columns, stage=None, workspace, user, center, ids, walk=True):
    """The leads in `scope`, in one `stage` or in any."""
    query = visible(as_member(scope.reach, workspace, user), *columns, walk=walk and not scope.few)
    if scope.few:
        query = query.where(among_text(ids))
    if scope.in_center:  # with a stage there is an index in the list's order; without, it walks or looks up
        query = query.where(Expression(unindexed(Lead.center) if stage is None else Lead.center, "=", center))
    return query if stage is None else query.where(Lead.stage == stage)


@Prepared
def _first_ids(reach, in_center, *, workspace, user, center):
    """The first FEW + 1 ids in the center, or else within the reach: read from indexes alone."""
    alive = _alive(Lead.id, workspace=workspace)
    if in_center:
        return gathered(alive.where(Lead.center == center).limit(FEW + 1))
    owned = alive.where(Lead.owner == user)
    if reach is Reach.OWN:
        return gathered(owned.limit(FEW + 1))
    centers = _centers_of(as_member(reach, workspace, user))
    return gathered(alive.where(Lead.center.in_(centers)).union_all(owned).limit(FEW + 1))


def _alive(*columns, workspace):
    return Lead.select(*columns).where(Lead.workspace == workspace, Lead.deleted_at.is_null())


class Origin(NamedTuple):
    """The import that brought a lead: its file, who ran it (None: gone), its id if the member may open it."""

    filename: str
    by: str | None
    import_id: int | None


def get_lead(member, lead_id):
    """The lead with its owner and center, if the member may see it. Raises NotFound."""
    row = None
    if lead_id < 2**31:
        row = _lead.one(member.reach, workspace=member.workspace.id, user=member.user_id, lead=lead_id)
    if row is None:
        raise NotFound("That lead does not exist, or it was deleted.")
    *values, owner_name, center_name, filename, importer_id, importer = row
    lead = instance(Lead, values)
    if filename is not None:
        seen = member.reach is Reach.ALL or importer_id == member.user_id
        lead.brought_by = Origin(filename, importer, lead.origin_id if seen else None)
    if lead.owner_id:
        lead.owner = User(id=lead.owner_id, full_name=owner_name)
    if lead.center_id:
        lead.center = Center(id=lead.center_id, name=center_name)
    return lead


@Prepared
def _lead(reach, *, workspace, user, lead):
    imported, importer = Lead.origin.rel_model, User.alias()
    names = (User.full_name.alias("owner_name"), Center.name.alias("center_name"), imported.filename)
    columns = (*Lead._meta.sorted_fields, *names)
    query = visible(
        as_member(reach, workspace, user),
        *columns,
        importer.id.alias("importer_id"),
        importer.full_name.alias("importer_name"),
    )
    return (
        query.join(User, JOIN.LEFT_OUTER, on=Lead.owner == User.id)
        .join_from(Lead, Center, JOIN.LEFT_OUTER, on=Lead.center == Center.id)
        .join_from(Lead, imported, JOIN.LEFT_OUTER, on=Lead.origin == imported.id)
        .join_from(imported, importer, JOIN.LEFT_OUTER, on=imported.actor == importer.id)
        .where(Lead.id == lead)
    )


def chosen_leads(member, chosen, *columns):
    """All visible leads that the Filter `chosen` leaves, in no order: for what goes through all of them."""
    query = visible(member, *columns)
    for condition in (matching(chosen.search), Asked(member, chosen.where).condition()):
        query = query if condition is None else query.where(condition)
    return query


@Prepared
def _kept_totals(*, workspace):
    return StageTotal.select(StageTotal.stage, StageTotal.leads, StageTotal.value).where(
        StageTotal.workspace == workspace
    )


@Prepared
def _reached_totals(reach, in_center, *, workspace, user, center):
    """What each stage holds within the reach, or of it in one center."""
    within = ReachTotal.workspace == workspace
    if reach is Reach.OWN:
        within &= ReachTotal.owner == user
    elif reach is Reach.CENTERS:
        centers = _centers_of(as_member(reach, workspace, user))
        within &= (ReachTotal.owner == user) | ReachTotal.center.in_(centers)
    if in_center:
        within &= ReachTotal.center == center
    sums = fn.SUM(ReachTotal.leads).alias("leads"), fn.SUM(ReachTotal.value).alias("value")
    return ReachTotal.select(ReachTotal.stage, *sums).where(within).group_by(ReachTotal.stage)


def stage_totals(member, chosen=None, *, find=None):
    """{Stage: (leads, value)} of what the member sees of the Filter `chosen`, every stage present.

    Kept totals when nothing but a reach and a center narrows them. None when a filter leaves more than WALK leads and
    counting them would be a walk. `find` is a Finder of the same leads, if there is one.
    """
    if chosen is None or not chosen.is_narrow:
        rows = _all_totals(member)
    elif chosen.is_plain:
        rows = _all_totals(member, chosen.center)
        rows = [row for row in rows if chosen.stage in (None, row[0])]
    else:
        find = find.along(IN_ORDER) if find else Finder(member, chosen, IN_ORDER)
        if find.counted or _is_small(member):
            rows = _summed(find(*_SUMS))
        else:
            rows = None if find.many else _bounded(find, WALK)
    return None if rows is None else _by_stage(rows)


def _by_stage(rows):
    counts = {stage: (int(leads), int(value or 0)) for stage, leads, value in rows}
    return {stage: counts.get(stage, (0, 0)) for stage in Stage}


_SUMS = (Lead.stage, fn.COUNT(Lead.id).alias("leads"), fn.SUM(Lead.value).alias("value"))


def _all_totals(member, center=None):
    """Of all that the member sees, or of that in one center."""
    if member.reach is Reach.ALL and center is None:
        return _kept_totals(workspace=member.workspace.id)
    whose = {"workspace": member.workspace.id, "user": member.user_id, "center": center}
    return _reached_totals(member.reach, center is not None, **whose)


def _is_small(member):
    return sum(leads for _, leads, _ in _kept_totals(workspace=member.workspace.id)) <= SMALL


def _bounded(find, most):
    """The sums of at most `most` leads; None when there are more."""
    found = find(Lead.stage, Lead.value).limit(most + 1).alias("found")
    columns = [found.c.stage, fn.COUNT(1), fn.SUM(found.c.value)]
    query = Select([found], columns).group_by(found.c.stage).bind(Lead._meta.database)
    rows = [(Stage(stage), leads, value) for stage, leads, value in query.tuples()]
    return rows if sum(leads for _, leads, _ in rows) <= most else None


def _summed(query):
    return query.group_by(Lead.stage).tuples()


def finder(member, chosen):
    """A Finder for what a page asks of the Filter more than once; None for a plain one, whose lists need none."""
    return None if chosen.is_plain else Finder(member, chosen)


class Finder:
    """Makes queries of the leads that a Filter leaves, quick for a page whatever was asked: find(*columns, stage=None).

    `counted` says that they were found few and are looked up by their ids; else each query walks along the order that
    it is given, and `along` names the fields in whose index that is. `many` says that their index told of more, or
    that too many were found to count those among them.
    """

    def __init__(self, member, chosen, along=()):
        self.searched = narrowed(chosen.search)
        self.asked = Asked(member, chosen.where)
        by_search = self.searched.condition is not None and self.searched.counted
        ids = None if by_search else self.asked.few
        self.scope, self.values = scope_of(member, counted=by_search or ids is not None)
        if ids is not None:
            self.scope, self.values["ids"] = self.scope._replace(few=True), ids_text(ids)
        self.counted = by_search or self.scope.few
        told = self.searched.condition is not None or self.asked.is_driven
        self.many = not self.counted and member.reach is Reach.ALL and told
        self.conditions = self._conditions(along)

    def _conditions(self, along):
        both = self.searched.condition, self.asked.condition(along)
        return [one for one in both if one is not None]

    def along(self, fields):
        """A Finder of the same leads for queries that read them in the index of other `fields`."""
        other = copy(self)
        other.conditions = self._conditions(fields)
        return other

    def __call__(self, *columns, stage=None):
        query = in_scope(self.scope, *columns, stage=stage, **self.values, walk=not self.counted)
        return query.where(*self.conditions) if self.conditions else query
