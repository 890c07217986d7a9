import gzip
import re

import pytest
from playhouse.test_utils import count_queries

from tests import factories
from webapp.accounts.models import Reach
from webapp.leads import queries, search
from webapp.leads.criteria import FIELDS
from webapp.leads.field_models import CustomField, CustomValue, LeadTag, Tag
from webapp.leads.models import Lead, Stage, StageTotal


def rows(text):
    return re.findall(r'<tr id="lead-(\d+)"', text)


def link(text, label):
    """The address of the pager's link with this word."""
    found = re.search(rf'<a class="btn"[^>]*href="([^"]+)" rel="(?:prev|next)"[^>]*>(?:<svg.*?</svg>)?\s*{label}', text)
    return found and found[1].replace("&amp;", "&")


def test_the_table_pages_older_and_newer_with_right_numbers(cast, sign_in):
    for number in range(60):
        factories.lead(cast.acme, f"Company{number}")
    client = sign_in(cast.bob)
    first = client.get("/leads?rows=25").text
    second = client.get(link(first, "Older")).text
    third = client.get(link(second, "Older")).text
    seen = [rows(first), rows(second), rows(third)]
    assert [len(page) for page in seen] == [25, 25, 10] and len({row for page in seen for row in page}) == 60
    ranges = [
        re.search(r"(\d+–\d+)</span> <span class=\"muted\">of ([^<]+)", text).groups()
        for text in (first, second, third)
    ]
    assert ranges == [("1–25", "60"), ("26–50", "60"), ("51–60", "60")]
    assert link(third, "Older") is None and link(first, "Newer") is None
    back = client.get(link(third, "Newer")).text
    assert rows(back) == seen[1] and "26–50" in back and "rows=25" in link(back, "Older")
    assert rows(client.get(link(back, "Newer")).text) == seen[0]


def test_more_than_ten_thousand_are_said_to_be_about_as_many(cast, sign_in):
    factories.lead(cast.acme)
    StageTotal.update(leads=12_400).where(StageTotal.workspace == cast.acme, StageTotal.stage == Stage.NEW).execute()
    assert "of about 12,400" in sign_in(cast.bob).get("/leads").text


def test_sorting_says_its_direction_and_turns_around(cast, sign_in):
    small = factories.lead(cast.acme, "Aa", value=1)
    large = factories.lead(cast.acme, "Bb", value=2)
    client = sign_in(cast.bob)
    text = client.get("/leads?sort=-value").text
    assert rows(text) == [str(large.id), str(small.id)] and 'aria-sort="descending"' in text
    assert 'href="/leads?sort=value"' in text
    assert rows(client.get("/leads?sort=value").text) == [str(small.id), str(large.id)]
    assert text.count("aria-sort") == 1


def test_stage_and_search_narrow_the_table_and_stay_in_every_address(cast, sign_in, htmx):
    one = factories.lead(cast.acme, "Ångström", stage=Stage.LOST)
    factories.lead(cast.acme, "Ångström")
    factories.lead(cast.acme, "Globex", stage=Stage.LOST)
    client = sign_in(cast.bob)
    part = client.get("/leads?q=angs&stage=lost", headers=htmx)
    assert "<html" not in part.text and rows(part.text) == [str(one.id)]
    assert "1–1</span>" in part.text
    assert '<span class="count">' not in part.text.split('id="lead-tabs"')[1].split("</nav>")[0]
    for href in re.findall(r'href="(/leads\?[^"]*sort[^"]*)"', part.text):
        assert "q=angs" in href and "f=stage.is.lost" in href
    assert f'href="/leads/{one.id}?q=angs&amp;f=stage.is.lost"' in part.text


def test_empty_tables_say_why_and_what_to_do(cast, sign_in):
    client = sign_in(cast.bob)
    assert "No leads yet" in client.get("/leads").text
    factories.lead(cast.acme)
    assert "Nothing matches" in client.get("/leads?q=zzz").text
    assert "No lead is in Lost right now" in client.get("/leads?stage=lost").text


@pytest.mark.parametrize("path", ["/leads", "/leads/board"])
def test_a_mistyped_search_that_finds_nothing_offers_the_name_that_was_meant(cast, sign_in, htmx, path):
    dora = factories.member(cast.acme, "Dora Dale", reach=Reach.OWN)
    lead = factories.lead(cast.acme, "Grafana Labs", stage=Stage.LOST)
    client = sign_in(cast.bob)
    with count_queries() as counted:
        text = client.get(f"{path}?q=Grafna").text
    assert counted.count <= 8
    href = re.search(r'Did you mean <a class="link" href="([^"]+)">“grafana”</a>\?', text)[1].replace("&amp;", "&")
    assert href == f"{path}?q=grafana"
    assert f'id="lead-{lead.id}"' in client.get(href).text
    assert "Did you mean" in client.get(f"{path}?q=Grafna", headers=htmx).text
    nothing = [(client, text) for text in ("grafana", "xyzzy", "Grafna&stage=new")]
    for searching, text in (*nothing, (sign_in(dora), "Grafna")):
        assert "Did you mean" not in searching.get(f"{path}?q={text}").text


def test_a_stage_chosen_in_the_row_answers_with_the_row_and_the_counts(cast, sign_in, htmx):
    lead = factories.lead(cast.acme)
    client = sign_in(cast.bob)
    answer = client.post(f"/leads/{lead.id}/stage?q=glo", data={"stage": "lost", "was": "new"}, headers=htmx)
    assert answer.status_code == 200 and Lead.get_by_id(lead.id).stage is Stage.LOST
    assert f'hx-target="#lead-{lead.id}"' in answer.text and 'hx-target="#lead-tabs"' in answer.text
    stale = client.post(f"/leads/{lead.id}/stage", data={"stage": "replied", "was": "new"}, headers=htmx)
    assert stale.status_code == 409 and 'data-stage="lost"' in stale.text and "moved or deleted meanwhile" in stale.text
    plain = client.post(f"/leads/{lead.id}/stage?q=glo", data={"stage": "new", "was": "lost"})
    assert plain.status_code == 303 and plain.location == "/leads?q=glo"


def undo_of(text):
    return re.search(r'<form method="post" action="([^"]+)"[^>]*>.{0,300}?Undo', text, re.S)[1].replace("&amp;", "&")


def test_many_are_moved_and_moved_back(cast, sign_in, htmx):
    new, lost = factories.lead(cast.acme), factories.lead(cast.acme, stage=Stage.LOST)
    client = sign_in(cast.bob)
    data = {"do": "stage", "stage": "replied", "lead": [new.id, lost.id]}
    answer = client.post("/leads/bulk?sort=name", data=data, headers=htmx)
    assert "2 leads moved to Replied" in answer.text and 'hx-target="#results"' in answer.text
    assert {lead.stage for lead in Lead.select()} == {Stage.REPLIED}
    back = client.post(undo_of(answer.text))
    assert back.status_code == 303 and back.location == "/leads?sort=name"
    assert (Lead.get_by_id(new.id).stage, Lead.get_by_id(lost.id).stage) == (Stage.NEW, Stage.LOST)


def test_many_are_deleted_and_brought_back(cast, sign_in, htmx):
    leads = [factories.lead(cast.acme) for _ in range(3)]
    client = sign_in(cast.bob)
    data = {"do": "delete", "lead": [lead.id for lead in leads[:2]]}
    answer = client.post("/leads/bulk", data=data, headers=htmx)
    assert "2 leads deleted" in answer.text and rows(answer.text) == [str(leads[2].id)]
    client.post(undo_of(answer.text))
    assert len(rows(client.get("/leads").text)) == 3


def test_a_compressed_part_has_its_toast_too(cast, sign_in, htmx):
    leads = [factories.lead(cast.acme) for _ in range(30)]
    answer = sign_in(cast.bob).post(
        "/leads/bulk", data={"do": "delete", "lead": leads[0].id}, headers={**htmx, "Accept-Encoding": "gzip"}
    )
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "1 lead deleted" in gzip.decompress(answer.data).decode()


def test_bulk_without_javascript_leads_back_with_a_toast(cast, sign_in):
    lead = factories.lead(cast.acme)
    client = sign_in(cast.bob)
    answer = client.post("/leads/bulk?sort=name", data={"do": "delete", "lead": lead.id})
    assert answer.status_code == 303 and answer.location == "/leads?sort=name"
    assert "1 lead deleted" in client.get("/leads").text


@pytest.mark.parametrize("action", ["stage", "delete"])
@pytest.mark.parametrize("ids", [[], ["x"], ["-1"], ["99999999999999999999"]])
def test_bulk_with_nothing_ticked_is_a_sentence(cast, sign_in, htmx, action, ids):
    data = {"do": action, "lead": ids, "stage": "lost"}
    answer = sign_in(cast.bob).post("/leads/bulk", data=data, headers=htmx)
    assert answer.status_code == 422 and "Tick at least one lead first." in answer.text


def test_ids_of_another_workspace_change_nothing(cast, sign_in):
    lead = factories.lead(cast.acme)
    client = sign_in(cast.charlie)
    for do in ("stage", "delete"):
        assert client.post("/leads/bulk", data={"do": do, "lead": lead.id, "stage": "lost"}).status_code == 404
    stored = Lead.get_by_id(lead.id)
    assert stored.stage is Stage.NEW and stored.deleted_at is None
    assert client.post(f"/leads/{lead.id}/stage", data={"stage": "lost", "was": "new"}).status_code == 404


def test_a_viewer_sees_the_table_and_no_way_to_change_it(cast, sign_in):
    lead = factories.lead(cast.acme)
    client = sign_in(cast.vera)
    text = client.get("/leads").text
    assert rows(text) == [str(lead.id)]
    assert '<select name="stage"' not in text and 'id="bulk"' not in text and "row-check" not in text
    assert client.post("/leads/bulk", data={"do": "delete", "lead": lead.id}).status_code == 403


def test_where_too_many_match_to_count_lists_still_show_and_move(cast, sign_in, htmx, monkeypatch):
    monkeypatch.setattr(search, "PROBE", 0)
    monkeypatch.setattr(queries, "WALK", 0)
    monkeypatch.setattr(queries, "SMALL", 0)
    lead, client = factories.lead(cast.acme), sign_in(cast.bob)
    text = client.get("/leads?q=glo").text
    assert (
        rows(text) == [str(lead.id)]
        and "of many" in text
        and 'class="count">' not in text.split("lead-tabs")[1].split("</nav>")[0]
    )
    assert "Globex" in client.get("/leads/board?q=glo").text
    answer = client.post(f"/leads/{lead.id}/move?q=glo", data={"stage": "lost", "was": "new"}, headers=htmx)
    assert answer.status_code == 200 and "moved to Lost." in answer.text


def heads(text):
    head = text.split("<thead>")[1].split("</thead>")[0]
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<th[^>]*>(.*?)</th>", head, re.S)]


def test_the_address_says_which_columns_there_are_in_which_order(cast, sign_in):
    field = CustomField.create(workspace=cast.acme, name="Budget", name_key="budget", slug="budget", kind="text")
    lead = factories.lead(cast.acme, "Globex", city="Oslo", email="gina@globex.example", score=7)
    CustomValue.create(field=field, lead=lead, text="Huge", key="huge")
    tag = Tag.create(workspace=cast.acme, name="Fair", name_key="fair")
    LeadTag.create(lead=lead, tag=tag)
    text = sign_in(cast.vera).get("/leads?columns=city,custom-budget,tag,score,custom-gone,nonsense,email").text
    assert heads(text) == ["Lead", "City", "Budget", "Tag", "Score", "E-mail"]
    body = text.split("<tbody>")[1].split("</tbody>")[0]
    assert all(word in body for word in ("Oslo", "Huge", "Fair", "mailto:gina@globex.example"))
    assert "columns=city%2Ccustom-budget" in text  # kept in the other addresses


@pytest.mark.parametrize("columns", ["", *FIELDS])
def test_every_field_can_be_a_column(cast, sign_in, columns):
    factories.lead(cast.acme, "Globex")
    answer = sign_in(cast.bob).get(f"/leads?columns={columns}")
    assert answer.status_code == 200 and len(rows(answer.text)) == 1


def test_a_custom_column_is_another_workspaces_in_name_only(cast, sign_in):
    CustomField.create(workspace=cast.other, name="Secret", name_key="secret", slug="secret", kind="text")
    factories.lead(cast.acme)
    assert "Secret" not in sign_in(cast.bob).get("/leads?columns=custom-secret,city").text
    assert "Secret" not in sign_in(cast.bob).get("/leads/columns").text


def test_columns_are_chosen_and_moved_without_javascript(cast, sign_in):
    client = sign_in(cast.bob)
    form = client.get("/leads/columns?columns=stage,owner&q=glo").text
    assert form.index('value="stage" checked') < form.index('value="owner" checked')
    moved = client.get("/leads/columns?picking=1&column=stage&column=owner&down=stage&q=glo").text
    assert moved.index('value="owner" checked') < moved.index('value="stage" checked')
    done = client.get("/leads/columns?picking=1&column=owner&column=stage&column=city&done=1&q=glo")
    assert done.status_code == 303 and done.location == "/leads?q=glo&columns=owner%2Cstage%2Ccity"


def test_owner_and_value_change_in_their_cells(cast, sign_in, htmx):
    lead = factories.lead(cast.acme, value=5)
    client = sign_in(cast.bob)
    assert 'name="was" value="5"' in client.get(f"/leads/{lead.id}/cell/value", headers=htmx).text
    answer = client.post(f"/leads/{lead.id}/cell/value", data={"value": "64,000", "was": "5"}, headers=htmx)
    assert answer.status_code == 200 and f'hx-target="#lead-{lead.id}"' in answer.text and "64,000" in answer.text
    stale = client.post(f"/leads/{lead.id}/cell/value", data={"value": "7", "was": "5"}, headers=htmx)
    assert stale.status_code == 422 and "meanwhile" in stale.text and Lead.get_by_id(lead.id).value == 64_000
    owned = {"owner": cast.alice.user_id, "was": ""}
    assert client.post(f"/leads/{lead.id}/cell/owner?sort=name", data=owned).location == "/leads?sort=name"
    assert Lead.get_by_id(lead.id).owner_id == cast.alice.user_id
    assert client.get(f"/leads/{lead.id}/cell/email").status_code == 404
    assert sign_in(cast.vera).get(f"/leads/{lead.id}/cell/value").status_code == 403
    assert sign_in(cast.charlie).post(f"/leads/{lead.id}/cell/value", data=owned).status_code == 404


def test_a_page_of_many_columns_takes_as_many_queries_for_few_rows_as_for_many(cast, sign_in):
    field = CustomField.create(workspace=cast.acme, name="Budget", name_key="budget", slug="budget", kind="text")
    client, address = sign_in(cast.bob), "/leads?rows=100&columns=tag,owner,center,due,custom-budget"
    client.get(address)
    counts = []
    for number in (10, 90):
        for _ in range(number):
            lead = factories.lead(cast.acme, f"Company{number}")
            CustomValue.create(field=field, lead=lead, text="Huge", key="huge")
        with count_queries() as counted:
            client.get(address)
        counts.append(counted.count)
    assert counts[0] == counts[1] <= 8
