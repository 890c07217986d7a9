"""How rows find their leads, whose the new ones become, and what else comes with all of them."""

import pytest

from tests import factories
from tests.imports.files import chosen, imported_from, run, table
from webapp.accounts.centers import create_center
from webapp.accounts.members import member_of
from webapp.accounts.models import Membership
from webapp.core.errors import Conflict, Invalid
from webapp.imports.extras import Extra
from webapp.imports.models import Import, ImportRow, Outcome, UndoKept
from webapp.imports.options import keys_for, options_of
from webapp.imports.starting import keep_columns, keep_options, start_import
from webapp.imports.undoing import run_undo, undo_import
from webapp.imports.uploading import read_again
from webapp.imports.writing_extras import Extras
from webapp.leads import tags
from webapp.leads.custom import cleaned, fields_of, texts_of, write_values
from webapp.leads.custom_fields import create_field, delete_field
from webapp.leads.models import Activity, ActivityKind, Lead, Stage


def by_email(workspace):
    return {lead.email.partition("@")[0]: lead for lead in Lead.of(workspace)}


def names_on(lead):
    return tags.names_of([lead.id])[lead.id]


@pytest.fixture
def number(cast):
    """The custom field that tells leads apart."""
    create_field(cast.acme, "Customer number", "text", actor=cast.alice)
    return fields_of(cast.acme)[0]


# ---------------------------------------------------------------- match keys


def test_rows_find_leads_by_domain_and_name(cast):
    lead = factories.lead(
        cast.acme, "Halden", first_name="Ann", last_name="Bo", email="ann@halden.example", domain="halden.example"
    )
    text = table("Name,Website,Phone", "ANN BO,www.halden.example,+47 22 00 00 00", "Cy Dee,halden.example,")
    done = run(imported_from(cast.alice, text), key="domain_name")
    assert (done.created, done.updated) == (1, 1) and Lead.get_by_id(lead.id).phone


def test_rows_find_leads_by_a_custom_field_and_may_bring_another_address_then(cast, number):
    lead = factories.lead(cast.acme, email="old@halden.example")
    write_values(lead, {number: "C-7"}, actor=cast.bob)
    text = table("E-mail,Customer number,Name", "new@halden.example,c-7,Ann Bo", "cy@halden.example,C-8,Cy Dee")
    done = run(imported_from(cast.alice, text), key=f"custom:{number.id}", policy="update")
    assert (done.created, done.updated) == (1, 1)
    assert Lead.get_by_id(lead.id).email == "new@halden.example"
    again = run(imported_from(cast.alice, text), key=f"custom:{number.id}", policy="update")
    assert again.tallies == {"unchanged": 2}


def test_a_lead_without_a_number_is_found_by_its_address_and_gets_one(cast, number):
    lead = factories.lead(cast.acme, email="ann@halden.example")
    text = table("E-mail,Customer number", "ann@halden.example,C-7", ",C-7")
    done = run(imported_from(cast.alice, text), mapping=["email", f"custom:{number.id}"], key=f"custom:{number.id}")
    assert (done.updated, done.tallies) == (1, {"duplicate": 1})
    assert texts_of([lead.id], [number]) == {lead.id: {number.id: "C-7"}}


def test_a_number_alone_finds_a_lead_but_makes_none(cast, number):
    lead = factories.lead(cast.acme, email="ann@halden.example")
    write_values(lead, {number: "C-7"}, actor=cast.bob)
    text = table("Customer number,Phone", "C-7,+47 22 00 00 00", "C-8,+47 22 00 00 00")
    names, key = [f"custom:{number.id}", "phone"], f"custom:{number.id}"
    done = run(imported_from(cast.alice, text), mapping=names, key=key)
    assert (done.updated, done.failed) == (1, 1) and Lead.get().phone == "+4722000000"
    assert "needs one of them" in ImportRow.get(ImportRow.number == 2).reason
    assert run(imported_from(cast.alice, text), mapping=names, key="email").failed == 2


def test_an_address_that_is_another_leads_fails_the_row_with_the_reason(cast, number):
    first = factories.lead(cast.acme, email="taken@halden.example")
    second = factories.lead(cast.acme, email="second@halden.example")
    write_values(first, {number: "C-1"}, actor=cast.bob)
    write_values(second, {number: "C-2"}, actor=cast.bob)
    text = table(
        "E-mail,Customer number", "taken@halden.example,C-9", "taken@halden.example,C-2", "n@x.example,C-3",
        "n@x.example,C-4",
    )  # fmt: skip
    done = run(imported_from(cast.alice, text), key=f"custom:{number.id}", policy="update")
    assert (done.created, done.failed) == (1, 3)
    reasons = [row.reason for row in ImportRow.select().order_by(ImportRow.number)]
    assert "that of another lead here" in reasons[0] and "that of another lead here" in reasons[1]
    assert "that of row 3 of this file" in reasons[2]


def test_only_columns_that_are_imported_can_tell_leads_apart(cast, number):
    imported = chosen(imported_from(cast.alice, table("E-mail,Customer number,Name", "a@x.example,C-1,Ann")))
    assert list(keys_for(imported)) == ["email", "domain_name", f"custom:{number.id}"]
    keep_options(imported, key=f"custom:{number.id}")
    chosen(imported, mapping=["email", "", ""])
    with pytest.raises(Invalid, match="not imported any more"):
        start_import(imported)


# ------------------------------------------------- create, update, overwrite


def test_only_leads_that_are_here_are_updated_when_that_is_chosen(cast):
    factories.lead(cast.acme, email="here@x.example")
    text = table("E-mail,Phone", "here@x.example,+47 22 00 00 00", "new@x.example,", "new@x.example,")
    done = run(imported_from(cast.alice, text), create=False)
    assert (done.updated, done.tallies, done.created) == (1, {"skipped": 2}, 0)


def test_single_columns_are_excepted_from_the_rule(cast):
    lead = factories.lead(cast.acme, "Halden", email="a@x.example", first_name="Ann", last_name="Bo", title="CTO")
    text = table("E-mail,Name,Job title,Company", "a@x.example,Anna Berg,CEO,Globex")
    run(imported_from(cast.alice, text), policy="fill", overwrite={"full_name": True})
    lead = Lead.get_by_id(lead.id)
    assert (lead.name, lead.title, lead.company) == ("Anna Berg", "CTO", "Halden")
    run(imported_from(cast.alice, text), policy="update", overwrite={"company": False})
    lead = Lead.get_by_id(lead.id)
    assert (lead.title, lead.company) == ("CEO", "Halden")


def test_what_a_row_changed_is_kept_as_it_was_and_as_it_became(cast):
    factories.lead(cast.acme, "Halden", email="a@x.example", title="CTO")
    run(imported_from(cast.alice, table("E-mail,Job title", "a@x.example,CEO")), policy="update")
    row = ImportRow.get()
    assert (row.outcome, row.before, row.after) == (Outcome.UPDATED, {"title": "CTO"}, {"title": "CEO"})


# ---------------------------------------------------------------- whose leads


def test_new_leads_are_a_members_or_are_shared_out_in_turn(cast):
    rows = [f"a{number}@x.example,Ann" for number in range(5)]
    run(imported_from(cast.alice, table("E-mail,Name", *rows[:1])), owner=cast.bob.user_id)
    assert Lead.get().owner_id == cast.bob.user_id
    pair = sorted([cast.alice.user_id, cast.bob.user_id])
    run(imported_from(cast.alice, table("E-mail,Name", *rows)), owner="share", share=pair)
    shared = [lead.owner_id for lead in Lead.select().order_by(Lead.id)][1:]
    assert shared == [*pair, *pair]


def test_an_owner_column_wins_over_the_choice_and_fills_or_changes_owners(cast):
    here = factories.lead(cast.acme, email="here@x.example", owner=cast.alice.user_id)
    text = table("E-mail,Owner", "here@x.example,Bob Baker", f"new@x.example,{cast.bob.email}", "none@x.example,Nobody")
    imported = imported_from(cast.alice, text)
    run(imported, mapping=["email", "owner"], owner=cast.alice.user_id)
    leads = by_email(cast.acme)
    assert [leads[one].owner_id for one in ("here", "new", "none")] == [
        cast.alice.user_id, cast.bob.user_id, cast.alice.user_id,
    ]  # fmt: skip
    run(imported_from(cast.alice, text), mapping=["email", "owner"], policy="update")
    assert Lead.get_by_id(here.id).owner_id == cast.bob.user_id
    told = Activity.get(Activity.kind == ActivityKind.IMPORTED).data
    assert told["changes"] == {"owner": [cast.alice.full_name, cast.bob.full_name]}
    assert told["ids"] == {"owner": [cast.alice.user_id, cast.bob.user_id]}


def test_who_sees_only_their_own_leads_gives_none_away(cast):
    mia = factories.member(cast.acme, "Mia Moon", reach="own")
    text = table("E-mail,Owner", "a@x.example,Bob Baker")
    run(imported_from(mia, text), mapping=["email", "owner"], owner=cast.bob.user_id)
    assert Lead.get().owner_id == mia.user_id


def test_an_owner_who_left_is_refused_when_chosen(cast):
    imported = imported_from(cast.alice, table("E-mail", "a@x.example"))
    Membership.delete().where(Membership.user == cast.bob.user_id).execute()
    with pytest.raises(Invalid, match="not in this workspace"):
        keep_options(imported, owner=cast.bob.user_id, source="Fair")
    assert options_of(Import.get_by_id(imported.id))["source"] == "Fair"
    with pytest.raises(Invalid, match="not in this workspace"):
        keep_options(imported, owner=cast.charlie.user_id)
    keep_options(imported, owner="share", share=[cast.charlie.user_id], basis="consent")
    with pytest.raises(Invalid, match="Choose who takes part"):
        start_import(imported)


# ------------------------------------------------- what comes with all of them


def test_every_lead_gets_the_tags_and_new_ones_the_source(cast):
    here = factories.lead(cast.acme, email="here@x.example", source="Referral")
    text = table("E-mail,Tags,Source", "here@x.example,VIP,", "new@x.example,VIP,", "fair@x.example,,Fair")
    imported = imported_from(cast.alice, text)
    options = {"tags": "Partner list Q4", "source": "Partner list"}
    done = run(imported, mapping=["email", "tags", "source"], **options)
    leads = by_email(cast.acme)
    assert names_on(here) == ["Partner list Q4", "VIP"] == names_on(leads["new"])
    assert [leads[one].source for one in ("here", "new", "fair")] == ["Referral", "Partner list", "Fair"]
    assert (done.updated, done.created) == (1, 2)
    assert ImportRow.get().after == {"tags": "VIP, Partner list Q4"}


def test_a_note_comes_once_and_a_stage_with_its_time(cast):
    here = factories.lead(cast.acme, email="here@x.example")
    text = table(
        "E-mail,Notes,Stage", "here@x.example,Met in Oslo,Replied", 'new@x.example,"Wants\n a call",Contacted',
        "other@x.example,,no such",
    )  # fmt: skip
    names = ["email", "note", "stage"]
    run(imported_from(cast.alice, text), mapping=names)
    again = run(imported_from(cast.alice, text), mapping=names)
    assert again.tallies == {"unchanged": 3}
    notes = Activity.select().where(Activity.kind == ActivityKind.NOTE).order_by(Activity.lead)
    assert [note.data["text"] for note in notes if "Left out" not in note.data["text"]] == [
        "Met in Oslo", "Wants\n a call",
    ]  # fmt: skip
    leads = by_email(cast.acme)
    assert Lead.get_by_id(here.id).stage is Stage.NEW
    assert leads["new"].stage is Stage.CONTACTED and leads["new"].contacted_at == leads["new"].created_at
    assert leads["other"].stage is Stage.NEW


def test_an_import_asks_why_one_may_write_to_these_people(cast):
    imported = chosen(imported_from(cast.alice, table("E-mail", "a@x.example")), basis="whatever")
    with pytest.raises(Invalid) as error:
        start_import(imported)
    assert error.value.field == "basis"


def test_options_that_cannot_be_are_refused_and_the_rest_is_kept(cast):
    imported = imported_from(cast.alice, table("E-mail", "a@x.example"))
    for options, field in (({"tags": "x" * 51}, "tags"), ({"source": "x" * 256}, "source")):
        with pytest.raises(Invalid) as error:
            keep_options(imported, basis="consent", **options)
        assert error.value.field == field
    keep_options(imported, country="Germany", key="custom:99", center_id=99, overwrite={"phone": True})
    kept = options_of(Import.get_by_id(imported.id))
    assert (kept["basis"], kept["country"], kept["key"], kept["center_id"]) == ("consent", "", "email", None)
    assert kept["overwrite"] == {}


def test_what_is_kept_and_what_is_sent_a_moment_later_both_stay(cast):
    imported = imported_from(cast.alice, table("E-mail,Title", "a@globex.example,CTO"))
    one, two = Import.get_by_id(imported.id), Import.get_by_id(imported.id)
    keep_options(one, source="Fair")
    keep_options(two, basis="consent")
    keep_columns(Import.get_by_id(imported.id), ["email", ""])
    keep_columns(two, ["", "email"])
    found = Import.get_by_id(imported.id)
    assert (found.options["source"], found.options["basis"], found.mapping) == ("Fair", "consent", ["", "email"])
    assert found.version == two.version


def test_of_two_tabs_the_second_one_does_not_undo_what_the_first_one_kept(cast):
    imported = imported_from(cast.alice, table("E-mail;Title,x;Phone", "a@globex.example;b,c;5"))
    one, two = Import.get_by_id(imported.id), Import.get_by_id(imported.id)
    read_again(one, delimiter=",")
    with pytest.raises(Conflict, match="changed meanwhile"):
        keep_columns(two, ["email", "", "phone"])
    with pytest.raises(Conflict, match="changed meanwhile"):
        keep_options(two, source="Fair")
    found = Import.get_by_id(imported.id)
    assert (len(found.mapping), found.options) == (len(found.columns), {})


def test_an_import_does_not_start_with_a_field_or_an_owner_that_is_gone_since(cast):
    tier = create_field(cast.acme, "Tier", "text", [], actor=cast.alice)
    text = table("E-mail,Tier", "a@globex.example,gold")
    without_field = chosen(imported_from(cast.alice, text))
    without_owner = chosen(imported_from(cast.alice, table("E-mail", "a@globex.example")), owner=cast.bob.user_id)
    delete_field(cast.acme, tier, actor=cast.alice)
    Membership.delete().where(Membership.user == cast.bob.user_id).execute()
    with pytest.raises(Invalid, match="“Tier” was to become was deleted"):
        start_import(without_field)
    with pytest.raises(Invalid, match="not in this workspace any more"):
        start_import(without_owner)


def test_what_is_gone_between_the_start_and_its_turn_is_nobodys_lead_and_no_riddle(cast):
    tier = create_field(cast.acme, "Tier", "text", [], actor=cast.alice)
    text = table("E-mail,Tier", "a@globex.example,gold")
    owned = chosen(imported_from(cast.alice, text), owner=cast.bob.user_id)
    start_import(owned)
    keyed = keep(chosen(imported_from(cast.alice, text)), key=f"custom:{tier.id}")
    start_import(keyed)
    Membership.delete().where(Membership.user == cast.bob.user_id).execute()
    run(owned, start=False)
    delete_field(cast.acme, tier, actor=cast.alice)
    assert Lead.of(cast.acme).get().owner_id is None
    assert "matched by was deleted" in run(keyed, start=False).error


def keep(imported, **options):
    keep_options(imported, **options)
    return imported


# ----------------------------------------------------- nothing is lost unsaid


def test_what_a_lead_that_is_here_cannot_keep_is_told_with_its_row(cast):
    factories.lead(cast.acme, email="here@x.example")
    text = table("E-mail,Employees,Phone", "here@x.example,many,+47 22 00 00 00", "here@x.example,few,")
    run(imported_from(cast.alice, text), mapping=["email", "employees", "phone"])
    first, second = ImportRow.select().order_by(ImportRow.number)
    assert first.outcome is Outcome.UPDATED and "Not kept: Employees “many”" in first.reason
    assert second.outcome is Outcome.DUPLICATE and "Not kept: Employees “few”" in second.reason


def test_a_stage_is_taken_where_the_file_wins_and_given_back_by_an_undo(cast):
    lead = factories.lead(cast.acme, email="here@x.example")
    text = table("E-mail,Stage", "here@x.example,Replied", "new@x.example,New", "new@x.example,Contacted")
    assert run(imported_from(cast.alice, text), mapping=["email", "stage"], create=False).updated == 0
    done = run(imported_from(cast.alice, text), mapping=["email", "stage"], policy="update")
    leads = by_email(cast.acme)
    assert (done.updated, done.created, done.tallies) == (1, 1, {"duplicate": 1})
    assert leads["here"].stage is Stage.REPLIED and leads["here"].replied_at == leads["here"].stage_changed_at
    assert leads["new"].stage is Stage.CONTACTED
    told = Activity.get(Activity.lead == lead.id)
    assert (told.kind, told.data["from"], told.data["to"]) == (ActivityKind.STAGE, "new", "replied")
    undo_import(done, actor=cast.alice)
    run_undo(done.id)
    assert Lead.get_by_id(lead.id).stage is Stage.NEW
    assert Lead.get(Lead.email == "new@x.example").deleted_at and not UndoKept.select().exists()


def test_an_owner_that_may_not_be_given_is_told_and_the_lead_stays_in_sight(cast):
    mia = factories.member(cast.acme, "Mia Moon", reach="own")
    run(imported_from(mia, table("E-mail,Owner", "a@x.example,Bob Baker")), mapping=["email", "owner"])
    assert Lead.get().owner_id == mia.user_id
    assert "Owner: “Bob Baker”" in Activity.get(Activity.kind == ActivityKind.NOTE).data["text"]


def test_leads_go_only_into_centers_of_ones_reach(cast):
    mia = factories.member(cast.acme, "Mia Moon", reach="centers")
    berlin = create_center(cast.acme, "Berlin", actor=cast.alice)
    imported = chosen(imported_from(mia, table("E-mail", "a@x.example")), center_id=berlin.id)
    assert options_of(Import.get_by_id(imported.id))["center_id"] is None


def test_an_import_is_undone_only_by_who_sees_what_it_changed(cast):
    factories.lead(cast.acme, email="here@x.example")
    done = run(imported_from(cast.bob, table("E-mail,Phone", "here@x.example,+47 22 00 00 00")))
    Membership.update(reach="own").where(Membership.user == cast.bob.user_id).execute()
    bob = member_of(cast.acme, Membership.get(Membership.user == cast.bob.user_id).user)
    with pytest.raises(Conflict, match="do not see"):
        undo_import(done, actor=bob)
    undo_import(done, actor=cast.alice)


def test_cells_of_a_field_that_is_deleted_before_or_while_rows_are_written_are_kept_as_notes(cast, number):
    imported = imported_from(cast.alice, table("E-mail,Customer number", "a@x.example,C-1"))
    start_import(chosen(imported, mapping=["email", f"custom:{number.id}"]))
    extras = Extras(cast.acme.id)
    extras.give(factories.lead(cast.acme).id, Extra({number: cleaned(number, "C-2")}))
    delete_field(cast.acme, number, actor=cast.alice)
    run(imported, start=False)
    note = Activity.get(Activity.kind == ActivityKind.NOTE).data["text"]
    assert "Customer number: “C-1”" in note
    ((_, left),) = extras.write()
    assert "“C-2”" in left and "just deleted" in left
