"""What is done with ticked rows or a whole view from the table's bar, and the to-do edited in its cell."""

import csv
import io
import re
from datetime import UTC, date, datetime
from urllib.parse import urlencode

import pytest

from tests import factories
from webapp.core import clock
from webapp.leads import queries, search, tags, todos
from webapp.leads.field_models import LeadTag, Tag
from webapp.leads.list_models import BulkAction, BulkItem
from webapp.leads.models import Lead, Stage, StageTotal, Todo


@pytest.fixture
def bob(cast, sign_in):
    return sign_in(cast.bob)


def bar(text):
    return text.split('id="bulk"')[1].split("</form>")[0]


# --------------------------------------------------------------------- the bar


def test_the_bar_offers_all_of_the_view_with_its_count_once_it_has_more_than_a_page(cast, bob, monkeypatch):
    for _ in range(26):
        factories.lead(cast.acme)
    assert "check-every" not in bar(bob.get("/leads").text)
    assert "Select all 26" in bar(bob.get("/leads?rows=25").text)
    StageTotal.update(leads=12_400).where(StageTotal.workspace == cast.acme, StageTotal.stage == Stage.NEW).execute()
    assert "Select all, about 12,400" in bar(bob.get("/leads?rows=25").text)
    monkeypatch.setattr(search, "PROBE", 0)
    monkeypatch.setattr(queries, "WALK", 2)
    assert "Select all, over 2" in bar(bob.get("/leads?rows=25&q=glo").text)


TOO_MANY = "&".join(f"f=value.from.{number}" for number in range(41))


def test_of_a_view_whose_conditions_were_cut_the_list_says_so_and_nothing_changes_or_exports_all(cast, bob, htmx):
    leads = [factories.lead(cast.acme, value=100) for _ in range(26)]
    for path in ("/leads", "/leads/board"):
        text = bob.get(f"{path}?{TOO_MANY}").text
        assert text.index("so some were left out") < text.index('id="filters"')
        shown = re.search(r'href="([^"]+)">Go on with those shown', text)[1].replace("&amp;", "&")
        assert shown.startswith(f"{path}?f=") and "so some were left out" not in bob.get(shown).text
    form = bar(bob.get(f"/leads?rows=25&{TOO_MANY}").text)
    again = urlencode(re.findall(r'name="([^"]+)" value="([^"]*)"', form.split("<span")[0]))
    for address in (TOO_MANY, again):
        for answer in (
            bob.post(f"/leads/bulk?{address}", data={"do": "stage", "stage": "lost", "all": 1}),
            bob.post(f"/campaigns/choose?{address}", data={"campaign": "new", "all": 1}),
            bob.get(f"/leads/export.csv?{address}&all=1"),
            bob.get(f"/leads/export.xlsx?{address}&all=1"),
        ):
            assert answer.status_code == 422 and "conditions of this view were left out" in answer.text
    asked = bob.get(f"/leads/bulk?do=stage&all=1&{TOO_MANY}")
    assert asked.status_code == 303 and "conditions of this view were left out" in bob.get("/leads").text
    assert not Lead.select().where(Lead.stage == Stage.LOST).exists() and not BulkAction.select().exists()
    ticked = {"do": "stage", "stage": "lost", "lead": leads[0].id}
    assert bob.post(f"/leads/bulk?{TOO_MANY}", data=ticked, headers=htmx).status_code == 200
    assert len(bob.get(f"/leads/export.csv?{TOO_MANY}&lead={leads[0].id}").text.splitlines()) == 2


@pytest.mark.parametrize("do", ["stage", "owner", "tag", "center", "export", "delete"])
def test_every_change_asks_in_the_dialog_and_as_a_page(cast, bob, htmx, do):
    leads = [factories.lead(cast.acme) for _ in range(3)]
    address = f"/leads/bulk?do={do}&lead={leads[0].id}&lead={leads[1].id}&sort=name"
    part, page = bob.get(address, headers=htmx).text, bob.get(address).text
    assert "2 leads" in part and "<html" not in part and "<html" in page
    assert f'name="lead" value="{leads[1].id}"' in part and 'action="/leads/bulk?sort=name"' in part
    assert "all 3 leads" in bob.get(f"/leads/bulk?do={do}&all=1").text


def test_with_nothing_ticked_one_is_told_where_leads_are_ticked(cast, bob):
    for path in ("/leads/bulk?do=stage&sort=name", "/campaigns/choose?sort=name"):
        answer = bob.get(path)
        assert answer.status_code == 303 and answer.location == "/leads?sort=name"
        assert "Tick at least one lead first." in bob.get("/leads").text


def test_ticked_rows_change_alone_and_are_taken_back_exactly(cast, bob, htmx):
    one, two, other = (factories.lead(cast.acme, owner=cast.alice.user_id) for _ in range(3))
    before = list(Lead.select().order_by(Lead.id).tuples())
    data = {"do": "owner", "owner": cast.bob.user_id, "lead": [one.id, two.id]}
    answer = bob.post("/leads/bulk?q=glo", data=data, headers=htmx).text
    assert "2 leads given to Bob Baker" in answer and 'hx-target="#bulk"' in answer
    assert [lead.owner_id for lead in Lead.select().order_by(Lead.id)] == [cast.bob.user_id] * 2 + [cast.alice.user_id]
    back = bob.post(f"/leads/bulk/{BulkAction.get().id}/undo")
    assert back.location == "/leads?q=glo" and "2 leads put back" in bob.get("/leads").text
    assert list(Lead.select().order_by(Lead.id).tuples()) == before and BulkItem.select().count() == 2 and other


def test_an_undo_that_kept_some_shows_which(cast, bob):
    one, two = factories.lead(cast.acme), factories.lead(cast.acme)
    bob.post("/leads/bulk", data={"do": "stage", "stage": "lost", "lead": [one.id, two.id]})
    Lead.update(stage=Stage.REPLIED).where(Lead.id == one.id).execute()
    back = bob.post(f"/leads/bulk/{BulkAction.get().id}/undo")
    assert back.location == f"/leads/bulk/{BulkAction.get().id}"
    assert f'href="/leads/{one.id}"' in bob.get(back.location).text


def test_a_tag_nobody_has_is_not_made_by_taking_it_off(cast, bob, htmx):
    lead = factories.lead(cast.acme)
    data = {"do": "untag", "tag": " nowhere ", "lead": lead.id}
    answer = bob.post("/leads/bulk", data=data, headers=htmx)
    assert answer.status_code == 422 and "There is no tag nowhere." in answer.text
    assert 'value=" nowhere "' in answer.text and Tag.select().count() == 0
    tags.tag_lead(lead, tags.named(cast.acme, "Fair"), actor=cast.bob)
    assert "1 lead relieved of the tag Fair" in bob.post("/leads/bulk", data={**data, "tag": "fair"}, headers=htmx).text
    assert LeadTag.select().count() == 0


def test_ticked_rows_are_exported_in_the_order_of_the_table(cast, bob):
    leads = [factories.lead(cast.acme, company) for company in ("Aa", "Bb", "Cc")]
    hidden = factories.lead(cast.other)
    ids = "&".join(f"lead={lead.id}" for lead in (leads[2], hidden, leads[0]))
    text = bob.get(f"/leads/export.csv?columns=company&{ids}").data.decode("utf-8-sig")
    assert [row[2] for row in csv.reader(io.StringIO(text))] == ["Company", "Cc", "Aa"]
    assert f"lead={leads[0].id}" in bob.get(f"/leads/bulk?do=export&lead={leads[0].id}").text


# -------------------------------------------------------------- to-dos in cells


@pytest.fixture
def lead(cast):
    with clock.freeze(datetime(2026, 11, 21, 9, tzinfo=UTC)):
        yield factories.lead(cast.acme)


def test_a_to_do_is_made_and_changed_in_its_cell(cast, bob, lead, htmx):
    address = f"/leads/{lead.id}/cell/due"
    assert 'name="todo" value=""' in bob.get(address, headers=htmx).text
    data = {"todo": "", "title": "Call her", "day": "2026-11-23", "time": ""}
    answer = bob.post(address, data=data, headers=htmx)
    assert answer.status_code == 200 and f'hx-target="#lead-{lead.id}"' in answer.text and "Call her Mon" in answer.text
    todo = Todo.get()
    assert (todo.assignee_id, todo.kind.value) == (cast.bob.user_id, "task")
    form = bob.get(address, headers=htmx).text
    assert 'value="Call her"' in form and 'value="2026-11-23"' in form and f'name="todo" value="{todo.id}"' in form
    bob.post(address, data={**data, "todo": todo.id, "title": "Write to her"}, headers=htmx)
    assert [one.title for one in Todo.select()] == ["Write to her"]
    assert bob.post(f"{address}?sort=name", data={**data, "todo": todo.id}).location == "/leads?sort=name"


def test_it_is_the_to_do_that_is_due_first_and_keeps_whose_it_is(cast, bob, lead, htmx):
    address = f"/leads/{lead.id}/cell/due"
    todos.add_todo(lead, {"title": "Later", "day": date(2026, 12, 1)}, actor=cast.alice)
    first = todos.add_todo(lead, {"title": "First", "kind": "call", "day": date(2026, 11, 22)}, actor=cast.alice)
    assert 'value="First"' in bob.get(address, headers=htmx).text
    bob.post(address, data={"todo": first.id, "title": "Still first", "day": "2026-11-22"}, headers=htmx)
    kept = Todo.get_by_id(first.id)
    assert (kept.title, kept.kind.value, kept.assignee_id) == ("Still first", "call", cast.alice.user_id)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"title": " "}, "Say what has to be done."),
        ({"title": "Call", "day": "soon"}, "Write a date such as"),
        ({"title": "Call", "time": "09:00"}, "Choose a day, too"),
    ],
)
def test_what_is_wrong_in_a_to_dos_cell_is_kept_and_said(cast, bob, lead, htmx, data, sentence):
    answer = bob.post(f"/leads/{lead.id}/cell/due", data=data, headers=htmx)
    assert answer.status_code == 422 and sentence in answer.text and 'aria-invalid="true"' in answer.text
    assert f'value="{data["title"].strip()}"' in answer.text and Todo.select().count() == 0


def test_a_to_do_that_is_done_by_now_or_another_leads_is_refused(cast, bob, lead, htmx, sign_in):
    todo = todos.add_todo(lead, {"title": "Call"}, actor=cast.bob)
    other = factories.lead(cast.acme)
    data = {"todo": todo.id, "title": "Changed"}
    assert bob.post(f"/leads/{other.id}/cell/due", data=data, headers=htmx).status_code == 404
    todos.finish_todo(todo, actor=cast.alice)
    assert bob.post(f"/leads/{lead.id}/cell/due", data=data, headers=htmx).status_code == 422
    assert Todo.get().title == "Call"
    assert sign_in(cast.vera).get(f"/leads/{lead.id}/cell/due").status_code == 403
    assert sign_in(cast.charlie).post(f"/leads/{lead.id}/cell/due", data=data).status_code == 404
