"""Snippets of the workspace, under /settings."""

from flask import Blueprint, flash, request, url_for
from flask_login import current_user

from webapp.core.errors import Invalid
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page
from webapp.web.ids import row_id

from .. import snippets
from ..forms.snippets import SnippetForm

bp = Blueprint("snippets", __name__, url_prefix="/settings/snippets")


@bp.get("")
@needs("write")
def index():
    return page("campaigns/snippets/index.html", snippets=snippets.snippets_of(current_user.workspace.id))


@bp.route("/new", methods=["GET", "POST"])
@needs("write")
def new():
    return _saved(None, SnippetForm())


@bp.route("/<int:snippet_id>/edit", methods=["GET", "POST"])
@needs("write")
def edit(snippet_id):
    snippet = snippets.get_snippet(current_user, snippet_id)
    return _saved(snippet, SnippetForm(data={"name": snippet.name, "body": snippet.body}))


def _saved(snippet, form):
    if form.validate_on_submit():
        try:
            kept = snippets.save_snippet(snippet, form.name.data, form.body.data, actor=current_user)
        except Invalid as error:
            form.reject(error)
        else:
            flash(f"{kept.name} is kept. It stands in the Snippets menu of every message.", "success")
            return leave(_back())
    return page("campaigns/snippets/edit.html", "form", 422 if form.errors else 200, form=form, snippet=snippet)


def _back():
    """To the editor when it was written there."""
    campaign_id = request.form.get("campaign_id", type=row_id)
    if campaign_id is None:
        return url_for("snippets.index")
    step, letter = request.form.get("step_id", type=row_id), request.form.get("letter")
    return url_for("campaigns.edit", campaign_id=campaign_id, step=step, version=letter if letter != "A" else None)


@bp.route("/<int:snippet_id>/delete", methods=["GET", "POST"])
@needs("write")
def delete(snippet_id):
    snippet, form = snippets.get_snippet(current_user, snippet_id), SnippetForm()
    if form.is_submitted():
        snippets.delete_snippet(snippet)
        flash(f"{snippet.name} is deleted. Messages that it is in keep its text.", "success")
        return leave(url_for("snippets.index"))
    return page("campaigns/snippets/delete.html", "form", form=form, snippet=snippet)
