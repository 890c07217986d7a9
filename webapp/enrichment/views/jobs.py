"""The list of enrichment jobs, and the page of one with a company of it beside."""

from flask import request, url_for
from flask_login import current_user

from webapp.core.errors import NotFound
from webapp.core.paging import decode
from webapp.leads.queries import get_lead
from webapp.web.guards import needs
from webapp.web.hypermedia import at, leave, page
from webapp.web.ids import row_id

from .. import jobs, queries
from ..claims import METHODS
from ..models import JobState, ResultState
from .shared import bp, has_price, typed

TABS = (
    (None, "All"), (ResultState.DONE, "Done"), (ResultState.FETCHING, "Fetching"), (ResultState.WAITING, "Queued"),
    (ResultState.FAILED, "Failed"), (ResultState.CANCELLED, "Cancelled"),
)  # fmt: skip
FIELDS = "fields"  # the tab that tells how often each field was found


@bp.get("")
@needs("view")
def index():
    found = queries.jobs_of(current_user._get_current_object(), cursor=request.args.get("page"))
    working = any(job.state in jobs.WORKING for job in found.rows)
    return page("enrichment/index.html", "listed", found=found, working=working)


@bp.get("/<int:job_id>")
@needs("view")
def show(job_id):
    job = queries.get_job(current_user, job_id)
    if job.state is JobState.DRAFT and current_user.can("write"):
        return leave(url_for("enrichment.prepare", job_id=job_id))
    told = told_of(job)
    here = url_for("enrichment.show", job_id=job_id, **told["asked"], company=told["chosen_id"])
    return at(here, page("enrichment/show.html", "changed", **told))


def told_of(job):
    """What the page of a job shows: its companies as the address asks, and the one that is chosen."""
    shown, cursor = typed("state"), request.args.get("page")
    state = ResultState(shown) if shown in set(ResultState) else None
    cursor = cursor if decode(cursor)[0] else None
    tallies = queries.tallies(job)
    result = chosen_in(job)
    return {
        "job": job,
        "tallies": tallies,
        "works": job.state in jobs.WORKING or bool(tallies[ResultState.FETCHING]),
        "speed": queries.speed(job),
        "tabs": [(value, label, tallies.get(value, job.total)) for value, label in TABS],
        "by_field": shown == FIELDS,
        "state": state,
        "asked": {"state": shown if state or shown == FIELDS else None, "page": cursor},
        "companies": None if shown == FIELDS else queries.results(job, state=state, cursor=cursor),
        "has_price": has_price(),
        "chosen_id": result and result.id,
        "inspected": inspected(result) if result else None,
    }


def chosen_in(job):
    """The company of the job that the address names, or None."""
    result_id = request.values.get("company", type=row_id)
    try:
        return queries.get_result(current_user, job, result_id) if result_id else None
    except NotFound:
        return None


def inspected(result):
    """What stands in the inspector of a company."""
    facts = queries.facts_of(result.company) if result.company_id else {}
    return {"result": result, "facts": facts, "lead": _lead_of(result), "methods": METHODS}


def _lead_of(result):
    """The lead that it was asked for, where the member sees it."""
    try:
        return get_lead(current_user, result.lead_id) if result.lead_id else None
    except NotFound:
        return None
