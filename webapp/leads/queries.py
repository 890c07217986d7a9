"""Reads of leads. Every one starts from visible(), where bin, workspace and reach are applied, once."""

from types import SimpleNamespace
from typing import NamedTuple

from peewee import JOIN, SQL, Expression, NodeList, fn

from webapp.accounts.models import Reach, User
from webapp.core.errors import NotFound
from webapp.core.prepared import Prepared, instance

from .models import Lead, Stage, StageTotal
from .search import matching, narrowed

__all__ = ["filtered", "get_lead", "listed", "matching", "stage_totals", "visible", "within_reach"]

WALK = 10_000  # leads that one request may count through


def within_reach(member, *, walk=True):
    """The condition that a lead, deleted or not, is the member's business.

    `walk` False keeps the database from walking along an index of the workspace (SQLite's own unary plus): right where
    few ids are given, which it cannot know.
    """
    workspace = Lead.workspace if walk else NodeList((SQL("+"), Lead.workspace))
    ours = Expression(workspace, "=", member.workspace.id)
    return ours & (Lead.owner == member.user_id) if member.reach is Reach.OWN else ours


def visible(member, *columns, walk=True):
    """The leads that `member` may see: their workspace's, not deleted, within their reach."""
    return Lead.select(*columns).where(within_reach(member, walk=walk), Lead.deleted_at.is_null())


class Origin(NamedTuple):
    """The import that brought a lead: its file, who ran it (None: gone), its id if the member may open it."""

    filename: str
    by: str | None
    import_id: int | None


def get_lead(member, lead_id):
    """The lead with its owner, if the member may see it. Raises NotFound."""
    row = None
    if lead_id < 2**31:
        row = _lead.one(member.reach, workspace=member.workspace.id, user=member.user_id, lead=lead_id)
    if row is None:
        raise NotFound("That lead does not exist, or it was deleted.")
    *values, owner_name, filename, importer_id, importer = row
    lead = instance(Lead, values)
    if filename is not None:
        seen = member.reach is Reach.ALL or importer_id == member.user_id
        lead.brought_by = Origin(filename, importer, lead.origin_id if seen else None)
    if lead.owner_id:
        lead.owner = User(id=lead.owner_id, full_name=owner_name)
    return lead


@Prepared
def _lead(reach, *, workspace, user, lead):
    member = SimpleNamespace(reach=reach, workspace=SimpleNamespace(id=workspace), user_id=user)
    imported, importer = Lead.origin.rel_model, User.alias()
    columns = (*Lead._meta.sorted_fields, User.full_name.alias("owner_name"), imported.filename)
    query = visible(member, *columns, importer.id.alias("importer_id"), importer.full_name.alias("importer_name"))
    return (
        query.join(User, JOIN.LEFT_OUTER, on=Lead.owner == User.id)
        .join_from(Lead, imported, JOIN.LEFT_OUTER, on=Lead.origin == imported.id)
        .join_from(imported, importer, JOIN.LEFT_OUTER, on=imported.actor == importer.id)
        .where(Lead.id == lead)
    )


def filtered(member, *columns, stage=None, search=""):
    """The visible leads in `stage` (None: any) that match `search` (empty: all)."""
    query = visible(member, *columns)
    if stage is not None:
        query = query.where(Lead.stage == stage)
    condition = matching(search)
    return query if condition is None else query.where(condition)


@Prepared
def _kept_totals(*, workspace):
    return StageTotal.select(StageTotal.stage, StageTotal.leads, StageTotal.value).where(
        StageTotal.workspace == workspace
    )


def stage_totals(member, *, search=""):
    """{Stage: (leads, value)} of what the member sees, every stage present. Kept totals when nothing narrows them.

    None where it would take a walk over more than WALK leads: a search that very many match.
    """
    search = search.strip()
    if search or member.reach is Reach.OWN:
        found = narrowed(search)
        if not found.counted and sum(leads for _, leads, _ in _kept_totals(workspace=member.workspace.id)) > WALK:
            return None
        columns = (Lead.stage, fn.COUNT(Lead.id), fn.SUM(Lead.value))
        rows = listed(member, found, *columns).group_by(Lead.stage).tuples()
    else:
        rows = _kept_totals(workspace=member.workspace.id)
    counts = {stage: (leads, int(value or 0)) for stage, leads, value in rows}
    return {stage: counts.get(stage, (0, 0)) for stage in Stage}


def listed(member, found, *columns):
    """The visible leads that `found`, the answer of narrowed(), leaves: for lists, quick whatever was typed."""
    if found.condition is None:
        return visible(member, *columns)
    return visible(member, *columns, walk=not found.counted).where(found.condition)
