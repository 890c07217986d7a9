"""The companies of a job and what was found of them, as files."""

import tempfile

from flask import Response, send_file
from flask_login import current_user

from webapp.core.clock import now
from webapp.leads.exporting import csv_parts, write_xlsx
from webapp.leads.views.exports import XLSX, in_turn, turn
from webapp.web.guards import needs

from .. import exporting, queries
from .shared import bp


def name_of(job, kind):
    return f"enrichment-{job.id}-{now():%Y-%m-%d}.{kind}"


@bp.get("/<int:job_id>/results.csv")
@needs("view")
def results_csv(job_id):
    job = queries.get_job(current_user, job_id)
    rows = in_turn(csv_parts(exporting.tables(job)))
    next(rows)  # takes its turn, or says that it cannot
    headers = {"Content-Disposition": f'attachment; filename="{name_of(job, "csv")}"'}
    return Response(rows, mimetype="text/csv", headers=headers)


@bp.get("/<int:job_id>/results.xlsx")
@needs("view")
def results_xlsx(job_id):
    job, file = queries.get_job(current_user, job_id), tempfile.TemporaryFile()  # noqa: SIM115  closed once it was sent
    with turn():
        write_xlsx(file, exporting.tables(job))
    file.seek(0)
    return send_file(file, mimetype=XLSX, as_attachment=True, download_name=name_of(job, "xlsx"), max_age=0)
