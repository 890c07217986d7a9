"""The suppression list under /settings: looking through it, adding, releasing, as a file and from one."""

from flask import Blueprint, Response, flash, request, url_for
from flask_login import current_user

from webapp.auth import throttle
from webapp.core.errors import Forbidden, Invalid
from webapp.leads.exporting import csv_parts
from webapp.leads.views.exports import in_turn
from webapp.web.filters import number, plural
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page
from webapp.web.uploads import take_upload

from .. import suppression, suppression_list
from ..forms.suppression import AddForm, ReleaseForm
from ..models import SuppressionReason

bp = Blueprint("suppression", __name__, url_prefix="/settings/suppression")
MEGABYTES = 5
PASTED = 3_000_000  # bytes of typed addresses


@bp.get("")
@needs("view")
def index():
    reason, search = request.args.get("reason", ""), request.args.get("q", "").replace("\0", "").strip()[:255]
    reason = SuppressionReason(reason) if reason in set(SuppressionReason) else None
    found = suppression_list.entries(current_user, search=search, reason=reason, cursor=request.args.get("page"))
    shown = {"found": found, "search": search, "reason": reason, "reasons": suppression_list.REASONS}
    return page("suppression/index.html", "entries", **shown)


@bp.route("/add", methods=["GET", "POST"])
@needs("write")
def add():
    if request.method == "POST":
        throttle.hit(f"upload {current_user.user_id}", limit=60, seconds=3600)
        request.max_form_memory_size = PASTED
        take_upload(MEGABYTES)
    form = AddForm()
    if form.validate_on_submit():
        try:
            _tell(_added(form))
            return leave(url_for("suppression.index"))
        except Invalid as error:
            form.reject(error)
    return page("suppression/add.html", "form", 422 if form.errors else 200, form=form, limit=MEGABYTES)


def _added(form):
    member = current_user._get_current_object()
    if form.is_pasted:
        return suppression_list.add_pasted(member, form.text.data, form.source.data or "")
    name = form.source.data or form.file.data.filename or "A file"
    return suppression_list.add_file(member, form.file.data.stream, name)


def _tell(added):
    known = f" {number(added.known)} {'was' if added.known == 1 else 'were'} on it before." if added.known else ""
    flash(f"{plural(added.new, 'entry', 'entries')} added to the suppression list.{known}", "success")
    if added.failed:
        flash(f"{number(added.failed)} could not be read, such as {', '.join(added.unread)}.", "error")


@bp.route("/<int:suppression_id>/release", methods=["GET", "POST"])
@needs("write")
def release(suppression_id):
    entry, form = suppression_list.get_entry(current_user, suppression_id), ReleaseForm()
    if form.validate_on_submit():
        try:
            suppression.release(entry, actor=current_user._get_current_object(), confirmed=form.confirmed.data)
            flash(f"{entry.email[:60]} may be written to again.", "success")
            return leave(url_for("suppression.index"))
        except (Invalid, Forbidden) as error:
            form.reject(error)
    status = 422 if form.errors else 200
    return page("suppression/release.html", "form", status, form=form, entry=entry, wishes=suppression.WISHES)


@bp.get("/export.csv")
@needs("write")
def export():
    parts = in_turn(csv_parts(suppression_list.tables(current_user._get_current_object())))
    next(parts)  # takes its turn, or says that it cannot
    headers = {"Content-Disposition": 'attachment; filename="suppression.csv"'}
    return Response(parts, mimetype="text/csv", headers=headers)
