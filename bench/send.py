"""Sending a campaign, ledger and all, against a raw smtplib loop that sends the same bytes to the same server.

Over one connection each: to a relay that takes 20 ms a mail, and to a sink that answers at once.
"""

import smtplib
import subprocess
import sys
import time
from contextlib import contextmanager

from common import ROOT, environment, paired, report, temporary_folder

BODY = (
    "Hi {{first_name|there}},\n\nmay we ask {{company|you}} about something in {{city|your town}}?\n\n"
    + "It is a plain question, written out in a few lines of text.\n" * 36
)
RELAY, INSTANT, PAIRS = 200, 5000, 5
SENDER = "bench@galena.example"


@contextmanager
def sink(delay):
    """The port of a server in a process of its own that takes `delay` ms a mail."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "bench/smtp_sink.py"), "--delay", str(delay)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(10)


def owner():
    from webapp.accounts.members import member_of
    from webapp.accounts.models import Role
    from webapp.accounts.workspaces import add_member, create_user, create_workspace

    workspace = create_workspace("Bench")
    user = create_user(full_name="Bea Bench", email="bea@bench.example", password_hash="")
    add_member(workspace, user, role=Role.OWNER)
    return member_of(workspace, user)


def add_leads(member, count):
    from db import db
    from webapp.leads.models import Lead, with_keys

    fields = {name: "" for name, field in Lead._meta.fields.items() if field.field_type in ("VARCHAR", "TEXT")}
    for name in ("stage", "company_key", "name_key", "search_text"):
        fields.pop(name)
    rows = [
        {
            "workspace": member.workspace,
            **with_keys({**fields, "first_name": f"Lea {n}", "company": f"Firm {n}", "email": f"l{n}@firm{n}.example"}),
        }
        for n in range(count)
    ]
    with db.atomic():
        for start in range(0, count, 500):
            Lead.insert_many(rows[start : start + 500]).execute()


def ours(member):
    """Mails a second of one campaign to all leads, each of which moves from new to contacted."""
    from webapp.campaigns import drafts, launching, sending
    from webapp.campaigns.models import Campaign
    from webapp.leads.models import Lead

    Lead.update(stage="new").execute()

    fields = {
        "name": "Bench", "audience": {"kind": "all", "stage": "", "q": ""}, "sender_name": "Bea",
        "reply_to": "bea@bench.example", "rate_per_minute": 1_000_000_000, "subject": "A question", "body": BODY,
    }  # fmt: skip
    campaign = drafts.save_draft(None, fields, actor=member)
    launching.start(campaign, actor=member)
    began = time.perf_counter()
    while Campaign.get_by_id(campaign.id).state.value == "sending":
        sending.send_campaign(campaign.id)
    seconds = time.perf_counter() - began
    campaign = Campaign.get_by_id(campaign.id)
    assert campaign.sent == campaign.recipients and campaign.state.value == "completed", campaign.pause_reason
    return campaign.sent / seconds


def theirs(port):
    """Mails a second of a bare loop over the bytes of the last campaign."""
    from webapp.campaigns.models import Campaign, Content, Delivery

    last = Campaign.select().order_by(Campaign.id.desc()).get()
    query = Delivery.select(Delivery.email, Content.raw).join(Content).where(Delivery.campaign == last)
    query = query.order_by(Delivery.id)
    mails = [(email, bytes(raw)) for email, raw in query.tuples()]
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as server:
        for email, raw in mails:
            server.sendmail(SENDER, [email], raw)
    return len(mails) / (time.perf_counter() - began)


def measure(name, *, delay, count, bar):
    from db import db
    from webapp import config, create_app, processes
    from webapp.campaigns.models import Content

    with temporary_folder() as folder, sink(delay) as port:
        mail = {"MAIL_URL": f"smtp://127.0.0.1:{port}", "MAIL_FROM": SENDER}
        settings = config.load(environment(folder, **mail), dotenv=None)
        processes.migrate(settings)
        create_app(settings)
        with db.connection_context():
            member = owner()
            add_leads(member, count)
            mine, limit, ratio = paired(lambda: ours(member), lambda: theirs(port), PAIRS)
            size = len(bytes(Content.select(Content.raw).limit(1).scalar()))
        db.obj.close_all()
    report(name, mine, limit, count, f">= {bar}", ratio=ratio, unit="mails/s", bytes=size)


if __name__ == "__main__":
    measure("send-relay", delay=20, count=RELAY, bar=0.9)
    measure("send-instant", delay=0, count=INSTANT, bar=0.35)
