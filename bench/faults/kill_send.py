"""SIGKILLs the worker 200 times while it sends 2,000 mails to a real SMTP server: none lost, none twice.

Every life of the worker is the real one (processes.run_worker) in a process of its own, forked so that 200 starts do
not take minutes, and killed at a random moment after its first mail. Prints one line of JSON; exits 1 if anything is
wrong.
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
from webapp.campaigns.models import Campaign, Delivery, Recipient  # noqa: E402
from webapp.leads.models import Lead, with_keys  # noqa: E402

MAILS, KILLS, DEADLINE = 2000, 200, 420
LIFE = 0.06  # seconds after its first mail that a worker lives at most
FIELDS = (
    "company", "first_name", "last_name", "title", "email", "phone", "website", "domain", "linkedin", "industry",
    "city", "region", "country", "source",
)  # fmt: skip


def campaign_of(mails):
    """A started campaign to `mails` leads, and its owner as a Member."""
    workspace = create_workspace("Kills")
    user = create_user(full_name="Kim Kill", email="kim@kills.example", password_hash="")
    add_member(workspace, user, role=Role.OWNER)
    member = member_of(workspace, user)
    rows = [
        {"workspace": workspace, **with_keys({**dict.fromkeys(FIELDS, ""), "email": f"lead{n}@kills.example"})}
        for n in range(mails)
    ]
    with db.atomic():
        for start in range(0, mails, 500):
            Lead.insert_many(rows[start : start + 500]).execute()
    campaign = drafts.save_draft(
        None,
        {
            "name": "Killed", "audience": {"kind": "all", "stage": "", "q": ""}, "sender_name": "Kim",
            "reply_to": "kim@kills.example", "rate_per_minute": 1_000_000, "subject": "Hello", "body": "Hello.\n" * 60,
        },
        actor=member,
    )  # fmt: skip
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
        {"DATA_DIR": str(folder), "MAIL_URL": f"smtp://127.0.0.1:{port}", "MAIL_FROM": "kim@kills.example"}, dotenv=None
    )
    processes.migrate(settings)
    create_app(settings)
    with db.connection_context():
        campaign, member = campaign_of(MAILS)
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
    kills = 0
    while kills < KILLS and time.monotonic() - began < DEADLINE:
        before = size(record)
        pid = worker(settings)
        patience = time.monotonic() + 60
        while size(record) == before and time.monotonic() < patience:
            time.sleep(0.002)
        if size(record) == before:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            break  # nothing left to send
        time.sleep(dice.random() * LIFE)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        kills += 1
    return kills


def finish(settings, campaign, began):
    """Let one more worker send the rest, and stop it in good order."""
    pid = worker(settings)
    while time.monotonic() - began < DEADLINE:
        with db.connection_context():
            if Campaign.get_by_id(campaign.id).state.value != "sending":
                break
        time.sleep(0.2)
    os.kill(pid, signal.SIGTERM)
    os.waitpid(pid, 0)


def verdict(campaign, member, record, kills):
    received = collections.Counter(line.split()[1] for line in record.read_text().splitlines())
    campaign = Campaign.get_by_id(campaign.id)
    states = {d.email: d.state.value for d in Delivery.select().where(Delivery.campaign == campaign)}
    accepted = {email for email, state in states.items() if state == "accepted"}
    unknown = {email for email, state in states.items() if state == "unknown"}
    lost = [e for e in states if e not in received and e not in unknown]
    lost += [None] * (Recipient.select().where(Recipient.campaign == campaign).count() - len(states))
    twice = [email for email, times in received.items() if times > 1]
    shown = len(queries.unknown(member, campaign, size=MAILS))
    kept = {"recipients": MAILS, "sent": len(accepted), "unknown": len(unknown)}
    result = {
        "bench": "kill-send", "n": MAILS, "kills": kills, "lost": len(lost), "twice": len(twice),
        "unknown": len(unknown), "unknown_shown": shown, "accepted_but_not_received": len(accepted - set(received)),
        "state": campaign.state.value, "counters_right": all(getattr(campaign, k) == v for k, v in kept.items()),
    }  # fmt: skip
    result["ok"] = (
        kills >= KILLS and not lost and not twice and shown == len(unknown) <= kills
        and result["state"] == "completed" and result["counters_right"] and not result["accepted_but_not_received"]
        and len(accepted) + len(unknown) == MAILS
    )  # fmt: skip
    return result


if __name__ == "__main__":
    sys.exit(main())
