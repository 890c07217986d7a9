"""What a person decides about columns that no field fits: they get a custom field of their own, or are left out."""

from webapp.core.errors import Forbidden, Invalid
from webapp.core.text import fold
from webapp.leads import custom_fields
from webapp.leads.custom import fields_of
from webapp.leads.field_models import CustomKind

from .extras import PREFIX
from .models import Import, ImportState
from .proposing import proposed_for
from .starting import keep_columns

ABILITY = "workspace"  # of accounts/roles.py: the fields of a workspace are its owners' affair


def may_create(member):
    """Whether `member` may add fields to the workspace."""
    return member.can(ABILITY)


def create_field(imported, number, name, kind, *, actor):
    """Add a custom field for column `number` (0 for the first), and let the column become it.

    A choice gets the options that were found in the column; a second click makes no second field. Raises Invalid, and
    Forbidden for who may not add fields.
    """
    if not may_create(actor):
        raise Forbidden("Only an owner of the workspace can add fields. Ask one, or leave the column out.")
    if number not in range(len(imported.columns)):
        raise Invalid("That column is not in the file. Reload the page and try again.")
    column = imported.columns[number]
    proposed = proposed_for(column)
    kind = kind if kind in list(CustomKind) else proposed.kind
    name = name or proposed.name
    target = _made_already(imported, column, name)
    if not target:
        field = custom_fields.create_field(imported.workspace, name, kind, proposed.options, actor=actor)
        target = f"{PREFIX}{field.id}"
    mapping = [*imported.mapping]
    mapping[number] = target
    keep_columns(imported, mapping)
    _note(imported, {number: {"made": target}})


def _made_already(imported, column, name):
    """The target of the field that was made for `column` under this name; "" when none was, or it is gone."""
    made = column.get("made", "")
    same = (f"{PREFIX}{one.id}" == made and fold(one.name) == fold(name) for one in fields_of(imported.workspace_id))
    return made if any(same) else ""


def leave_columns(imported, numbers):
    """Remember which columns without a field a person left out on purpose, so that nobody is asked again."""
    changes = {
        number: {"left": number in numbers}
        for number, column in enumerate(imported.columns)
        if bool(column.get("left")) != (number in numbers)
    }
    if changes:
        _note(imported, changes)


def _note(imported, changes):
    """Write something about some columns, {number: {…}}, as long as the import waits."""
    columns = [{**column, **changes.get(number, {})} for number, column in enumerate(imported.columns)]
    waiting = (Import.id == imported.id) & (Import.state == ImportState.UPLOADED)
    if Import.update(columns=columns).where(waiting).execute():
        imported.columns = columns
