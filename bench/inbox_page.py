"""The inbox at 100,000 threads: each page against itself at 1,000, asked in turn in the same run.

    BENCH_SIZES=100000 BENCH_DATABASE=postgres python bench/inbox_page.py

Both were asked before. A third of the threads are open, half of those unread; one mail in three says "pricing", three
in all say "zebra". There is a lead for ten threads.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import timedelta

from common import ROOT, environment, report, temporary_folder
from scale import DATABASE, PAIRS, SMALL, postgres_url

SIZES = [int(size) for size in os.environ.get("BENCH_SIZES", "100000").split(",")]
BATCH = 2000
PAGES = {
    "own threads": "/inbox",
    "all threads": "/inbox?show=team",
    "done": "/inbox?show=done",
    "a common label": "/inbox?show=team&label=interested",
    "a rare label": "/inbox?show=team&label=complaint",
    "unread": "/inbox?show=team&label=unread",
    "what a page asks every ten seconds": "/inbox/live?show=team",
    "a conversation": "/inbox/{thread}",
    "search: common": "/inbox?q=pricing",
    "search: rare": "/inbox?q=zebra",
    "search: common with a label": "/inbox?q=pricing&label=complaint",
    "search: finds nothing": "/inbox?q=xyzzyq",
}


def main():
    with temporary_folder() as folder, ExitStack() as stack:
        programs = {size: stack.enter_context(Program(folder, size)) for size in (SMALL, *SIZES)}
        for size in SIZES:
            for name, path in PAGES.items():
                compare(name, path, size, programs[size], programs[SMALL])


class Program:
    """A process over a database with `size` threads that answers when it is asked."""

    def __init__(self, folder, size):
        more = {"DATABASE_URL": postgres_url(folder, f"inbox_{size}")} if DATABASE == "postgres" else {}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        command = [sys.executable, __file__, "serve", str(size)]
        self.process = subprocess.Popen(command, env=environment(folder / str(size), **more), cwd=ROOT, **pipes)
        self.process.stdout.readline()  # it is ready

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.stdin.close()
        self.process.wait(60)

    def ask(self, path):
        """Milliseconds until the answer is read to its end."""
        print(path, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{path}: the program ended")
        return json.loads(answer)


def compare(name, path, size, large, small):
    for program in (large, small, large, small):
        program.ask(path)
    pairs = [(large.ask(path), small.ask(path)) for _ in range(PAIRS)]
    ours, limit = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
    ratio = statistics.median(one / other for one, other in pairs)
    bar = "<= 1.5" if "search" in name else "<= 1.2"
    report(f"inbox {DATABASE} {size:,}: {name}, ms", ours, limit, len(pairs), bar, ratio=ratio)


# ---------------------------------------------------------- in the process of a size


def serve(size):
    from webapp import config, processes

    processes.migrate(config.load())
    from db import db

    db.obj.close_all()
    app = processes.create_app()
    with db.connection_context():
        user, workspace, thread = fill(size)
        client = app.test_client()
        with client.session_transaction() as cookie:
            from webapp.auth import sessions

            cookie["_user_id"] = sessions.start(user.id, workspace, remembered=True)
    print("ready", flush=True)
    for line in sys.stdin:
        began = time.perf_counter()
        part = {"HX-Request": "true", "HX-Request-Type": "partial"} if "/live" in line else {}
        answer = client.get(line.strip().format(thread=thread), headers=part)
        answer.get_data()
        took = (time.perf_counter() - began) * 1000
        if answer.status_code not in (200, 204):
            raise RuntimeError(f"{line} answered {answer.status}")
        print(json.dumps(took), flush=True)


def fill(size):
    """Make so many threads; returns (who asks, their workspace, the id of a thread)."""
    from db import db, is_sqlite
    from webapp.core.clock import now
    from webapp.inbox.models import Thread, ThreadMessage
    from webapp.leads.models import Lead, with_keys
    from webapp.onboarding.sign_up import sign_up

    user, workspace = sign_up(
        full_name="Bench Person", email="bench@galena.example", password="correct horse battery", workspace_name="Bench"
    )
    moment = now()
    for start in range(1, size + 1, BATCH):
        numbers = range(start, min(start + BATCH, size + 1))
        with db.atomic():
            leads = [{"company": f"Firm {one}", "email": f"lea@firm{one}.example"} for one in numbers if one % 10 == 0]
            insert(Lead, [{**with_keys(lead), "id": number} for number, lead in _ids(leads, start)], workspace)
            insert(Thread, [thread_of(one, size, user.id, moment) for one in numbers], workspace)
            insert(ThreadMessage, [mail_of(one, size, moment) for one in numbers], workspace)
    db.execute_sql("PRAGMA optimize" if is_sqlite() else "VACUUM ANALYZE")
    return user, workspace, size


def _ids(leads, start):
    return enumerate(leads, (start - 1) // 10 + 1)


def thread_of(number, size, user_id, moment):
    state = ("open", "done", "done")[number % 3]
    rare = number % (size // 180 * 3) == 0  # of as many threads at each size, so that pages are as long
    label = "complaint" if rare else ("interested", "none", "not_now", "out_of_office")[number // 3 % 4]
    at = moment - timedelta(minutes=number)
    return {
        "id": number, "lead": (number - 1) // 10 + 1 if number % 10 == 0 else None,
        "assignee": (user_id, None)[number % 2],
        "email": f"lea@firm{number}.example", "subject": f"Re: Partners {number}", "snippet": "Sounds good.",
        "messages": 1, "state": state, "is_unread": number % 6 == 0, "label": label, "last_at": at, "last_in_at": at,
    }  # fmt: skip


def mail_of(number, size, moment):
    words = "what about pricing" if number % 3 == 0 else "sounds good to me"
    words += " zebra" if number in (7, size // 2, size - 1) else ""
    at = moment - timedelta(minutes=number)
    return {
        "thread": number, "direction": "in", "kind": "reply", "matched_by": "references", "subject": "Re: Partners",
        "message_id": f"<{number}@bench.example>", "message_key": str(number), "text": words, "fresh": words,
        "sender_email": f"lea@firm{number}.example", "search_text": words, "sent_at": at, "received_at": at,
    }  # fmt: skip


def insert(model, rows, workspace):
    from db import execute_many

    fields = [field for field in model._meta.sorted_fields if field.name != "id" or (rows and "id" in rows[0])]
    usual = {**model._meta.get_default_dict(), "workspace": workspace.id}
    values = [[field.db_value({**usual, **row}.get(field.name)) for field in fields] for row in rows]
    columns = ", ".join(field.column_name for field in fields)
    if rows:
        marks = ", ".join("?" * len(fields))
        execute_many(f"INSERT INTO {model._meta.table_name} ({columns}) VALUES ({marks})", values)


if __name__ == "__main__":
    serve(int(sys.argv[2])) if sys.argv[1:2] == ["serve"] else main()
