"""An enrichment of 1,000 companies with three pages each, without a model, against what the latency of their websites
allows: requests × 200 ms ÷ 32 at once. Then a second one while a person opens pages and writes notes.

A whole program (web and worker) with BENCH_LEADS leads (default 20,000), and a lead at each company, to which what is
found is written. The companies' robots.txt takes 200 ms, too, and counts as a request. BENCH_COMPANIES makes it
smaller; BENCH_DATABASE=postgres runs it on a Postgres of its own from the pip wheel.
"""

import os
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

from common import ROOT, cpu_seconds, environment, pss_mb, report
from company_web import company_web, requests_to
from person import Person, report_quiet, served, together

COMPANIES = int(os.environ.get("BENCH_COMPANIES", "1000"))
LEADS = int(os.environ.get("BENCH_LEADS", "20000"))
DELAY, TOGETHER = 0.2, 32
MOST = 150  # seconds of one job
LOOK = 0.25  # seconds between two looks at it
TEXTS = ("company", "first_name", "last_name", "title", "email", "phone", "website", "domain", "linkedin", "industry",
         "city", "region", "country", "source")  # fmt: skip
WORKER = "import sys; sys.path.insert(0, {!r}); import company_web; company_web.lead_there({}); import run; run.cli()"


@contextmanager
def worker(folder, port, more):
    """A worker process that reaches the companies' websites."""
    start = [sys.executable, "-c", WORKER.format(str(ROOT / "bench"), port), "worker"]
    settings = environment(folder, FETCH_CONCURRENCY=str(TOGETHER), **more)
    process = subprocess.Popen(start, cwd=ROOT, env=settings, stderr=subprocess.DEVNULL)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(60)


def start(first):
    """Start a job about so many companies from a number on, each with a lead; returns it."""
    from db import db
    from webapp.accounts.members import member_of
    from webapp.accounts.models import Membership
    from webapp.enrichment import adding, jobs, queries
    from webapp.leads.models import Lead, with_keys

    owner = Membership.select().order_by(Membership.id).first()
    member = member_of(owner.workspace, owner.user)
    domains = [f"company{number}.example" for number in range(first, first + COMPANIES)]
    fields = [{**dict.fromkeys(TEXTS, ""), "email": f"ann@{one}", "domain": one} for one in domains]
    with db.atomic():
        for at in range(0, COMPANIES, 500):
            rows = [{"workspace": member.workspace, **with_keys(one)} for one in fields[at : at + 500]]
            Lead.insert_many(rows).execute()
    job = jobs.new_job(member, f"Bench {first}", stages=["website"])
    adding.add_names(job, "\n".join(domains))
    jobs.start(queries.get_job(member, job.id))
    return job


class Watch:
    """Looks at a job from time to time, and at how large its worker is."""

    def __init__(self, job, pid):
        self.job, self.pid, self.sizes = job, pid, []
        self.began = self.looked = time.monotonic()

    def ended(self):
        from webapp.enrichment.models import EnrichmentJob, JobState

        moment = time.monotonic()
        if moment - self.looked < LOOK:
            return False
        self.looked = moment
        self.job = EnrichmentJob.get_by_id(self.job.id)
        self.sizes.append((self.job.done + self.job.failed, pss_mb(self.pid)))
        return self.job.state is JobState.DONE or moment - self.began > MOST

    @property
    def seconds(self):
        return (self.job.finished_at - self.job.started_at).total_seconds()

    def memory(self):
        """In MB when a quarter was done, and at most."""
        quarter = next(size for done, size in self.sizes if done >= COMPANIES / 4)
        return {"pss_mb_at_a_quarter": round(quarter), "pss_mb_at_most": round(max(size for _, size in self.sizes))}


def ended_well(job):
    assert (job.done, job.failed) == (COMPANIES, 0), (job.done, job.failed, job.state)


def main():
    from db import db
    from webapp import config, create_app

    with ExitStack() as stack:
        folder, port, more = served(stack, LEADS, "web")
        web_port = stack.enter_context(company_web(DELAY))
        pid = stack.enter_context(worker(folder, web_port, more))
        create_app(config.load(environment(folder, **more), dotenv=None))
        stack.enter_context(db.connection_context())
        idle = [Person(port, LEADS).idle()]
        before, cpu = requests_to(web_port), cpu_seconds(pid)
        alone = Watch(start(0), pid)
        while not alone.ended():
            time.sleep(LOOK)
        ended_well(alone.job)
        requests, cpu = requests_to(web_port) - before, cpu_seconds(pid) - cpu
        person = Person(port, LEADS)  # anew: the server hangs up on who says nothing for so long
        idle.append(person.idle())
        watched = Watch(start(COMPANIES), pid)
        times = person.work(watched.ended)
        ended_well(watched.job)
    told = {
        "requests_a_company": round(requests / COMPANIES, 2), "cpu_ms_a_company": round(cpu / COMPANIES * 1000, 1),
        "found_a_company": round(alone.job.found / COMPANIES, 1), **alone.memory(),
    }  # fmt: skip
    report("enrich: seconds", alone.seconds, requests * DELAY / TOGETHER, COMPANIES, "<= 1.25", **told)
    report_quiet("enrich", times, together(idle), seconds_meanwhile=round(watched.seconds, 1))


if __name__ == "__main__":
    main()
