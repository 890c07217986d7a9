"""A believable workspace to look around in. All people in it are invented and all addresses end in .example.

Built by the verbs a person's clicks call, on a clock set back: an import with tags and a field of the team's own,
notes, moves along the pipeline, to-dos, saved views, an enrichment, mailboxes, a campaign that went out (into the
Outbox, whatever mail server is set), what came back of it, and a draft.
"""

import csv
import io
import random
import secrets
from contextlib import ExitStack
from datetime import time, timedelta
from pathlib import Path

from webapp.accounts.members import member_of
from webapp.accounts.models import Role, User
from webapp.accounts.workspaces import add_member, create_user
from webapp.auth.passwords import hash_password
from webapp.campaigns import drafts, launching, sending
from webapp.campaigns.models import Campaign, CampaignState
from webapp.core.clock import freeze, now
from webapp.imports.models import Policy
from webapp.imports.running import run_import
from webapp.imports.starting import keep_options, start_import
from webapp.imports.uploading import upload
from webapp.inbox.reading_models import MailboxReading
from webapp.leads.custom_fields import create_field
from webapp.leads.due import local_day
from webapp.leads.field_models import CustomKind
from webapp.leads.filters import Filter
from webapp.leads.models import Lead, Stage, Todo, TodoKind
from webapp.leads.notes import add_note
from webapp.leads.pipeline import move_lead
from webapp.leads.queries import visible
from webapp.leads.saved_views import create_view, pin_view
from webapp.leads.todos import add_todo
from webapp.mail import mailboxes
from webapp.mail.transports import Captured

from . import demo_enrichment, demo_inbox, setup
from .sign_up import sign_up

LEADS = Path(__file__).parent / "demo_leads.csv"
EMAIL = "mara@halden.example"
COLLEAGUES = (("Jonas Weber", "jonas@halden.example"), ("Priya Nair", "priya@halden.example"))
NOTES = (
    "Met at the trade fair in Hanover. Wants a price list before the budget round in January.",
    "Uses two tools today and pays for both. Asked how long a move takes.",
    "Out until the 4th; her colleague in procurement decides with her.",
    "Liked the short demo. Send the security questionnaire first.",
    "Not now: they signed with another supplier last spring. Try again in March.",
)
VALUES = (0, 6000, 9000, 14000, 18000, 24000, 38000, 52000)
TAGS = ("Enterprise", "Partner", "EMEA", "Dev tools", "Trade fair", "Enterprise, EMEA", "", "", "")
TODOS = (
    ("Call about prices", TodoKind.CALL, 0, None),
    ("Send the deck", TodoKind.EMAIL, 1, None),
    ("Show the team", TodoKind.MEETING, 3, time(10, 0)),
    ("Reply", TodoKind.EMAIL, -2, None),
    ("Research", TodoKind.TASK, 4, None),
    ("Connect", TodoKind.LINKEDIN, 8, None),
)  # what, how, in how many days, and when
VIEWS = (
    ("My open leads", ("owner.is.me", "stage.not.converted|lost")),
    ("Replied, nothing next", ("stage.is.replied", "due.empty")),
)
BUSY = {Stage.NEW: 3, Stage.CONTACTED: 7, Stage.REPLIED: 9, Stage.CONVERTED: 2}  # to-dos on the leads touched last
SUBJECT = "A shorter way to first orders at {{company}}"
BODY = """Hi {{first_name|there}},

I noticed that {{company}} is hiring in sales. In {{industry|your field}}, new people often spend \
their first weeks on research instead of customers.

We take that off their desks. Would a one-page overview help?

Kind regards
Mara Lindqvist"""


def make_demo():
    """The demo workspace, made when it is missing; returns (e-mail, new password) to sign in with."""
    password = "-".join(secrets.token_hex(2) for _ in range(3))
    mara = User.get_or_none(User.email == EMAIL)
    if mara is None:
        _build(password)
    else:
        User.update(password_hash=hash_password(password)).where(User.id == mara.id).execute()
    return EMAIL, password


def _build(password):
    dice = random.Random(11)
    with freeze(now() - timedelta(days=21)):
        user, workspace = sign_up(
            full_name="Mara Lindqvist",
            email=EMAIL,
            password=password,
            workspace_name="Halden Studio",
            time_zone="Europe/Berlin",
        )
        mara = member_of(workspace, user)
        team = [mara, *(_colleague(workspace, name, email) for name, email in COLLEAGUES)]
        create_field(workspace, "Contract end", CustomKind.DATE, actor=mara)
        _bring_in(mara, dice)
        _share_out(mara, team, dice)
    for step in setup.WIZARD:
        setup.finish(mara, step)
    _live(mara, team, dice)
    demo_enrichment.make(mara)
    mailbox = _connect(*team[:2])[0]
    with freeze(now() - timedelta(days=3)):
        sent = _campaign(mara, "Autumn introduction", {"kind": "stage", "stage": Stage.CONTACTED, "q": ""})
        launching.start(sent, actor=mara)
        _send(sent)
    demo_inbox.make(mara, mailbox, sent)
    _campaign(mara, "First contact", {"kind": "stage", "stage": Stage.NEW, "q": ""})
    _plan(mara, team, dice)
    for name, asked in VIEWS:
        pin_view(mara, create_view(mara, name, Filter.read({"f": asked}), is_shared=True))


def _colleague(workspace, name, email):
    user = create_user(full_name=name, email=email, password_hash="", time_zone="Europe/Berlin")
    add_member(workspace, user, role=Role.MEMBER)
    return member_of(workspace, user)


def _bring_in(member, dice):
    imported = upload(member, "companies-2026.csv", io.BytesIO(_table(dice).encode()))
    keep_options(imported, policy=Policy.FILL, basis="interest")
    start_import(imported)
    run_import(imported.id)


def _table(dice):
    """The rows of LEADS with what a team knows of its leads besides."""
    with open(LEADS, encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow([*head, "Value", "Tags", "Contract end"])
    for row in rows:
        end = local_day("UTC") + timedelta(days=dice.randrange(40, 500))
        writer.writerow([*row, dice.choice(VALUES), dice.choice(TAGS), dice.choice(("", end.isoformat()))])
    return table.getvalue()


def _share_out(member, team, dice):
    """Give every lead an owner."""
    for lead in visible(member):
        Lead.update(owner=dice.choice(team).user_id).where(Lead.id == lead.id).execute()


def _plan(member, team, dice):
    """To-dos on some of the leads that were touched last."""
    today = local_day(member.time_zone)
    for stage, count in BUSY.items():
        free = Lead.id.not_in(Todo.select(Todo.lead))
        latest = visible(member).where(Lead.stage == stage, free).order_by(Lead.touched_at.desc(), Lead.id.desc())
        for lead in latest.limit(count):
            title, kind, days, at = dice.choice(TODOS)
            assignee = dice.choice((member, *team)).user_id
            fields = {"title": title, "kind": kind, "day": today + timedelta(days=days), "time": at}
            add_todo(lead, {**fields, "assignee": assignee}, actor=member)


def _connect(*members):
    """Mailboxes at a provider that does not exist: whoever tries them out is told so, and they are not read. Returns
    them.
    """
    made = []
    server = {"smtp_host": "smtp.halden.example", "imap_host": "imap.halden.example", "daily_cap": 40}
    for member in members:
        account = {"email": member.email, "username": member.email, "sender_name": member.full_name}
        mailbox = mailboxes.insert(member, {**mailboxes.DEFAULTS, **server, **account, "zone": "Europe/Berlin"})
        MailboxReading.create(workspace=member.workspace, mailbox=mailbox, is_on=False)
        made.append(mailbox)
    return made


def _campaign(member, name, audience):
    fields = {
        "name": name,
        "audience": audience,
        "sender_name": member.full_name,
        "reply_to": member.email,
        "rate_per_minute": 600,
        "subject": SUBJECT,
        "body": BODY,
    }
    return drafts.save_draft(None, fields, actor=member)


def _send(campaign):
    """Send it to the end. Nobody waits for its rate: where a run would wait, the clock goes on instead."""
    with ExitStack() as later:

        def go_on(seconds):
            later.enter_context(freeze(now() + timedelta(seconds=seconds)))

        while (row := Campaign.get_by_id(campaign.id)).state is CampaignState.SENDING:
            due = max(now(), row.next_send_at or now())
            go_on((due - now()).total_seconds())
            sending.send_campaign(campaign.id, transport=Captured(campaign.workspace_id), pause=go_on)


def _live(member, team, dice):
    """Three weeks of work: some answer, a few buy, some say no, and people write down what they learned."""
    leads = list(visible(member).order_by(Lead.id))
    dice.shuffle(leads)
    paths = [(Stage.CONTACTED,)] * 60 + [(Stage.CONTACTED, Stage.REPLIED)] * 14
    paths += [(Stage.CONTACTED, Stage.REPLIED, Stage.CONVERTED)] * 6 + [(Stage.CONTACTED, Stage.LOST)] * 7
    start = now() - timedelta(days=14)
    for lead, path in zip(leads, paths, strict=False):
        moment = start + timedelta(hours=dice.randrange(290))
        for stage in path:
            with freeze(min(moment, now() - timedelta(minutes=dice.randrange(10, 300)))):
                if dice.random() < 0.4:
                    add_note(lead, dice.choice(NOTES), actor=dice.choice(team))
                move_lead(Lead.get_by_id(lead.id), stage, actor=dice.choice(team))
            moment += timedelta(hours=dice.randrange(6, 48))
