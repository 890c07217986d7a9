"""The totals by reach, day and hour are those of the leads, whatever happened to these."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from playhouse import migrations

from db import db
from tests import factories
from webapp.accounts.centers import create_center
from webapp.accounts.models import Center, User, Workspace
from webapp.campaigns.models import Campaign, CampaignHour
from webapp.config import ROOT
from webapp.core.clock import now
from webapp.leads.models import Lead, Stage
from webapp.leads.pipeline import reached
from webapp.leads.total_models import LeadDay, LeadHour, ReachTotal

START = datetime(2026, 11, 1, 22, 30, tzinfo=UTC)


def counted(workspace):
    """What the totals have to hold, counted from the leads: {(day, owner, center): …}, {(hour, owner, center): …}."""
    days, hours = Counter(), Counter()
    for lead in Lead.of(workspace).where(Lead.deleted_at.is_null()):
        place, came = (lead.owner_id or 0, lead.center_id or 0), {lead.stage}
        came |= {stage for stage in list(Stage)[1:] if getattr(lead, stage.reached_column)}
        far = [Stage.CONTACTED, Stage.REPLIED, Stage.CONVERTED]
        worth = lead.value if lead.stage not in (Stage.CONVERTED, Stage.LOST) else 0
        day = f"{lead.created_at:%Y-%m-%d}"
        days[day, *place, "leads"] += 1
        for number, stage in enumerate(far):
            days[day, *place, stage.value] += bool(came & set(far[number:]))
        days[day, *place, "lost"] += lead.stage is Stage.LOST
        days[day, *place, "value"] += worth
        for name in ("created", "contacted", "replied"):
            if moment := getattr(lead, f"{name}_at"):
                hours[f"{moment:%Y-%m-%d %H}", *place, name] += 1
        hours["", *place, "value"] += worth
    return +days, +hours


def kept(workspace):
    days, hours = Counter(), Counter()
    for row in LeadDay.of(workspace):
        for name in ("leads", "contacted", "replied", "converted", "lost", "value"):
            days[row.day, row.owner, row.center, name] += getattr(row, name)
    for row in LeadHour.of(workspace):
        for name in ("created", "contacted", "replied"):
            hours[row.hour, row.owner, row.center, name] += getattr(row, name)
        hours["", row.owner, row.center, "value"] += row.value
    assert not -days and not -hours
    return +days, +hours


def reached_totals(workspace):
    """({(owner, center, stage): (leads, value)} as they are kept, the same counted)."""
    counts = Counter()
    for lead in Lead.of(workspace).where(Lead.deleted_at.is_null()):
        place = lead.owner_id or 0, lead.center_id or 0, lead.stage
        counts[*place, "leads"] += 1
        counts[*place, "value"] += lead.value
    sums = Counter()
    for row in ReachTotal.of(workspace):
        assert row.leads >= 0
        sums[row.owner, row.center, row.stage, "leads"] += row.leads
        sums[row.owner, row.center, row.stage, "value"] += row.value
    assert not -sums
    return +sums, +counts


@pytest.mark.parametrize("seed", range(4))
def test_totals_follow_whatever_happens_to_leads(cast, seed):
    dice = random.Random(seed)
    centers = [None, create_center(cast.acme, "Berlin"), create_center(cast.acme, "Paris")]
    owners = [None, cast.alice.user_id, cast.bob.user_id]
    leads = []

    def some():
        return Lead.id.in_([lead.id for lead in dice.sample(leads, min(4, len(leads)))])

    def add():
        moment = START + timedelta(hours=dice.randrange(60))
        place = {"owner": dice.choice(owners), "center": dice.choice(centers)}
        fields = {**place, "value": dice.randrange(100), "stage": dice.choice(list(Stage)), "created_at": moment}
        leads.append(factories.lead(cast.acme, **fields))

    def move():
        moment = START + timedelta(hours=dice.randrange(90))
        Lead.update(reached(dice.choice(list(Stage)), moment)).where(some()).execute()

    acts = [
        add,
        move,
        lambda: Lead.update(value=Lead.value + 5).where(some()).execute(),
        lambda: Lead.update(value=Lead.value + 1, owner=dice.choice(owners), stage=Stage.LOST).where(some()).execute(),
        lambda: Lead.update(center=dice.choice(centers)).where(some()).execute(),
        lambda: Lead.update(deleted_at=now()).where(some()).execute(),
        lambda: Lead.update(deleted_at=None).where(some()).execute(),
        lambda: Lead.update(replied_at=None, stage=Stage.NEW).where(some()).execute(),
        lambda: Lead.delete().where(Lead.id == dice.choice(leads).id).execute(),
    ]
    for _ in range(5):
        add()
    for _ in range(80):
        dice.choice(acts)()
    assert kept(cast.acme) == counted(cast.acme)
    sums, counts = reached_totals(cast.acme)
    assert sums == counts and counts
    User.delete().where(User.id == cast.bob.user_id).execute()
    Center.delete().where(Center.id == centers[1].id).execute()
    assert kept(cast.acme) == counted(cast.acme) and counted(cast.acme)[0]
    sums, counts = reached_totals(cast.acme)
    assert sums == counts and all(owner != cast.bob.user_id for owner, *_ in counts)
    Workspace.delete().where(Workspace.id == cast.acme.id).execute()
    assert not any(model.select().count() for model in (LeadDay, LeadHour, ReachTotal))


@pytest.mark.new_database
def test_totals_by_reach_begin_with_the_leads_that_are_there(cast):
    center = create_center(cast.acme, "Berlin")
    for number, owner in enumerate((None, cast.alice.user_id, cast.bob.user_id) * 4):
        place = {"owner": owner, "center": center if number % 2 else None, "deleted_at": None if number % 5 else now()}
        factories.lead(cast.acme, value=number, stage=list(Stage)[number % 5], **place)
    runner = migrations.Runner(db.obj, str(ROOT / "migrations"))
    runner.down("0014_totals_by_reach")
    factories.lead(cast.acme, value=7)
    runner.up()
    factories.lead(cast.acme, value=8)
    sums, counts = reached_totals(cast.acme)
    assert sums == counts and len(counts) > 10


def test_the_hour_of_a_mail_sent_is_kept_for_its_campaign(cast):
    campaign = Campaign.create(workspace=cast.acme, name="Hello")
    for number in (2, 3):
        Campaign.update(mails=Campaign.mails + number).where(Campaign.id == campaign.id).execute()
    hours = list(CampaignHour.of(cast.acme))
    assert sum(row.sent for row in hours) == 5
    assert all(row.hour in (f"{now():%Y-%m-%d %H}", f"{now() - timedelta(hours=1):%Y-%m-%d %H}") for row in hours)
