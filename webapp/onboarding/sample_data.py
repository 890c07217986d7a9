"""Forty invented leads to look around with, marked so that they can be taken away again without a trace.

They belong to one Import named "Sample data", which no file stands behind: that is how they are known.
"""

import csv
import random
from datetime import timedelta

from db import db
from webapp.accounts.models import Reach
from webapp.core.clock import now
from webapp.core.errors import Forbidden
from webapp.imports.models import Import, ImportState
from webapp.leads import timeline
from webapp.leads.cleaning import domain_of
from webapp.leads.models import ActivityKind, Lead, Stage, with_keys

from . import setup
from .demo import LEADS, NOTES
from .models import StepName

FILENAME = "Sample data"
COUNT = 40
PATHS = (
    (),
    (Stage.CONTACTED,),
    (Stage.CONTACTED, Stage.REPLIED),
    (Stage.CONTACTED, Stage.REPLIED, Stage.CONVERTED),
    (Stage.CONTACTED, Stage.LOST),
)
SHARES = (18, 10, 6, 3, 3)  # how many leads took each of the PATHS
VALUES = (0, 6000, 9000, 14000, 18000, 24000, 38000)
COLUMNS = {
    "company": "Company",
    "first_name": "First name",
    "last_name": "Last name",
    "title": "Job title",
    "email": "E-mail",
    "phone": "Phone",
    "website": "Website",
    "industry": "Industry",
    "city": "City",
    "region": "State",
}


def offered_to(member):
    """Whether the member may bring the sample leads and take them away: it concerns everybody."""
    return member.can("write") and member.reach is Reach.ALL


def is_sample():
    """The condition that an Import is the sample data: any other one has a file."""
    return (Import.filename == FILENAME) & (Import.path == "")


def add(member):
    """Put the sample leads into the member's workspace, once; returns how many came. They belong to the member."""
    _check_may(member)
    with db.atomic():
        setup.finish(member, StepName.LEADS)  # whoever asks at the same time waits here
        if _import_of(member) is not None:
            return 0
        people = _people(member)
        moment = now()
        imported = Import.create(
            workspace=member.workspace.id, actor=member.user_id, filename=FILENAME, path="", size=0,
            state=ImportState.DONE, rows=len(people), done_rows=len(people), created=len(people),
            created_at=moment, started_at=moment, finished_at=moment,
        )  # fmt: skip
        _write(member, imported, people)
    return len(people)


def remove(member):
    """Delete the sample leads with all that was written on them, and nothing else; returns how many went."""
    _check_may(member)
    with db.atomic():
        imported = _import_of(member)
        if imported is None:
            return 0
        removed = Lead.delete().where(Lead.workspace == member.workspace.id, Lead.origin == imported.id).execute()
        imported.delete_instance()
        setup.open_again(member, StepName.LEADS)
    return removed


def _check_may(member):
    if not offered_to(member):
        raise Forbidden("Sample leads concern the whole workspace. Ask somebody who sees all of its leads.")


def _import_of(member):
    return Import.of(member.workspace.id).where(is_sample()).first()


def _people(member):
    """The rows of the material whose addresses the workspace does not have yet, as fields of a lead."""
    with open(LEADS, encoding="utf-8", newline="") as file:
        people = [{field: row[column] for field, column in COLUMNS.items()} for row in csv.DictReader(file)][::4]
    people = people[:COUNT]
    addresses = [person["email"] for person in people]
    query = Lead.of(member.workspace.id).select(Lead.email).where(Lead.deleted_at.is_null(), Lead.email.in_(addresses))
    taken = {email for (email,) in query.tuples()}
    return [person for person in people if person["email"] not in taken]


def _write(member, imported, people):
    """The leads and their past: three weeks in which some answered, a few bought and some said no."""
    dice = random.Random(11)
    paths = [path for path, share in zip(PATHS, SHARES, strict=True) for _ in range(share)]
    dice.shuffle(paths)
    for number, (person, path) in enumerate(zip(people, paths, strict=False), 1):
        moments = _moments(dice, len(path) + 1)
        lead = Lead.create(
            workspace=member.workspace.id, owner=member.user_id, origin=imported.id, origin_row=number,
            value=dice.choice(VALUES), **_reached(path, moments),
            **with_keys({**person, "domain": domain_of(person["website"], person["email"])}),
        )  # fmt: skip
        note = dice.choice(NOTES) if path and dice.random() < 0.5 else None
        _remember(member, lead, path, moments, note)


def _moments(dice, count):
    """When a lead came and when it moved: `count` ascending moments within the last three weeks."""
    hours = sorted(dice.sample(range(2, 21 * 24), count), reverse=True)
    return [now() - timedelta(hours=hour) for hour in hours]


def _reached(path, moments):
    """The columns of a lead that went along `path` at `moments[1:]`."""
    reached = {stage.reached_column: moment for stage, moment in zip(path, moments[1:], strict=True)}
    stage = path[-1] if path else Stage.NEW
    return {
        "stage": stage,
        "stage_changed_at": moments[-1],
        "touched_at": moments[-1],
        "created_at": moments[0],
        **reached,
    }


def _remember(member, lead, path, moments, note):
    """The lead's timeline: every move, and what was learned at the first."""
    record = {"workspace": member.workspace.id, "lead_id": lead.id, "actor_id": member.user_id}
    for former, stage, moment in zip((Stage.NEW, *path), path, moments[1:], strict=False):
        timeline.record(kind=ActivityKind.STAGE, data={"from": former, "to": stage}, moment=moment, **record)
    if note:
        timeline.record(kind=ActivityKind.NOTE, data={"text": note}, moment=moments[1], **record)
