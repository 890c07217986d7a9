import re
from datetime import UTC, datetime

import pytest
from playhouse.test_utils import count_queries

from tests import factories
from webapp.accounts.centers import create_center
from webapp.accounts.models import Reach
from webapp.core.clock import freeze
from webapp.imports.models import Import
from webapp.leads import notes
from webapp.leads.fields import FIELDS
from webapp.leads.models import Activity, ActivityKind, Lead, Stage
from webapp.leads.timeline import record

FORM = {
    "first_name": "Ann",
    "email": "ann@globex.example",
    "company": "Globex",
    "value": "64,000",
    "employees": "1 200",
}


@pytest.fixture
def lead(cast):
    return factories.lead(cast.acme, "Globex", first_name="Gina", last_name="Vale", owner=cast.bob.user_id)


def test_a_lead_has_a_page_with_its_facts_and_everything_that_happened(cast, sign_in, lead):
    made = Import.create(workspace=cast.acme, filename="list & more.csv", path="x", size=1)
    Lead.update(origin=made, origin_row=1204, value=64000, website="https://globex.example").where(
        Lead.id == lead.id
    ).execute()
    for kind, data in [
        (ActivityKind.CREATED, {}),
        (
            ActivityKind.IMPORTED,
            {"import_id": made.id, "filename": "b.csv", "row": 7, "changes": {"title": ["", "CTO"]}},
        ),
        (ActivityKind.STAGE, {"from": "new", "to": "contacted"}),
        (ActivityKind.EDITED, {"changes": {"value": [0, 64000], "city": ["Rom", ""], "gone": [1, 2]}}),
        (ActivityKind.NOTE, {"text": "<b>one</b>\ntwo"}),
        (ActivityKind.EMAIL, {"campaign_id": 1, "campaign": "Autumn", "delivery_id": 2, "subject": "Hello & more"}),
        (ActivityKind.UNSUBSCRIBED, {"campaign_id": 1}),
        (ActivityKind.TODO, {"todo_id": 1, "title": "Send the <form>", "kind": "call"}),
        (ActivityKind.MERGED, {"lead_id": 1, "name": "Gina Twice", "changes": {"phone": ["", "+49 30"]}}),
        (ActivityKind.DELETED, {}),
        (ActivityKind.RESTORED, {}),
    ]:
        record(cast.acme, lead.id, kind, data, actor_id=cast.bob.user_id)
    text = sign_in(cast.bob).get(f"/leads/{lead.id}").text
    for shown in ("Gina Vale", "€64,000", "list &amp; more.csv", "row 1,204", "b.csv", "&lt;b&gt;one&lt;/b&gt;\ntwo",
                  "Autumn", "Hello &amp; more", "unsubscribed", "brought the lead back", "Bob Baker",
                  "did a to-do", "Send the &lt;form&gt;", "Gina Twice", "+49 30"):  # fmt: skip
        assert shown in text, shown
    assert text.count("<li id=") + text.count('class="mark"') >= 9


def test_the_timeline_is_filtered_and_paged_as_a_part(cast, sign_in, htmx, lead):
    for number in range(60):
        record(cast.acme, lead.id, ActivityKind.NOTE, {"text": f"note {number}."}, actor_id=cast.bob.user_id)
    record(cast.acme, lead.id, ActivityKind.STAGE, {"from": "new", "to": "lost"})
    client = sign_in(cast.bob)
    part = client.get(f"/leads/{lead.id}?activity=notes", headers=htmx).text
    assert "<html" not in part and "note 59." in part and "moved the lead" not in part and "note 9." not in part
    older = re.search(r'href="([^"]+entries=[^"]+)"', part)[1].replace("&amp;", "&")
    assert "note 9." in client.get(older).text
    assert "No mail yet" in client.get(f"/leads/{lead.id}?activity=mail").text
    assert client.get(f"/leads/{lead.id}?activity=x&entries=y").status_code == 200


def test_previous_and_next_stay_inside_the_filter_it_was_opened_from(cast, sign_in):
    ids = [factories.lead(cast.acme, name).id for name in ("Aa", "Bb", "Cc")]
    factories.lead(cast.acme, "Ab", stage=Stage.LOST)
    text = sign_in(cast.bob).get(f"/leads/{ids[1]}?stage=new&sort=company").text
    assert f'href="/leads/{ids[0]}?f=stage.is.new&amp;sort=company" aria-label="Previous lead"' in text
    assert f'href="/leads/{ids[2]}?f=stage.is.new&amp;sort=company" aria-label="Next lead"' in text


def test_a_lead_takes_as_many_queries_however_much_happened_to_it(cast, sign_in, lead):
    client, counts = sign_in(cast.bob), []
    for total in (2, 40):
        while Activity.select().count() < total:
            record(cast.acme, lead.id, ActivityKind.NOTE, {"text": "x"}, actor_id=cast.bob.user_id)
            factories.lead(cast.acme, "Globex", owner=cast.bob.user_id)
        notes.add_note(lead, "pinned", actor=cast.bob, pinned=True)
        with count_queries() as counted:
            assert client.get(f"/leads/{lead.id}?stage=new").status_code == 200
        counts.append(counted.count)
    assert counts[0] == counts[1] <= 8


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_can_be_edited_in_place(cast, sign_in, htmx, lead, name):
    client, berlin = sign_in(cast.bob), create_center(cast.acme, "Berlin")
    form = client.get(f"/leads/{lead.id}/edit/{name}", headers=htmx)
    assert "<html" not in form.text and f'name="{name}"' in form.text
    assert "<html" in client.get(f"/leads/{lead.id}/edit/{name}").text
    typed = {"email": "new@globex.example", "phone": "+49 1", "linkedin": "linkedin.com/in/x", "website": "x.example",
             "value": "7", "employees": "7", "owner": str(cast.alice.user_id), "center": str(berlin.id),
             }.get(name, "Something")  # fmt: skip
    answer = client.post(f"/leads/{lead.id}/edit/{name}", data={name: typed}, headers=htmx)
    assert answer.status_code == 200 and f'hx-target="#fact-{name}"' in answer.text
    stored = Lead.get_by_id(lead.id)
    assert str(stored.__data__[name]).endswith(typed)
    assert Activity.get().kind is ActivityKind.EDITED
    shown = client.get(f"/leads/{lead.id}/facts/{name}", headers=htmx)
    assert shown.status_code == 200 and f'id="fact-{name}"' in shown.text


def test_a_bad_value_is_said_at_its_field_and_keeps_what_was_typed(cast, sign_in, htmx, lead):
    client = sign_in(cast.bob)
    for name, typed in [("email", "no address"), ("value", "lots"), ("city", "x" * 300), ("website", "not a site")]:
        answer = client.post(f"/leads/{lead.id}/edit/{name}", data={name: typed}, headers=htmx)
        assert answer.status_code == 422 and typed in answer.text and 'role="alert"' in answer.text, name
    assert Activity.select().count() == 0


def test_an_address_that_another_lead_has_links_to_it(cast, sign_in, htmx, lead):
    other = factories.lead(cast.acme, email="taken@globex.example")
    answer = sign_in(cast.bob).post(f"/leads/{lead.id}/edit/email", data={"email": other.email}, headers=htmx)
    assert answer.status_code == 422 and f'href="/leads/{other.id}"' in answer.text


def test_without_javascript_an_edit_leads_back_to_the_lead_inside_its_filter(cast, sign_in, lead):
    answer = sign_in(cast.bob).post(
        f"/leads/{lead.id}/edit/city?stage=new", data={"city": "Rom", "email": "x", "stage": "lost"}
    )
    assert answer.status_code == 303 and answer.location == f"/leads/{lead.id}?f=stage.is.new"
    stored = Lead.get_by_id(lead.id)
    assert (stored.city, stored.email, stored.stage) == ("Rom", lead.email, Stage.NEW)


def test_an_edit_that_somebody_was_faster_with_says_so_and_keeps_what_was_typed(cast, sign_in, htmx, lead):
    client, other = sign_in(cast.bob), sign_in(cast.alice)
    address = f"/leads/{lead.id}/edit/title"
    assert 'name="was" value=""' in client.get(address, headers=htmx).text
    other.post(address, data={"title": "CTO", "was": ""})
    stale = client.post(address, data={"title": "CEO", "was": ""}, headers=htmx)
    assert stale.status_code == 422 and "Somebody changed this to “CTO” meanwhile" in stale.text
    assert 'value="CEO"' in stale.text and 'name="was" value="CTO"' in stale.text
    assert Lead.get_by_id(lead.id).title == "CTO"
    bad = client.post(f"/leads/{lead.id}/edit/city", data={"city": "x" * 300, "was": "Rome"}, headers=htmx)
    assert 'name="was" value="Rome"' in bad.text  # another error does not make it fresh
    client.post(address, data={"title": "CEO", "was": "CTO"}, headers=htmx)
    assert Lead.get_by_id(lead.id).title == "CEO"


def test_a_lead_is_marked_lost_with_a_reason_that_can_be_changed(cast, sign_in, htmx, lead):
    client, address = sign_in(cast.bob), f"/leads/{lead.id}/lost"
    assert "No budget" in client.get(address).text
    data = {"was": "new", "why": "No budget", "other": "until  spring"}
    moved = client.post(address, data=data, headers=htmx)
    assert moved.status_code == 200 and "No budget: until spring" in moved.text
    assert Lead.get_by_id(lead.id).lost_reason == "No budget: until spring"
    page = client.get(address).text
    assert 'value="No budget" checked' in page and 'value="until spring"' in page
    client.post(address, data={"was": "lost", "why": "", "other": "They moved"})
    stored = Lead.get_by_id(lead.id)
    assert (stored.stage, stored.lost_reason) == (Stage.LOST, "They moved")
    assert "They moved" in sign_in(cast.vera).get(f"/leads/{lead.id}").text
    long = client.post(address, data={"was": "lost", "why": "No reply", "other": "x" * 195}, headers=htmx)
    assert long.status_code == 422 and "x" * 195 in long.text and "Keep the reason under 201" in long.text
    stale = client.post(address, data={"was": "replied", "why": "No reply"}, headers=htmx)
    assert stale.status_code == 409 and Lead.get_by_id(lead.id).lost_reason == "They moved"


def test_a_loss_seen_in_another_stage_is_refused(cast, sign_in, htmx, lead):
    client = sign_in(cast.bob)
    Lead.update(stage=Stage.REPLIED).where(Lead.id == lead.id).execute()
    stale = client.post(f"/leads/{lead.id}/lost", data={"was": "new", "why": "No reply"}, headers=htmx)
    assert stale.status_code == 409 and "was moved or deleted meanwhile" in stale.text
    assert Lead.get_by_id(lead.id).stage is Stage.REPLIED


def test_the_page_says_what_time_it_is_for_the_lead(cast, sign_in, htmx, lead):
    client = sign_in(cast.bob)
    with freeze(datetime(2025, 11, 20, 12, 42, tzinfo=UTC)):
        assert "Local time" not in client.get(f"/leads/{lead.id}").text
        client.post(f"/leads/{lead.id}/edit/city", data={"city": "Dublin"}, headers=htmx)
        answer = client.post(f"/leads/{lead.id}/edit/country", data={"country": "Ireland"}, headers=htmx)
        assert "12:42 in Dublin" in answer.text and "12:42 in Dublin" in client.get(f"/leads/{lead.id}").text
    with freeze(datetime(2025, 11, 20, 12, 43, tzinfo=UTC)):
        assert "12:43 in Dublin" in client.get(f"/leads/{lead.id}").text


def test_a_step_on_the_path_moves_the_lead_and_a_stale_one_does_not(cast, sign_in, htmx, lead):
    client = sign_in(cast.bob)
    answer = client.post(f"/leads/{lead.id}/step", data={"stage": "replied", "was": "new"}, headers=htmx)
    assert answer.status_code == 200 and 'hx-target="#lead-head"' in answer.text and "moved the lead" in answer.text
    stale = client.post(f"/leads/{lead.id}/step", data={"stage": "lost", "was": "new"}, headers=htmx)
    assert stale.status_code == 409 and Lead.get_by_id(lead.id).stage is Stage.REPLIED


def test_a_note_is_added_and_an_empty_one_is_refused(cast, sign_in, htmx, lead):
    client = sign_in(cast.bob)
    answer = client.post(f"/leads/{lead.id}/notes", data={"text": "<i>met</i>\r\nthem"}, headers=htmx)
    assert answer.status_code == 200 and "&lt;i&gt;met&lt;/i&gt;\nthem" in answer.text
    for text in ("", " ", "x" * 10_001):
        assert client.post(f"/leads/{lead.id}/notes", data={"text": text}, headers=htmx).status_code == 422
    assert client.post(f"/leads/{lead.id}/notes", data={"text": "x"}).status_code == 303
    assert Activity.select().count() == 2


def test_a_new_lead_is_added(cast, sign_in, htmx):
    client = sign_in(cast.bob)
    page = client.get("/leads/new").text
    assert 'name="email"' in page and "Nobody" in page
    answer = client.post("/leads/new", data=FORM, headers=htmx)
    lead = Lead.get()
    assert answer.status_code == 204 and answer.headers["HX-Redirect"] == f"/leads/{lead.id}"
    assert (lead.value, lead.employees, lead.domain) == (64000, 1200, "globex.example")
    assert "Ann added" in client.get("/leads").text


def test_a_bad_new_lead_keeps_what_was_typed(cast, sign_in, htmx):
    client = sign_in(cast.bob)
    for change in ({"email": "nope"}, {"value": "many"}, {"owner": "999"}, {"city": "x" * 256}):
        answer = client.post("/leads/new", data={**FORM, **change}, headers=htmx)
        assert answer.status_code == 422 and "<html" not in answer.text and 'value="Globex"' in answer.text, change
    assert client.post("/leads/new", data={}).status_code == 422 and Lead.select().count() == 0


def test_a_new_lead_with_a_known_address_shows_the_one_that_has_it(cast, sign_in):
    client = sign_in(cast.bob)
    client.post("/leads/new", data=FORM)
    answer = client.post("/leads/new", data=FORM)
    assert answer.status_code == 422 and f'href="/leads/{Lead.get().id}"' in answer.text and Lead.select().count() == 1


def test_fields_that_are_none_of_the_forms_are_ignored(cast, sign_in):
    sign_in(cast.bob).post("/leads/new", data={**FORM, "workspace_id": cast.other.id, "stage": "converted", "id": 77})
    lead = Lead.get()
    assert lead.workspace_id == cast.acme.id and lead.stage is Stage.NEW


def test_a_deleted_lead_comes_back_by_undo(cast, sign_in, lead):
    client = sign_in(cast.bob)
    answer = client.post(f"/leads/{lead.id}/delete?stage=new&view=board&q=glo")
    assert answer.status_code == 303 and answer.location == "/leads/board?q=glo&f=stage.is.new"
    text = client.get("/leads/board").text
    assert "Gina Vale deleted" in text and f'action="/leads/{lead.id}/restore' in text
    assert client.get(f"/leads/{lead.id}").status_code == 404
    assert client.post(f"/leads/{lead.id}/restore").location == f"/leads/{lead.id}"
    assert client.get(f"/leads/{lead.id}").status_code == 200
    assert client.post(f"/leads/{lead.id}/restore").status_code == 404


def test_undo_says_why_a_lead_cannot_come_back(cast, sign_in, lead):
    client = sign_in(cast.bob)
    client.post(f"/leads/{lead.id}/delete")
    factories.lead(cast.acme, email=lead.email)
    client.post(f"/leads/{lead.id}/restore")
    assert "stays deleted: another lead has" in client.get("/leads").text
    assert Lead.get_by_id(lead.id).deleted_at


ROUTES = [
    ("get", "/leads/{}"), ("get", "/leads/{}/edit/email"), ("post", "/leads/{}/edit/email"),
    ("get", "/leads/{}/facts/email"), ("post", "/leads/{}/step"), ("post", "/leads/{}/notes"),
    ("post", "/leads/{}/delete"), ("post", "/leads/{}/restore"),
    ("get", "/leads/{}/lost"), ("post", "/leads/{}/lost"), ("post", "/leads/{}/calls"), ("post", "/leads/{}/mails"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_an_outsider_finds_nothing_and_a_colleague_beyond_reach_neither(cast, sign_in, lead, method, path):
    dora = factories.member(cast.acme, "Dora Dale", reach=Reach.OWN)
    data = {"stage": "lost", "was": "new", "email": "x@x.example", "text": "x"}
    for member in (cast.charlie, dora):
        options = {"data": data} if method == "post" else {}
        assert getattr(sign_in(member), method)(path.format(lead.id), **options).status_code == 404
    stored = Lead.get_by_id(lead.id)
    assert (stored.stage, stored.email, stored.deleted_at) == (Stage.NEW, lead.email, None)


@pytest.mark.parametrize("path", [path for method, path in ROUTES if method == "post"] + ["/leads/new"])
def test_a_viewer_changes_nothing(cast, sign_in, lead, path):
    client = sign_in(cast.vera)
    assert client.post(path.format(lead.id), data={"stage": "lost", "was": "new"}).status_code == 403
    text = client.get(f"/leads/{lead.id}").text
    assert "Gina Vale" in text and 'class="edit"' not in text and "composer" not in text and "Mark lost" not in text


def test_no_such_field_or_lead(cast, sign_in, lead):
    client = sign_in(cast.bob)
    assert client.get(f"/leads/{lead.id}/edit/stage").status_code == 404
    assert client.get(f"/leads/{lead.id}/facts/workspace").status_code == 404
    assert client.get("/leads/99999999999999999999").status_code == 404


def test_an_imported_lead_says_so_on_its_timeline(cast, sign_in):
    imported = Import.create(workspace=cast.acme, actor=cast.bob.user_id, filename="fair.csv", path="x", size=1)
    lead = factories.lead(cast.acme, origin=imported, origin_row=12)
    page = sign_in(cast.alice).get(f"/leads/{lead.id}").text
    assert "Bob Baker</strong> imported the lead from fair.csv, row 12" in page
    assert f'href="/imports/{imported.id}"' in page
    assert "imported the lead" not in sign_in(cast.alice).get(f"/leads/{lead.id}?activity=notes").text


def test_who_may_not_open_the_import_gets_no_link_to_it(cast, sign_in):
    imported = Import.create(workspace=cast.acme, actor=cast.bob.user_id, filename="fair.csv", path="x", size=1)
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    lead = factories.lead(cast.acme, origin=imported, origin_row=12, owner=olga.user_id)
    page = sign_in(olga).get(f"/leads/{lead.id}").text
    assert "fair.csv" in page and "/imports/" not in page.partition('id="main"')[2]
