"""Jobs that wait for servers have threads of their own, a few at a time."""

import threading
import time

import pytest

import tasks
from webapp.core import jobs, lanes
from webapp.core.lanes import Lane

ENOUGH = 20  # seconds


@pytest.fixture
def lane():
    lane = Lane("test", 2)
    lane.open()
    yield lane
    lane.close(time.monotonic() + ENOUGH)


class Server:
    """Answers when it is let: `asked` says by whom it was, so far."""

    def __init__(self):
        self.asked, self.more, self._answers = [], threading.Semaphore(0), threading.Semaphore(0)

    def ask(self, who):
        self.asked.append(who)
        self.more.release()
        assert self._answers.acquire(timeout=ENOUGH)

    def wait_for(self, count):
        for _ in range(count):
            assert self.more.acquire(timeout=ENOUGH)
        return sorted(self.asked)

    def answer(self, count=1):
        self._answers.release(count)


def test_a_slow_server_holds_only_the_threads_of_its_lane(lane):
    server = Server()
    for who in ("a", "b", "c"):
        lane.give(server.ask, who)  # whoever gives goes on at once
    assert server.wait_for(2) == ["a", "b"]
    server.answer()
    assert server.wait_for(1) == ["a", "b", "c"]
    server.answer(2)


def test_what_waits_is_not_put_in_line_twice(lane):
    server = Server()
    for who in ("a", "b", "c", "c", "c", "d"):
        lane.give(server.ask, who)
    server.answer(10)
    assert server.wait_for(4) == ["a", "b", "c", "d"]


def test_one_that_breaks_leaves_its_thread_to_the_next(lane):
    server = Server()
    for _ in range(3):
        lane.give(lambda number: 1 / number, 0)
    lane.give(server.ask, "a")
    server.answer()
    assert server.wait_for(1) == ["a"]


def test_a_closed_lane_begins_nothing_more(lane):
    server = Server()
    for who in ("a", "b", "c"):
        lane.give(server.ask, who)
    server.wait_for(2)
    lane.close(time.monotonic())
    server.answer(3)
    lane.close(time.monotonic() + ENOUGH)
    assert sorted(server.asked) == ["a", "b"]


def test_a_job_of_a_lane_leaves_the_thread_of_the_queue_at_once(app, lane):
    server = Server()

    @jobs.job(lane=lane)
    def ask_server(who):
        server.ask(who)

    jobs.later("ask_server", "a")
    jobs.huey.execute(jobs.huey.dequeue())  # returns while the server lets us wait
    assert server.wait_for(1) == ["a"]
    server.answer()


def test_the_jobs_that_wait_for_servers_of_others_have_lanes(app, monkeypatch):
    given = []
    monkeypatch.setattr(Lane, "give", lambda self, run, *args: given.append((self.name, run.__name__)))
    monkeypatch.setattr(lanes.READING, "is_open", True)
    monkeypatch.setattr(lanes.MODEL, "is_open", True)
    for job in (tasks.read_mailbox, tasks.label_thread, tasks.write_suggestion, tasks.answer_question):
        job.call_local(1)
    assert [name for name, _ in given] == ["reading", "model", "model", "model"]
