"""An enrichment of the demo that has run to its end. Nothing is fetched: what the sites say is made up here, from what
the demo knows of its leads.
"""

import csv
import random
from datetime import timedelta
from pathlib import Path

from webapp.core.clock import freeze, now
from webapp.enrichment import adding, ending, jobs, leases, running
from webapp.enrichment.claims import Claim, Page, Subject
from webapp.enrichment.models import EnrichmentJob, Policy, WaterfallStage
from webapp.leads.editing import edit_lead
from webapp.leads.models import Lead
from webapp.leads.queries import visible

LEADS = Path(__file__).parent / "demo_leads.csv"
COMPANIES = 24
FORBIDDEN = (5, 17)  # which of them let nobody read
TYPED = ({"city": "Cambridge"}, {"industry": "Life sciences"})  # what people had written in the first leads
TECHNOLOGIES = ("Cloudflare", "Google Analytics", "HubSpot", "jQuery", "Next.js", "React", "Shopify", "WordPress")
MODELS = ("Sells to companies", "Sells to companies and people", "Sells through partners")
SIZES = ((51, 200), (201, 500), (501, 1000), (1001, 5000), (5001, 10_000))


def make(member, companies=COMPANIES):
    """A finished job about the companies of some leads, with facts, a few that failed, and values to decide on."""
    dice = random.Random(7)
    with open(LEADS, encoding="utf-8", newline="") as file:
        rows = {row["Company"]: row for row in csv.DictReader(file)}
    leads = list(visible(member).where(Lead.domain != "").order_by(Lead.touched_at.desc(), Lead.id).limit(companies))
    for lead, typed in zip(leads, TYPED, strict=False):
        edit_lead(lead, typed, actor=member)
    with freeze(now() - timedelta(days=2)):
        job = jobs.new_job(member, "Companies we talk to", policy=Policy.REFRESH, stages=["website", "wikidata"])
        adding.add_leads(job, [lead.id for lead in leads], actor=member)
        jobs.start(EnrichmentJob.get_by_id(job.id))
        _run(job.id, rows, dice)
    return EnrichmentJob.get_by_id(job.id)


def _run(job_id, rows, dice):
    """What a worker does, but for the looking up."""
    work = running.Work(leases.acquire(job_id))
    for number, result in enumerate(work.claim(work.job.total)):
        site, took = f"https://www.{result.domain}/", dice.randrange(900, 6200)
        if number in FORBIDDEN:
            page = Page(site, note="Not read, robots.txt says no")
            ending.failed(work.lease, work.job, result, "The site lets nobody read it.", [page], took)
            continue
        subject = Subject(result.name, result.domain, result.email, result.country)
        subject.claims = list(_claims(rows.get(result.name, {}), result, site, dice))
        subject.asked = dict.fromkeys((WaterfallStage.WEBSITE, WaterfallStage.WIKIDATA), work.job.fields)
        read = [
            Page(f"{site}{path}", status=200, milliseconds=dice.randrange(90, 900)) for path in ("", "about", "contact")
        ]
        ending.done(work.lease, work.job, result, subject, read, took)
    work.end()


def _claims(row, result, site, dice):
    """What the company's site and Wikidata say, more or less surely."""
    name, about = result.name, f"{site}about"
    city, founded, trade = row.get("City"), row.get("Founded", "")[:4], row.get("Sub-industry")
    least, most = dice.choice(SIZES)
    staff = dice.randrange(least, most)
    wiki = f"https://www.wikidata.org/wiki/Special:Search?search={name.replace(' ', '+')}"
    yield Claim("company_name", name, site, name, "opengraph", 92)
    yield Claim("website", site, site, name, "domain", 95)
    yield Claim("domain", result.domain, site, name, "domain", 95)
    yield Claim("email", f"info@{result.domain}", f"{site}contact", f"Write to info@{result.domain}", "text", 84)
    yield Claim("country", "United States", wiki, "country: United States", "wikidata", 90)
    if trade:
        said = f"{name} is at home in {trade.lower()}."
        yield Claim("description", f"{said} The company works from {city}.", about, said, "text", 82)
        yield Claim("industry", row["Industry"], about, said, "json-ld", 88)
        yield Claim("sub_industry", trade, wiki, f"industry: {trade}", "wikidata", 78)
    if city:
        yield Claim("city", city, f"{site}contact", f"Our head office is in {city}.", "json-ld", 91)
        yield Claim("city", city, wiki, f"headquarters location: {city}", "wikidata", 90)
    if founded.isdigit():
        yield Claim("founded", founded, about, f"Since {founded}", "text", 74)
        yield Claim("founded", founded, wiki, f"inception: {founded}", "wikidata", 88)
    if dice.random() < 0.8:
        yield Claim("employees", str(staff), wiki, f"employees: {staff:,}", "wikidata", 80)
        yield Claim("employee_range", f"{least}-{most}", about, f"a team of {least} to {most}", "text", 71)
    if dice.random() < 0.7:
        used = "; ".join(sorted(dice.sample(TECHNOLOGIES, dice.randrange(2, 5))))
        yield Claim("technologies", used, site, f"scripts of {used}", "script", 76)
    if dice.random() < 0.4:
        model = dice.choice(MODELS)
        yield Claim("business_model", model, about, model, "text", 46)
