"""Never two requests to one host at once: threads, processes, and after a kill."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from datetime import timedelta

import pytest

from db import db
from tests.core.raw_server import page, raw_server
from tests.faults.test_bulk_kills import environment  # noqa: F401  a fixture
from webapp.config import ROOT
from webapp.core import clock
from webapp.core.http import Session
from webapp.enrichment import politeness
from webapp.enrichment.page_models import FetchedPage, HostTurn
from webapp.enrichment.pages import Reader
from webapp.enrichment.politeness import turn

CHILD = """
import sys, time
from webapp import config, create_app
create_app()
from webapp.core.http import Session
from webapp.enrichment.pages import Reader

with Session() as session:
    reader = Reader(session, time.monotonic() + 60)
    for url in sys.argv[1:]:
        page = reader.read(url)
        assert page.text == "hello", page
"""


class Counting:
    """Answers pages, and counts how many were asked for at once."""

    def __init__(self):
        self.now, self.most, self.pages, self.lock = 0, 0, 0, threading.Lock()

    def __call__(self, connection, head):
        if b"/robots.txt" in head.partition(b"\r\n")[0]:
            return page(b"", status="404 Not Found")
        with self.lock:
            self.now, self.pages = self.now + 1, self.pages + 1
            self.most = max(self.most, self.now)
        time.sleep(0.02)  # the time that a page takes
        with self.lock:
            self.now -= 1
        return page(b"hello", "Content-Type: text/html")


def read_all(urls):
    with Session() as session:
        reader = Reader(session, time.monotonic() + 60)
        for url in urls:
            assert reader.read(url).text == "hello", reader.pages[-1]


def in_threads(*calls):
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


def test_threads_never_ask_one_host_at_once(app):
    counting = Counting()
    with raw_server(counting) as server:
        urls = [[f"{server.url}/{reader}-{number}" for number in range(4)] for reader in range(6)]
        in_threads(*(lambda part=part: read_all(part) for part in urls))
        assert counting.most == 1 and counting.pages == 24
    assert not politeness._locks


def test_a_page_that_several_want_is_asked_for_once(app):
    counting = Counting()
    with raw_server(counting) as server:
        in_threads(*(lambda: read_all([f"{server.url}/"]) for _ in range(6)))
        assert counting.pages == 1


def test_different_hosts_are_asked_at_once(app):
    together = threading.Barrier(8)

    def answer(connection, head):
        if b"/robots.txt" in head.partition(b"\r\n")[0]:
            return page(b"", status="404 Not Found")
        together.wait(20)  # every host is asked before any has answered
        return page(b"hello", "Content-Type: text/html")

    with ExitStack() as stack:
        servers = [stack.enter_context(raw_server(answer)) for _ in range(8)]
        in_threads(*(lambda url=server.url: read_all([url]) for server in servers))


def test_a_host_is_the_same_with_and_without_www(app):
    with turn("www.acme.example", time.monotonic() + 5):
        assert [row.host for row in HostTurn.select()] == ["acme.example"]


def start(environment, *urls):  # noqa: F811
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, *urls],
        env={**os.environ, **environment, "FETCH_ALLOW": "127.0.0.1/32"},
        cwd=ROOT,
        stderr=subprocess.PIPE,
    )


def test_processes_never_ask_one_host_at_once(app, environment):  # noqa: F811
    counting = Counting()
    with raw_server(counting) as server:
        urls = [[f"{server.url}/{part}-{number}" for number in range(12)] for part in range(3)]
        others = [start(environment, *part) for part in urls[1:]]
        read_all(urls[0])
        for process in others:
            assert process.wait(60) == 0, process.stderr.read().decode()
            process.stderr.close()
        assert counting.most == 1 and counting.pages == 36


def test_a_host_whose_reader_was_killed_is_read_again_at_once_and_elsewhere_when_its_lease_is_over(app, environment):  # noqa: F811
    children = []

    def answer(connection, head):
        if b"/robots.txt" in head.partition(b"\r\n")[0]:
            return page(b"", status="404 Not Found")
        if b"GET /killed " in head:
            os.kill(children[0].pid, signal.SIGKILL)
            connection.recv(1)  # until it is gone
            return None
        return page(b"hello", "Content-Type: text/html")

    with raw_server(answer) as server, Session() as session:
        children.append(start(environment, f"{server.url}/killed"))
        assert children[0].wait(60) == -signal.SIGKILL
        children[0].stderr.close()
        killed = HostTurn.get()
        assert killed.lease_token
        assert Reader(session).read(server.url).text == "hello"
        on_another_machine = {"lease_token": "elsewhere:1:x", "lease_until": killed.lease_until}
        HostTurn.update(on_another_machine).execute()
        FetchedPage.delete().execute()
        busy = Reader(session, time.monotonic() + 0.3).read(server.url)
        assert busy.note == f"Not read, others of us were reading from 127.0.0.1:{server.port} for too long"
        with clock.freeze(clock.now() + politeness.LEASE + timedelta(seconds=1)):
            assert Reader(session).read(server.url).text == "hello"


def test_a_clock_that_was_put_back_holds_no_host(app):
    with clock.freeze(clock.now() + timedelta(hours=1)):
        HostTurn.create(host="acme.example", lease_token="x", lease_until=clock.now() + politeness.LEASE)
        HostTurn.create(host="globex.example", next_at=clock.now() + timedelta(seconds=5))
    for host in ("acme.example", "globex.example"):
        with turn(host, time.monotonic() + 0.2):
            pass


def test_a_turn_that_another_took_over_is_not_given_back(app):
    with turn("acme.example", time.monotonic() + 5):
        HostTurn.update(lease_token="another", lease_until=clock.now() + politeness.LEASE).execute()
    assert HostTurn.get().lease_token == "another"


def test_the_turn_is_given_back_when_reading_fails(app):
    with pytest.raises(RuntimeError), turn("acme.example", time.monotonic() + 5):
        raise RuntimeError("broken")
    assert HostTurn.get().lease_token == "" and not politeness._locks


def test_reading_leaves_a_thread_the_connection_that_it_has_and_no_other(app):
    with raw_server(Counting()) as server:
        read_all([server.url])
        assert not db.is_closed()
        closed = []
        in_threads(lambda: (read_all([f"{server.url}/2"]), closed.append(db.is_closed())))
        assert closed == [True]
