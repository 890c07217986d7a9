"""The second step: what each column becomes, and how the file is read."""

from flask import url_for
from flask_login import current_user

from webapp.core.errors import Invalid
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page, parts

from .. import creating, queries, starting, uploading
from ..dialect import describe
from ..extras import targets
from ..forms.columns import KINDS, ColumnsForm, NewFieldForm, ReadingForm
from ..matched import matched, shape_of
from ..models import ImportState
from .shared import address, bp, same_columns, to_page, waiting

PREVIEW = 5  # records
FEW = 3  # columns without a field for which one is offered at once


@bp.get("/<int:import_id>/columns")
@needs("view")
def columns(import_id):
    imported = queries.get_import(current_user, import_id)
    return columns_page(imported) if imported.state is ImportState.UPLOADED else to_page(imported)


@bp.post("/<int:import_id>/columns")
@needs("write")
def match(import_id):
    imported, form = chosen(import_id)
    try:
        for number in form.made:
            created(imported, number)
        starting.check_columns(imported)
    except Invalid as error:
        return columns_page(imported, 422, refused=error)
    return leave(address(imported, "options"))


@bp.post("/<int:import_id>/columns/keep")
@needs("write")
def keep_columns(import_id):
    imported, form = chosen(import_id)
    shown = columns_shown(imported, making=form.made)
    return parts("imports/columns.parts.html", url_for("imports.new"), **shown)


@bp.post("/<int:import_id>/columns/field")
@needs("write")
def create_field(import_id):
    imported, form = chosen(import_id)
    try:
        created(imported, form.create.data)
    except Invalid as error:
        making = {*form.made, form.create.data}
        return columns_page(imported, 422, making=making, at=form.create.data, refused=error)
    return columns_page(imported, making=form.made, settled=form.create.data)


@bp.post("/<int:import_id>/columns/skip")
@needs("write")
def skip_column(import_id):
    imported, form = chosen(import_id)
    return columns_page(imported, making=form.made, settled=form.skip.data)


@bp.post("/<int:import_id>/reading")
@needs("write")
def read_again(import_id):
    imported = waiting(import_id)
    form = ReadingForm(imported, uploading.preview(imported, PREVIEW))
    same_columns(imported, form.shape.data)
    try:
        if not form.validate():
            raise Invalid("Choose from the lists on the page. Reload it and try again.")
        uploading.read_again(imported, **form.changed)
    except Invalid as error:
        return columns_page(imported, 422, reading=form, unread=error)
    return columns_page(imported, reading_open=True)


def chosen(import_id):
    """(import, form) of a request with what each column is to become, which is kept. Raises Invalid and Conflict."""
    imported = waiting(import_id)
    form = ColumnsForm(targets(current_user.workspace))
    same_columns(imported, form.shape.data)
    if not form.validate():
        raise Invalid("Choose the fields from the lists on the page. Reload it and try again.")
    starting.keep_columns(imported, form.mapping)
    creating.leave_columns(imported, form.left)
    return imported, form


def created(imported, number):
    """Make the field that the form has for a column, and let the column become it. Raises Invalid."""
    form = NewFieldForm.of(number)
    creating.create_field(imported, number, form.name.data, form.kind.data, actor=current_user)


def columns_page(imported, status=200, reading=None, **about):
    shown = columns_shown(imported, **about)
    preview = uploading.preview(imported, PREVIEW)
    reading = reading or ReadingForm(imported, preview, formdata=None)
    return page("imports/columns.html", "form", status, reading=reading, preview=preview, **shown)


def columns_shown(imported, *, making=(), at=None, refused=None, settled=None, **about):
    """What the step shows: `making` are columns whose field is being made, `refused` an error (at column `at`),
    `settled` the column whose list has the focus.
    """
    columns = matched(imported, making=making)
    return {
        "imported": imported,
        "columns": columns,
        "few": sum(column.is_open for column in columns) <= FEW,
        "targets": targets(current_user.workspace),
        "creates": creating.may_create(current_user),
        "kinds": KINDS,
        "dialect": describe(imported.dialect),
        "program": imported.dialect.get("export", ""),
        "shape": shape_of(imported),
        "lacking": starting.lacking(imported.mapping),
        "refused": refused,
        "at": at,
        "settled": settled,
        **about,
    }
