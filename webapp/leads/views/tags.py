"""Tags: on a lead's page, and those of the workspace under /settings."""

from flask import Blueprint, flash, request, url_for
from flask_login import current_user

from webapp.core.errors import Conflict, Invalid
from webapp.web.filters import number
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page, parts

from .. import queries, tags
from ..forms.fields import NameForm
from .lead import lead_context
from .shared import around, chosen_filter, lead_address

bp = Blueprint("tags", __name__, url_prefix="/settings/tags")
lead_bp = Blueprint("lead_tags", __name__, url_prefix="/leads")
lead_bp.context_processor(around)


# ------------------------------------------------------------- on a lead's page


@lead_bp.get("/<int:lead_id>/tags")
@needs("write")
def index(lead_id):
    """What may be added, as one types; without JavaScript a page of its own."""
    lead, typed = queries.get_lead(current_user, lead_id), request.args.get("name", "")[:200]
    return page("leads/tags/choose.html", "choices", **_choices(lead, typed))


def _choices(lead, typed, error=""):
    mine = tags.tags_on(lead)
    found, exists = tags.offered(current_user.workspace, typed, without=mine)
    typed = " ".join(typed.replace("\0", "").split())
    shown = {"lead": lead, "tags": mine, "found": found, "typed": typed, "exists": exists, "error": error}
    return {**shown, "chosen": chosen_filter()}


@lead_bp.post("/<int:lead_id>/tags")
@needs("write")
def add(lead_id):
    lead, typed = queries.get_lead(current_user, lead_id), request.form.get("pick") or request.form.get("name", "")
    try:
        tag = tags.named(current_user.workspace, typed)
    except Invalid as error:
        return page("leads/tags/choose.html", "choices", 422, **_choices(lead, typed[:200], str(error)))
    tags.tag_lead(lead, tag, actor=current_user)
    return _changed(lead, adding=True)


@lead_bp.post("/<int:lead_id>/tags/<int:tag_id>/remove")
@needs("write")
def remove(lead_id, tag_id):
    lead = queries.get_lead(current_user, lead_id)
    tags.untag_lead(lead, tags.get_tag(current_user.workspace, tag_id), actor=current_user)
    return _changed(lead)


def _changed(lead, adding=False):
    chosen = chosen_filter()
    shown = {**lead_context(lead, chosen), "tags": tags.tags_on(lead), "adding": adding}
    return parts("leads/tags/changed.parts.html", lead_address(lead.id, chosen), **shown)


# ------------------------------------------------------------- in the settings


@bp.get("", endpoint="index")
@needs("workspace")
def listed():
    found = tags.listed(current_user.workspace, request.args.get("page"))
    return page("leads/tags/index.html", found=found, counts=tags.counts(found.rows), most=tags.COUNTED)


@bp.route("/new", methods=["GET", "POST"])
@needs("workspace")
def new():
    form = NameForm()
    if form.validate_on_submit():
        try:
            tags.named(current_user.workspace, form.name.data or "")
        except Invalid as error:
            form.reject(error)
        else:
            return leave(url_for("tags.index"))
    return page("leads/tags/new.html", "form", 422 if form.errors else 200, form=form)


@bp.route("/<int:tag_id>/rename", methods=["GET", "POST"])
@needs("workspace")
def rename(tag_id):
    tag, heir = tags.get_tag(current_user.workspace, tag_id), None
    form = NameForm(data={"name": tag.name})
    if form.validate_on_submit():
        try:
            return _renamed(tag, form.name.data or "")
        except tags.Exists as error:
            heir = error.tag
        except (Invalid, Conflict) as error:
            form.reject(error)
    shown = {"form": form, "tag": tag, "heir": heir, "leads": leads_of(tag) if heir else ""}
    return page("leads/tags/rename.html", "form", 422 if heir or form.errors else 200, **shown)


def _renamed(tag, name):
    """Rename as asked, or merge where the form has said into which tag."""
    try:
        tags.rename_tag(current_user.workspace, tag, name, actor=current_user)
    except tags.Exists as error:
        if request.form.get("merge") != str(error.tag.id):
            raise
        tags.merge_tags(current_user.workspace, tag, error.tag, actor=current_user)
        flash(f"{tag.name} is {error.tag.name} now", "success")
    return leave(url_for("tags.index"))


def leads_of(tag):
    """ "43 leads", "over 1,000 leads"."""
    count = tags.counts([tag]).get(tag.id, 0)
    if count > tags.COUNTED:
        return f"over {number(tags.COUNTED)} leads"
    return f"{number(count)} lead{'' if count == 1 else 's'}"


@bp.route("/<int:tag_id>/delete", methods=["GET", "POST"])
@needs("workspace")
def delete(tag_id):
    tag, form = tags.get_tag(current_user.workspace, tag_id), NameForm()
    if form.validate_on_submit():
        tags.delete_tag(current_user.workspace, tag, actor=current_user)
        flash(f"{tag.name} is deleted. Its leads stay.", "success")
        return leave(url_for("tags.index"))
    return page("leads/tags/delete.html", "form", form=form, tag=tag, leads=leads_of(tag))
