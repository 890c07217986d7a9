"""A Where as the database is asked it: one condition, and the few leads that it is about where an index tells them."""

from functools import reduce
from operator import and_, or_

from peewee import SQL, Select, WrappedNode

from db import db, is_sqlite

from .criteria import FIELDS, Criterion, Custom, Tags, custom_named
from .field_models import CustomValue, LeadTag
from .kinds import Due
from .models import Lead

FEW = 2000  # leads that a list looks up one by one; of more, a walk along the list's own index meets enough soon
NOBODY = SQL("1 = 0")


class _Bare(WrappedNode):
    """A column for which SQLite chooses no index: it has no statistics and would sort all that a condition names
    rather than walk along the order that is asked for. Postgres knows how many there are.
    """

    def __sql__(self, ctx):
        return ctx.literal("+").sql(self.node)


class Asked:
    """A Where as `member` asks it."""

    def __init__(self, member, where):
        self.member = member
        self.where = where
        own = custom_named(member.workspace, {one.slug for one in where if one.is_custom})
        self.criteria = {one.field: own.get(one.slug) if one.is_custom else FIELDS[one.field] for one in where}

    def condition(self, along=()):
        """It as one expression; None: all leads. `along` names the fields in whose index the list is read, so that a
        condition on them may use it.
        """
        parts = [self._sql(one, along) for one in self.where.conditions]
        inner, outer = (and_, or_) if self.where.any else (or_, and_)
        parts += [reduce(inner, [self._sql(one, along) for one in group]) for group in self.where.groups]
        return reduce(outer, parts) if parts else None

    def _sql(self, condition, along):
        criterion = self.criteria[condition.field]
        if isinstance(criterion, Criterion):
            column = criterion.column
            walked = condition.field in along
            bare = is_sqlite() and column is not None and not walked
            asked = criterion.kind.sql(_Bare(column) if bare else column, condition.op, condition.values, self.member)
            partial = walked and condition.op == "is" and criterion.unless is not None
            return asked & criterion.in_index if partial else asked
        if criterion is None or not criterion.kind.takes(condition.op, condition.values):
            return NOBODY  # a field that is gone, or is of another kind now
        return criterion.sql(condition.op, condition.values, self.member)

    @property
    def few(self):
        """The ids of at most FEW leads, among which are all that the Where leaves; None when no index tells them."""
        if self.where.any:
            return None
        drivers = [query for query in map(self._driver, self.where.conditions) if query is not None]
        found = _fewest(drivers[:1])  # mostly it will do
        return _fewest(drivers[1:]) if found is None else found

    def _driver(self, condition):
        """A query of the ids that an index has for `condition`; None when none has."""
        criterion, member = self.criteria[condition.field], self.member
        if criterion is None or not _is_driven(criterion, condition):
            return None
        kind, values = criterion.kind, condition.values
        if isinstance(kind, Tags):
            return LeadTag.select(LeadTag.lead).where(LeadTag.tag.in_(kind.kept(values, member)))
        if isinstance(criterion, Custom):
            own = CustomValue.select(CustomValue.lead).where(CustomValue.field == criterion.field.id)
            return own.where(kind.sql(criterion.column, condition.op, values, member))
        alive = Lead.select(Lead.id).where(Lead.workspace == member.workspace.id, Lead.deleted_at.is_null())
        if criterion.unless is not None:
            alive = alive.where(criterion.in_index)
        elif isinstance(kind, Due) or criterion.column in (Lead.employees, Lead.center):
            alive = alive.where(criterion.column.is_null(False))
        return alive.where(kind.sql(criterion.column, condition.op, values, member))


def _fewest(queries):
    """The ids of the one among `queries` that has fewest, if at most FEW; None otherwise. One query for all."""
    if not queries:
        return None
    parts = []
    for number, query in enumerate(queries):
        part = query.limit(FEW + 1).alias("part")
        parts.append(Select([part], [SQL(str(number)), SQL("part.*")]))
    found = [[] for _ in queries]
    for number, lead_id in reduce(lambda one, other: one.union_all(other), parts).bind(db.obj).tuples():
        found[number].append(lead_id)
    fewest = min(found, key=len)
    return fewest if len(fewest) <= FEW else None


def _is_driven(criterion, condition):
    operator = criterion.kind.ops.get(condition.op)
    if operator is None or not operator.driven or condition.op == "older":
        return False
    return isinstance(criterion, Custom) or criterion.indexed
