from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from tests import factories
from webapp.accounts.models import Membership, Notice, NoticeKind, NoticeState, User
from webapp.accounts.workspaces import add_member
from webapp.core.clock import freeze
from webapp.leads import digest, todos
from webapp.leads.models import Lead
from webapp.mail.queries import opened

MORNING = datetime(2026, 11, 19, 6, 10, tzinfo=UTC)  # 07:10 in Berlin
TITLES = ("Late", "Today", "Tomorrow")


@pytest.fixture
def bob(cast):
    User.update(todo_digest=True, time_zone="Europe/Berlin").where(User.id == cast.bob.user_id).execute()
    lead = factories.lead(cast.acme, first_name="Gina", last_name="Vale")
    for title, day in zip(TITLES, (17, 19, 20), strict=True):
        fields = {"title": title, "day": date(2026, 11, day), "time": time(21) if title == "Today" else None}
        todos.add_todo(lead, fields, actor=replace(cast.bob, time_zone="Europe/Berlin"))
    return cast.bob


def owed():
    return list(Notice.select().where(Notice.kind == NoticeKind.DIGEST).order_by(Notice.id))


def test_in_the_morning_one_mail_names_what_is_overdue_and_due_today(bob, run_jobs):
    with freeze(MORNING):
        digest.owe_digests()
        run_jobs()
    (notice,) = owed()
    text = opened(notice.raw).text
    assert (notice.state, notice.subject) == (NoticeState.CAPTURED, "2 to-dos for today in Acme")
    assert "Late" in text and "overdue since 17 November" in text and "due 19 November, 21:00" in text
    assert "Gina Vale" in text and "Tomorrow" not in text and "http://galena.test/todos" in text


@pytest.mark.parametrize("hour", [5, 10, 16])
def test_at_any_other_hour_of_theirs_none_is_owed(bob, hour):
    with freeze(MORNING.replace(hour=hour)):
        digest.owe_digests()
    assert not owed()


def test_it_comes_once_a_day_however_often_the_job_runs_and_again_the_next(bob):
    for minutes in (0, 5, 60):
        with freeze(MORNING + timedelta(minutes=minutes)):
            digest.owe_digests()
    assert len(owed()) == 1
    seen = User.get_by_id(bob.user_id)
    digest._owe(seen, date(2026, 11, 19))  # a second worker, which had read the row before the first wrote it
    assert len(owed()) == 1
    with freeze(MORNING + timedelta(days=1)):
        digest.owe_digests()
    assert len(owed()) == 2


def test_nothing_is_sent_when_there_is_nothing_to_do(bob, run_jobs):
    with freeze(MORNING - timedelta(days=7)):
        digest.owe_digests()
    assert not owed()
    with freeze(MORNING):
        digest.owe_digests()
        Lead.update(deleted_at=MORNING).execute()  # gone before the mail leaves
        run_jobs()
    assert owed()[0].state is NoticeState.DROPPED


@pytest.mark.parametrize("change", ["left", "inactive", "off"])
def test_who_is_gone_or_asked_for_none_gets_none(bob, run_jobs, change):
    def leave():
        mine = User.id == bob.user_id
        if change == "left":
            Membership.delete().where(Membership.user == bob.user_id).execute()
        else:
            User.update({"is_active": False} if change == "inactive" else {"todo_digest": False}).where(mine).execute()

    with freeze(MORNING):
        digest.owe_digests()
        leave()
        run_jobs()
        assert [notice.state for notice in owed()] == [NoticeState.DROPPED]
        Notice.delete().execute()
        User.update(todo_digest_on=None).execute()
        digest.owe_digests()
        assert not owed()


def test_each_workspace_has_a_mail_of_its_own(bob, cast):
    add_member(cast.other, User.get_by_id(bob.user_id))
    lead = factories.lead(cast.other)
    fields = {"title": "Elsewhere", "day": date(2026, 11, 19), "time": time(10), "assignee": bob.user_id}
    todos.add_todo(lead, fields, actor=cast.charlie)
    with freeze(MORNING):
        digest.owe_digests()
    assert [notice.data["workspace_id"] for notice in owed()] == [cast.acme.id, cast.other.id]


def test_the_switch_is_on_the_profile_and_the_first_mail_comes_in_the_next_morning(cast, sign_in):
    assert "At about 7:00" in sign_in(cast.bob).get("/settings/profile").text
    with freeze(MORNING.replace(hour=9)):
        assert sign_in(cast.bob).post("/settings/profile/digest", data={"wanted": "y"}).status_code == 303
    kept = User.get_by_id(cast.bob.user_id)
    assert kept.todo_digest and kept.todo_digest_on == date(2026, 11, 19)
    sign_in(cast.bob).post("/settings/profile/digest")
    assert not User.get_by_id(cast.bob.user_id).todo_digest
