from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace

import pytest
from playhouse.test_utils import count_queries

from tests import factories
from webapp.accounts.models import Membership, Reach, User
from webapp.config import current
from webapp.core.clock import freeze, now
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.leads import todo_queries, todos
from webapp.leads.due import Standing, day_and_time, due_moment, is_timed, snoozed, standing
from webapp.leads.models import Activity, ActivityKind, Lead, Todo, TodoKind

BERLIN = "Europe/Berlin"
NOON = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)  # a Thursday, 13:00 in Berlin


@pytest.fixture
def lead(cast):
    return factories.lead(cast.acme, first_name="Gina", last_name="Vale", owner=cast.alice.user_id)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def todo(lead, actor, title="Call back", **fields):
    return todos.add_todo(lead, {"title": title, **fields}, actor=actor)


def shown_next(lead):
    row = Lead.get_by_id(lead.id)
    return row.next_step, row.next_kind, row.next_due_at


# -------------------------------------------------------------------- when


@pytest.mark.parametrize(
    ("day", "at", "zone", "moment"),
    [
        (date(2026, 11, 20), time(14, 30), BERLIN, utc(2026, 11, 20, 13, 30)),
        (date(2026, 11, 20), None, BERLIN, utc(2026, 11, 20, 22, 59, 59, 999_999)),
        (date(2026, 3, 29), time(2, 30), BERLIN, utc(2026, 3, 29, 1, 30)),  # skipped: 03:30 there
        (date(2026, 10, 25), time(2, 30), BERLIN, utc(2026, 10, 25, 0, 30)),  # comes twice: the first
        (date(2026, 10, 25), None, BERLIN, utc(2026, 10, 25, 22, 59, 59, 999_999)),
        (date(2026, 9, 5), None, "America/Santiago", utc(2026, 9, 6, 3, 59, 59, 999_999)),  # midnight is skipped
        (date(2026, 4, 4), None, "America/Santiago", utc(2026, 4, 5, 3, 59, 59, 999_999)),  # 23:00 comes twice
    ],
)
def test_a_day_and_a_time_are_those_of_the_persons_zone_also_where_clocks_change(day, at, zone, moment):
    assert due_moment(day, at, zone) == moment
    assert is_timed(moment) is (at is not None)
    back = day_and_time(moment, at is not None, zone)
    assert back == ((day, at) if moment != utc(2026, 3, 29, 1, 30) else (day, time(3, 30)))


def test_where_a_date_stands_follows_the_zone():
    with freeze(utc(2026, 11, 19, 23, 30)):  # Friday 00:30 in Berlin
        due = utc(2026, 11, 20, 22, 0)
        assert standing(due, BERLIN) is Standing.TODAY and standing(due, "UTC") is Standing.WEEK
        assert standing(utc(2026, 11, 19, 22, 0), BERLIN) is Standing.OVERDUE
        assert standing(utc(2026, 11, 23, 22, 0), BERLIN) is Standing.LATER
        assert standing(None, BERLIN) is Standing.NONE


def test_a_snooze_keeps_the_time_of_day_across_a_change_of_clocks():
    with freeze(utc(2026, 3, 28, 12)):  # the clocks of Berlin are put on in the night
        due = due_moment(date(2026, 3, 20), time(9), BERLIN)
        assert snoozed("tomorrow", due, True, BERLIN) == (due_moment(date(2026, 3, 29), time(9), BERLIN), True)
        assert snoozed("week", due, True, BERLIN)[0] == due_moment(date(2026, 3, 30), time(9), BERLIN)
        assert snoozed(date(2026, 4, 2), None, False, BERLIN) == (due_moment(date(2026, 4, 2), None, BERLIN), False)
        assert snoozed("later", due, True, BERLIN) == (utc(2026, 3, 28, 16), True)
        assert snoozed("never", due, True, BERLIN) is None
    with freeze(utc(2026, 3, 28, 21)):
        assert snoozed("later", due, True, BERLIN) == (due_moment(date(2026, 3, 28), None, BERLIN), False)


# ------------------------------------------------------------------- verbs


def test_a_lead_repeats_the_open_to_do_that_is_due_first(cast, lead):
    undated = todo(lead, cast.bob, "Some day")
    assert shown_next(lead) == ("Some day", "task", None)
    later = todo(lead, cast.bob, "Later", day=date(2026, 12, 1))
    sooner = todo(lead, cast.bob, "Sooner", kind="call", day=date(2026, 11, 20), time=time(9))
    assert shown_next(lead) == ("Sooner", "call", utc(2026, 11, 20, 9))
    todos.edit_todo(later, {"title": "Now", "kind": "email", "day": date(2026, 11, 1)}, actor=cast.bob)
    assert shown_next(lead)[:2] == ("Now", "email")
    todos.finish_todo(later, actor=cast.bob)
    assert shown_next(lead)[0] == "Sooner"
    todos.delete_todo(sooner)
    assert shown_next(lead)[0] == "Some day"
    todos.finish_todo(undated, actor=cast.bob)
    assert shown_next(lead) == ("", "", None)
    todos.reopen(later)
    assert shown_next(lead)[0] == "Now"


def test_many_leads_are_refreshed_at_once(cast, monkeypatch):
    monkeypatch.setattr(todos, "BATCH", 2)
    leads = [factories.lead(cast.acme) for _ in range(5)]
    for number, lead in enumerate(leads):
        Todo.create(workspace=cast.acme, lead=lead, title=f"Step {number}", due_at=NOON, kind=TodoKind.CALL)
    todos.refresh_next([lead.id for lead in leads[:4]])
    assert [shown_next(lead)[0] for lead in leads] == ["Step 0", "Step 1", "Step 2", "Step 3", ""]


def test_done_is_written_on_the_timeline_once_and_taken_back_with_it(cast, lead):
    mine = todo(lead, cast.bob, "Call back", kind="call")
    todos.finish_todo(todo_queries.get_todo(cast.bob, mine.id), actor=cast.bob)
    with pytest.raises(Conflict, match="done already"):
        todos.finish_todo(mine, actor=cast.alice)
    (entry,) = Activity.select().where(Activity.kind == ActivityKind.TODO)
    assert entry.data == {"todo_id": mine.id, "title": "Call back", "kind": "call"}
    assert entry.actor_id == cast.bob.user_id
    done = todo_queries.get_todo(cast.bob, mine.id)
    todos.reopen(done)
    assert not Activity.select().where(Activity.kind == ActivityKind.TODO).exists()
    with pytest.raises(Conflict, match="open already"):
        todos.reopen(done)


def test_a_deleted_to_do_comes_back_as_it_was_once(cast, lead):
    gone = todo(lead, cast.bob, "Ångström “x”", day=date(2026, 11, 20))
    before = Todo.get_by_id(gone.id).__data__
    text = todos.delete_todo(todo_queries.get_todo(cast.bob, gone.id))
    assert not Todo.select().exists()
    with pytest.raises(Invalid):
        todos.put_back(factories.lead(cast.acme), text)
    with pytest.raises(Invalid):
        todos.put_back(lead, text + "x")
    todos.put_back(lead, text)
    assert Todo.get_by_id(gone.id).__data__ == before and shown_next(lead)[0] == "Ångström “x”"
    with pytest.raises(Conflict):
        todos.put_back(lead, text)


def test_a_deleted_to_do_comes_back_though_the_secret_key_was_changed_meanwhile(cast, lead, settings):
    text = todos.delete_todo(todo(lead, cast.bob, "Gone"))
    settings(secret_key="another key, as long as the former", secret_key_fallbacks=("older", current().secret_key))
    todos.put_back(lead, text)
    todos.put_back(lead, todos.delete_todo(Todo.get()))
    assert Todo.get().title == "Gone"


def test_a_deleted_to_do_comes_back_though_another_one_got_its_id(cast, lead):
    text = todos.delete_todo(todo(lead, cast.bob, "Gone"))
    todo(lead, cast.alice, "Made since")
    todos.put_back(lead, text)
    assert {one.title for one in Todo.select()} == {"Gone", "Made since"}
    with pytest.raises(Conflict, match="back already"):
        todos.put_back(lead, text)
    assert Todo.select().count() == 2


def test_a_change_to_what_somebody_else_changed_is_refused(cast, lead):
    mine = todo(lead, cast.bob, day=date(2026, 11, 20))
    stale = todo_queries.get_todo(cast.alice, mine.id)
    todos.snooze(mine, "week", actor=cast.bob)
    with pytest.raises(Conflict, match="Somebody else just changed"):
        todos.snooze(stale, "tomorrow", actor=cast.alice)
    todos.delete_todo(mine)
    with pytest.raises(Conflict, match="deleted"):
        todos.finish_todo(stale, actor=cast.alice)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": " \0 "}, "title"),
        ({"title": "x" * 256}, "title"),
        ({"title": "x", "time": time(9)}, "day"),
        ({"title": "x", "day": date(1, 1, 1)}, "day"),
        ({"title": "x", "day": date(9999, 12, 31)}, "day"),
        ({"title": "x", "assignee": 999}, "assignee"),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_field(cast, lead, fields, field):
    with pytest.raises(Invalid) as error:
        todos.add_todo(lead, fields, actor=cast.bob)
    assert error.value.field == field and not Todo.select().exists()


def test_saving_a_to_do_from_another_zone_moves_no_date(cast, lead):
    mine = todo(lead, cast.bob, day=date(2026, 11, 20))
    User.update(time_zone="Asia/Tokyo").where(User.id == cast.alice.user_id).execute()
    abroad = SimpleNamespace(user_id=cast.alice.user_id, time_zone="Asia/Tokyo")
    (day, at), due = todos.day_of(mine, actor=abroad), mine.due_at
    assert day == date(2026, 11, 20)
    todos.edit_todo(mine, {"title": "Other words", "day": day, "time": at, "assignee": None}, actor=abroad)
    assert Todo.get_by_id(mine.id).due_at == due


def test_a_day_without_a_time_is_a_day_of_whoever_has_to_do_it(cast, lead):
    User.update(time_zone="America/Los_Angeles").where(User.id == cast.alice.user_id).execute()
    User.update(time_zone="Asia/Tokyo").where(User.id == cast.bob.user_id).execute()
    alice = SimpleNamespace(user_id=cast.alice.user_id, time_zone="America/Los_Angeles")
    friday = {"title": "Call", "day": date(2026, 11, 20), "time": None, "assignee": cast.bob.user_id}
    given = todos.add_todo(lead, friday, actor=alice)
    assert day_and_time(given.due_at, False, "Asia/Tokyo") == (date(2026, 11, 20), None)
    todos.edit_todo(given, friday | {"assignee": alice.user_id}, actor=alice)
    assert day_and_time(given.due_at, False, alice.time_zone) == (date(2026, 11, 20), None)
    todos.edit_todo(given, friday, actor=alice)
    todos.snooze(given, date(2026, 11, 23), actor=alice)
    assert day_and_time(given.due_at, False, "Asia/Tokyo") == (date(2026, 11, 23), None)


# ------------------------------------------------------------------- reach


def test_a_to_do_is_given_to_and_seen_by_those_who_see_its_lead(cast, lead):
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    names = dict(todo_queries.assignees(lead))
    assert olga.user_id not in names and cast.vera.user_id not in names and cast.charlie.user_id not in names
    with pytest.raises(Invalid):
        todo(lead, cast.alice, assignee=olga.user_id)
    Lead.update(owner=olga.user_id).where(Lead.id == lead.id).execute()
    lead = Lead.get_by_id(lead.id)
    given = todo(lead, cast.alice, assignee=olga.user_id, day=date(2020, 1, 1))
    assert [row.id for row in todo_queries.open_todos(olga).rows] == [given.id]
    assert [row.id for row in todo_queries.due_todos(olga, 5)] == [given.id]
    Lead.update(owner=None).where(Lead.id == lead.id).execute()
    assert not todo_queries.open_todos(olga).rows and not todo_queries.due_todos(olga, 5)
    with pytest.raises(NotFound):
        todo_queries.get_todo(olga, given.id)
    Lead.update(owner=olga.user_id, deleted_at=now()).where(Lead.id == lead.id).execute()
    assert not todo_queries.open_todos(olga).rows


# ------------------------------------------------------------------- pages


def test_the_list_shows_ones_own_under_headings_and_the_teams_at_a_switch(cast, sign_in, lead):
    with freeze(NOON):
        for title, day in (("Late", 18), ("Today", 19), ("Week", 21), ("Later", 28)):
            todo(lead, cast.bob, title, day=date(2026, 11, day))
        todo(lead, cast.bob, "Some day")
        todo(lead, cast.alice, "Of Alice")
        page = sign_in(cast.bob).get("/todos").text
        order = [">Today</h2>", ">This week</h2>", ">Later</h2>", ">No date</h2>"]
        places = [page.index(word) for word in ("Overdue by", *order)]
        assert places == sorted(places) and "Of Alice" not in page
        assert "Of Alice" in sign_in(cast.bob).get("/todos?whose=team").text


def test_the_list_pages_by_key_both_ways_through_those_without_a_date(cast, lead):
    with freeze(NOON):
        ids = [todo(lead, cast.bob, f"D{n}", day=date(2026, 11, 20 + n)).id for n in range(4)]
        ids += [todo(lead, cast.bob, f"N{n}").id for n in range(3)]
    seen, cursor, pages = [], None, []
    while True:
        found = todo_queries.open_todos(cast.bob, cursor=cursor, size=2)
        pages.append([row.id for row in found.rows])
        seen += pages[-1]
        if not found.older:
            break
        cursor = found.older
    assert seen == ids
    back = []
    while found.newer:
        found = todo_queries.open_todos(cast.bob, cursor=found.newer, size=2)
        back.append([row.id for row in found.rows])
    assert [todo_id for ids_of_page in reversed(back) for todo_id in ids_of_page] == ids[:-1]


def test_a_to_do_is_added_finished_put_off_and_deleted_with_a_way_back(cast, sign_in, htmx, lead):
    client = sign_in(cast.bob)
    form = {"title": "Call <b>back</b>", "kind": "call", "day": "2026-11-28", "time": "14:30"}
    part = client.post(f"/leads/{lead.id}/todos?at=lead", data=form, headers=htmx)
    assert part.status_code == 200 and 'hx-target="#todos"' in part.text and "&lt;b&gt;back" in part.text
    mine = Todo.get()
    assert (mine.assignee_id, mine.due_at, mine.timed) == (cast.bob.user_id, utc(2026, 11, 28, 14, 30), True)
    done = client.post(f"/todos/{mine.id}/done?at=list", headers=htmx).text
    assert f"/todos/{mine.id}/reopen?at=list" in done and Todo.get().done_at
    again = client.post(f"/todos/{mine.id}/done?at=list", headers=htmx).text
    assert "done already" in again and "Undo" not in again
    client.post(f"/todos/{mine.id}/reopen?at=list", headers=htmx)
    with freeze(NOON):
        until = {"until": "tomorrow"}
        put_off = sign_in(cast.bob).post(f"/todos/{mine.id}/snooze?at=list", data=until, headers=htmx).text
    assert Todo.get().due_at == utc(2026, 11, 20, 14, 30) and "Undo" in put_off
    client = sign_in(cast.bob)
    client.post(f"/todos/{mine.id}/due?due=2026-11-28+14:30:00&timed=y")
    assert Todo.get().due_at == utc(2026, 11, 28, 14, 30)
    gone = client.post(f"/todos/{mine.id}/delete?at=list", headers=htmx).text
    assert not Todo.select().exists()
    undo = gone.partition('action="/leads/')[2].partition('"')[0].replace("&amp;", "&")
    client.post(f"/leads/{undo}")
    assert Todo.get().id == mine.id


@pytest.mark.parametrize("due", ["9999-12-31T23:59:59", "0001-01-01T00:00:00"])
def test_an_undo_of_a_snooze_that_somebody_made_up_brings_no_date_that_a_zone_cannot_have(cast, sign_in, lead, due):
    mine = todo(lead, cast.bob, day=date(2026, 11, 28))
    before = Todo.get_by_id(mine.id).due_at
    assert sign_in(cast.bob).post(f"/todos/{mine.id}/due?due={due}").status_code == 422
    assert Todo.get_by_id(mine.id).due_at == before


def test_an_undo_comes_back_to_the_same_filter_whatever_the_address_holds(cast, sign_in, htmx, lead):
    mine = todo(lead, cast.bob)
    here = "at=lead&f=stage.is.new&f=city.is.Oslo&endpoint=x&_method=GET&todo_id=7"
    done = sign_in(cast.bob).post(f"/todos/{mine.id}/done?{here}", headers=htmx).text
    assert f"/todos/{mine.id}/reopen?{here}".replace("&", "&amp;") in done


def test_a_bad_form_keeps_what_was_typed_and_says_what_is_wrong(cast, sign_in, htmx, lead):
    client = sign_in(cast.bob)
    for headers in (htmx, {}):
        data = {"title": "Keep me", "kind": "call", "day": "soon", "time": "25:00"}
        answer = client.post(f"/leads/{lead.id}/todos", data=data, headers=headers)
        assert answer.status_code == 422 and "Keep me" in answer.text and "2026-11-28" in answer.text
    mine = todo(lead, cast.bob)
    answer = client.post(f"/todos/{mine.id}/edit", data={"title": "", "kind": "call", "assignee": ""})
    assert answer.status_code == 422 and "Say what has to be done." in answer.text
    assert client.post(f"/todos/{mine.id}/snooze", data={"until": "never"}).status_code == 422
    saved = client.post(f"/todos/{mine.id}/edit", data={"title": "Other", "kind": "email", "assignee": ""})
    assert saved.status_code == 303 and Todo.get().title == "Other" and Todo.get().assignee_id is None


def test_who_only_looks_changes_nothing_and_strangers_find_nothing(cast, sign_in, lead):
    mine = todo(lead, cast.bob)
    looker, stranger = sign_in(cast.vera), sign_in(cast.charlie)
    assert 'class="tick"' not in looker.get("/todos?whose=team").text
    for act in ("done", "reopen", "snooze", "due", "delete"):
        assert looker.post(f"/todos/{mine.id}/{act}").status_code == 403
        assert stranger.post(f"/todos/{mine.id}/{act}").status_code == 404
    assert stranger.get(f"/todos/{mine.id}/edit").status_code == 404
    assert stranger.post(f"/leads/{lead.id}/todos", data={"title": "x", "kind": "call"}).status_code == 404


def test_a_lead_is_found_by_search_for_a_new_to_do(cast, sign_in, htmx, lead):
    client = sign_in(cast.bob)
    part = client.get("/todos/new?q=vale", headers=htmx).text
    assert f"/leads/{lead.id}/todos" in part and "<html" not in part
    assert "Gina Vale" in client.get(f"/leads/{lead.id}/todos").text
    assert "No lead matches" in client.get("/todos/new?q=zzzz").text


@pytest.mark.parametrize("many", [10, 50])
def test_the_list_asks_as_many_questions_for_many_as_for_few(cast, sign_in, lead, many):
    for number in range(many):
        todo(lead, cast.bob, f"Step {number}", day=date(2026, 11, 1) + timedelta(days=number))
    client = sign_in(cast.bob)
    client.get("/todos")
    with count_queries() as counted:
        client.get("/todos")
    assert counted.count <= 6


def test_somebody_who_left_gets_no_to_dos(cast, lead):
    Membership.delete().where(Membership.user == cast.bob.user_id).execute()
    assert cast.bob.user_id not in dict(todo_queries.assignees(lead))
