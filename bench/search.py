"""Search as you type, ranked, among many leads against among 1,000: the same questions to leads/finding.py.

BENCH_LEADS sets how many (default 100000; several with commas), BENCH_DATABASES which of sqlite, postgres (default
both). The leads have thousands of different names and companies, a tenth of them a note. Each workspace has a database
of its own and is measured in a process of its own, in turns with the small one.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import time

from common import ROOT, environment, report, temporary_folder

SMALL = 1000
SIZES = [int(size) for size in os.environ.get("BENCH_LEADS", "100000").split(",")]
DATABASES = os.environ.get("BENCH_DATABASES", "sqlite,postgres").split(",")
ROUNDS = 5  # in turns; a round asks each question REPEATS times
REPEATS = 7
BATCH = 1000
SYLLABLES = [first + last for first in "klmrtbvdsg" for last in ("a", "o", "in")]
QUESTIONS = {
    "one letter": "k",
    "the beginning of very many": "kal",
    "a name of many": "kalomin",
    "two words": "kal mo",
    "inside of very many": "lomi",
    "one company": "unmistakable",
    "one address": "the.one@unmistakable.example",
    "mistyped": "unmistakeable",
    "two mistyped": "unmistakeable perzon",
    "a note": "zebra",
    "in many notes": "called about",
    "nothing": "xyzzyq",
}


def name(dice, syllables):
    return "".join(dice.choices(SYLLABLES, k=syllables)).capitalize()


def fill(workspace, count):
    """`count` leads written as an import writes them, touched at different times, a tenth of them with a note."""
    from datetime import timedelta

    from db import db
    from webapp.core.clock import now
    from webapp.imports import writing
    from webapp.imports.shaping import FIELDS
    from webapp.leads.models import with_keys

    dice, moment = random.Random(4), now()
    lasts = [name(dice, 3) for _ in range(5000)]
    companies = [f"{name(dice, 2)} {name(dice, 3)}" for _ in range(20_000)]
    for start in range(0, count, BATCH):
        rows = []
        for number in range(start, min(start + BATCH, count)):
            company, first, last = dice.choice(companies), name(dice, 2), dice.choice(lasts)
            values = dict.fromkeys(FIELDS, "") | {"employees": None, "value": 0, "first_name": first, "last_name": last}
            values["email"] = f"{first}.{last}.{number}@{company.replace(' ', '')}.example".lower()
            values |= {"company": company, "domain": values["email"].split("@")[1]}
            if number == count // 2:
                values |= {"company": "Unmistakable Goods", "first_name": "One", "last_name": "Person"}
                values |= {"email": "the.one@unmistakable.example", "domain": "unmistakable.example"}
            rows.append(as_row(with_keys(values), FIELDS))
        touched = moment - timedelta(minutes=dice.randrange(500_000))
        with db.atomic():
            whose = {"workspace_id": workspace.id, "import_id": None, "owner_id": None, "center_id": None}
            writing.insert_leads(rows, **whose, moment=touched)
            last_id = writing.last_lead()
            notes = [
                (last_id - at, "note", {"text": f"Called about the offer {at}."}) for at in range(0, len(rows), 10)
            ]
            if start == 0:
                notes.append((last_id, "note", {"text": "They saw a zebra."}))
            writing.insert_activities(notes, workspace_id=workspace.id, actor_id=None, moment=touched)
    db.execute_sql("ANALYZE" if db.obj.param == "%s" else "PRAGMA optimize")


def as_row(values, fields):
    keys = (values["company_key"], values["name_key"], values["search_text"])
    return (None, *keys, *(values[field] for field in fields))


def open_app(count):
    """The program over DATA_DIR and DATABASE_URL, filled when it is new; returns the owner."""
    sys.path.insert(0, str(ROOT))
    from webapp import config, processes

    fresh = processes.migrate(config.load())
    from db import db
    from webapp.accounts.members import member_of
    from webapp.accounts.models import User, Workspace
    from webapp.onboarding.sign_up import sign_up

    db.obj.close_all()
    processes.create_app()
    db.connect()
    if fresh:
        words = {"full_name": "Bench Person", "email": "bench@galena.example", "password": "correct horse bench"}
        _, workspace = sign_up(**words, workspace_name="Bench")
        fill(workspace, count)
    return member_of(Workspace.get(), User.get())


def measure(member):
    """{question: median milliseconds}."""
    from webapp.leads.finding import find_leads

    times = {}
    for question, text in QUESTIONS.items():
        taken = []
        for _ in range(REPEATS):
            began = time.perf_counter()
            find_leads(member, text)
            taken.append((time.perf_counter() - began) * 1000)
        times[question] = statistics.median(taken)
    return times


class Workspace:
    """A process that measures when it is told to."""

    def __init__(self, folder, count, url):
        folder.mkdir()
        more = {"DATABASE_URL": url} if url else {}
        command = [sys.executable, __file__, "serve", str(count)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, env=environment(folder, **more), **pipes)

    def measure(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)


def serve(count):
    member = open_app(count)
    measure(member)  # once to warm up
    for _ in sys.stdin:
        print(json.dumps(measure(member)), flush=True)


def compare(folder, database, size, address):
    small = Workspace(folder / f"{database}-{size}-small", SMALL, address(f"small_{size}"))
    large = Workspace(folder / f"{database}-{size}-large", size, address(f"large_{size}"))
    rounds = [(small.measure(), large.measure()) for _ in range(ROUNDS)]
    small.close()
    large.close()
    for question in QUESTIONS:
        limit, ours = (statistics.median(pair[side][question] for pair in rounds) for side in (0, 1))
        ratio = statistics.median(pair[1][question] / pair[0][question] for pair in rounds)
        report(f"search {database}, {question}, ms", ours, limit, size, "<= 1.5", ratio=ratio)


def main():
    with temporary_folder() as folder:
        if "sqlite" in DATABASES:
            for size in SIZES:
                compare(folder, "sqlite", size, lambda name: None)
        if "postgres" in DATABASES:
            sys.path.insert(0, str(ROOT))
            from tests.servers import postgres_server

            with postgres_server() as server:

                def address(name):
                    server.create(name)
                    return server.url(name)

                for size in SIZES:
                    compare(folder, "postgres", size, address)


if __name__ == "__main__":
    serve(int(sys.argv[2])) if sys.argv[1:2] == ["serve"] else main()
