"""The custom fields of the workspace under /settings."""

from flask import Blueprint, flash, request, url_for
from flask_login import current_user

from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.web.filters import number
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page, parts

from .. import custom_fields
from ..custom import fields_of, get_field
from ..custom_kinds import LABELS
from ..field_models import CustomKind
from ..forms.fields import FieldForm, NameForm, OptionsForm

bp = Blueprint("custom_fields", __name__, url_prefix="/settings/fields")


@bp.get("")
@needs("workspace")
def index():
    return page("leads/fields/index.html", custom=fields_of(current_user.workspace), kinds=LABELS)


def chosen(field_id):
    return get_field(current_user.workspace, field_id)


def back():
    return leave(url_for("custom_fields.index"))


@bp.route("/new", methods=["GET", "POST"])
@needs("workspace")
def new():
    form = FieldForm()
    if form.validate_on_submit():
        typed = (form.name.data or "", form.kind.data, form.lines)
        try:
            custom_fields.create_field(current_user.workspace, *typed, actor=current_user)
        except Invalid as error:
            form.reject(error)
        else:
            return back()
    return page("leads/fields/new.html", "form", 422 if form.errors or form.form_errors else 200, form=form)


@bp.route("/<int:field_id>/rename", methods=["GET", "POST"])
@needs("workspace")
def rename(field_id):
    field = chosen(field_id)
    form = NameForm(data={"name": field.name})
    if form.validate_on_submit():
        try:
            custom_fields.rename_field(current_user.workspace, field, form.name.data or "", actor=current_user)
        except (Invalid, Conflict) as error:
            form.reject(error)
        else:
            return back()
    return page("leads/fields/rename.html", "form", 422 if form.errors else 200, form=form, field=field)


@bp.route("/<int:field_id>/options", methods=["GET", "POST"])
@needs("workspace")
def options(field_id):
    """An option that leads have and that is taken out: the form asks what becomes of them."""
    field, asked = chosen(field_id), ()
    form = OptionsForm(data=as_they_are(field))
    if form.validate_on_submit():
        try:
            _set_options(field, form)
        except Conflict as error:
            form = OptionsForm(None, data=as_they_are(field))
            form.reject(error)
        except Invalid as error:
            form.reject(error)
            asked = [(text, spoken_count(count)) for text, count in getattr(error, "options", ())]
        else:
            return back()
    shown = {"form": form, "field": field, "asked": asked}
    return page("leads/fields/options.html", "form", 422 if form.errors or form.form_errors else 200, **shown)


def as_they_are(field):
    if field.kind is not CustomKind.CHOICE:
        raise NotFound(f"{field.name} has no options.")
    now = "\n".join(field.options)
    return {"options": now, "seen": now}


def _set_options(field, form):
    pairs = zip(request.form.getlist("gone"), request.form.getlist("becomes"), strict=False)
    becomes = {gone: heir.removeprefix("=") for gone, heir in pairs if heir}  # "=" is nothing, "=Gold" an option
    ways = {"actor": current_user, "seen": form.before, "becomes": becomes}
    custom_fields.set_options(current_user.workspace, field, form.lines, **ways)


@bp.post("/<int:field_id>/move/<way>")
@needs("workspace")
def move(field_id, way):
    custom_fields.move_field(current_user.workspace, field_id, -1 if way == "up" else 1)
    found = {"custom": fields_of(current_user.workspace), "kinds": LABELS}
    return parts("leads/fields/moved.parts.html", url_for("custom_fields.index"), **found)


def spoken_count(count):
    """ "43 leads have", "1 lead has", "Over 10,000 leads have"."""
    if count > custom_fields.COUNTED:
        return f"Over {number(custom_fields.COUNTED)} leads have"
    return "1 lead has" if count == 1 else f"{number(count)} leads have"


@bp.route("/<int:field_id>/delete", methods=["GET", "POST"])
@needs("workspace")
def delete(field_id):
    field, form = chosen(field_id), NameForm()
    if form.validate_on_submit():
        custom_fields.delete_field(current_user.workspace, field, actor=current_user)
        flash(f"{field.name} is deleted, with what leads had in it.", "success")
        return back()
    counted = spoken_count(custom_fields.count_values(field))
    return page("leads/fields/delete.html", "form", form=form, field=field, counted=counted)
