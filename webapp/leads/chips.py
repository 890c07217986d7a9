"""What a Filter asks, told as chips: one for each condition, with the names of what it compares by."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from peewee import SQL, Value, fn

from webapp.accounts.centers import known_to
from webapp.accounts.members import people
from webapp.accounts.models import Center, Membership, Reach, User
from webapp.core.unions import together

from . import custom, tags
from .conditions import Where
from .criteria import CUSTOM, CUSTOM_KINDS, FIELDS
from .field_models import CustomField, CustomKind, Tag
from .kinds import Choice, Kind, Moment
from .models import Lead, Stage, TodoKind

IMPORTS = ("import", "import_updated")
BY_ID = ("owner", "center", "tag", *IMPORTS)
GONE = dict.fromkeys(IMPORTS, "another import") | {"owner": "somebody who left"}
LATEST = 100  # imports to choose from
ICONS = {
    "owner": "user-round",
    "center": "map-pin",
    "tag": "tag",
    "stage": "circle-dot",
    "due": "calendar",
}
NEXT_LABELS = {TodoKind.TASK: "To-do", TodoKind.EMAIL: "E-mail", TodoKind.LINKEDIN: "LinkedIn"}
ME = (("me", "Me"),)
YES_NO = (("yes", "Yes"), ("no", "No"))
FIXED = {
    "stage": tuple((stage.value, stage.label) for stage in Stage),
    "next": tuple((kind.value, NEXT_LABELS.get(kind, kind.value.capitalize())) for kind in TodoKind),
}
DAYS = {"within": "days", "older": "days ago", "next": "days"}


@dataclass(frozen=True)
class Asked:
    """A field that can be asked, with the label it has on screen and, of a choice, its (value, label) pairs."""

    name: str
    label: str
    kind: Kind
    choices: tuple = ()

    @property
    def takes_choices(self):
        return isinstance(self.kind, Choice)

    @property
    def takes_days(self):
        return isinstance(self.kind, Moment)


class Chip(NamedTuple):
    """`text` is the condition as an address has it, `group` the number of the group it stands in, from 1; 0: none.
    `rest` is what is asked without it.
    """

    key: str
    words: str
    value: str
    icon: str
    text: str
    group: int
    rest: Where


class Told(NamedTuple):
    """All Chips of a Where; `other` asks for any of them instead of all, or the other way around."""

    chips: tuple
    other: Where
    nothing: Where = Where()


def fields_to_ask(member):
    """{name: label} of all that can be asked."""
    found = {name: criterion.label for name, criterion in FIELDS.items()}
    return found | {CUSTOM + field.slug: field.name for field in custom.fields_of(member.workspace)}


def asked_field(member, name):
    """The Asked by this name with its choices, or None."""
    if name in FIELDS:
        return Asked(name, FIELDS[name].label, FIELDS[name].kind, _choices(member, name))
    for field in custom.fields_of(member.workspace):
        if CUSTOM + field.slug == name:
            return _own_field(name, field.name, field.kind, field.options)
    return None


def _own_field(name, label, kind, options=()):
    pairs = YES_NO if kind is CustomKind.YES_NO else tuple((one, one) for one in options)
    return Asked(name, label, CUSTOM_KINDS[kind], pairs)


def _choices(member, name):
    if name in FIXED:
        return FIXED[name]
    if name == "owner":
        return (*ME, *((str(person.id), person.full_name) for person in people(member.workspace)))
    if name == "center":
        return tuple((str(center.id), center.name) for center in known_to(member))
    if name in IMPORTS:
        imports = Lead.origin.rel_model
        wrote = (imports.created if name == "import" else imports.updated) > 0
        latest = _imports(member).where(wrote).order_by(imports.id.desc()).limit(LATEST)
        return tuple((key, title) for key, title, _ in latest.tuples())
    return tuple((str(tag.id), tag.name) for tag in tags.tags_of(member.workspace)) if name == "tag" else ()


def _imports(member, *before):
    """A query of (*before, id as a text, file name and day, None) of the imports that `member` sees."""
    imports = Lead.origin.rel_model
    title = imports.filename.concat(", ").concat(fn.SUBSTR(imports.created_at.cast("text"), 1, 10))
    query = imports.select(*before, imports.id.cast("text"), title, SQL("NULL"))
    query = query.where(imports.workspace == member.workspace.id)
    return query if member.reach is Reach.ALL else query.where(imports.actor == member.user_id)


def told(member, where):
    """The Told of a Where, chips outside of groups first. One query at most, however much is asked."""
    known = _known(member, where)
    found = [_chip(known.get(one.field), one, 0, where) for one in where.conditions]
    for number, group in enumerate(where.groups, 1):
        found += [_chip(known.get(one.field), one, number, where) for one in group]
    return Told(tuple(found), replace(where, any=not where.any))


def _known(member, where):
    """{name: Asked} of the fields in `where`, each with the choices that are named there."""
    own, named = {}, {name: list(FIXED.get(name, ME if name == "owner" else ())) for name in FIELDS}
    for part, key, label, kind in _names(member, where):
        if kind is None:
            named[part].append((key, label))
        else:
            own[CUSTOM + key] = _own_field(CUSTOM + key, label, CustomKind(kind))
    asked = {one.field for one in where} & FIELDS.keys()
    return own | {name: Asked(name, FIELDS[name].label, FIELDS[name].kind, tuple(named[name])) for name in asked}


def _names(member, where):
    """(field, id, name, None) of what conditions compare by id and ("own", slug, name, kind) of the workspace's own
    fields, in one query; none when nothing has to be looked up.
    """
    workspace, nothing = member.workspace.id, SQL("NULL")
    ids = {name: _numbers(where, name) for name in BY_ID}
    slugs = [one.slug for one in where if one.is_custom]
    here = User.id.in_(ids["owner"]) & (Membership.workspace == workspace) & User.is_active
    people = User.select(Value("owner"), User.id.cast("text"), User.full_name, nothing).join(Membership).where(here)
    parts = [(ids["owner"], people)]
    centers = Center.select(Value("center"), Center.id.cast("text"), Center.name, nothing)
    parts.append((ids["center"], centers.where(Center.workspace == workspace, Center.id.in_(ids["center"]))))
    tagged = (Tag.workspace == workspace) & Tag.deleted_at.is_null() & Tag.id.in_(ids["tag"])
    parts.append((ids["tag"], Tag.select(Value("tag"), Tag.id.cast("text"), Tag.name, nothing).where(tagged)))
    for name in IMPORTS:
        theirs = Lead.origin.rel_model.id.in_(ids[name])
        parts.append((ids[name], _imports(member, Value(name)).where(theirs)))
    own = CustomField.select(Value("own"), CustomField.slug, CustomField.name, CustomField.kind)
    live = (CustomField.workspace == workspace) & CustomField.deleted_at.is_null()
    parts.append((slugs, own.where(live, CustomField.slug.in_(slugs))))
    wanted = [query for asked, query in parts if asked]
    return together(wanted).tuples() if wanted else ()


def _numbers(where, name):
    values = {value for one in where if one.field == name for value in one.values}
    return [int(value) for value in values if value.isdecimal() and len(value) < 10]


def _chip(asked, condition, group, where):
    rest = _without(where, condition, group)
    if asked is None:  # a field that is gone: nothing has it
        return Chip("A field that was deleted", "", "", "circle-alert", str(condition), group, rest)
    operator, names = asked.kind.ops.get(condition.op), dict(asked.choices)
    if operator is None:  # its kind is another one by now
        return Chip(asked.label, "cannot be asked this way", "", "circle-alert", str(condition), group, rest)
    gone = GONE.get(condition.field, "deleted")
    values = [names.get(one, gone if condition.field in BY_ID else one) for one in condition.values]
    joined = " and ".join(values) if condition.op == "between" else " or ".join(values)
    if condition.op in DAYS:
        joined = f"{joined} {DAYS[condition.op]}"
    return Chip(asked.label, operator.words, joined, ICONS.get(condition.field, ""), str(condition), group, rest)


def _without(where, condition, group):
    """`where` without `condition` in the group with this number, or outside of groups (0)."""
    parts = [list(where.conditions), *map(list, where.groups)]
    parts[group].remove(condition)
    return _tidy(tuple(parts[0]), parts[1:], where.any)


def beside(where, text, condition):
    """`where` with `condition` in one group with the one that `text` writes, joined the other way around."""
    partner = next((one for one in where.conditions if str(one) == text), None)
    if partner:
        rest = tuple(one for one in where.conditions if one != partner)
        joined = _tidy(rest, [*where.groups, (partner, condition)], where.any)
    else:
        groups = [(*group, condition) if text in map(str, group) else group for group in where.groups]
        joined = _tidy(where.conditions, groups, where.any)
    return replace(joined, cut=where.cut)


def _tidy(conditions, groups, match_any):
    """A Where of what is left: a group of one is a condition like any other."""
    groups = [tuple(dict.fromkeys(group)) for group in groups]
    conditions += tuple(group[0] for group in groups if len(group) == 1)
    groups = tuple(group for group in groups if len(group) > 1)
    return Where(tuple(dict.fromkeys(conditions)), groups, match_any and len(conditions) + len(groups) > 1)
