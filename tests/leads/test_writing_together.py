"""Many writers of the same leads at once: nobody is refused for a deadlock, and the totals stay those of the leads."""

import io
import random
import threading
from datetime import UTC, datetime

import pytest

from db import db, is_sqlite
from tests import factories
from tests.leads.test_totals import counted, kept, reached_totals
from webapp.accounts.centers import create_center
from webapp.core.clock import now
from webapp.core.errors import Conflict
from webapp.imports import running, starting, turns, uploading
from webapp.imports.models import Import, ImportState
from webapp.leads import belongings, bulk, custom, custom_fields, editing, merging, notes, pipeline, todos
from webapp.leads.bulk_kinds import KINDS
from webapp.leads.models import Activity, Lead, Stage, StageTotal, Todo, with_keys

WAITING = "SELECT 1 FROM pg_locks WHERE NOT granted"
LEADS = 24
ROUNDS = 16


def import_some(dice, member, leads):
    """An import of two new leads that changes four others."""
    rows = [f"{lead.email},Imported,{dice.randrange(99)}" for lead in leads]
    rows += [f"new{dice.random()}@globex.example,Imported,7" for _ in range(2)]
    dice.shuffle(rows)
    imported = uploading.upload(member, "some.csv", io.BytesIO("\n".join(["E-mail,Company,Value", *rows]).encode()))
    starting.keep_options(imported, policy="update", basis="interest")
    starting.start_import(imported)
    while (fresh := Import.get_by_id(imported.id)).state in turns.WORKING:
        if turns.waits_for(fresh) is None:  # those of other threads go first
            running.run_import(imported.id)
    assert fresh.state is ImportState.DONE


def writes(cast, centers, leads):
    """What people and jobs do to several leads in one transaction."""
    member, stages = cast.alice, list(Stage)

    def one_moves(dice, ids):
        lead = Lead.get_by_id(ids[0])
        pipeline.move_lead(lead, dice.choice(stages), actor=member)

    def bulk_action(kind, data):
        with db.atomic():
            before = KINDS[kind].change(member, data.pop("ids"), data)
        with db.atomic():
            KINDS[kind].undo(member, before, data)

    def deleted_and_back(dice, ids):
        bulk.restore_leads(member, bulk.delete_leads(member, ids))

    return (
        one_moves,
        deleted_and_back,
        lambda dice, ids: bulk.move_to_center(member, ids, dice.choice(centers).id),
        lambda dice, ids: pipeline.mark_contacted(cast.acme.id, ids, moment=now()),
        lambda dice, ids: bulk_action("stage", {"stage": dice.choice(stages).value, "ids": ids}),
        lambda dice, ids: bulk_action("owner", {"owner": dice.choice([None, cast.bob.user_id]), "ids": ids}),
        lambda dice, ids: import_some(dice, member, leads[: len(ids) - 2]),
    )


def together(work):
    """What went wrong in four threads, each with a connection, that call `work(dice, number)` ROUNDS times."""
    failed = []

    def run(number):
        dice = random.Random(number)
        with db.connection_context():
            for _ in range(ROUNDS):
                try:
                    work(dice, number)
                except Conflict:
                    continue  # somebody else was first, which they are told
                except Exception as error:
                    failed.append(repr(error))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


def check_totals(workspace):
    assert kept(workspace) == counted(workspace)
    sums, counts = reached_totals(workspace)
    assert sums == counts
    for total in StageTotal.of(workspace):
        alive = Lead.of(workspace).where(Lead.stage == total.stage, Lead.deleted_at.is_null())
        assert (total.leads, total.value) == (alive.count(), sum(lead.value for lead in alive))


def test_writers_of_the_same_leads_never_wait_for_each_other_in_a_circle(cast):
    centers = [create_center(cast.acme, name) for name in ("Berlin", "Paris")]
    leads = [
        factories.lead(cast.acme, stage=list(Stage)[number % 5], value=number, center=centers[number % 2])
        for number in range(LEADS)
    ]

    def write(dice, _):
        some = dice.sample(leads, 6)
        dice.choice(writes(cast, centers, some))(dice, [lead.id for lead in some])

    assert together(write) == []
    check_totals(cast.acme)


def test_writers_of_different_leads_never_wait_for_totals_in_a_circle(cast):
    days = [datetime(2026, 11, day, tzinfo=UTC) for day in range(1, 7)]
    leads = [[factories.lead(cast.acme, created_at=day) for day in days] for _ in range(4)]

    def write(dice, number):
        with db.atomic():
            for lead in dice.sample(leads[number], 6):
                Lead.update(value=dice.randrange(9)).where(Lead.id == lead.id).execute()

    assert together(write) == []
    check_totals(cast.acme)


def test_who_edits_another_field_of_a_lead_this_moment_leaves_it_found_by_both(cast, monkeypatch):
    lead = factories.lead(cast.acme)

    def rename_company():
        with db.connection_context():
            editing.edit_lead(Lead.get_by_id(lead.id), {"company": "Initech"}, actor=cast.bob)

    other = threading.Thread(target=rename_company)

    def meanwhile(texts):
        monkeypatch.undo()
        other.start()
        while other.is_alive() and not is_sqlite() and not db.execute_sql(WAITING).fetchall():
            pass  # until the other one is done, or waits for this one
        return with_keys(texts)

    monkeypatch.setattr(editing, "with_keys", meanwhile)
    editing.edit_lead(Lead.get_by_id(lead.id), {"first_name": "Nova"}, actor=cast.alice)
    other.join()
    kept = Lead.get_by_id(lead.id)
    assert kept.company == "Initech" and kept.search_text == with_keys(kept.__data__)["search_text"]


def fill_in(cast, lead, todo):
    custom.write_values(lead, {custom.fields_of(cast.acme)[0]: "Silver"}, actor=cast.bob)


def plan(cast, lead, todo):
    todos.add_todo(lead, {"title": "Send the offer"}, actor=cast.bob)


def finish(cast, lead, todo):
    todos.finish_todo(todo, actor=cast.bob)


def put_off(cast, lead, todo):
    todos.snooze(todo, "tomorrow", actor=cast.bob)


def note(cast, lead, todo):
    notes.add_note(lead, "Hello", actor=cast.bob)


@pytest.mark.parametrize("write", [fill_in, plan, finish, put_off, note])
def test_nothing_is_written_to_a_lead_that_is_merged_away_this_moment(cast, monkeypatch, write):
    tier = custom_fields.create_field(cast.acme, "Tier", "text", actor=cast.alice)
    keep, gone = factories.lead(cast.acme), factories.lead(cast.acme)
    custom.write_values(gone, {tier: "Gold"}, actor=cast.bob)
    todo = todos.add_todo(gone, {"title": "Call"}, actor=cast.bob)
    refused, move = [], belongings.move

    def write_to_it():
        with db.connection_context():
            try:
                write(cast, gone, todo)
            except Conflict as error:
                refused.append(error)

    other = threading.Thread(target=write_to_it)

    def moved(*ids):
        move(*ids)
        other.start()
        while other.is_alive() and not is_sqlite() and not db.execute_sql(WAITING).fetchall():
            pass  # until the other one is done, or waits for this one

    monkeypatch.setattr(belongings, "move", moved)
    merging.merge_leads(keep, gone, {}, actor=cast.alice)
    other.join()
    assert len(refused) == 1
    assert not any(model.select().where(model.lead == gone.id).exists() for model in (Activity, Todo))
    assert custom.texts_of([gone.id], [tier]) == {gone.id: {tier.id: "Gold"}}
    assert Lead.get_by_id(keep.id).next_step == "Call"
