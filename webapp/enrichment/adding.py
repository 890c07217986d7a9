"""Companies that come into a job before it starts: those of leads, few at once or a whole view, and pasted names."""

from typing import NamedTuple

from db import db
from webapp.core.errors import Conflict, Invalid
from webapp.leads.bulk_kinds import Kind
from webapp.leads.holding import among
from webapp.leads.models import Lead
from webapp.leads.queries import visible

from . import pasted, queries
from .jobs import company_of_lead
from .models import EnrichmentJob, EnrichmentResult, JobState, ResultState

AT_ONCE = 50  # companies that are written down in one transaction
COLUMNS = (Lead.id, Lead.company, Lead.domain, Lead.email, Lead.country)


class Added(NamedTuple):
    """What became of pasted lines: companies that came in, lines whose company was in already, Bads of pasted.py."""

    companies: int
    again: int
    bad: tuple


def add_names(job, text):
    """Add the companies that the lines of `text` name to a draft. Raises Invalid for too many lines or none that can be
    used, Conflict when the job has started.

    In transactions of a few lines: what a crash leaves out comes in when they are pasted again.
    """
    named, bad = pasted.read(text)
    if not named:
        refuse(bad)
    rows = [
        {"workspace": job.workspace_id, "job": job.id, "name": one.name, "domain": one.domain, "key": one.key}
        for one in {one.key: one for one in reversed(named)}.values()
    ]
    rows.reverse()  # in the order of the lines: of two that name a company, the first stays
    added = 0
    for start in range(0, len(rows), AT_ONCE):
        with db.atomic():
            added += len(_insert(job, rows[start : start + AT_ONCE]))
    return Added(added, len(named) - added, tuple(bad))


def refuse(bad):
    """Raises Invalid for lines of which none names a company."""
    raise Invalid(bad[0].reason if bad else "Paste at least one name or domain, each on a line of its own.", "names")


def add_leads(job, lead_ids, *, actor):
    """Add the companies of those of these leads that `actor` sees to a draft; returns the ids of the leads that brought
    a company in. A company is in a job once, and leads without one are left out. Raises Conflict when it has started.
    """
    leads = visible(actor, *COLUMNS, walk=False).where(among(lead_ids)).order_by(Lead.id)
    rows = [row for row in (company_of_lead(job, lead) for lead in leads) if row["key"]]
    with db.atomic():
        return _insert(job, rows)


def _insert(job, rows):
    """The leads (None for a pasted name) of those of `rows` whose companies were not in the job."""
    draft = (EnrichmentJob.id == job.id) & (EnrichmentJob.state == JobState.DRAFT)
    if not EnrichmentJob.update(total=EnrichmentJob.total).where(draft).execute():  # it does not start before we commit
        raise Conflict(f"{job.name} was started already. Make another one for these.")
    if not rows:
        return []
    insert = EnrichmentResult.insert_many(rows).on_conflict_ignore().returning(EnrichmentResult.lead)
    came = [row.lead_id for row in insert.execute()]
    _count(job, len(came))
    return came


def _count(job, companies):
    EnrichmentJob.update(total=EnrichmentJob.total + companies).where(EnrichmentJob.id == job.id).execute()


def take_out(job, result_id):
    """Take a company out of a draft again. Raises Conflict when it has started."""
    with db.atomic():
        _insert(job, [])  # raises where it is no draft
        _count(job, -_delete(job, EnrichmentResult.id == result_id)[0])


def _delete(job, condition):
    """(how many, the leads) of the companies that are in a draft no more."""
    these = (EnrichmentResult.job == job.id) & (EnrichmentResult.state == ResultState.WAITING) & condition
    gone = EnrichmentResult.delete().where(these).returning(EnrichmentResult.lead).execute()
    leads = [row.lead_id for row in gone]
    return len(leads), leads


# ---------------------------------------------------------------- as a bulk action


def _add(member, ids, data):
    """Kind.change: the companies of these leads come into the draft."""
    job = queries.get_job(member, data["job"])
    return dict.fromkeys(add_leads(job, ids, actor=member), "")


def _take_out(member, before, data):
    """Kind.undo: the companies that these leads brought in leave the draft; one that was started keeps them."""
    job = queries.get_job(member, data["job"])
    with db.atomic():
        _insert(job, [])
        count, leads = _delete(job, EnrichmentResult.lead.in_(list(before)))
        _count(job, -count)
    return leads


KIND = Kind(_add, _take_out)
