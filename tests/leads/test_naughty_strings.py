"""Each of the Big List of Naughty Strings wherever words are typed: no failure, and out comes what went in.

A request takes long beside what is tested here, so one carries many strings: each field of a form has its own, or as
many as fit into one text. Verbs and pages that show all at once do the rest.
"""

import json
import re

import pytest
from markupsafe import escape
from peewee import chunked

from db import db
from tests import factories
from webapp.config import ROOT
from webapp.core.errors import Invalid
from webapp.leads import custom, custom_fields, listing, notes, pipeline, saved_views, tags, todos
from webapp.leads.custom_kinds import Field
from webapp.leads.field_models import CustomField, CustomKind
from webapp.leads.filters import Filter
from webapp.leads.list_models import SavedView
from webapp.leads.merging import merge_leads
from webapp.leads.models import Activity, ActivityKind, Lead, Stage

STRINGS = json.loads(next((ROOT / "tests" / "vendor").glob("naughty-strings-*.json")).read_text())
FIELDS = ("first_name", "last_name", "company", "title", "city", "region", "country", "industry", "source")


def kept(text):
    """What a text of several lines keeps of `text`: no NUL, no outer white space."""
    return text.replace("\0", "").replace("\r\n", "\n").strip()


def flat(text):
    """What a line keeps of it."""
    return " ".join(text.replace("\0", "").split())


def packed(limit, strings=STRINGS, between=" "):
    """Texts of up to `limit` letters with all of these strings that are no longer than that."""
    texts = [""]
    for string in filter(None, map(flat, strings)):
        if len(texts[-1]) + len(string) + 1 <= limit:
            texts[-1] += between * bool(texts[-1]) + string
        elif len(string) <= limit:
            texts.append(string)
    return texts


def assert_shown(page, texts):
    """Each of `texts` is on the page, and none of them as markup."""
    assert page.status_code == 200 and not re.search(r"<script(?! src=)", page.text)
    flat_page = " ".join(page.text.split())
    assert [text for text in texts if str(escape(flat(text))) not in flat_page] == []


@pytest.fixture
def lead(cast):
    return factories.lead(cast.acme, "Globex", stage=Stage.LOST)


def test_every_field_of_a_lead_keeps_them_exactly(alice):
    wanted = list(chunked(STRINGS, len(FIELDS)))
    for texts in wanted:
        answer = alice.post("/leads/new", data={"phone": "1", **dict(zip(FIELDS, texts, strict=False))})
        assert answer.status_code == 303, texts
    found = Lead.select(*(getattr(Lead, name) for name in FIELDS)).order_by(Lead.id).tuples()
    for texts, values in zip(wanted, found, strict=True):
        assert [flat(value) for value in values][: len(texts)] == [flat(text) for text in texts]
    assert_shown(alice.get(f"/leads?rows=100&columns={','.join(FIELDS)}"), STRINGS)
    assert_shown(alice.get("/leads/board"), ())


def test_notes_keep_them_and_searches_take_them(cast, alice, lead):
    with db.atomic():  # one commit for all
        for text in filter(kept, STRINGS):
            notes.add_note(lead, text, actor=cast.alice)
    assert {entry.data["text"] for entry in Activity.select()} == set(map(kept, STRINGS)) - {""}
    for text in packed(9000, between="\n"):
        assert alice.post(f"/leads/{lead.id}/notes", data={"text": text}).status_code == 303
    assert_shown(alice.get(f"/leads/{lead.id}"), STRINGS)
    for text in STRINGS:
        listing.table(cast.alice, Filter.read({"q": text}))
    assert_shown(alice.get("/leads", query_string={"q": packed(200)[0]}), ())


def test_calls_e_mails_changed_notes_and_reasons_keep_them(cast, alice, lead):
    entry, _ = notes.add_note(lead, "to be changed", actor=cast.alice)
    with db.atomic():
        for text in filter(kept, STRINGS):
            notes.log_call(lead, notes.Outcome.REACHED, text, actor=cast.alice)
            notes.log_mail(lead, text, text, received=True, actor=cast.alice)
            notes.rewrite(entry, lead, {"text": text}, actor=cast.alice)
            entry = Activity.get_by_id(entry.id)
            assert entry.data["text"] == kept(text)
    for kind in (ActivityKind.CALL, ActivityKind.WRITTEN):
        rows = Activity.select().where(Activity.kind == kind).order_by(Activity.id)
        assert [row.data["text"] for row in rows] == [kept(text) for text in STRINGS if kept(text)]
    for text in packed(200):
        pipeline.explain_loss(lead, text, actor=cast.alice)
        assert Lead.get_by_id(lead.id).lost_reason == text
    assert_shown(alice.get(f"/leads/{lead.id}"), [text])


def test_to_dos_keep_them(cast, alice, lead):
    titles = packed(todos.TITLE_LENGTH)
    for title in titles:
        assert todos.add_todo(lead, {"title": title}, actor=cast.alice).title == title
    first = alice.get("/todos")
    older = re.search(r'href="(/todos\?page=[^"]+)"', first.text)[1]
    second = alice.get(older)
    assert len(titles) > 50 and second.status_code == 200
    assert [title for title in titles if str(escape(title)) not in first.text + second.text] == []
    assert_shown(alice.get(f"/leads/{lead.id}"), titles[:1])


def test_tags_keep_them(cast, alice):
    names = [
        text for text in map(flat, STRINGS) if text and len(text) <= tags.NAME_LENGTH and not set(text) & set(",;")
    ]
    assert len(names) > 250
    assert alice.post("/leads/new", data={"last_name": "Vale", "tags": ",".join(names)}).status_code == 303
    found = [tag.name for tag in tags.tags_on(Lead.get())]
    assert set(found) <= set(names) and {tags.fold(name) for name in names} == {tags.fold(name) for name in found}
    assert_shown(alice.get(f"/leads/{Lead.get().id}"), found[:100])
    assert_shown(alice.get("/settings/tags"), found[:50])


def test_names_of_saved_views_keep_them(cast, alice):
    for names in chunked(packed(saved_views.NAME_LENGTH), saved_views.MOST):
        for name in names:
            view = saved_views.create_view(cast.alice, name, Filter.read({"q": name}), is_shared=True)
            assert view.name == name
        assert_shown(alice.get("/leads"), names)
        SavedView.delete().execute()


def test_custom_fields_their_names_and_options_keep_them(cast, alice):
    names, texts = packed(60), packed(1000)
    for options in chunked({tags.fold(text): text for text in packed(100)}.values(), custom_fields.MOST_OPTIONS):
        data = {"name": options[0][:60], "kind": "choice", "options": "\n".join(options)}
        assert alice.post("/settings/fields/new", data=data).status_code == 303
        assert list(custom.fields_of(cast.acme)[-1].options) == options
    same = {"workspace": cast.acme, "kind": CustomKind.TEXT}
    rows = [{**same, "name": name, "name_key": str(at), "slug": f"f{at}"} for at, name in enumerate(names)]
    CustomField.insert_many(rows).execute()
    fields = [field for field in custom.fields_of(cast.acme) if field.kind is CustomKind.TEXT]
    typed = dict(zip((field.input for field in fields), texts, strict=False))
    assert alice.post("/leads/new", data={"last_name": "Vale", **typed}).status_code == 303
    lead = Lead.get()
    assert list(custom.values_of(lead).values()) == texts
    assert_shown(alice.get("/settings/fields"), names)
    assert_shown(alice.get(f"/leads/{lead.id}"), [*names[:100], *texts])


@pytest.mark.parametrize("kind", list(CustomKind))
def test_a_custom_field_of_each_kind_keeps_them_or_says_why_not(kind):
    field, refused = Field(1, "Extra", "extra", kind, '["A"]'), 0
    for text in STRINGS:
        try:
            value = custom.cleaned(field, text)
        except Invalid as error:
            assert error.field == field.input
            refused += 1
        else:
            assert not value or kind is not CustomKind.TEXT or value.text.split() == flat(text).split()
    assert refused == 0 if kind is CustomKind.TEXT else refused > 0


def test_merging_keeps_them(cast, alice):
    for texts in chunked(packed(255), len(FIELDS)):
        values = dict(zip(FIELDS, texts, strict=False))
        keep, other = factories.lead(cast.acme, "Globex"), factories.lead(cast.acme, **{"company": "Other", **values})
        assert_shown(alice.get(f"/leads/{keep.id}/merge/{other.id}"), texts)
        merge_leads(keep, other, dict.fromkeys(FIELDS, "other"), actor=cast.alice)
        merged = Lead.get_by_id(keep.id)
        assert {name: getattr(merged, name) for name in values} == values
        assert_shown(alice.get(f"/leads/{keep.id}"), texts)
