"""All imports, and the first step of one: a file, or pasted rows."""

from flask import current_app, request
from flask_login import current_user

from webapp.auth import throttle
from webapp.core.errors import Invalid
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page
from webapp.web.uploads import take_upload

from .. import queries, uploading
from ..forms.upload import UploadForm
from ..sample import SAMPLE
from .shared import address, bp, csv_file

PASTED = 5_000_000  # bytes of pasted rows; what is larger is a file


@bp.get("")
@needs("view")
def index():
    return page("imports/index.html", "list", found=queries.imports(current_user, request.args.get("page")))


@bp.route("/new", methods=["GET", "POST"])
@needs("write")
def new():
    limit = current_app.config["GALENA"].max_upload_mb
    if request.method == "POST":
        throttle.hit(f"upload {current_user.user_id}", limit=60, seconds=3600)
        request.max_form_memory_size = PASTED
        take_upload(limit)
    form = UploadForm()
    if form.validate_on_submit():
        try:
            return leave(address(taken_in(form), "columns"))
        except Invalid as error:
            form.reject(error)
    return page("imports/new.html", "form", 422 if form.errors else 200, form=form, limit=limit)


def taken_in(form):
    """The Import of what the form brings. Raises Invalid, which names the field."""
    if form.is_pasted:
        return uploading.paste(current_user, form.text.data)
    return uploading.upload(current_user, form.file.data.filename, form.file.data.stream)


@bp.get("/sample.csv")
@needs("view")
def sample():
    return csv_file(SAMPLE, "galena-sample.csv")
