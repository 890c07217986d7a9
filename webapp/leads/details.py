"""What hangs on a lead besides its own row, for its page: open to-dos, tags, custom fields. One query for all three.

What each is alone, and for other pages, stands in todo_queries.py, tags.py and custom.py.
"""

from functools import reduce
from typing import NamedTuple

from peewee import JOIN, SQL, Select

from webapp.accounts.models import User
from webapp.core.prepared import Prepared

from .custom import Fact
from .custom_kinds import Field
from .field_models import CustomField, CustomKind, CustomValue, LeadTag, Tag
from .models import Todo, TodoKind
from .tags import Named
from .todo_queries import OPEN_ON_LEAD, TodoRow

TAGS, FIELDS = 200, 200  # more of them no page shows
_KINDS = {kind.value: kind for kind in (*TodoKind, *CustomKind)}
_moment = Todo.due_at.python_value


class Details(NamedTuple):
    todos: tuple  # of TodoRows, the one due first in front
    tags: tuple  # of Nameds, by name
    custom: tuple  # of Facts: all fields of the workspace, in their order


def details(lead):
    """The Details of a lead that get_lead() gave."""
    found = {"todo": [], "tag": [], "fact": []}
    for part, *row in _details(workspace=lead.workspace_id, lead=lead.id):
        found[part].append(row)
    todos = tuple(_todo(lead, *row) for row in found["todo"])
    tags = tuple(Named(tag_id, name) for tag_id, name, *_ in found["tag"])
    custom = tuple(
        Fact(Field(field_id, name, slug, _KINDS[kind], options or "[]"), text or "")
        for field_id, name, kind, text, slug, options, *_ in found["fact"]
    )
    return Details(todos, tags, custom)


def _todo(lead, todo_id, title, kind, assignee, _slug, _options, due_at, timed, assignee_id):
    names = (lead.first_name, lead.last_name, lead.company, lead.email, lead.stage)
    due_at = due_at and _moment(due_at)
    return TodoRow(todo_id, lead.id, _KINDS[kind], title, due_at, bool(timed), None, assignee_id, assignee, *names)


def _named(*columns):
    """`columns` under the names of the union; what is missing at the end is NULL, of the type of the first part."""
    names = ("id", "name", "kind", "text", "slug", "options", "due_at", "timed", "assignee")
    types = {"due_at": "TIMESTAMP", "timed": "BOOLEAN", "assignee": "INTEGER"}
    missing = (SQL(f"CAST(NULL AS {types.get(name, 'TEXT')})") for name in names[len(columns) :])
    filled = (*columns, *missing)
    return [column.alias(name) for column, name in zip(filled, names, strict=True)]


@Prepared
def _details(*, workspace, lead):
    empty = SQL("NULL")
    todos = Todo.select(
        SQL("'todo'").alias("part"),
        *_named(Todo.id, Todo.title, Todo.kind, User.full_name, empty, empty, Todo.due_at, Todo.timed, Todo.assignee),
    )
    todos = todos.join(User, JOIN.LEFT_OUTER, on=Todo.assignee == User.id)
    todos = todos.where(Todo.lead == lead, Todo.done_at.is_null())
    tags = Tag.select(SQL("'tag'").alias("part"), *_named(Tag.id, Tag.name)).join(LeadTag)
    tags = tags.where(LeadTag.lead == lead, Tag.deleted_at.is_null())
    of_lead = (CustomValue.field == CustomField.id) & (CustomValue.lead == lead)
    columns = (CustomField.id, CustomField.name, CustomField.kind, CustomValue.text, CustomField.slug)
    facts = CustomField.select(SQL("'fact'").alias("part"), *_named(*columns, CustomField.options))
    facts = facts.join(CustomValue, JOIN.LEFT_OUTER, on=of_lead)
    facts = facts.where(CustomField.workspace == workspace, CustomField.deleted_at.is_null())
    return _together(
        todos.order_by(Todo.due_at.is_null(), Todo.due_at, Todo.id).limit(OPEN_ON_LEAD),
        tags.order_by(Tag.name_key).limit(TAGS),
        facts.order_by(CustomField.position, CustomField.id).limit(FIELDS),
    )


def _together(*queries):
    """All of their rows. SQLite takes an order and a limit in a union only in a table inside."""
    names = ("part", "id", "name", "kind", "text", "slug", "options", "due_at", "timed", "assignee")
    parts = []
    for query in queries:
        inner = query.alias("details")
        parts.append(Select([inner], [getattr(inner.c, name) for name in names]))
    return reduce(lambda one, other: one.union_all(other), parts).bind(Todo._meta.database)
