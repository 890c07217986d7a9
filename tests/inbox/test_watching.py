"""Waiting at a server for news: a mail is read as soon as it comes, by one watcher, as long as reading goes well."""

import threading

import pytest

from tests.inbox.desk import raw, subjects
from webapp.core import jobs
from webapp.core.clock import now
from webapp.inbox import reading, watching
from webapp.inbox.reading_models import MailboxReading


@pytest.fixture
def woken(monkeypatch):
    """Set as soon as a watch has woken the reading of a mailbox."""
    event, wake = threading.Event(), reading.wake

    def tell(mailbox_id):
        wake(mailbox_id)
        event.set()

    monkeypatch.setattr(reading, "wake", tell)
    return event


@pytest.fixture
def waits(monkeypatch):
    """Set as soon as a watch waits at its server."""
    event, begin = threading.Event(), watching.imap.Imap.begin_waiting

    def tell(imap):
        begin(imap)
        event.set()

    monkeypatch.setattr(watching.imap.Imap, "begin_waiting", tell)
    return event


@pytest.fixture
def watcher(app):
    """A Watcher whose looks a test takes by itself."""
    watcher = watching.Watcher()
    watcher._thread = threading.Thread(target=lambda: None)
    watcher.start()
    yield watcher
    watcher.stop()


def _row():
    return MailboxReading.get()


def test_a_mail_is_read_as_soon_as_the_server_tells_of_it(imap, box, desk, read, watcher, waits, woken, run_jobs):
    assert read(box).pushes
    jobs.huey.flush()
    watcher.look()
    assert waits.wait(20), "nobody waits at the server"
    imap.append(raw(1))
    assert woken.wait(20), "nobody was told"
    run_jobs()
    assert desk.kept == subjects([1])


def test_a_mail_that_came_before_the_watch_began_is_not_missed(imap, box, desk, read, watcher, woken, run_jobs):
    read(box)
    jobs.huey.flush()
    imap.append(raw(1))
    watcher.look()
    assert woken.wait(20)
    run_jobs()
    assert desk.kept == subjects([1])


def test_a_watched_mailbox_is_asked_by_turns_less_often(imap, box, desk, read, watcher, waits):
    read(box)
    watcher.look()
    row = read(box)
    assert (row.next_read_at - now()).total_seconds() > 100


def test_one_watcher_watches_a_mailbox_until_it_is_stopped(imap, box, desk, read, watcher, waits):
    read(box)
    watcher.look()
    assert waits.wait(20)
    assert watching.take(box.id) is None
    watcher.stop()
    assert _row().watch_token == "" and watching.take(box.id) is not None
    assert not [thread for thread in threading.enumerate() if thread.name == f"watch {box.id}"]


def test_a_mailbox_that_is_switched_off_or_in_trouble_is_watched_no_more(imap, box, desk, read, watcher, waits):
    read(box)
    watcher.look()
    assert waits.wait(20)
    for change in ({"is_on": False}, {"is_on": True, "failures": 1}):
        MailboxReading.update(change).execute()
        watcher.look()
        assert _row().watch_token == ""
    MailboxReading.update(failures=0).execute()
    watcher.look()
    assert _row().watch_token != ""


def test_a_mailbox_that_was_never_read_is_not_watched(imap, box, watcher):
    watcher.look()
    assert _row().watch_token == ""


def test_a_watch_that_breaks_is_begun_anew_after_a_while(imap, box, desk, read, watcher, waits, woken):
    read(box)
    watcher.look()
    assert waits.wait(20)
    waits.clear()
    watch = watcher._watches[box.id]
    watch._imap.hang_up()
    watch.join()
    assert woken.is_set(), "whether it can still be read shows at once"
    watcher.look()
    assert not watch._thread.is_alive(), "not at once: the server may be unwell"
    watch._next_at = 0
    watcher.look()
    assert waits.wait(20)
