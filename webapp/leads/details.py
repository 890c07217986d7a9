"""What stands around a lead on its page, in one query: open to-dos, tags, custom fields, score rules, others at its
company, and one that may be the same.

What they are alone, and for other pages, stands in todo_queries.py, tags.py, custom.py, score_reading.py and
look_alike.py.
"""

from typing import NamedTuple

from peewee import JOIN, SQL, Select

from webapp.accounts.models import User
from webapp.core.prepared import Prepared
from webapp.core.unions import part, together

from .custom import Fact
from .custom_kinds import Field
from .field_models import CustomField, CustomKind, CustomValue, LeadTag, Tag
from .list_models import ScoreKind, ScoreRule
from .look_alike import Hint, hints, likeness
from .models import Lead, Stage, Todo, TodoKind
from .queries import as_member, visible
from .score_reading import Rule
from .tags import Named
from .todo_queries import OPEN_ON_LEAD, TodoRow

TAGS, FIELDS = 200, 200  # more of them no page shows
OTHERS = 20  # leads at the same company; one more is read, to tell that there are more
_NAMES = ("part", "id", "name", "kind", "text", "slug", "options", "due_at", "timed", "assignee")
_TYPES = {"due_at": "TIMESTAMP", "timed": "BOOLEAN", "assignee": "INTEGER"}
_KINDS = {kind.value: kind for kind in (*TodoKind, *CustomKind, *Stage, *ScoreKind)}
_moment = Todo.due_at.python_value


class Other(NamedTuple):
    """Another lead at the same company."""

    id: int
    name: str
    title: str
    stage: Stage


class Details(NamedTuple):
    todos: tuple  # of TodoRows, the one due first in front
    tags: tuple  # of Nameds, by name
    custom: tuple  # of Facts: all fields of the workspace, in their order
    rules: tuple  # of Rules, by which the workspace scores leads
    others: tuple  # of Others, by company or else by domain: up to OTHERS + 1
    hint: Hint | None


def details(member, lead):
    """The Details of a lead that get_lead() gave."""
    by = "company" if lead.company_key else "domain" if lead.domain else ""
    whose = {"workspace": member.workspace.id, "user": member.user_id, "lead": lead.id}
    found = {"todo": [], "tag": [], "fact": [], "rule": [], "other": [], "hint": []}
    for kind, *row in _details(member.reach, by, **whose, **likeness(lead)):
        found[kind].append(row)
    return Details(
        tuple(_todo(lead, *row) for row in found["todo"]),
        tuple(Named(tag_id, name) for tag_id, name, *_ in found["tag"]),
        tuple(_fact(*row) for row in found["fact"]),
        tuple(Rule(rule_id, _KINDS[kind], text, int(points)) for rule_id, text, kind, points, *_ in found["rule"]),
        tuple(_other(lead, *row) for row in found["other"]),
        _hint(*found["hint"][0]) if found["hint"] else None,
    )


def _todo(lead, todo_id, title, kind, assignee, _slug, _options, due_at, timed, assignee_id):
    names = (lead.first_name, lead.last_name, lead.company, lead.email, lead.stage)
    due_at = due_at and _moment(due_at)
    return TodoRow(todo_id, lead.id, _KINDS[kind], title, due_at, bool(timed), None, assignee_id, assignee, *names)


def _fact(field_id, name, kind, text, slug, options, *_):
    return Fact(Field(field_id, name, slug, _KINDS[kind], options or "[]"), text or "")


def _other(lead, other_id, first_name, stage, title, last_name, email, *_):
    name = f"{first_name} {last_name}".strip() or email or lead.company or lead.domain
    return Other(other_id, name, title, _KINDS[stage])


def _hint(lead_id, first_name, kind, last_name, company, email, *_):
    return Hint(lead_id, first_name, last_name, company, email, kind)


@Prepared
def _details(reach, by, *, workspace, user, lead, **alike):
    parts = [
        _todos(lead),
        _tags(lead),
        _facts(workspace, lead),
        _rules(workspace),
        _alike(reach, workspace, user, lead, **alike),
    ]
    if by:
        parts.append(_others(reach, by, workspace, user, lead, alike[by]))
    return together(part(query, _NAMES) for query in parts)


def _todos(lead):
    empty = SQL("NULL")
    columns = (Todo.id, Todo.title, Todo.kind, User.full_name, empty, empty, Todo.due_at, Todo.timed, Todo.assignee)
    query = Todo.select(*_named("todo", *columns)).join(User, JOIN.LEFT_OUTER, on=Todo.assignee == User.id)
    query = query.where(Todo.lead == lead, Todo.done_at.is_null())
    return query.order_by(Todo.due_at.is_null(), Todo.due_at, Todo.id).limit(OPEN_ON_LEAD)


def _tags(lead):
    query = Tag.select(*_named("tag", Tag.id, Tag.name)).join(LeadTag)
    return query.where(LeadTag.lead == lead, Tag.deleted_at.is_null()).order_by(Tag.name_key).limit(TAGS)


def _facts(workspace, lead):
    columns = (CustomField.id, CustomField.name, CustomField.kind, CustomValue.text, CustomField.slug)
    of_lead = (CustomValue.field == CustomField.id) & (CustomValue.lead == lead)
    query = CustomField.select(*_named("fact", *columns, CustomField.options))
    query = query.join(CustomValue, JOIN.LEFT_OUTER, on=of_lead)
    query = query.where(CustomField.workspace == workspace, CustomField.deleted_at.is_null())
    return query.order_by(CustomField.position, CustomField.id).limit(FIELDS)


def _alike(reach, workspace, user, lead, **alike):
    found = hints(reach, workspace, user, lead, **alike).alias("found")
    columns = (found.c.id, found.c.first_name, found.c.kind, found.c.last_name, found.c.company, found.c.email)
    return Select([found], _named("hint", *columns)).limit(1)


def _rules(workspace):
    points = ScoreRule.points.cast("TEXT")
    query = ScoreRule.select(*_named("rule", ScoreRule.id, ScoreRule.condition, ScoreRule.kind, points))
    return query.where(ScoreRule.workspace == workspace).order_by(ScoreRule.position, ScoreRule.id)


def _others(reach, by, workspace, user, lead, company):
    columns = _named("other", Lead.id, Lead.first_name, Lead.stage, Lead.title, Lead.last_name, Lead.email)
    key = Lead.company_key if by == "company" else Lead.domain
    query = visible(as_member(reach, workspace, user), *columns).where(key == company, Lead.id != lead)
    if by == "domain":
        query = query.where(Lead.domain != "")  # its index holds no others
    return query.order_by(Lead.id).limit(OTHERS + 1)


def _named(part, *columns):
    """`columns` under the names of the union; what is missing at the end is NULL, of the type of the first part."""
    names = _NAMES[1:]
    missing = (SQL(f"CAST(NULL AS {_TYPES.get(name, 'TEXT')})") for name in names[len(columns) :])
    filled = (SQL(f"'{part}'"), *columns, *missing)
    return [column.alias(name) for column, name in zip(filled, _NAMES, strict=True)]
