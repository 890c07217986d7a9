"""What stages claim, for tests of what becomes of it."""

import itertools

from db import db
from webapp.enrichment import facts, writing
from webapp.enrichment.claims import Claim, Subject
from webapp.enrichment.fields import FIELDS
from webapp.enrichment.models import EnrichmentJob, EnrichmentResult, JobState, Policy

_number = itertools.count(1)
SITES = {"wikidata": "https://www.wikidata.org/wiki/Q1"}


def claim(field, value, confidence=80, method="text", *, url=None, quote="as it stands there"):
    return Claim(field, value, url or SITES.get(method, "https://halden.example/about"), quote, method, confidence)


def supported_by(*claims, without=(), domain="", asked=None):
    """A Subject that was looked up: these claims, and those `without` evidence."""
    return Subject(domain=domain, claims=list(claims), unsupported=list(without), asked=asked or {})


def job_of(member, policy=Policy.FILL, fields=None):
    names = {"name": "Partners", "state": JobState.RUNNING, "stages": ["website"], "fields": fields or list(FIELDS)}
    return EnrichmentJob.create(workspace=member.workspace, actor=member.user_id, policy=policy, **names)


def result_of(member, company, lead=None, **job):
    """(a job, its result about `company`)."""
    job = job_of(member, **job)
    named = {"name": company.name or "Halden", "domain": company.domain, "key": f"key:{next(_number)}"}
    return job, EnrichmentResult.create(workspace=job.workspace_id, job=job, lead=lead, **named)


def look_up(member, company, *claims, domain="", asked=None):
    """A job of one company that claims this: {field: the best Fact}."""
    _, result = result_of(member, company)
    with db.atomic():
        return facts.keep(company, supported_by(*claims, domain=domain, asked=asked), result)


def enrich(member, company, *claims, lead=None, domain="", **job):
    """A whole job of one company: how many leads changed."""
    job, result = result_of(member, company, lead, **job)
    with db.atomic():
        facts.keep(company, supported_by(*claims, domain=domain), result)
    return writing.write(company, job)
