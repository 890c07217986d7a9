"""Custom fields: made and changed in the settings, filled in on leads."""

import re

import pytest
from playhouse.test_utils import count_queries

from tests import factories
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.leads import custom, custom_fields, removing
from webapp.leads.field_models import CustomField, CustomValue, Removal
from webapp.leads.models import Activity, ActivityKind, Lead


@pytest.fixture
def make(cast):
    def make(name, kind="text", options=(), workspace=None):
        return custom_fields.create_field(workspace or cast.acme, name, kind, options, actor=cast.alice)

    return make


@pytest.fixture
def lead(cast):
    return factories.lead(cast.acme, "Globex")


def kept(lead):
    return {field.name: text for field, text in custom.values_of(lead).items()}


@pytest.mark.parametrize(
    ("kind", "locale", "typed", "text"),
    [
        ("text", "en", "  a =b\0 ", "a =b"),
        ("number", "en", "1,234.50", "1234.5"),
        ("number", "de", "1.234,5", "1234.5"),
        ("number", "en", "-0", "0"),
        ("number", "sv", "12 400", "12400"),
        ("date", "en", "21/11/2026", "2026-11-21"),
        ("date", "en-US", "11/12/2026", "2026-11-12"),
        ("date", "de", "3. März 2026", "2026-03-03"),
        ("choice", "en", "gOLD", "Gold"),
        ("url", "en", "halden.example/x", "https://halden.example/x"),
        ("yes_no", "de", "Ja", "yes"),
        ("yes_no", "en", "0", "no"),
    ],
)
def test_each_kind_reads_what_people_write(make, kind, locale, typed, text):
    field = make("Extra", kind, ["Gold", "Silver"])
    value = custom.cleaned(field, typed, locale)
    assert value.text == text and value.key
    assert value.number == (float(text) if kind == "number" else None)
    assert custom.cleaned(field, text) == value  # what is kept is read as it is
    assert custom.cleaned(field, " \0") is None


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [
        ("text", "x" * 1001, "under 1,001"),
        ("number", "many", "is not a number. Write one such as 1,234.5"),
        ("number", "1234567890123456", "at most 15 digits"),
        ("number", "1e5", "is not a number"),
        ("date", "31/02/2026", "is not a date"),
        ("choice", "Bronze", "is not an option of Extra. Choose one: Gold, Silver."),
        ("url", "no site", "is not a website"),
        ("yes_no", "perhaps", "neither yes nor no"),
    ],
)
def test_what_no_field_of_the_kind_takes_is_refused_with_a_sentence(make, kind, typed, said):
    field = make("Extra", kind, ["Gold", "Silver"])
    with pytest.raises(Invalid, match=re.escape(said)) as refused:
        custom.cleaned(field, typed)
    assert refused.value.field == field.input


def test_values_are_shown_as_the_person_reads_them(make):
    number, date = make("N", "number"), make("D", "date")
    assert custom.shown(number, "1234567.1234", "de") == "1.234.567,1234"
    assert custom.shown(number, "1234567.1234") == "1,234,567.1234"
    assert (
        custom.shown(date, "2026-11-05") == "5 Nov 2026" and custom.shown(date, "2026-11-05", "en-US") == "Nov 5, 2026"
    )
    assert custom.shown(make("W", "url"), "https://x.example/a") == "x.example/a"
    assert custom.shown(make("Y", "yes_no"), "yes") == "Yes"


def test_a_change_is_kept_and_told_under_the_name_it_had(cast, make, sign_in, lead):
    budget = make("Budget", "number")
    assert custom.write_values(lead, {budget: "1,5"}, actor=cast.bob) == {budget: ["", "1.5"]}
    custom.write_values(lead, {budget: "1.5"}, actor=cast.bob)  # the same again is no change
    custom_fields.rename_field(cast.acme, budget, "Money", actor=cast.alice)
    told = Activity.get()
    assert told.kind is ActivityKind.EDITED and told.actor_id == cast.bob.user_id
    assert told.data == {"changes": {"Budget": ["", "1.5"]}, "custom": {"Budget": budget.identity}}
    assert Activity.select().count() == 1
    custom_fields.delete_field(cast.acme, custom.get_field(cast.acme, budget.id), actor=cast.alice)
    page = sign_in(cast.bob).get(f"/leads/{lead.id}").text
    assert "changed Budget" in page and "Money" not in page


def test_two_who_write_at_once_do_not_overwrite_each_other(cast, make, lead, monkeypatch):
    field = make("Tier")
    custom.write_values(lead, {field: "one"}, actor=cast.bob)
    stale = custom.texts_of([lead.id], [field])
    custom.write_values(lead, {field: "two"}, actor=cast.alice)
    monkeypatch.setattr(custom, "texts_of", lambda *_: stale)
    with pytest.raises(Conflict, match="just changed Tier"):
        custom.write_values(lead, {field: "three"}, actor=cast.bob)
    monkeypatch.undo()
    assert kept(lead) == {"Tier": "two"} and Activity.select().count() == 2


def test_names_are_unique_and_none_that_every_lead_has(cast, make):
    make("Contract end", "date")
    for name in ("contract END", "E-mail", "Tags", "first_name", "", "x" * 61):
        with pytest.raises(Invalid) as refused:
            make(name)
        assert refused.value.field == "name"
    made = [make(name).slug for name in ("Contract-end", "予算", "Größe", "Tag!")]
    assert made == ["contract_end_2", "field", "grosse", "tag_2"]
    slugs = [field.slug for field in custom.fields_of(cast.acme)]
    assert len(slugs) == len(set(slugs)) and slugs[0] == "contract_end"


def test_there_are_up_to_a_hundred_fields(cast, make, monkeypatch):
    monkeypatch.setattr(custom_fields, "MOST", 2)
    make("A"), make("B")
    with pytest.raises(Invalid, match="up to 2 fields"):
        make("C")


def test_fields_are_put_in_order(cast, make, sign_in, htmx):
    ids = [make(name).id for name in "ABC"]
    client = sign_in(cast.alice)
    assert client.post(f"/settings/fields/{ids[2]}/move/up").status_code == 303
    answer = client.post(f"/settings/fields/{ids[0]}/move/up", headers=htmx)
    assert answer.status_code == 200 and 'hx-target="#custom-fields"' in answer.text
    assert [field.name for field in custom.fields_of(cast.acme)] == ["A", "C", "B"]


def test_a_deleted_field_is_gone_at_once_and_its_name_is_free(cast, make, lead):
    field = make("Tier")
    custom.write_values(lead, {field: "one"}, actor=cast.bob)
    custom_fields.delete_field(cast.acme, field, actor=cast.alice)
    assert custom.fields_of(cast.acme) == () and custom.values_of(lead) == {}
    assert CustomField.select().count() == CustomValue.select().count() == Removal.select().count() == 0
    with pytest.raises(Conflict):
        custom_fields.delete_field(cast.acme, field, actor=cast.alice)
    assert make("Tier").slug == "tier"


def test_many_values_are_deleted_in_batches_by_a_job_that_may_run_twice(cast, make, run_jobs, monkeypatch):
    monkeypatch.setattr(removing, "BATCH", 2)
    field, leads = make("Tier"), [factories.lead(cast.acme) for _ in range(5)]
    for lead in leads:
        custom.write_values(lead, {field: "one"}, actor=cast.bob)
    custom_fields.delete_field(cast.acme, field, actor=cast.alice)
    assert CustomValue.select().count() == 3 and custom.values_of(leads[4]) == {}
    removal = Removal.get()
    run_jobs()
    removing.remove_from_leads(removal.id)
    assert CustomField.select().count() == CustomValue.select().count() == Removal.select().count() == 0


def test_what_becomes_of_an_option_in_use_is_asked(cast, make, sign_in):
    field = make("Tier", "choice", ["Gold", "Silver", "Bronze"])
    leads = [factories.lead(cast.acme) for _ in range(4)]
    for lead, option in zip(leads, ["Gold", "Silver", "Gold", "Bronze"], strict=True):
        custom.write_values(lead, {field: option}, actor=cast.bob)
    client, path = sign_in(cast.alice), f"/settings/fields/{field.id}/options"
    seen = "Gold\nSilver\nBronze"
    asked = client.post(path, data={"options": "silver\nPlatinum", "seen": seen})
    assert asked.status_code == 422 and "2 leads have “Gold”" in asked.text and "1 lead has “Bronze”" in asked.text
    assert "Silver”" not in asked.text and custom.get_field(cast.acme, field.id).options == field.options
    answers = {"gone": ["Gold", "Bronze"], "becomes": ["=Platinum", "="]}
    assert client.post(path, data={"options": "silver\nPlatinum", "seen": seen, **answers}).status_code == 303
    assert [kept(lead).get("Tier") for lead in leads] == ["Platinum", "silver", "Platinum", None]
    again = client.post(path, data={"options": "Other", "seen": seen})
    assert again.status_code == 422 and "just changed these options" in again.text and "Platinum" in again.text


def test_a_field_is_made_renamed_and_deleted_in_the_settings(cast, sign_in, htmx, lead):
    client = sign_in(cast.alice)
    bad = client.post("/settings/fields/new", data={"name": "Tier", "kind": "choice", "options": " "}, headers=htmx)
    assert bad.status_code == 422 and "at least one option" in bad.text and 'value="Tier"' in bad.text
    data = {"name": "Tier", "kind": "choice", "options": "Gold\n\n gold <b> \n"}
    assert client.post("/settings/fields/new", data=data).status_code == 303
    field = custom.fields_of(cast.acme)[0]
    assert field.options == ("Gold", "gold <b>")
    custom.write_values(lead, {field: "Gold"}, actor=cast.bob)
    assert "{{tier}}" in client.get("/settings/fields").text
    assert "1 lead has a value" in client.get(f"/settings/fields/{field.id}/delete").text
    assert client.post(f"/settings/fields/{field.id}/rename", data={"name": "Level"}).status_code == 303
    assert custom.fields_of(cast.acme)[0][:3] == (field.id, "Level", "tier")
    assert client.post(f"/settings/fields/{field.id}/delete").status_code == 303
    assert client.get(f"/settings/fields/{field.id}/delete").status_code == 404


def test_only_who_has_the_workspace_changes_fields(cast, make, sign_in):
    field = make("Tier", "choice", ["A"])
    for member, status in ((cast.bob, 403), (cast.vera, 403), (cast.charlie, 404)):
        client = sign_in(member)
        for path in ("rename", "options", "delete", "move/up"):
            assert client.post(f"/settings/fields/{field.id}/{path}", data={"name": "x"}).status_code == status
    assert custom.fields_of(cast.acme) == (field,)


def test_a_field_is_edited_in_place_on_the_leads_page(cast, make, sign_in, htmx, lead):
    field, client = make("Contract end", "date"), sign_in(cast.bob)
    path = f"/leads/{lead.id}/fields/{field.id}"
    assert f'id="fact-custom-{field.id}"' in client.get(f"/leads/{lead.id}").text
    form = client.get(path, headers=htmx).text
    assert "<html" not in form and 'type="date"' in form and f'name="custom-{field.id}"' in form
    assert "<html" in client.get(path).text
    answer = client.post(path, data={field.input: "2026-11-21"}, headers=htmx)
    assert answer.status_code == 200 and "21 Nov 2026" in answer.text and 'hx-target="#activity"' in answer.text
    assert "21 Nov 2026" in client.get(f"{path}/shown", headers=htmx).text
    wrong = client.post(path, data={field.input: "soon"}, headers=htmx)
    assert wrong.status_code == 422 and "“soon” is not a date" in wrong.text and 'value="soon"' in wrong.text
    assert client.post(path, data={field.input: ""}).location == f"/leads/{lead.id}"
    assert kept(lead) == {}


def test_a_form_opened_before_somebody_else_changed_it_says_so_and_writes_the_second_time(cast, make, sign_in, lead):
    field, client = make("Budget", "number"), sign_in(cast.bob)
    path = f"/leads/{lead.id}/fields/{field.id}"
    custom.write_values(lead, {field: "7"}, actor=cast.alice)
    stale = client.post(path, data={field.input: "5", "was": ""})
    assert stale.status_code == 422 and "changed this to “7”" in stale.text and 'name="was" value="7"' in stale.text
    assert client.post(path, data={field.input: "5", "was": "7"}).status_code == 303 and kept(lead) == {"Budget": "5"}


def test_an_option_that_went_meanwhile_is_refused_with_those_there_are(cast, make, sign_in, lead):
    field, client = make("Tier", "choice", ["Gold", "Silver"]), sign_in(cast.bob)
    custom_fields.set_options(cast.acme, field, ["Silver"], actor=cast.alice, seen=["Gold", "Silver"])
    answer = client.post(f"/leads/{lead.id}/fields/{field.id}", data={field.input: "Gold"})
    assert answer.status_code == 422 and "“Gold” is not an option of Tier. Choose one: Silver." in answer.text


def test_another_workspaces_field_or_lead_is_not_found(cast, make, sign_in, lead):
    mine, theirs = make("Tier"), make("Theirs", workspace=cast.other)
    for member, path in (
        (cast.bob, f"/leads/{lead.id}/fields/{theirs.id}"),
        (cast.charlie, f"/leads/{lead.id}/fields/{mine.id}"),
        (cast.charlie, f"/leads/{lead.id}/fields/{theirs.id}"),
    ):
        assert sign_in(member).post(path, data={theirs.input: "x", mine.input: "x"}).status_code == 404
        assert sign_in(member).get(f"{path}/shown").status_code == 404
    with pytest.raises(NotFound):
        custom.get_field(cast.acme, theirs.id)
    assert sign_in(cast.vera).post(f"/leads/{lead.id}/fields/{mine.id}", data={mine.input: "x"}).status_code == 403
    assert "edit-custom" not in sign_in(cast.vera).get(f"/leads/{lead.id}").text
    assert CustomValue.select().count() == 0


def test_a_new_lead_gets_its_custom_fields_and_tags_or_is_not_made(cast, make, sign_in):
    budget, tier = make("Budget", "number"), make("Tier", "choice", ["Gold"])
    client, data = (
        sign_in(cast.bob),
        {"first_name": "Ann", budget.input: "many", tier.input: "gold", "tags": "VIP, dach"},
    )
    page = client.get("/leads/new").text
    assert f'name="{budget.input}"' in page and 'name="tags"' in page
    answer = client.post("/leads/new", data=data)
    assert answer.status_code == 422 and "is not a number" in answer.text and "VIP, dach" in answer.text
    assert client.post("/leads/new", data={**data, budget.input: "5", "tags": "x" * 51}).status_code == 422
    assert Lead.select().count() == 0
    theirs = make("Theirs", workspace=cast.other)
    client.post("/leads/new", data={**data, budget.input: "1,500", theirs.input: "x"})
    lead = Lead.get()
    assert kept(lead) == {"Budget": "1500", "Tier": "Gold"} and CustomValue.select().count() == 2
    page = client.get(f"/leads/{lead.id}").text
    assert "1,500" in page and "VIP" in page and "dach" in page


def test_a_lead_takes_as_many_queries_with_ten_fields_and_tags_as_with_a_hundred(cast, make, sign_in, lead):
    client, counts = sign_in(cast.bob), []
    for total in (10, 60):
        while len(custom.fields_of(cast.acme)) < total:
            field = make(f"Field {len(custom.fields_of(cast.acme))}")
            custom.write_values(lead, {field: "x"}, actor=cast.bob)
        with count_queries() as counted:
            assert client.get(f"/leads/{lead.id}").status_code == 200
        counts.append(counted.count)
    assert counts[0] == counts[1] <= 8
