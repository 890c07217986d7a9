"""SIGKILLs workers while they send answers that members wrote, to a real SMTP server: none lost, none twice.

Every life of a worker is the real one (processes.run_worker), forked and killed at a random moment after its first
mail; its successor finds the answers by the sweep alone. Prints one line of JSON; exits 1 if anything is wrong.

BENCH_DATABASE=postgres runs two workers at once on a Postgres from the pip wheel. KILL_MAILS and KILL_KILLS make it
larger or smaller; KILL_SECONDS is the longest it may take.
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

from bench.faults.kill_send import databases, size, worker  # noqa: E402
from db import db  # noqa: E402
from webapp import config, create_app, processes  # noqa: E402
from webapp.accounts.members import member_of  # noqa: E402
from webapp.accounts.models import Role  # noqa: E402
from webapp.accounts.workspaces import add_member, create_user, create_workspace  # noqa: E402
from webapp.inbox import outgoing  # noqa: E402
from webapp.inbox.models import Outgoing, Thread, ThreadMessage  # noqa: E402
from webapp.leads.models import Lead, Stage, with_keys  # noqa: E402
from webapp.mail.mailbox_models import Mailbox, MailboxDay, MailboxKind, Security  # noqa: E402

MAILS, KILLS = int(os.environ.get("KILL_MAILS", 1500)), int(os.environ.get("KILL_KILLS", 100))
DEADLINE = int(os.environ.get("KILL_SECONDS", 300))
POSTGRES = os.environ.get("BENCH_DATABASE") == "postgres"
WORKERS = 2 if POSTGRES else 1
LIFE = 0.15  # seconds after its first mail that a worker lives at most


def answers_of(port):
    """So many first mails that wait to leave, each to a lead of its own."""
    workspace = create_workspace("Kills")
    user = create_user(full_name="Kim Kill", email="kim@kills.example", password_hash="")
    add_member(workspace, user, role=Role.OWNER)
    member = member_of(workspace, user)
    server = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": Security.NONE, "kind": MailboxKind.SMTP}
    box = Mailbox.create(workspace=workspace, email="box@kills.example", user=user, **server)
    with db.atomic():
        for number in range(MAILS):
            known = {"company": "Killed", "email": f"lead{number}@kills.example"}
            lead = Lead.create(workspace=workspace, stage=Stage.NEW, **with_keys(known))
            about = {"subject": "Hello", "text": "Hello.\n" * 60, "token": str(number), "mailbox_id": box.id}
            outgoing.write_to(member, lead, **about)


def waiting():
    with db.connection_context():
        return Outgoing.select().where(Outgoing.state.in_(outgoing.ON_ITS_WAY)).count()


def main():
    began, dice = time.monotonic(), random.Random(2000)
    folder = Path(tempfile.mkdtemp(prefix="galena-kills-"))
    record = folder / "received"
    sink = subprocess.Popen(
        [sys.executable, str(ROOT / "bench/smtp_sink.py"), "--delay", "4", "--record", str(record)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    port = int(sink.stdout.readline())
    basics = {"DATA_DIR": str(folder), "MAIL_FROM": "kim@kills.example", "FETCH_ALLOW": "127.0.0.1/32"}
    settings = config.load({**basics, **databases(folder)}, dotenv=None)
    processes.migrate(settings)
    create_app(settings)
    with db.connection_context():
        answers_of(port)
    db.obj.close_all()
    kills = kill_workers(settings, record, dice, began)
    finish(settings, began)
    sink.stdin.close()
    sink.wait(10)
    with db.connection_context():
        result = verdict(record, kills)
    result["seconds"] = round(time.monotonic() - began)
    print(json.dumps(result))
    return 0 if result["ok"] else 1


def kill_workers(settings, record, dice, began):
    """Keep WORKERS at work and kill one of them at a time; returns how often."""
    kills, workers = 0, [worker(settings) for _ in range(WORKERS)]
    while kills < KILLS and time.monotonic() - began < DEADLINE:
        before, patience = size(record), time.monotonic() + 60
        while size(record) == before and time.monotonic() < patience:
            time.sleep(0.002)
        if size(record) == before:
            break  # nothing left to send
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


def finish(settings, began):
    """Let one more worker send the rest, and stop it in good order."""
    pid = worker(settings)
    while time.monotonic() - began < DEADLINE and waiting():
        time.sleep(0.2)
    db.obj.close_all()
    os.kill(pid, signal.SIGTERM)
    os.waitpid(pid, 0)


def verdict(record, kills):
    received = collections.Counter(f"<{line.split()[0]}>" for line in record.read_text().splitlines())
    query = Outgoing.select(Outgoing.state, ThreadMessage.message_id).join(ThreadMessage)
    states = {row.message.message_id: row.state.value for row in query}
    accepted = {one for one, state in states.items() if state == "accepted"}
    unknown = {one for one, state in states.items() if state == "unknown"}
    lost = [one for one in states if one not in received and one not in unknown]
    twice = [one for one, times in received.items() if times > 1]
    shown = Thread.select().where(Thread.is_unread).count()
    result = {
        "bench": "kill-replies", "database": "postgres" if POSTGRES else "sqlite", "workers": WORKERS,
        "threads": config.current().worker_threads, "n": len(states), "kills": kills,
        "lost": len(lost), "twice": len(twice), "unknown": len(unknown),
        "unknown_shown": shown, "accepted_but_not_received": len(accepted - set(received)),
        "counted": sum(day.sent for day in MailboxDay.select()),
    }  # fmt: skip
    result["ok"] = (
        kills >= KILLS and not lost and not twice and shown == len(unknown) and len(accepted) + len(unknown) == MAILS
        and not result["accepted_but_not_received"] and result["counted"] == MAILS
        and len(unknown) <= kills * result["threads"]
    )  # fmt: skip
    return result


if __name__ == "__main__":
    sys.exit(main())
