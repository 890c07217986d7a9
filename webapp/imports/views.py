from flask import Blueprint, Response, current_app, flash, request, url_for
from flask_login import current_user

from webapp.accounts.centers import open_to
from webapp.accounts.models import Reach
from webapp.auth import throttle
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.web.database import connected
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page, parts
from webapp.web.uploads import take_upload

from . import queries, starting, uploading
from .dialect import describe
from .extras import targets
from .forms import POLICIES, MatchForm, UploadForm
from .models import ImportState
from .progress import progress, receipt
from .rejected import LISTED, rejected_rows
from .sample import SAMPLE

bp = Blueprint("imports", __name__, url_prefix="/imports")


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
        take_upload(limit)
    form = UploadForm()
    if form.validate_on_submit():
        try:
            imported = uploading.upload(current_user, form.file.data.filename, form.file.data.stream)
        except Invalid as error:
            form.reject(error)
        else:
            return leave(url_for("imports.show", import_id=imported.id))
    return page("imports/new.html", "form", 422 if form.errors else 200, form=form, limit=limit)


@bp.get("/sample.csv")
@needs("view")
def sample():
    return csv_file(SAMPLE, "galena-sample.csv")


@bp.get("/<int:import_id>")
@needs("view")
def show(import_id):
    imported = queries.get_import(current_user, import_id)
    if imported.state is ImportState.UPLOADED:
        return matching_page(imported, MatchForm.of(imported, open_to(current_user), targets(current_user.workspace)))
    failures = queries.first_outcomes(imported) if imported.failed else []
    told = {"progress": progress(imported), "receipt": receipt(imported), "failures": failures}
    return page("imports/show.html", "state", imported=imported, **told)


@bp.post("/<int:import_id>/columns")
@needs("write")
def match(import_id):
    imported, form = chosen(import_id)
    keep(imported, form)
    return parts("imports/match.parts.html", url_for("imports.show", import_id=imported.id), **matching(imported, form))


@bp.post("/<int:import_id>/start")
@needs("write")
def start(import_id):
    imported, form = chosen(import_id)
    address = url_for("imports.show", import_id=imported.id)
    try:
        keep(imported, form)
        starting.start_import(imported)
    except Conflict as error:
        flash(str(error), "info")
    except Invalid as error:
        form.reject(error)
        return matching_page(imported, form, 422)
    return leave(address)


@bp.post("/<int:import_id>/resume")
@needs("write")
def resume(import_id):
    imported = queries.get_import(current_user, import_id)
    starting.resume_import(imported)
    return leave(url_for("imports.show", import_id=imported.id))


@bp.get("/<int:import_id>/<listed>.csv")
@needs("view")
def listed_rows(import_id, listed):
    imported = queries.get_import(current_user, import_id)
    if listed not in LISTED:
        raise NotFound("There is no such file.")
    rows = connected(rejected_rows(imported, LISTED[listed]))
    return csv_file(rows, f"import-{imported.id}-{listed}.csv")


def keep(imported, form):
    starting.keep_columns(imported, form.columns.data)
    starting.keep_options(imported, **form.options_chosen())


def chosen(import_id):
    """(import, form) of a request that carries what a person chose for its columns."""
    imported = queries.get_import(current_user, import_id)
    form = MatchForm(open_to(current_user), targets(current_user.workspace))
    if not form.validate():
        raise Invalid("Choose the fields, the rule and the center from the lists on the page. Reload it and try again.")
    return imported, form


def matching(imported, form):
    """What the page of an uploaded file shows."""
    columns = [
        {**column, "number": number, "chosen": target, "taken": target and imported.mapping.count(target) > 1}
        for number, (column, target) in enumerate(zip(imported.columns, imported.mapping, strict=True))
    ]
    return {
        "imported": imported,
        "form": form,
        "columns": columns,
        "dialect": describe(imported.dialect),
        "policies": POLICIES,
        "keeps": current_user.reach is not Reach.ALL,  # without a center of theirs, the leads are theirs
        "lacking": starting.lacking(imported.mapping),
    }


def matching_page(imported, form, status=200):
    return page("imports/match.html", "form", status, **matching(imported, form))


def csv_file(body, name):
    """A download. The quoted name is ours, so it needs no escaping."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, mimetype="text/csv", headers=headers)
