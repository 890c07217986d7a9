"""Custom fields and tags as columns of an import."""

import json

import pytest
from playhouse.test_utils import count_queries

from tests import factories
from tests.imports.files import imported_from, run, table
from tests.imports.steps import at, columns_form
from webapp.accounts.models import User
from webapp.config import ROOT
from webapp.imports import running
from webapp.imports.models import ImportRow
from webapp.leads import custom, custom_fields, tags
from webapp.leads.field_models import CustomValue, LeadTag, Tag
from webapp.leads.models import Activity, ActivityKind, Lead

NAUGHTY = json.loads(next((ROOT / "tests" / "vendor").glob("naughty-strings-*.json")).read_text())


@pytest.fixture
def fields(cast):
    wanted = (("Budget", "number", ()), ("Tier", "choice", ["Gold", "Silver"]), ("Contract end", "date", ()))
    return [custom_fields.create_field(cast.acme, *one, actor=cast.alice) for one in wanted]


def kept(lead):
    return {field.name: text for field, text in custom.values_of(lead).items()}


def names(lead):
    return [tag.name for tag in tags.tags_on(lead)]


def test_columns_are_matched_by_the_names_of_custom_fields_and_offered(cast, fields, sign_in):
    imported = imported_from(
        cast.alice, table("E-mail,BUDGET,contract-end,Labels,Other", "a@x.example,1,2026-01-02,,z")
    )
    wanted = ["email", f"custom:{fields[0].id}", f"custom:{fields[2].id}", "tags", ""]
    assert imported.mapping == wanted
    client = sign_in(cast.alice)
    page = client.get(at(imported, "columns")).text
    assert f'<option value="custom:{fields[0].id}" selected>Budget</option>' in page and ">Tier</option>" in page
    theirs = custom_fields.create_field(cast.other, "Theirs", "text", actor=cast.charlie)
    for target in (f"custom:{theirs.id}", f"custom:{fields[0].id}"):
        refused = client.post(at(imported, "columns"), data=columns_form(imported, *wanted[:4], target))
        assert refused.status_code == 422
    assert "Budget is chosen for" in refused.text


def test_new_leads_get_values_and_tags_and_bad_cells_are_told(cast, fields):
    text = table(
        "E-mail,Budget,Tier,Contract end,Tags",
        'a@x.example,"1,500.5",gold,21/11/2026,"VIP; dach, vip"',
        "b@x.example,many,Bronze,soon," + "x" * 51,
        "c@x.example,,,,",
    )
    imported = run(imported_from(cast.alice, text))
    assert (imported.created, imported.failed) == (3, 0)
    first, second, third = Lead.select().order_by(Lead.id)
    assert kept(first) == {"Budget": "1500.5", "Tier": "Gold", "Contract end": "2026-11-21"}
    assert CustomValue.get(CustomValue.text == "1500.5").number == 1500.5 and names(first) == ["dach", "VIP"]
    assert kept(second) == kept(third) == {} and names(second) == []
    note = Activity.get().data["text"]
    assert Activity.select().count() == 1
    for told in ("Budget: “many”", "Tier: “Bronze”", "Contract end: “soon”", "Tags: “xxx"):
        assert told in note


def test_leads_that_are_here_keep_or_change_theirs_as_the_rule_says_and_before_is_kept(cast, fields):
    lead = factories.lead(cast.acme, email="a@x.example")
    custom.write_values(lead, {fields[0]: "7"}, actor=cast.bob)
    tags.tag_lead(lead, tags.named(cast.acme, "VIP"), actor=cast.bob)
    text = table("E-mail,Budget,Tier,Tags", "a@x.example,9,Silver,vip; DACH", "a@x.example,9,Gold,DACH")
    filled = run(imported_from(cast.alice, text))
    assert kept(lead) == {"Budget": "7", "Tier": "Silver"} and names(lead) == ["DACH", "VIP"]
    assert (filled.updated, filled.tallies) == (1, {"duplicate": 1})
    assert ImportRow.get(ImportRow.number == 1).before == {f"custom:{fields[1].id}": "", "tags": "VIP"}
    told = Activity.get(Activity.kind == ActivityKind.IMPORTED).data
    assert told["changes"] == {"Tier": ["", "Silver"], "tags": ["VIP", "VIP, DACH"]}
    assert told["custom"] == {"Tier": fields[1].identity}
    updated = run(imported_from(cast.alice, text), policy="update")
    assert kept(lead) == {"Budget": "9", "Tier": "Gold"} and (updated.updated, updated.skipped) == (1, 1)
    assert run(imported_from(cast.alice, table("E-mail,Tier", "a@x.example,Silver")), policy="skip").skipped == 1
    assert kept(lead)["Tier"] == "Gold"


def test_numbers_are_read_as_the_file_writes_them(cast, fields):
    User.update(locale="de").where(User.id == cast.alice.user_id).execute()
    run(imported_from(cast.alice, table("E-mail;Budget", "a@x.example;1.234", "b@x.example;1.234,5")))
    run(imported_from(cast.alice, table("E-mail,Budget", "c@x.example,1.234")))
    assert [kept(lead)["Budget"] for lead in Lead.select().order_by(Lead.id)] == ["1234", "1234.5", "1.234"]


def test_a_field_that_is_deleted_before_the_run_is_left_out(cast, fields):
    imported = imported_from(cast.alice, table("E-mail,Budget", "a@x.example,5"))
    custom_fields.delete_field(cast.acme, fields[0], actor=cast.alice)
    assert run(imported).created == 1 and CustomValue.select().count() == 0


def test_a_field_that_is_deleted_while_the_file_is_read_costs_its_values_only(cast, fields, monkeypatch):
    shape = running.shape

    def delete_meanwhile(*args):
        shaped = shape(*args)
        if fields[0] in custom.fields_of(cast.acme):
            custom_fields.delete_field(cast.acme, fields[0], actor=cast.alice)
        return shaped

    monkeypatch.setattr(running, "shape", delete_meanwhile)
    done = run(imported_from(cast.alice, table("E-mail,Budget,Tier", "a@x.example,5,Gold")))
    assert (done.state, done.created) == ("done", 1) and kept(Lead.get()) == {"Tier": "Gold"}


def test_tags_beyond_what_a_workspace_holds_are_told_on_the_lead(cast, monkeypatch):
    monkeypatch.setattr(tags, "MOST", 2)
    assert run(imported_from(cast.alice, table("E-mail,Tags", "a@x.example,One;Two;Three;Four"))).created == 1
    assert Tag.select().count() == LeadTag.select().count() == 2
    assert "Three, Four" in Activity.get().data["text"]


def test_a_batch_takes_as_many_queries_for_ten_rows_as_for_fifty(cast, fields, monkeypatch):
    monkeypatch.setattr(running, "BATCH", 50)
    counts = []
    tags.named_all(cast.acme, ["VIP", "DACH"])
    for rows in (10, 50):
        lines = (f"a{rows}{number}@x.example,{number},Gold,VIP" for number in range(rows))
        imported = imported_from(cast.alice, table("E-mail,Budget,Tier,Tags", *lines))
        with count_queries() as counted:
            assert run(imported).created == rows
        counts.append(counted.count)
    for rows in (10, 50):
        lines = (f"a{rows}{number}@x.example,{number + 1},Silver,DACH" for number in range(rows))
        imported = imported_from(cast.alice, table("E-mail,Budget,Tier,Tags", *lines))
        with count_queries() as counted:
            assert run(imported, policy="update").updated == rows
        counts.append(counted.count)
    assert counts[0] == counts[1] and counts[2] == counts[3]
    assert CustomValue.select().count() == 120 and LeadTag.select().count() == 120


def test_naughty_strings_come_in_exactly_or_are_told(cast):
    field = custom_fields.create_field(cast.acme, "Extra", "text", actor=cast.alice)
    strings = [text for text in NAUGHTY if text.strip() and text.isprintable() and text[0] not in "='"]
    lines = ["E-mail,Extra"]
    for number, text in enumerate(strings):
        quoted = text.replace('"', '""')
        lines.append(f'n{number}@x.example,"{quoted}"')
    imported = run(imported_from(cast.alice, table(*lines)))
    assert imported.created == len(strings)
    had = custom.texts_of([lead.id for lead in Lead.select(Lead.id)], [field])
    found = {lead.email: had[lead.id][field.id] for lead in Lead.select()}
    assert [found[f"n{number}@x.example"] for number in range(len(strings))] == [text.strip() for text in strings]
