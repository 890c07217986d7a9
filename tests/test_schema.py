"""Models and migrated databases agree, and what the database keeps in step by itself is right."""

import random

import pytest
from peewee import IntegrityError
from playhouse.schema_diff import diff_models

from db import db
from tests import factories
from webapp.core.clock import now
from webapp.leads.models import Lead, Stage, StageTotal
from webapp.models import ALL


def test_models_and_migrations_have_no_difference(app):
    difference = diff_models(db.obj, ALL)
    assert not difference, str(difference)


def test_every_reference_has_an_index_that_begins_with_it(app):
    """Deleting a row looks for what refers to it: without one, that reads the whole table."""
    for model in ALL:
        begun = {index._expressions[0] for index in model._meta.fields_to_index()}
        bare = {field.name for field in model._meta.refs if field not in begun and not field.primary_key}
        assert not bare, f"{model.__name__}: {bare}"


def test_a_stage_that_does_not_exist_is_refused_by_the_database(cast):
    lead = factories.lead(cast.acme)
    with pytest.raises(IntegrityError), db.atomic():
        db.execute_sql("UPDATE lead SET stage = 'won' WHERE id = %d" % lead.id)  # noqa: UP031


def test_two_leads_of_a_workspace_cannot_share_an_address_but_the_deleted_do_not_count(cast):
    first = factories.lead(cast.acme, email="same@globex.example")
    factories.lead(cast.other, email="same@globex.example")
    with pytest.raises(IntegrityError), db.atomic():
        factories.lead(cast.acme, email="same@globex.example")
    Lead.update(deleted_at=now()).where(Lead.id == first.id).execute()
    factories.lead(cast.acme, email="same@globex.example")
    factories.lead(cast.acme, email="")
    factories.lead(cast.acme, email="")


def test_stage_totals_follow_whatever_happens_to_leads(cast):
    dice = random.Random(7)
    leads = [factories.lead(cast.acme, value=dice.randrange(100)) for _ in range(10)]
    for _ in range(60):
        some = Lead.id.in_([lead.id for lead in dice.sample(leads, 4)])
        act = dice.randrange(6)
        if act == 0:
            Lead.update(stage=dice.choice(list(Stage))).where(some).execute()
        elif act == 1:
            Lead.update(value=Lead.value + 5).where(some).execute()
        elif act == 2:
            Lead.update(deleted_at=now()).where(Lead.id == dice.choice(leads).id).execute()
        elif act == 3:
            Lead.update(deleted_at=None).where(some).execute()
        elif act == 4:
            Lead.delete().where(Lead.id == dice.choice(leads).id).execute()
        else:
            leads.append(factories.lead(cast.acme, value=9))
    for total in StageTotal.of(cast.acme):
        alive = [lead for lead in Lead.of(cast.acme).where(Lead.deleted_at.is_null()) if lead.stage is total.stage]
        assert (total.leads, total.value) == (len(alive), sum(lead.value for lead in alive)), total.stage
    assert StageTotal.of(cast.acme).count() == len(Stage)
