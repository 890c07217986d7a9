"""A Where as the database is asked it: one condition, and the few leads that it is about where an index tells them."""

from functools import cached_property, reduce
from operator import and_, or_

from peewee import SQL, Select, WrappedNode

from db import db, is_sqlite
from webapp.core.gathering import gathered, numbers
from webapp.core.text import fold
from webapp.core.unions import together

from .criteria import FIELDS, Criterion, Custom, custom_named
from .field_models import CustomValue
from .kinds import Due
from .models import Lead
from .search import within

FEW = 2000  # leads that a list looks up one by one; of more, a walk along the list's own index meets enough soon
TEXTS = 500  # different texts of a field, a country or a source, that are looked through
SEARCHED = ("company", "name", "email", "domain")  # what lead.search_text is made of
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
        drivers = [query for query in self._drivers if query is not None]
        found = _fewest(drivers[:1])  # mostly it will do
        return _fewest(drivers[1:]) if found is None else found

    @property
    def is_driven(self):
        """Whether an index tells all that the Where leaves, so that more than FEW are known to be many."""
        return len(self.where.conditions) == 1 and not self.where.groups and self._drivers[0] is not None

    @cached_property
    def _drivers(self):
        """Queries of ids, each of which has among its own all that the Where leaves; None where no index tells them."""
        alone = [self._driver(condition) for condition in self.where.conditions]
        groups = [[self._driver(condition) for condition in group] for group in self.where.groups]
        if not self.where.any:
            return [*alone, *map(_union, groups)]
        return [_union([*alone, *(next((one for one in group if one is not None), None) for group in groups)])]

    def _driver(self, condition):
        """A query of the ids that an index has for `condition`; None when none has."""
        criterion, member = self.criteria[condition.field], self.member
        if criterion is not None and condition.op in ("has", "starts"):
            return self._having(criterion, condition)
        if criterion is None or not _is_driven(criterion, condition):
            return None
        kind, values = criterion.kind, condition.values
        if hasattr(kind, "ids"):  # a table beside the leads has them
            return kind.ids(values, member)
        if isinstance(criterion, Custom):
            own = CustomValue.select(CustomValue.lead).where(CustomValue.field == criterion.field.id)
            return own.where(kind.sql(criterion.column, condition.op, values, member))
        alive = self._alive()
        if criterion.unless is not None:
            alive = alive.where(criterion.in_index)
        elif isinstance(kind, Due) or criterion.column in (Lead.employees, Lead.center):
            alive = alive.where(criterion.column.is_null(False))
        return alive.where(kind.sql(criterion.column, condition.op, values, member))

    def _alive(self):
        return Lead.select(Lead.id).where(Lead.workspace == self.member.workspace.id, Lead.deleted_at.is_null())

    def _having(self, criterion, condition):
        """A query of the ids whose text holds a value somewhere: by trigrams, or by the few texts that there are."""
        needles = [fold(value) for value in condition.values]
        if condition.field in SEARCHED:
            if min(map(len, needles)) < 3:
                return None
            sql, values = within([needles])
            return Select(
                [SQL(f"({sql} LIMIT {FEW + 1}) AS hits".replace("?", db.obj.param), values)], [SQL("hits.id")]
            )
        if not (isinstance(criterion, Criterion) and criterion.unless == "" and criterion.indexed):
            return None
        texts = self._texts(criterion.column.column_name)
        if texts is None:
            return None
        likely = [text for text in texts if any(needle in fold(text) for needle in needles)]
        return self._alive().where(criterion.in_index, criterion.column.in_(likely))

    def _texts(self, column):
        """The different texts in an indexed column, from one to the next by the index; None when there are too many."""
        first = f"SELECT min({column}) FROM lead WHERE workspace_id = ? AND deleted_at IS NULL AND {column} <> ''"
        sql = f"""WITH RECURSIVE found (text) AS ({first} UNION ALL
            SELECT ({first} AND {column} > found.text) FROM found WHERE found.text IS NOT NULL)
            SELECT text FROM found WHERE text IS NOT NULL LIMIT {TEXTS + 1}"""
        rows = db.execute_sql(sql.replace("?", db.obj.param), [self.member.workspace.id] * 2).fetchall()
        return [text for (text,) in rows] if len(rows) <= TEXTS else None


def _union(queries):
    """All ids of `queries`; None where one of them is."""
    if not queries or any(query is None for query in queries):
        return None
    return together(queries)


def _fewest(queries):
    """The ids of the one among `queries` that has fewest, if at most FEW; None otherwise. One query for all."""
    if not queries:
        return None
    parts = [gathered(query.limit(FEW + 1), _name_of_id(query)) for query in queries]
    found = [numbers(ids) for (ids,) in together(parts).tuples()]
    fewest = min(found, key=len)
    return fewest if len(fewest) <= FEW else None


def _name_of_id(query):
    while hasattr(query, "lhs"):  # of a union the first part names the columns
        query = query.lhs
    return getattr(query._returning[0], "column_name", "id")


def _is_driven(criterion, condition):
    operator = criterion.kind.ops.get(condition.op)
    if operator is None or not operator.driven or condition.op == "older":
        return False
    return isinstance(criterion, Custom) or criterion.indexed
