"""A workspace to measure on: leads with a past, and a campaign half sent."""

import os
import subprocess
import sys

from common import ROOT, environment

FIRST = ("Ada", "Boris", "Carla", "Dmitri", "Elena", "Farid", "Greta", "Hugo", "Ines", "Jonas")
LAST = ("Archer", "Brandt", "Carvalho", "Dahl", "Evans", "Fischer", "Garcia", "Haddad", "Ito", "Jansen")
TITLES = ("Head of Sales", "CTO", "VP Marketing", "Procurement Manager")
COUNTRIES = ("Germany", "Spain", "France", "Italy", "Austria", "Poland", "Sweden", "Norway", "Portugal")
CITIES = ("Berlin", "Madrid", "Paris", "Rome")
INDUSTRIES = ("Industrials", "Software", "Health", "Energy", "Retail", "Media", "Transport")
BATCH = 1000


def make_workspace(folder, *, leads, password):
    """Migrate and fill a database in `folder`. Returns {page: the SQL a plain page would read its rows with}."""
    kept = {name: os.environ[name] for name in ("DATABASE_URL",) if name in os.environ}
    os.environ.update(environment(folder, **kept))
    subprocess.run([sys.executable, str(ROOT / "run.py"), "migrate"], check=True, stdout=subprocess.DEVNULL)
    from db import db
    from webapp import create_app
    from webapp.onboarding.sign_up import sign_up

    create_app()
    with db.connection_context():
        user, workspace = sign_up(
            full_name="Bench Person",
            email="bench@galena.example",
            password=password,
            workspace_name="Bench",
        )
        add_leads(workspace, user, leads)
        campaign = add_campaign(workspace, user)
        add_notes(workspace, user)
    db.close_all()
    return statements(workspace.id, campaign.id)


def add_leads(workspace, user, count):
    """`count` leads over all stages, each touched at another time."""
    from datetime import timedelta

    from db import db
    from webapp.core.clock import now
    from webapp.leads.models import Lead, Stage, with_keys

    stages, moment = list(Stage), now()
    for start in range(0, count, BATCH):
        rows = []
        for number in range(start, min(start + BATCH, count)):
            company = f"{LAST[number % 10]} {TITLES[number % 4].split()[0]} {number}"
            touched = moment - timedelta(minutes=number * 7 % 400_000)
            fields = {
                "company": company,
                "first_name": FIRST[number % 10],
                "last_name": LAST[number // 10 % 10],
                "title": TITLES[number % 4],
                "email": f"person{number}@company{number}.example",
                "phone": f"+1 555 {number:07d}",
                "website": f"https://company{number}.example",
                "domain": f"company{number}.example",
                "industry": INDUSTRIES[number % 7],
                "city": CITIES[number % 4],
                "country": COUNTRIES[number % 9],
            }
            rows.append(
                {
                    **with_keys(fields),
                    "workspace": workspace,
                    "owner": user if number % 2 else None,
                    "value": number % 50 * 1000,
                    "employees": number % 500 if number % 3 else None,
                    "stage": stages[number % 5],
                    "stage_changed_at": touched,
                    "touched_at": touched,
                    "created_at": touched,
                }
            )
        with db.atomic():
            Lead.insert_many(rows).execute()


def add_campaign(workspace, user):
    """A campaign with 200 recipients, half of them written to."""
    from webapp.campaigns.models import Campaign, CampaignState, Recipient, RecipientState, Step
    from webapp.leads.models import Lead

    campaign = Campaign.create(
        workspace=workspace, name="Partner programme", actor=user, state=CampaignState.PAUSED, recipients=200, sent=100
    )
    Step.create(workspace=workspace, campaign=campaign, subject="Hello {{first_name|there}}", body="Hi {{first_name}}")
    states = [RecipientState.SENT] * 100 + [RecipientState.QUEUED] * 100
    ids = [lead.id for lead in Lead.of(workspace).select(Lead.id).limit(200)]
    for lead_id, state in zip(ids, states, strict=False):
        Recipient.create(workspace=workspace, campaign=campaign, lead=lead_id, state=state)
    return campaign


def add_notes(workspace, user):
    """Twenty entries on the first lead's timeline."""
    from webapp.leads.models import Activity, ActivityKind

    for number in range(20):
        Activity.create(
            workspace=workspace, lead=1, actor=user, kind=ActivityKind.NOTE, data={"text": f"Called, note {number}."}
        )


def statements(workspace_id, campaign_id):
    of = f"workspace_id = {workspace_id} AND deleted_at IS NULL"
    columns = "id, company, first_name, last_name, title, email, stage, value, touched_at, owner_id"
    newest = "ORDER BY touched_at DESC, id DESC LIMIT"
    stages = ("new", "contacted", "replied", "converted", "lost")
    ours, last = f"WHERE workspace_id = {workspace_id}", "ORDER BY id DESC LIMIT 5"
    sidebar = f"SELECT COUNT(*) FROM campaign {ours} AND state = 'sending'"
    pages = {
        "/leads": [f"SELECT {columns} FROM lead WHERE {of} {newest} 50"],
        "/leads/board": [f"SELECT {columns} FROM lead WHERE {of} AND stage = '{s}' {newest} 25" for s in stages],
        "/leads/1": [
            "SELECT * FROM lead WHERE id = 1",
            "SELECT * FROM activity WHERE lead_id = 1 ORDER BY id DESC LIMIT 20",
        ],
        f"/campaigns/{campaign_id}": [
            f"SELECT * FROM campaign WHERE id = {campaign_id}",
            "SELECT r.id, r.state, l.company, l.first_name, l.last_name FROM recipient r"
            f" JOIN lead l ON l.id = r.lead_id WHERE r.campaign_id = {campaign_id} ORDER BY r.id DESC LIMIT 25",
        ],
        "/": [
            f"SELECT sum(leads), sum(value) FROM stage_total {ours}",
            f"SELECT hour, sum(created), sum(contacted), sum(replied), sum(value) FROM lead_hour {ours}"
            " AND hour >= strftime('%Y-%m-%d %H', 'now', '-14 days') GROUP BY hour",
            f"SELECT hour, sum(sent) FROM campaign_hour {ours}"
            " AND hour >= strftime('%Y-%m-%d %H', 'now', '-14 days') GROUP BY hour",
            f"SELECT sum(leads), sum(contacted), sum(replied), sum(converted), sum(lost) FROM lead_day {ours}"
            " AND day >= date('now', '-90 days')",
            f"SELECT id, name FROM center {ours}",
            f"SELECT name, state FROM setup_step {ours}",
            "SELECT t.id, t.title, t.kind, t.due_at, l.company, l.first_name, l.last_name, l.stage FROM todo t"
            f" JOIN lead l ON l.id = t.lead_id WHERE t.workspace_id = {workspace_id} AND t.done_at IS NULL"
            " AND t.assignee_id = 1 ORDER BY t.due_at LIMIT 6",
            f"SELECT id, name, state, recipients, sent FROM campaign {ours} {last}",
            f"SELECT id, filename, state, created, updated, skipped, failed FROM import {ours} {last}",
        ],
    }
    return {path: [*reads, sidebar] for path, reads in pages.items()}
