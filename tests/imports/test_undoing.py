"""Undoing an import: what it wrote goes back, what it created goes to the bin; what somebody changed since stays."""

from datetime import timedelta

import pytest

from tests import factories
from tests.imports.files import imported_from, run, table
from webapp.accounts import centers
from webapp.core.clock import freeze, now
from webapp.core.errors import Conflict
from webapp.imports import turns, undoing
from webapp.imports.models import Import, ImportRow, ImportState, UndoKept
from webapp.imports.queries import kept
from webapp.imports.starting import resume_import
from webapp.imports.undoing import UNDO_DAYS, undo_import, undo_until
from webapp.leads import bin, custom, custom_fields, history, merging, notes, restoring, tags, todos
from webapp.leads.bulk import delete_leads, restore_leads
from webapp.leads.editing import add_lead, edit_lead
from webapp.leads.models import Activity, ActivityKind, Lead, StageTotal, with_keys
from webapp.leads.queries import get_lead


def undone(imported, actor, run_jobs):
    undo_import(imported, actor=actor)
    run_jobs()
    return Import.get_by_id(imported.id)


def known(lead_id):
    return Lead.get_by_id(lead_id)


def lines(member, imported):
    return [(line.lead.name, line.label, line.wrote, line.found) for line in kept(member, imported).rows]


@pytest.fixture
def gina(cast):
    fields = {"first_name": "Gina", "last_name": "Vale", "company": "Globex", "email": "gina@globex.example"}
    return add_lead(cast.alice, {**fields, "title": "CTO"})


GINA = table("E-mail,Title,City,Phone", "gina@globex.example,CEO,Rome,", "new@globex.example,CFO,,")


def test_what_it_changed_goes_back_and_what_it_created_goes_to_the_bin(cast, gina, run_jobs):
    imported = run(imported_from(cast.alice, GINA), policy="update")
    assert (known(gina.id).title, known(gina.id).city) == ("CEO", "Rome")
    imported = undone(imported, cast.bob, run_jobs)
    assert (imported.state, imported.undone_by_id) == (ImportState.UNDONE, cast.bob.user_id) and imported.undone_at
    counts = {name: imported.undo[name] for name in ("rows", "leads", "kept")}
    assert counts == {"rows": 1, "leads": 1, "kept": 0}
    assert (known(gina.id).title, known(gina.id).city) == ("CTO", "")
    (gone,) = bin.binned(cast.alice).rows
    assert (gone.email, gone.by) == ("new@globex.example", "Bob Baker")
    assert StageTotal.of(cast.acme).where(StageTotal.stage == "new").get().leads == 1
    restored, refused = restore_leads(cast.alice, [gone.id])
    assert restored and not refused


def test_the_lead_tells_it_in_one_entry_and_the_history_can_take_it_back(cast, gina, run_jobs, sign_in):
    text = table("E-mail,Title,City", "gina@globex.example,CEO,", "gina@globex.example,,Rome")
    imported = run(imported_from(cast.alice, text), policy="update")
    assert (imported.updated, imported.tallies) == (1, {"duplicate": 1})
    undone(imported, cast.bob, run_jobs)
    (entry,) = Activity.select().where(Activity.lead == gina.id, Activity.kind == ActivityKind.EDITED)
    assert entry.data == {
        "changes": {"city": ["Rome", ""], "title": ["CEO", "CTO"]},
        "import": {"id": imported.id, "filename": "list.csv"},
    }
    assert entry.actor_id == cast.bob.user_id
    client = sign_in(cast.alice)
    assert "undid the import of" in client.get(f"/leads/{gina.id}").text
    assert "by undoing the import of list.csv" in client.get(f"/leads/{gina.id}/history").text
    restoring.restore(cast.alice, history.get_change(cast.alice, entry.id))
    assert (known(gina.id).title, known(gina.id).city) == ("CEO", "Rome")


def test_a_field_that_somebody_changed_since_stays_and_is_listed(cast, gina, run_jobs):
    imported = run(imported_from(cast.alice, GINA), policy="update")
    edit_lead(get_lead(cast.bob, gina.id), {"title": "Chair"}, actor=cast.bob)
    imported = undone(imported, cast.alice, run_jobs)
    assert (known(gina.id).title, known(gina.id).city) == ("Chair", "")
    assert lines(cast.alice, imported) == [("Gina Vale", "Title", "CEO", "Chair")]
    assert imported.undo["kept"] == 1


def test_a_field_that_somebody_put_back_already_is_nothing_to_list(cast, gina, run_jobs):
    imported = run(imported_from(cast.alice, GINA), policy="update")
    edit_lead(get_lead(cast.bob, gina.id), {"title": "CTO"}, actor=cast.bob)
    imported = undone(imported, cast.alice, run_jobs)
    assert known(gina.id).title == "CTO" and lines(cast.alice, imported) == []


def test_rows_about_one_lead_are_taken_back_from_the_last_to_the_first(cast, gina, monkeypatch, run_jobs):
    monkeypatch.setattr(undoing, "BATCH", 1)
    rows = [f"gina@globex.example,Title {number}" for number in range(7)]
    imported = run(imported_from(cast.alice, table("E-mail,Title", *rows)), policy="update")
    assert known(gina.id).title == "Title 6"
    undone(imported, cast.alice, run_jobs)
    assert known(gina.id).title == "CTO"
    assert Activity.select().where(Activity.lead == gina.id, Activity.kind == ActivityKind.EDITED).count() == 1


def test_a_field_that_several_rows_wrote_is_listed_once(cast, gina, monkeypatch, run_jobs):
    monkeypatch.setattr(undoing, "BATCH", 1)
    rows = [f"gina@globex.example,Title {number}" for number in range(5)]
    imported = run(imported_from(cast.alice, table("E-mail,Title", *rows)), policy="update")
    edit_lead(get_lead(cast.bob, gina.id), {"title": "Chair"}, actor=cast.bob)
    imported = undone(imported, cast.alice, run_jobs)
    assert lines(cast.alice, imported) == [("Gina Vale", "Title", "Title 4", "Chair")]


def test_what_only_a_second_row_about_somebody_brought_goes_back_too(cast, gina, run_jobs):
    text = table("E-mail,City", "gina@globex.example,", "gina@globex.example,Rome")
    imported = run(imported_from(cast.alice, text))
    assert (imported.created, imported.updated, known(gina.id).city) == (0, 0, "Rome")
    undone(imported, cast.alice, run_jobs)
    assert known(gina.id).city == ""


def test_owners_and_notes_go_back_but_not_a_note_that_somebody_has_rewritten(cast, gina, run_jobs):
    second = add_lead(cast.alice, {"email": "b@globex.example"})
    rows = ("gina@globex.example,bob@example.org,Met at the fair", "b@globex.example,,Wants a call")
    imported = imported_from(cast.alice, table("E-mail,Owner,Note", *rows))
    imported = run(imported, mapping=["email", "owner", "note"])
    assert imported.updated == 2 and known(gina.id).owner_id == cast.bob.user_id
    note = Activity.get(Activity.lead == second.id, Activity.kind == ActivityKind.NOTE)
    notes.rewrite(note, second, {"text": "Wants a call on Monday"}, actor=cast.alice)
    undone(imported, cast.alice, run_jobs)
    assert known(gina.id).owner_id is None
    entry = Activity.get(Activity.lead == gina.id, Activity.kind == ActivityKind.EDITED)
    assert entry.data["changes"] == {"owner": ["Bob Baker", ""]}
    assert entry.data["ids"] == {"owner": [cast.bob.user_id, None]}
    (left,) = Activity.select().where(Activity.kind == ActivityKind.NOTE)
    assert left.data["text"] == "Wants a call on Monday"


def test_what_is_derived_from_a_field_goes_back_with_it(cast, run_jobs):
    lead = add_lead(cast.alice, {"first_name": "Ann", "last_name": "Bo", "company": "Halden", "email": ""})
    text = table("E-mail,Name,Company,Website", "ann@halden.example,Ann Bo,Halden,halden.example")
    imported = run(imported_from(cast.alice, text))
    assert known(lead.id).domain == "halden.example" and "ann@" in known(lead.id).search_text
    undone(imported, cast.alice, run_jobs)
    back = known(lead.id)
    assert (back.email, back.website, back.domain) == ("", "", "")
    derived = with_keys({name: getattr(back, name) for name in Lead._meta.fields})
    assert all(getattr(back, name) == derived[name] for name in ("company_key", "name_key", "search_text"))


def test_an_address_that_another_lead_has_by_now_stays_where_it_is(cast, run_jobs):
    lead = factories.lead(cast.acme, email="old@globex.example", title="")
    imported = run(imported_from(cast.alice, table("E-mail,Title", "old@globex.example,CTO")))
    row = imported.outcomes.get()
    row.before, row.after = {"title": "", "email": "old@globex.example"}, {"title": "CTO", "email": "b@globex.example"}
    row.save()
    Lead.update(email="b@globex.example").where(Lead.id == lead.id).execute()
    factories.lead(cast.acme, email="old@globex.example")
    imported = undone(imported, cast.alice, run_jobs)
    assert (known(lead.id).email, known(lead.id).title) == ("b@globex.example", "")
    ((_, label, wrote, found),) = lines(cast.alice, imported)
    assert (label, wrote) == ("E-mail", "b@globex.example")
    assert found == "b@globex.example. old@globex.example is the address of another lead now."


def test_custom_fields_and_tags_go_back(cast, gina, run_jobs):
    plan = custom_fields.create_field(cast.acme, "Plan", "choice", ["Gold", "Silver"], actor=cast.alice)
    since = custom_fields.create_field(cast.acme, "Since", "date", actor=cast.alice)
    (plan, since) = custom.fields_of(cast.acme)
    custom.write_values(gina, {plan: "Silver"}, actor=cast.alice)
    tags.tag_lead(gina, tags.named(cast.acme, "VIP"), actor=cast.alice)
    text = table("E-mail,Plan,Since,Tags", "gina@globex.example,Gold,2024-05-06,Fair; VIP; Partner")
    imported = run(imported_from(cast.alice, text), policy="update")
    assert custom.values_of(gina) == {plan: "Gold", since: "2024-05-06"}
    tags.untag_lead(gina, tags.named(cast.acme, "Partner"), actor=cast.alice)
    undone(imported, cast.alice, run_jobs)
    assert custom.values_of(gina) == {plan: "Silver"}
    assert [tag.name for tag in tags.tags_on(gina)] == ["VIP"]
    entry = Activity.select().where(Activity.kind == ActivityKind.EDITED).order_by(Activity.id.desc()).first()
    assert entry.data["changes"] == {
        "Plan": ["Gold", "Silver"], "Since": ["2024-05-06", ""], "tags": ["Fair, VIP", "VIP"],
    }  # fmt: skip


def test_an_option_or_a_field_that_is_gone_does_not_come_back(cast, gina, run_jobs):
    custom_fields.create_field(cast.acme, "Plan", "choice", ["Gold", "Silver"], actor=cast.alice)
    custom_fields.create_field(cast.acme, "Old", "text", actor=cast.alice)
    plan, old = custom.fields_of(cast.acme)
    custom.write_values(gina, {plan: "Silver"}, actor=cast.alice)
    text = table("E-mail,Plan,Old", "gina@globex.example,Gold,x")
    imported = run(imported_from(cast.alice, text), policy="update")
    custom_fields.set_options(cast.acme, plan, ["Gold"], actor=cast.alice, seen=plan.options)
    custom_fields.delete_field(cast.acme, old, actor=cast.alice)
    imported = undone(imported, cast.alice, run_jobs)
    (plan,) = custom.fields_of(cast.acme)
    assert custom.values_of(gina) == {plan: "Gold"}
    ((_, label, wrote, found),) = lines(cast.alice, imported)
    assert (label, wrote) == ("Plan", "Gold") and found.startswith("Gold. ")


def _note(cast, lead):
    notes.add_note(lead, "Rang, nobody there.", actor=cast.bob)


def _todo(cast, lead):
    todos.add_todo(lead, {"title": "Call"}, actor=cast.bob)


def _edit(cast, lead):
    edit_lead(lead, {"title": "Chair"}, actor=cast.bob)


def _delete_and_restore(cast, lead):
    delete_leads(cast.bob, [lead.id])
    restore_leads(cast.bob, [lead.id])


def _merge(cast, lead):
    other = factories.lead(cast.acme)
    merging.merge_leads(lead, other, {}, actor=cast.bob)


@pytest.mark.parametrize(
    ("work", "why"),
    [
        (_note, "Bob Baker wrote a note."),
        (_todo, "It has a to-do."),
        (_edit, "Bob Baker changed it."),
        (_delete_and_restore, "Bob Baker brought it back from the bin."),
        (_merge, "Bob Baker merged another lead into it."),
    ],
)
def test_a_new_lead_on_which_somebody_worked_stays_and_is_listed_with_the_reason(cast, run_jobs, work, why):
    imported = run(imported_from(cast.alice, table("E-mail", "a@halden.example", "b@halden.example")))
    first, second = Lead.of(cast.acme).order_by(Lead.id)
    work(cast, get_lead(cast.bob, first.id))
    imported = undone(imported, cast.alice, run_jobs)
    assert (known(first.id).deleted_at, bool(known(second.id).deleted_at)) == (None, True)
    assert lines(cast.alice, imported) == [(known(first.id).name, "", "", why)]


def test_what_the_import_did_to_its_own_leads_is_no_work(cast, run_jobs):
    center = centers.create_center(cast.acme, "Berlin")
    centers.put_in(center, cast.bob.user_id, actor=cast.alice)
    centers.set_assignment(center, "round_robin", actor=cast.alice)
    text = table(
        "E-mail,Employees,Title,Tags", "a@halden.example,many,,Fair", "b@halden.example,,,", "b@halden.example,,CTO,"
    )
    imported = run(
        imported_from(cast.alice, text), mapping=["email", "employees", "title", "tags"], center_id=center.id
    )
    assert (imported.created, imported.tallies) == (2, {"duplicate": 1})
    kinds = {entry.kind for entry in Activity.select()}
    assert kinds == {ActivityKind.ASSIGNED, ActivityKind.NOTE, ActivityKind.IMPORTED}
    imported = undone(imported, cast.alice, run_jobs)
    assert imported.undo["leads"] == 2 and lines(cast.alice, imported) == []


def test_a_new_lead_that_stays_keeps_what_later_rows_of_the_file_brought(cast, run_jobs):
    text = table("E-mail,Title", "a@halden.example,", "a@halden.example,CTO")
    imported = run(imported_from(cast.alice, text))
    lead = Lead.get(Lead.title == "CTO")
    _note(cast, lead)
    undone(imported, cast.alice, run_jobs)
    assert (known(lead.id).title, known(lead.id).deleted_at) == ("CTO", None)
    assert not Activity.select().where(Activity.kind == ActivityKind.EDITED).exists()


def test_a_note_of_the_import_that_somebody_has_rewritten_is_work(cast, run_jobs):
    imported = run(imported_from(cast.alice, table("E-mail,Note", "a@halden.example,Rang", "b@halden.example,Rang")))
    first, second = Activity.select().where(Activity.kind == ActivityKind.NOTE).order_by(Activity.id)
    notes.rewrite(first, first.lead, {"text": "Rang twice"}, actor=cast.alice)
    imported = undone(imported, cast.alice, run_jobs)
    assert lines(cast.alice, imported) == [("a@halden.example", "", "", "Alice Archer wrote a note.")]
    assert known(second.lead_id).deleted_at


def test_another_import_is_work_until_it_is_undone_itself(cast, run_jobs):
    first = run(imported_from(cast.alice, table("E-mail", "a@halden.example", "b@halden.example")))
    second = run(imported_from(cast.alice, table("E-mail,Title", "a@halden.example,CTO")))
    undone(second, cast.alice, run_jobs)
    third = run(imported_from(cast.alice, table("E-mail,Title", "b@halden.example,CTO")))
    first = undone(first, cast.alice, run_jobs)
    assert [lead.email for lead in Lead.of(cast.acme).where(Lead.deleted_at.is_null())] == ["b@halden.example"]
    assert lines(cast.alice, first) == [("b@halden.example", "", "", "Another import changed it.")]
    assert undo_until(third)


def test_leads_that_were_merged_away_or_deleted_are_left(cast, gina, run_jobs):
    text = table(
        "E-mail,Title", "gina@globex.example,CEO", "a@halden.example,", "b@halden.example,", "c@halden.example,"
    )
    imported = run(imported_from(cast.alice, text), policy="update")
    _, first, second, _ = Lead.of(cast.acme).order_by(Lead.id)
    deleted = delete_leads(cast.bob, [second.id])
    heir = factories.lead(cast.acme, title="CEO")
    merging.merge_leads(get_lead(cast.bob, heir.id), get_lead(cast.bob, first.id), {}, actor=cast.bob)
    merging.merge_leads(get_lead(cast.bob, heir.id), get_lead(cast.bob, gina.id), {"title": "other"}, actor=cast.bob)
    imported = undone(imported, cast.alice, run_jobs)
    assert imported.undo["leads"] == 1 and deleted
    assert known(heir.id).title == "CEO", "what another lead took over is its own by now"
    assert lines(cast.alice, imported) == [(known(heir.id).name, "", "", "Another lead was merged into it.")]
    assert known(first.id).merged_into_id == heir.id


def test_it_is_offered_for_a_week_and_refused_afterwards(cast):
    imported = run(imported_from(cast.alice, GINA))
    until = undo_until(imported)
    assert until == imported.finished_at + timedelta(days=UNDO_DAYS)
    with freeze(until - timedelta(seconds=1)):
        assert undo_until(imported) == until
    with freeze(until), pytest.raises(Conflict, match="for 7 days"):
        undo_import(imported, actor=cast.alice)
    assert Import.get().state is ImportState.DONE


def test_it_is_refused_while_the_import_runs_a_second_time_and_where_nothing_was_written(cast, run_jobs):
    waiting = imported_from(cast.alice, GINA)
    with pytest.raises(Conflict, match="nothing to undo"):
        undo_import(waiting, actor=cast.alice)
    imported = run(waiting)
    for state in (ImportState.RUNNING, ImportState.QUEUED):
        Import.update(state=state).execute()
        with pytest.raises(Conflict, match="Stop it first"):
            undo_import(imported, actor=cast.alice)
    Import.update(state=ImportState.DONE).execute()
    undo_import(imported, actor=cast.alice)
    with pytest.raises(Conflict, match="being undone already"):
        undo_import(imported, actor=cast.alice)
    run_jobs()
    with pytest.raises(Conflict, match="was undone already"):
        undo_import(imported, actor=cast.alice)
    empty = run(imported_from(cast.alice, table("E-mail,Name", "broken at,Ann Bo")), mapping=["email", ""])
    assert undo_until(empty) is None


def test_an_import_of_before_undoing_was_there_is_not_offered(cast):
    imported = run(imported_from(cast.alice, GINA))
    Import.update(queued_at=None).execute()
    assert undo_until(Import.get()) is None
    with pytest.raises(Conflict):
        undo_import(imported, actor=cast.alice)


def test_the_address_of_a_lead_in_the_bin_is_free_for_the_next_import(cast, run_jobs):
    undone(run(imported_from(cast.alice, GINA)), cast.alice, run_jobs)
    again = run(imported_from(cast.alice, GINA))
    assert again.created == 2
    undone(again, cast.alice, run_jobs)
    assert Lead.of(cast.acme).where(Lead.deleted_at.is_null()).count() == 0


def test_another_workspace_is_not_touched(cast, run_jobs):
    theirs = run(imported_from(cast.charlie, GINA))
    lead = factories.lead(cast.other, email="x@globex.example", title="CEO")
    imported = run(imported_from(cast.alice, GINA))
    imported.outcomes.model.create(
        workspace=cast.acme, imported=imported, number=9, outcome="updated", lead=lead, after={"title": "CEO"},
        before={"title": ""},
    )  # fmt: skip
    undone(imported, cast.alice, run_jobs)
    assert known(lead.id).title == "CEO"
    assert Lead.of(cast.other).where(Lead.origin == theirs.id, Lead.deleted_at.is_null()).count() == 2


def test_who_does_not_see_a_lead_is_not_told_its_name(cast, gina, run_jobs):
    mia = factories.member(cast.acme, "Mia Moon", reach="own")
    imported = run(imported_from(mia, table("E-mail", "a@halden.example", "b@halden.example")))
    first, second = Lead.of(cast.acme).where(Lead.origin == imported.id).order_by(Lead.id)
    edit_lead(get_lead(cast.alice, first.id), {"owner": cast.bob.user_id}, actor=cast.alice)
    edit_lead(get_lead(cast.alice, second.id), {"title": "CTO"}, actor=cast.alice)
    imported = undone(imported, mia, run_jobs)
    delete_leads(cast.alice, [second.id])
    assert [line[0] for line in lines(mia, imported)] == ["A lead that was deleted", "A lead that you do not see"]


# ------------------------------------------------------------ stopped and started


class Killed(BaseException):
    """Stands for SIGKILL: no handler of the program sees it."""


def many(member):
    """An import of 40 new leads and 20 changes, undone next."""
    for number in range(20):
        add_lead(member, {"company": "Halden", "email": f"old{number}@halden.example"})
    rows = [f"old{number}@halden.example,CTO" for number in range(20)]
    rows += [f"new{number}@halden.example,CFO" for number in range(40)]
    return run(imported_from(member, table("E-mail,Title", *rows)))


def state_of(workspace):
    fields = (Lead.email, Lead.title, Lead.deleted_at.is_null(), Lead.search_text)
    leads = Lead.of(workspace).select(*fields).order_by(Lead.id).tuples()
    entries = Activity.of(workspace).select(Activity.kind).order_by(Activity.id).tuples()
    return list(leads), list(entries)


@pytest.mark.parametrize("batch", [1, 7, 50])
def test_an_undo_that_dies_between_and_within_batches_ends_like_a_clean_one(cast, monkeypatch, run_jobs, batch):
    monkeypatch.setattr(undoing, "BATCH", batch)
    clean = undone(many(cast.charlie), cast.charlie, run_jobs)
    imported = many(cast.alice)
    undo_import(imported, actor=cast.alice)
    for step, count in [("wait", 0), ("_step", 1), ("_move", 1), ("_move", 2), ("_move", 3), ("wait", 1)] * 3:
        real, left = getattr(undoing, step), iter(range(count))

        def dying(*args, real=real, left=left, **options):
            if next(left, None) is None:
                raise Killed
            return real(*args, **options)

        monkeypatch.setattr(undoing, step, dying)
        try:
            undoing.run_undo(imported.id)
        except Killed:
            Import.update(lease_until=imported.created_at).where(Import.id == imported.id).execute()
        monkeypatch.setattr(undoing, step, real)
    undoing.run_undo(imported.id)
    imported = Import.get_by_id(imported.id)
    assert imported.state is ImportState.UNDONE and imported.undo == clean.undo
    assert state_of(cast.acme) == state_of(cast.other)


def test_an_undo_that_runs_elsewhere_is_left_alone_and_the_sweep_wakes_it_later(cast, run_jobs):
    imported = run(imported_from(cast.alice, GINA))
    undo_import(imported, actor=cast.alice)
    Import.update(lease_until=now() + turns.LEASE).execute()
    run_jobs()
    assert Import.get().undo["looked"] == 0
    Import.update(lease_until=imported.created_at).execute()
    turns.requeue_stalled()
    run_jobs()
    assert Import.get().state is ImportState.UNDONE


def test_two_runs_of_one_undo_never_do_a_batch_twice(cast, monkeypatch, run_jobs):
    monkeypatch.setattr(undoing, "BATCH", 5)
    imported, real = many(cast.alice), undoing.wait

    def overtake(seconds):
        monkeypatch.setattr(undoing, "wait", real)
        Import.update(lease_until=imported.created_at).where(Import.id == imported.id).execute()
        undoing.run_undo(imported.id)

    monkeypatch.setattr(undoing, "wait", overtake)
    imported = undone(imported, cast.alice, run_jobs)
    assert imported.undo["leads"] == 40 and imported.undo["rows"] == 20
    assert Activity.select().where(Activity.kind == ActivityKind.DELETED).count() == 40


def test_a_run_that_was_overtaken_and_wakes_up_writes_nothing_more(cast, monkeypatch):
    monkeypatch.setattr(undoing, "BATCH", 5)
    imported, real = many(cast.alice), undoing.wait

    def overtake(seconds):
        """Another run claims the undo, gets two batches further, and dies."""
        lives = iter([None])
        monkeypatch.setattr(undoing, "wait", lambda seconds: next(lives, Killed) and die())
        Import.update(lease_until=imported.created_at).where(Import.id == imported.id).execute()
        with pytest.raises(Killed):
            undoing.run_undo(imported.id)
        monkeypatch.setattr(undoing, "wait", real)

    def die():
        raise Killed

    monkeypatch.setattr(undoing, "wait", overtake)
    undo_import(imported, actor=cast.alice)
    undoing.run_undo(imported.id)
    assert (Import.get().state, Import.get().undo["looked"]) == (ImportState.UNDOING, 15)
    Import.update(lease_until=imported.created_at).execute()
    undoing.run_undo(imported.id)
    assert Import.get().undo["leads"] == 40 and Import.get().undo["rows"] == 20


def test_a_worker_that_is_asked_to_stop_saves_its_place_and_goes_on_later(cast, monkeypatch, run_jobs):
    monkeypatch.setattr(undoing, "BATCH", 5)
    imported, answers = many(cast.alice), iter([False, True])
    monkeypatch.setattr(undoing, "stopping", lambda: next(answers, False))
    undo_import(imported, actor=cast.alice)
    run_jobs()
    assert Import.get().undo["looked"] == 10 and Import.get().state is ImportState.UNDOING
    turns.requeue_stalled()
    run_jobs()
    assert Import.get().state is ImportState.UNDONE


def test_a_defect_ends_it_with_a_sentence_and_it_can_go_on(cast, monkeypatch, run_jobs):
    monkeypatch.setattr(undoing, "BATCH", 5)
    imported, real, calls = many(cast.alice), undoing._step, iter([False, False, True])
    monkeypatch.setattr(undoing, "_step", lambda *given: 1 / 0 if next(calls, False) else real(*given))
    undo_import(imported, actor=cast.alice)
    with pytest.raises(ZeroDivisionError):
        undoing.run_undo(imported.id)
    failed = Import.get()
    assert failed.state is ImportState.FAILED and "Undo it again" in failed.error and failed.undo["looked"] == 10
    with pytest.raises(Conflict):
        resume_import(failed)
    imported = undone(failed, cast.alice, run_jobs)
    assert imported.undo["leads"] == 40 and imported.error == ""
    assert UndoKept.select().count() == 0


def test_an_import_of_before_undoing_was_there_cannot_be_undone_either_once_it_was_resumed(cast):
    factories.lead(cast.acme, email="a@globex.example", title="Old")
    imported = run(imported_from(cast.alice, table("E-mail,Title", "a@globex.example,New")), policy="update")
    ImportRow.update(after={}).execute()  # as migration 0015 leaves it
    Import.update(queued_at=None, state=ImportState.FAILED).execute()
    resume_import(Import.get_by_id(imported.id))
    assert undo_until(run(imported, start=False)) is None


def test_a_lead_that_was_deleted_since_stays_as_it_is_and_is_listed(cast, run_jobs):
    lead = factories.lead(cast.acme, email="a@globex.example", title="Old")
    imported = run(imported_from(cast.alice, table("E-mail,Title", "a@globex.example,New")), policy="update")
    delete_leads(cast.alice, [lead.id])
    undone(imported, cast.alice, run_jobs)
    (line,) = UndoKept.select()
    assert (line.lead_id, line.field) == (lead.id, "") and "in the bin" in line.found
