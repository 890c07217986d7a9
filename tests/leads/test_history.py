from datetime import timedelta

import pytest
from playhouse.test_utils import count_queries

from tests import factories
from webapp.accounts import centers
from webapp.accounts.centers import create_center
from webapp.accounts.models import Reach
from webapp.core.clock import freeze, now
from webapp.core.errors import Invalid, NotFound
from webapp.leads import bulk, custom, custom_fields, editing, history, pipeline, restoring, tags
from webapp.leads.field_models import CustomField, CustomValue
from webapp.leads.history import Asked
from webapp.leads.merging import merge_leads
from webapp.leads.models import Activity, ActivityKind, Lead, Stage
from webapp.leads.queries import get_lead
from webapp.leads.timeline import record


@pytest.fixture
def lead(cast):
    return factories.lead(cast.acme, "Globex", first_name="Gina", last_name="Vale", title="CEO", value=100)


def edit(lead, actor, **fields):
    editing.edit_lead(get_lead(actor, lead.id), fields, actor=actor)
    return last(lead, actor)


def last(lead, member):
    return history.changes(member, lead=lead).rows[0]


def told(page):
    return [(change.label, change.old_text, change.new_text) for entry in page.rows for change in entry.changes]


def test_the_history_tells_who_changed_which_field_from_what_to_what(cast, sign_in, lead):
    edit(lead, cast.bob, title="CTO", value=64000)
    pipeline.move_lead(get_lead(cast.bob, lead.id), Stage.LOST, actor=cast.alice, reason="No budget")
    changes = told(history.changes(cast.bob))
    assert changes == [
        ("Stage", "New", "Lost"),
        ("Why it was lost", "", "No budget"),
        ("Title", "CEO", "CTO"),
        ("Value", "100", "64,000"),
    ]
    assert told(history.changes(cast.bob, lead=lead)) == changes and history.changes(cast.charlie).rows == ()
    for address in ("/leads/history", f"/leads/{lead.id}/history"):
        text = sign_in(cast.bob).get(address).text
        assert "Alice Archer" in text and "64,000" in text and "No budget" in text, address


def test_the_history_is_filtered_by_person_field_and_day(cast, sign_in, lead):
    edit(lead, cast.bob, title="CTO")
    edit(lead, cast.alice, city="Rome")
    record(cast.acme, lead.id, ActivityKind.STAGE, {"from": "new", "to": "contacted"})
    with freeze(now() - timedelta(days=3)) as then:
        edit(lead, cast.alice, title="CFO")

    def labels(**given):
        return [label for label, *_ in told(history.changes(cast.bob, Asked(**given)))]

    assert labels(person=cast.alice.user_id) == ["City", "Title"]
    assert labels(person=0) == labels(field="stage") == ["Stage"]
    assert labels(field="title") == ["Title", "Title"]
    assert labels(day=then.date(), zone="UTC") == ["Title"]
    address = f"/leads/history?person={cast.alice.user_id}&field=title&day={then.date()}"
    text = sign_in(cast.bob).get(address).text
    assert "CFO" in text and "Rome" not in text
    for nonsense in ("person=x", "person=99999999999", "field=<b>", "day=2026-13-01", "day=xxxxxxxxxx", "page=x"):
        assert sign_in(cast.bob).get(f"/leads/history?{nonsense}").status_code == 200


def test_a_value_that_looks_like_a_field_is_not_taken_for_one(cast, lead):
    edit(lead, cast.bob, city='"title":[')
    assert told(history.changes(cast.bob, Asked(field="title"))) == []


def test_the_history_is_paged_both_ways_and_further_than_one_request_looks(cast, monkeypatch, lead):
    monkeypatch.setattr(history, "SIZE", 3)
    monkeypatch.setattr(history, "PROBE", 5)
    for number in range(12):
        with freeze(now() + timedelta(seconds=number)):
            edit(lead, cast.bob, **({"title": f"T{number}"} if number in (0, 11) else {"city": f"C{number}"}))
    seen, page, pages = [], history.changes(cast.bob), []
    while True:
        pages.append([entry.id for entry in page.rows])
        seen += told(page)
        if not page.older:
            break
        page = history.changes(cast.bob, cursor=page.older)
    assert len(seen) == 12 and [entry.id for entry in history.changes(cast.bob, cursor=page.newer).rows] == pages[-2]
    found, cursor = [], None
    for _ in range(6):
        page = history.changes(cast.bob, Asked(field="title"), cursor=cursor)
        found += told(page)
        cursor = page.older
        if not cursor:
            break
    assert [new for _, _, new in found] == ["T11", "T0"]


def test_a_member_sees_the_changes_of_their_leads_alone_and_of_none_in_the_bin(cast, sign_in, lead):
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    entry = edit(lead, cast.bob, title="CTO")
    assert history.changes(olga).rows == ()
    assert sign_in(olga).get(f"/leads/history/{entry.id}").status_code == 404
    assert sign_in(cast.charlie).post(f"/leads/history/{entry.id}/restore").status_code == 404
    assert sign_in(cast.vera).post(f"/leads/history/{entry.id}/restore").status_code == 403
    bulk.delete_leads(cast.bob, [lead.id])
    with pytest.raises(NotFound):
        history.get_change(cast.bob, entry.id)


def test_a_note_is_no_change(cast, lead):
    note = record(cast.acme, lead.id, ActivityKind.NOTE, {"text": "secret"}, actor_id=cast.bob.user_id)
    with pytest.raises(NotFound):
        history.get_change(cast.bob, note.id)


# ------------------------------------------------------------------ restoring


def test_one_value_of_a_change_is_restored_and_that_is_a_change_too(cast, sign_in, lead):
    entry = edit(lead, cast.bob, title="CTO", value=64000)
    client = sign_in(cast.alice)
    assert "64,000" in client.get(f"/leads/history/{entry.id}").text
    client.post(f"/leads/history/{entry.id}/restore", data={"field": "title"})
    kept = Lead.get_by_id(lead.id)
    assert (kept.title, kept.value) == ("CEO", 64000)
    again = last(lead, cast.bob)
    assert (again.actor, again.data["changes"]) == ("Alice Archer", {"title": ["CTO", "CEO"]})
    restoring.restore(cast.bob, again)
    assert Lead.get_by_id(lead.id).title == "CTO"


def test_a_whole_change_is_restored_at_once(cast, lead):
    entry = edit(lead, cast.bob, title="CTO", value=64000, employees=5, email="")
    restoring.restore(cast.bob, entry)
    kept = Lead.get_by_id(lead.id)
    assert (kept.title, kept.value, kept.employees, kept.email) == ("CEO", 100, None, lead.email)
    assert restoring.restore(cast.bob, entry) == []


def test_what_changed_again_is_said_and_restored_only_by_insisting(cast, sign_in, lead):
    entry = edit(lead, cast.bob, title="CTO", city="Rome")
    edit(lead, cast.alice, title="CFO")
    client = sign_in(cast.bob)
    answer = client.post(f"/leads/history/{entry.id}/restore", data={"field": ""})
    assert answer.status_code == 409 and "Title is now “CFO”" in answer.text and "Restore anyway" in answer.text
    assert Lead.get_by_id(lead.id).city == "Rome"
    client.post(f"/leads/history/{entry.id}/restore", data={"field": "title", "anyway": "yes"})
    kept = Lead.get_by_id(lead.id)
    assert (kept.title, kept.city) == ("CEO", "Rome")


def test_owner_and_center_are_restored_exactly_even_among_namesakes(cast, lead):
    bob, berlin = factories.user("Bob Baker", "bob2@example.org"), create_center(cast.acme, "Berlin")
    lisbon = create_center(cast.acme, "Lisbon")
    edit(lead, cast.alice, owner=cast.bob.user_id, center=berlin.id)
    entry = edit(lead, cast.alice, owner=None, center=lisbon.id)
    assert entry.data["ids"] == {"owner": [cast.bob.user_id, None], "center": [berlin.id, lisbon.id]}
    restoring.restore(cast.alice, entry)
    kept = Lead.get_by_id(lead.id)
    assert (kept.owner_id, kept.center_id) == (cast.bob.user_id, berlin.id) and bob.id != cast.bob.user_id


def test_an_older_entry_with_a_name_alone_is_restored_where_one_person_is_called_so(cast, lead):
    old = record(cast.acme, lead.id, ActivityKind.EDITED, {"changes": {"owner": ["Bob Baker", ""]}})
    entry = history.get_change(cast.alice, old.id)
    restoring.restore(cast.alice, entry)
    assert Lead.get_by_id(lead.id).owner_id == cast.bob.user_id
    gone = record(cast.acme, lead.id, ActivityKind.EDITED, {"changes": {"owner": ["Gone Girl", "Bob Baker"]}})
    with pytest.raises(Invalid, match="only the name Gone Girl, and nobody"):
        restoring.restore(cast.alice, history.get_change(cast.alice, gone.id))


def test_hand_overs_and_moves_between_centers_keep_ids_too(cast, lead):
    berlin = create_center(cast.acme, "Berlin")
    centers.put_in(berlin, cast.bob.user_id, actor=cast.alice)
    centers.set_assignment(berlin, "round_robin", actor=cast.alice)
    bulk.move_to_center(cast.alice, [lead.id], berlin.id)
    entries = {entry.kind: entry for entry in history.changes(cast.alice, lead=lead).rows}
    assert entries[ActivityKind.EDITED].data["ids"] == {"center": [None, berlin.id]}
    assert entries[ActivityKind.ASSIGNED].data["ids"] == {"owner": [None, cast.bob.user_id]}
    restoring.restore(cast.alice, entries[ActivityKind.ASSIGNED])
    assert Lead.get_by_id(lead.id).owner_id is None


def test_a_stage_goes_back_and_was_not_reached_after_all(cast, lead):
    pipeline.move_lead(get_lead(cast.bob, lead.id), Stage.CONVERTED, actor=cast.bob)
    restoring.restore(cast.bob, last(lead, cast.bob))
    kept = Lead.get_by_id(lead.id)
    assert (kept.stage, kept.converted_at) == (Stage.NEW, None)


def test_a_lost_lead_gets_its_reason_back(cast, lead):
    for stage, reason in ((Stage.LOST, "No budget"), (Stage.NEW, "")):
        pipeline.move_lead(get_lead(cast.bob, lead.id), stage, actor=cast.bob, reason=reason)
    restoring.restore(cast.bob, last(lead, cast.bob))
    kept = Lead.get_by_id(lead.id)
    assert (kept.stage, kept.lost_reason) == (Stage.LOST, "No budget")
    pipeline.explain_loss(get_lead(cast.bob, lead.id), "Chose other", actor=cast.bob)
    restoring.restore(cast.bob, last(lead, cast.bob))
    assert Lead.get_by_id(lead.id).lost_reason == "No budget"


def test_tags_and_custom_fields_are_restored(cast, lead):
    field = custom_fields.create_field(cast.acme, "Plan", "text", [], actor=cast.alice)
    field = custom.get_field(cast.acme, field.id)
    custom.write_values(lead, {field: "Gold"}, actor=cast.bob)
    custom.write_values(lead, {field: "Silver"}, actor=cast.bob)
    restoring.restore(cast.bob, last(lead, cast.bob))
    assert custom.values_of(lead) == {field: "Gold"}
    tags.tag_lead(lead, tags.named(cast.acme, "VIP"), actor=cast.bob)
    entry = last(lead, cast.bob)
    restoring.restore(cast.bob, entry)
    assert tags.tags_on(lead) == ()
    restoring.restore(cast.bob, last(lead, cast.bob))
    assert [tag.name for tag in tags.tags_on(lead)] == ["VIP"]
    assert told(history.changes(cast.bob, Asked(field="Plan")))[-1] == ("Plan", "", "Gold")
    custom_fields.delete_field(cast.acme, field, actor=cast.alice)
    entry = history.changes(cast.bob, Asked(field="Plan")).rows[0]
    assert [value.state for value in restoring.values_now(cast.bob, entry)[1]] == ["gone"]


def test_a_field_that_got_the_id_of_a_deleted_one_is_not_taken_for_it(cast, lead):
    field = custom_fields.create_field(cast.acme, "Plan", "text", [], actor=cast.alice)
    custom.write_values(lead, {field: "Gold"}, actor=cast.bob)
    entry = last(lead, cast.bob)
    custom_fields.delete_field(cast.acme, field, actor=cast.alice)
    CustomField.create(id=field.id, workspace=cast.acme, name="Budget", name_key="budget", slug="budget", kind="number")
    CustomValue.create(field=field.id, lead=lead.id, text="7", key="7", number=7)
    assert [value.state for value in restoring.values_now(cast.bob, entry)[1]] == ["gone"]
    assert restoring.restore(cast.bob, entry, anyway=True) == [] and len(custom.values_of(lead)) == 1


def test_values_are_told_as_the_lead_s_page_shows_them_even_of_a_field_that_is_gone(cast, sign_in, lead):
    field = custom_fields.create_field(cast.acme, "Contract end", "date", [], actor=cast.alice)
    custom.write_values(lead, {field: "2027-02-28"}, actor=cast.bob)
    end, value = last(lead, cast.bob), edit(lead, cast.bob, value=64000)
    custom_fields.delete_field(cast.acme, field, actor=cast.alice)
    client, one = sign_in(cast.bob), "/leads/history/{}".format
    for address, words in {f"/leads/{lead.id}": 2, "/leads/history": 2, one(end.id): 1, one(value.id): 1}.items():
        page = client.get(address).text
        assert ("28 Feb 2027" in page) + ("€64,000" in page) == words and "2027-02-28" not in page, address


def test_what_an_import_and_a_merge_changed_is_restored(cast, lead):
    Lead.update(city="Rome").where(Lead.id == lead.id).execute()
    data = {"import_id": 1, "filename": "a.csv", "row": 2, "changes": {"city": ["", "Rome"]}}
    done = record(cast.acme, lead.id, ActivityKind.IMPORTED, data)
    restoring.restore(cast.bob, history.get_change(cast.bob, done.id))
    assert Lead.get_by_id(lead.id).city == ""
    other = factories.lead(cast.acme, title="Founder", owner=cast.bob.user_id)
    merge_leads(lead, other, {"title": "other", "owner": "other"}, actor=cast.bob)
    restoring.restore(cast.alice, last(lead, cast.bob), ["title", "owner"])
    kept = Lead.get_by_id(lead.id)
    assert (kept.title, kept.owner_id) == ("CEO", None)


def test_an_address_that_another_lead_has_by_now_is_refused_with_a_sentence(cast, sign_in, lead):
    entry = edit(lead, cast.bob, email="")
    factories.lead(cast.acme, email=lead.email)
    answer = sign_in(cast.bob).post(f"/leads/history/{entry.id}/restore")
    assert answer.status_code == 422 and "already have a lead with this address" in answer.text
    assert Lead.get_by_id(lead.id).email == ""


def test_the_pages_take_as_many_queries_for_ten_as_for_a_hundred(cast, sign_in, lead):
    client, counts = sign_in(cast.bob), {}
    for many in (10, 60):
        for number in range(many):
            edit(lead, cast.bob, title=f"{many} {number}")
        for address in ("/leads/history", f"/leads/{lead.id}/history", "/leads/history?field=title"):
            client.get(address)
            with count_queries() as counted:
                client.get(address)
            counts.setdefault(address, []).append(counted.count)
    for address, (few, lots) in counts.items():
        assert few == lots <= 8, (address, few, lots)
    assert Activity.select().count() == 70
