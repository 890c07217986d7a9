"""Saved views: keeping the filter that is shown, changing, pinning and deleting what was kept."""

from dataclasses import replace

from flask import Blueprint, flash, g, url_for
from flask_login import current_user

from webapp.core.errors import Invalid
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page
from webapp.web.shell import beside_pages

from .. import saved_views
from ..forms.views import PlainForm, ViewForm
from .shared import bp as leads_bp
from .shared import chosen_filter, list_address

bp = Blueprint("views", __name__, url_prefix="/leads/views")


@leads_bp.context_processor
def around_views():
    if not current_user.is_authenticated:
        return {}
    return {"views_of": lambda: views_of(current_user), "user_id": current_user.user_id}


def views_of(member):
    """The member's views, for tabs and sidebar: read with what else stands beside the page."""
    if "views" not in g:
        g.views = saved_views.read_text(beside_pages(member).views)
    return g.views


def pinned_of(member):
    return saved_views.pinned(views_of(member))


@bp.route("/new", methods=["GET", "POST"])
@needs("view")
def new():
    chosen, form = chosen_filter(), ViewForm()
    if form.validate_on_submit():
        try:
            shared = form.seen.data == "all"
            view = saved_views.create_view(current_user, form.name.data or "", chosen, is_shared=shared)
        except Invalid as error:
            form.reject(error)
        else:
            flash(f"View {view.name} is saved", "success")
            return leave(list_address(replace(chosen, view=view.id, page="")))
    return page("leads/views/new.html", "form", 422 if form.errors else 200, form=form, chosen=chosen)


@bp.route("/<int:view_id>/edit", methods=["GET", "POST"])
@needs("view")
def edit(view_id):
    view = saved_views.get_own(current_user, view_id)
    form = ViewForm(data={"name": view.name, "seen": "all" if view.is_shared else "me"})
    if form.validate_on_submit():
        try:
            shared = form.seen.data == "all"
            saved_views.rename_view(current_user, view, form.name.data or "", is_shared=shared)
        except Invalid as error:
            form.reject(error)
        else:
            return leave(address_of(view))
    return page("leads/views/edit.html", "form", 422 if form.errors else 200, form=form, view=view)


@bp.post("/<int:view_id>/save")
@needs("view")
def save(view_id):
    view, chosen = saved_views.get_own(current_user, view_id), chosen_filter()
    saved_views.save_filter(current_user, view, chosen)
    flash(f"View {view.name} is saved", "success")
    return leave(list_address(replace(chosen, view=view.id, page="")))


@bp.post("/<int:view_id>/pin")
@needs("view")
def pin(view_id):
    view = saved_views.get_view(current_user, view_id)
    saved_views.pin_view(current_user, view)
    return leave(address_of(view))


@bp.post("/<int:view_id>/unpin")
@needs("view")
def unpin(view_id):
    view = saved_views.get_view(current_user, view_id)
    saved_views.unpin_view(current_user, view)
    return leave(address_of(view))


@bp.route("/<int:view_id>/delete", methods=["GET", "POST"])
@needs("view")
def delete(view_id):
    view, form = saved_views.get_own(current_user, view_id), PlainForm()
    if form.validate_on_submit():
        saved_views.delete_view(current_user, view)
        flash(f"View {view.name} is deleted. Its leads stay.", "success")
        return leave(url_for("leads.index"))
    return page("leads/views/delete.html", "form", form=form, view=view)


def address_of(view):
    return url_for("leads.board" if view.on_board else "leads.index") + view.tail
