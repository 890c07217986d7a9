"""The custom fields of a workspace: made, renamed, put in order, given other options, deleted."""

from peewee import IntegrityError, Value, fn

from db import db
from webapp.accounts.audit import record
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid
from webapp.core.text import fold, slugify

from .custom import fields_of, get_field
from .custom_kinds import KEY, Field
from .field_models import CustomField, CustomKind, CustomValue, Removal
from .fields import FIELDS
from .models import Lead
from .removing import begin

MOST = 100  # fields a workspace has
MOST_OPTIONS = 200
NAME_LENGTH = 60
OPTION_LENGTH = 100
COUNTED = 10_000  # leads that a question counts
# Names that every lead has something under already: in forms, columns, merge tags, on timelines.
TAKEN = {
    "full name", "name", "tag", "tags", "stage", "score", "notes", "note", "lost reason", "domain", "created", "id",
    "job title", "state or region", "city, state",
    *(name.replace("_", " ") for name in FIELDS), *(fold(field.label) for field in FIELDS.values()),
}  # fmt: skip


class InUse(Invalid):
    """Options were left out that leads have; `options` are [(text, how many leads)]."""

    def __init__(self, options):
        super().__init__("Say what becomes of the leads that have an option you took out.", "options")
        self.options = options


def create_field(workspace, name, kind, options=(), *, actor):
    """A new custom field of `workspace`. Raises Invalid for a name, options or a number of fields that cannot be."""
    kind, fields = CustomKind(kind), fields_of(workspace)
    if len(fields) >= MOST:
        raise Invalid(f"A workspace has up to {MOST} fields, and this one has them. Delete one you do not need first.")
    options = _clean_options(options) if kind is CustomKind.CHOICE else []
    with db.atomic():
        last = CustomField.of(workspace).select(fn.MAX(CustomField.position)).scalar()
        rest = {"kind": kind, "options": options, "position": (last or 0) + 1}

        def write(named):
            slug = _free_slug(workspace, named["name"])
            return CustomField.create(workspace=workspace, slug=slug, **named, **rest)

        field = _named(workspace, name, write)
        record(actor, "field.created", field.name, workspace=workspace, field_id=field.id)
    return get_field(workspace, field.id)


def rename_field(workspace, field, name, *, actor):
    """Give a Field another name; its slug stays, so mails that name it still do. Raises Invalid."""
    one = (CustomField.id == field.id) & CustomField.deleted_at.is_null()
    with db.atomic():
        named = _named(workspace, name, lambda named: CustomField.update(named).where(one).execute() and named, field)
        if not named:
            raise Conflict(f"Somebody else just deleted {field.name}.")
        if named["name"] != field.name:
            record(actor, "field.renamed", named["name"], workspace=workspace, field_id=field.id, was=field.name)


def _named(workspace, name, write, but=None):
    """What `write` makes of a usable name. Its key is unique, also among two who choose it at once."""
    name = " ".join(name.replace("\0", "").split())
    if not name:
        raise Invalid("Give the field a name.", "name")
    if len(name) > NAME_LENGTH:
        raise Invalid(f"Keep the name under {NAME_LENGTH + 1} characters; this has {len(name)}.", "name")
    key = fold(name)[: 2 * NAME_LENGTH]
    if key.replace("_", " ") in TAKEN:
        raise Invalid(f"Every lead has something called {name} already. Choose another name.", "name")
    try:
        with db.atomic():
            return write({"name": name, "name_key": key})
    except IntegrityError:
        raise Invalid(f"There is already a field named {name}. Choose another name.", "name") from None


def _free_slug(workspace, name):
    """The name as merge tags have it: "contract_end"; with a number when another field's is the same."""
    wanted = slugify(name, "field").replace("-", "_")
    used = {field.slug for field in fields_of(workspace)}
    slug, number = wanted, 1
    while slug in used or slug.replace("_", " ") in TAKEN:
        number += 1
        slug = f"{wanted}_{number}"
    return slug


def _clean_options(options):
    found = {}
    for option in options:
        text = " ".join(option.replace("\0", "").split())
        if len(text) > OPTION_LENGTH:
            raise Invalid(f"Keep each option under {OPTION_LENGTH + 1} characters.", "options")
        if text and found.setdefault(fold(text)[:KEY], text) != text:
            raise Invalid(f"“{text}” stands there twice. Keep one of them.", "options")
    if not found:
        raise Invalid("Write at least one option, each on a line of its own.", "options")
    if len(found) > MOST_OPTIONS:
        raise Invalid(f"A choice has up to {MOST_OPTIONS} options; these are {len(found):,}.", "options")
    return list(found.values())


def move_field(workspace, field_id, by):
    """Put a field one place up (`by` -1) or down (1) in the order; at the end it stays."""
    order = [field.id for field in fields_of(workspace)]
    at = order.index(get_field(workspace, field_id).id)
    to = min(max(at + by, 0), len(order) - 1)
    order.insert(to, order.pop(at))
    with db.atomic():
        for position, one in enumerate(order, 1):
            CustomField.update(position=position).where(
                CustomField.id == one, CustomField.position != position
            ).execute()


def set_options(workspace, field, options, *, actor, seen, becomes=None):
    """Give a choice these options. `seen` are those the form showed; `becomes` says what leads get in place of
    an option that was taken out: {its text: another option, or "" for nothing}.

    Raises InUse while that is not said for each option that leads have, Invalid, and Conflict when somebody else
    changed the options meanwhile.
    """
    if list(seen) != list(field.options):
        raise Conflict("Somebody else just changed these options. This is how they are now.")
    options = _clean_options(options)
    kept, becomes = {fold(option)[:KEY]: option for option in options}, becomes or {}
    gone = [option for option in field.options if fold(option)[:KEY] not in kept]
    asked = [(option, count_values(field, option)) for option in gone]
    asked = [(option, count) for option, count in asked if count]
    if any(becomes.get(option) not in ("", *options) for option, _ in asked):
        raise InUse(asked)
    with db.atomic():
        one = (
            (CustomField.id == field.id)
            & CustomField.deleted_at.is_null()
            & (CustomField.options == Value(field.written, converter=False))
        )
        if not CustomField.update(options=options).where(one).execute():
            raise Conflict("Somebody else just changed these options. This is how they are now.")
        Removal.delete().where(Removal.field == field.id, Removal.option.in_(list(kept))).execute()
        for option in field.options:
            key = fold(option)[:KEY]
            heir = becomes.get(option, "") if option in gone else kept[key]
            if heir != option:
                Removal.update(becomes=heir).where(Removal.field == field.id, Removal.becomes == option).execute()
                begin(_id(workspace), field=field.id, option=key, becomes=heir)
        record(actor, "field.options_changed", field.name, workspace=workspace, field_id=field.id)


def _id(workspace):
    return getattr(workspace, "id", workspace)


def delete_field(workspace, field, *, actor):
    """Delete a field and what leads have in it. Its name and slug are free at once. Raises Conflict a second time."""
    # in upper case, which no key and no slug is
    hidden = {"deleted_at": now(), "name_key": f"DELETED {field.id}", "slug": f"DELETED-{field.id}"}
    with db.atomic():
        one = (CustomField.id == field.id) & CustomField.deleted_at.is_null()
        if not CustomField.update(hidden).where(one).execute():
            raise Conflict(f"Somebody else just deleted {field.name}.")
        record(actor, "field.deleted", field.name, workspace=workspace, field_id=field.id)
        begin(_id(workspace), field=field.id)


def count_values(field: Field, option=None):
    """How many leads have a value in the field, or have this option: exact up to COUNTED, then COUNTED + 1."""
    those = (
        CustomValue.select(CustomValue.id).join(Lead).where(CustomValue.field == field.id, Lead.deleted_at.is_null())
    )
    if option is not None:
        those = those.where(CustomValue.key == fold(option)[:KEY])
    return those.limit(COUNTED + 1).count()
