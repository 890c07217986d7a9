"""What a member does with a thread."""

import dataclasses
from datetime import UTC, date, datetime, timedelta

import pytest

from tests import factories
from tests.inbox.threads import add_mail, make_thread
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid
from webapp.inbox import assigning, threads
from webapp.inbox.models import Label, LabelledBy, Thread, ThreadState
from webapp.leads.models import Lead, Todo


@pytest.fixture
def thread(cast):
    return make_thread(factories.lead(cast.acme), assignee=cast.bob.user_id)


def fresh(thread):
    return Thread.get_by_id(thread.id)


def test_what_is_done_is_read_and_opens_again(cast, thread):
    threads.finish(thread, actor=cast.alice)
    assert fresh(thread).state is ThreadState.DONE and not fresh(thread).is_unread
    threads.finish(thread, actor=cast.alice)
    threads.reopen(thread)
    assert fresh(thread).state is ThreadState.OPEN


def test_snoozed_until_a_morning_by_the_members_clock(thread, cast, monkeypatch):
    monkeypatch.setattr("webapp.leads.due.now", lambda: datetime(2026, 11, 22, 22, 30, tzinfo=UTC))  # a Sunday
    bob = dataclasses.replace(cast.bob, time_zone="Europe/Berlin")
    for until, expected in {
        "tomorrow": datetime(2026, 11, 23, 7, tzinfo=UTC),
        "week": datetime(2026, 11, 23, 7, tzinfo=UTC),
        date(2027, 7, 1): datetime(2027, 7, 1, 6, tzinfo=UTC),
    }.items():
        threads.snooze(thread, until, actor=bob)
        assert fresh(thread).snoozed_until == expected and fresh(thread).state is ThreadState.SNOOZED
    for until in ("yesterday", date(2026, 11, 22), date(2031, 1, 1), None):
        with pytest.raises(Invalid):
            threads.snooze(thread, until, actor=cast.bob)


def test_later_today_is_in_three_hours_and_no_choice_in_the_evening(thread, cast, monkeypatch):
    monkeypatch.setattr(threads, "now", lambda: datetime(2026, 11, 22, 9, 7, 31, tzinfo=UTC))
    threads.snooze(thread, "later", actor=cast.bob)
    assert fresh(thread).snoozed_until == datetime(2026, 11, 22, 12, 7, tzinfo=UTC)
    monkeypatch.setattr(threads, "now", lambda: datetime(2026, 11, 22, 20, 1, tzinfo=UTC))
    with pytest.raises(Invalid, match="tomorrow"):
        threads.snooze(thread, "later", actor=cast.bob)


def test_a_snoozed_thread_wakes_on_top_and_unread_once_its_time_has_come(thread, cast, monkeypatch):
    monkeypatch.setattr(threads, "BATCH", 2)
    lead, past = factories.lead(cast.acme), now() - timedelta(seconds=1)
    due = [make_thread(lead, state=ThreadState.SNOOZED, snoozed_until=past, unread=False) for _ in range(5)]
    later = make_thread(lead, state=ThreadState.SNOOZED, snoozed_until=now() + timedelta(hours=1), unread=False)
    done = make_thread(lead, state=ThreadState.DONE, snoozed_until=past, unread=False)
    newest = fresh(thread).last_at
    assert threads.wake_snoozed() == 5 and threads.wake_snoozed() == 0
    for one in due:
        assert fresh(one).state is ThreadState.OPEN and fresh(one).is_unread and fresh(one).last_at > newest
    assert fresh(later).state is ThreadState.SNOOZED and fresh(done).state is ThreadState.DONE


def test_a_label_says_who_chose_it(thread, cast):
    Thread.update(label_sure=70, labelled_by=LabelledBy.MODEL).where(Thread.id == thread.id).execute()
    threads.label(thread, Label.NOT_NOW, actor=cast.bob)
    kept = fresh(thread)
    assert (kept.label, kept.labelled_by, kept.label_sure) == (Label.NOT_NOW, LabelledBy.PERSON, None)
    assert kept.label_reason == "Chosen by Bob Baker."


def test_what_is_given_to_somebody_else_is_unread_for_them(thread, cast):
    Thread.update(is_unread=False).where(Thread.id == thread.id).execute()
    threads.assign(fresh(thread), cast.alice.user_id, actor=cast.bob)
    assert fresh(thread).assignee_id == cast.alice.user_id and fresh(thread).is_unread
    threads.assign(fresh(thread), cast.bob.user_id, actor=cast.bob)
    assert not fresh(thread).is_unread
    threads.assign(fresh(thread), None, actor=cast.bob)
    assert fresh(thread).assignee_id is None
    for nobody in (cast.charlie.user_id, cast.vera.user_id):
        with pytest.raises(Invalid):
            threads.assign(fresh(thread), nobody, actor=cast.bob)


def test_unread_again_opens_what_was_put_away(cast, thread):
    threads.mark_read(thread)
    assert not fresh(thread).is_unread
    threads.finish(thread, actor=cast.alice)
    threads.mark_unread(thread)
    assert fresh(thread).is_unread and fresh(thread).state is ThreadState.OPEN


def test_a_thread_that_is_gone_is_said_to_be(cast, thread):
    thread.delete_instance()
    with pytest.raises(Conflict):
        threads.finish(thread, actor=cast.alice)


def test_done_ends_galenas_own_to_do_to_answer_and_no_other(cast, thread):
    lead = Lead.get_by_id(thread.lead_id)
    assigning.ask_to_answer(thread, lead)
    mine = Todo.create(workspace=cast.acme, lead=lead, title="Answer the tender", created_by=cast.alice.user_id)
    assert Todo.select().where(Todo.done_at.is_null()).count() == 2
    threads.finish(fresh(thread), actor=cast.alice)
    assert [todo.id for todo in Todo.select().where(Todo.done_at.is_null())] == [mine.id]
    threads.reopen(fresh(thread))
    assert Todo.select().where(Todo.done_at.is_null()).count() == 2, "undone, it is owed again"
    add_mail(fresh(thread), "out", "Yours", at=now() + timedelta(minutes=1))
    threads.finish(fresh(thread), actor=cast.alice)
    threads.reopen(fresh(thread))
    assert [todo.id for todo in Todo.select().where(Todo.done_at.is_null())] == [mine.id], "it was answered"
