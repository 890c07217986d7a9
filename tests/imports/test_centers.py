"""Imports into a center: whose the new leads are, and which leads a file may change."""

from playhouse.test_utils import count_queries

from tests import factories
from tests.imports.files import chosen, imported_from, run, table
from tests.imports.steps import at, options_form, start
from webapp.accounts import centers
from webapp.imports.starting import start_import
from webapp.leads.models import HandOver, Lead


def totals(imported):
    return imported.created, imported.updated, imported.skipped, imported.failed


def leads(workspace):
    return list(Lead.of(workspace).order_by(Lead.id))


def center_of(cast, *members, way="round_robin"):
    made = centers.create_center(cast.acme, "Berlin")
    centers.set_assignment(made, way, actor=cast.alice)
    for member in members:
        centers.put_in(made, member.user_id, actor=cast.alice)
    return made


def people(count):
    return table("E-mail,Company", *(f"p{number}@globex.example,Globex {number}" for number in range(count)))


def test_leads_imported_into_a_center_find_an_owner_there_in_turn(cast, monkeypatch):
    monkeypatch.setattr("webapp.imports.running.BATCH", 3)
    berlin = center_of(cast, cast.alice, cast.bob)
    imported = run(imported_from(cast.alice, people(10)), center_id=berlin.id)
    assert imported.created == 10
    assert [lead.center_id for lead in leads(cast.acme)] == [berlin.id] * 10
    turns = [lead.owner_id for lead in leads(cast.acme)]
    assert turns == [cast.alice.user_id, cast.bob.user_id] * 5  # also over the edges of batches
    assert HandOver.select().count() == 10


def test_who_sees_their_centers_keeps_what_they_import_into_none(cast):
    mia = factories.member(cast.acme, "Mia Moon", reach="centers")
    run(imported_from(mia, people(1)))
    assert [(lead.owner_id, lead.center_id) for lead in leads(cast.acme)] == [(mia.user_id, None)]


def test_who_sees_their_centers_leaves_the_owner_to_a_center_of_theirs_and_changes_only_its_leads(cast):
    mia = factories.member(cast.acme, "Mia Moon", reach="centers")
    berlin = center_of(cast, mia, cast.bob, way="none")
    inside = factories.lead(cast.acme, email="p0@globex.example", title="", center=berlin.id, owner=cast.bob.user_id)
    outside = factories.lead(cast.acme, email="p1@globex.example", title="")
    text = table("E-mail,Title", *(f"p{number}@globex.example,CTO" for number in range(3)))
    assert totals(run(imported_from(mia, text), policy="update", center_id=berlin.id)) == (1, 1, 1, 0)
    assert (Lead.get_by_id(inside.id).title, Lead.get_by_id(outside.id).title) == ("CTO", "")
    made = Lead.get(Lead.email == "p2@globex.example")
    assert (made.center_id, made.owner_id) == (berlin.id, None)


def test_who_sees_only_their_own_leads_keeps_them_in_a_center_too(cast):
    mia = factories.member(cast.acme, "Mia Moon", reach="own")
    berlin = center_of(cast, mia, cast.bob)
    run(imported_from(mia, people(2)), center_id=berlin.id)
    assert [(lead.owner_id, lead.center_id) for lead in leads(cast.acme)] == [(mia.user_id, berlin.id)] * 2


def test_a_center_archived_before_the_run_takes_no_leads_and_loses_none_from_sight(cast):
    mia = factories.member(cast.acme, "Mia Moon", reach="centers")
    berlin = center_of(cast, mia)
    imported = imported_from(mia, people(2))
    chosen(imported, center_id=berlin.id)
    centers.archive_center(berlin, actor=cast.alice)
    start_import(imported)
    run(imported, start=False)
    assert [(lead.center_id, lead.owner_id) for lead in leads(cast.acme)] == [(None, mia.user_id)] * 2


def test_the_page_offers_the_centers_of_ones_reach_and_keeps_the_choice(cast, sign_in):
    mia = factories.member(cast.acme, "Mia Moon", reach="centers")
    berlin = center_of(cast, mia)
    lisbon = centers.create_center(cast.acme, "Lisbon")
    imported = imported_from(mia, people(1))
    client, page = sign_in(mia), at(imported, "options")
    assert "Berlin" in client.get(page).text and "Lisbon" not in client.get(page).text
    assert client.post(page, data=options_form(imported, center_id=lisbon.id)).status_code == 422
    client.post(page, data=options_form(imported, center_id=berlin.id))
    assert f'<option selected value="{berlin.id}">' in client.get(page).text
    start(client, imported)
    run(imported, start=False)
    assert [(lead.center_id, lead.owner_id) for lead in leads(cast.acme)] == [(berlin.id, mia.user_id)]


def test_an_import_asks_the_database_no_more_often_for_more_rows_in_a_center(cast, monkeypatch):
    monkeypatch.setattr("webapp.imports.running.BATCH", 100)
    berlin, counts = center_of(cast, cast.alice, cast.bob), []
    for rows in (20, 90):
        Lead.delete().execute()
        with count_queries() as counted:
            run(imported_from(cast.alice, people(rows)), center_id=berlin.id)
        counts.append(counted.count)
    assert counts[0] == counts[1]
