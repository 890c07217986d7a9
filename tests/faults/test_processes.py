"""The program as a person starts it: two processes that start, restart and stop in good order."""

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import urllib.request

import pytest

from webapp.config import ROOT


class Program:
    """run.py in a process of its own; what it logs can be waited for."""

    def __init__(self, data_dir, *arguments, **environ):
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "run.py"), *arguments],
            env={**os.environ, "DATA_DIR": str(data_dir), "PORT": "0", "BASE_URL": "http://galena.test", **environ},
            stderr=subprocess.PIPE,
            text=True,
        )
        self.guard = threading.Timer(60, self.process.kill)  # a hang fails the test instead of the suite
        self.guard.start()

    def wait_for(self, words):
        """The next line of the log that has `words`."""
        for line in self.process.stderr:
            if words in line:
                return line
        raise AssertionError(f"the program ended before it said {words!r}")

    def started(self):
        return self.wait_for("Galena runs on ").partition("http://")[2].split()[0]

    def worker(self):
        """The pid of the worker process."""
        return int(subprocess.check_output(["pgrep", "-P", str(self.process.pid)], text=True).split()[0])

    def close(self):
        self.guard.cancel()
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()


@pytest.fixture
def program(tmp_path):
    made = Program(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_ends_both_processes_cleanly(program, signum):
    host = program.started()
    assert urllib.request.urlopen(f"http://{host}/health", timeout=10).status == 200
    worker = os.pidfd_open(program.worker())
    program.process.send_signal(signum)
    assert program.process.wait(30) == 0
    with pytest.raises(ProcessLookupError):
        signal.pidfd_send_signal(worker, 0)
    os.close(worker)


def test_a_killed_worker_is_replaced(program):
    program.started()
    first = program.worker()
    os.kill(first, signal.SIGKILL)
    program.wait_for("the worker process ended")
    program.wait_for("a worker process runs")
    assert program.worker() != first


def test_a_worker_ends_when_the_process_that_started_it_was_killed(program):
    program.started()
    worker = os.pidfd_open(program.worker())
    os.kill(program.process.pid, signal.SIGKILL)
    program.process.wait()
    assert select.select([worker], [], [], 30)[0], "the worker still runs"
    os.close(worker)


def test_a_wrong_setting_stops_the_start_with_a_sentence(tmp_path):
    made = Program(tmp_path, DATABASE_URL="mysql://x")
    assert "DATABASE_URL must start with" in made.wait_for("Error")
    assert made.process.wait(30) == 1
    made.close()


def test_a_port_that_is_taken_stops_the_start_with_a_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = subprocess.run(
            [sys.executable, str(ROOT / "run.py")],
            env={**os.environ, "DATA_DIR": str(tmp_path), "PORT": str(port)},
            capture_output=True,
            text=True,
        )
    assert ended.returncode == 1 and f"PORT {port}" in ended.stderr and "Traceback" not in ended.stderr


def test_a_second_start_migrates_nothing_and_keeps_the_key(tmp_path):
    for expected in ("0001_people", "The database is up to date."):
        output = subprocess.check_output(
            [sys.executable, str(ROOT / "run.py"), "migrate"], env={**os.environ, "DATA_DIR": str(tmp_path)}, text=True
        )
        assert expected in output
    assert len(list(tmp_path.glob("secret.key"))) == 1


def test_four_hundred_idle_connections_do_not_keep_a_page_from_being_served(program):
    host, _, port = program.started().partition(":")
    idle = [socket.create_connection((host, int(port)), timeout=10) for _ in range(400)]
    for connection in idle:
        connection.sendall(b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nslow")
    assert urllib.request.urlopen(f"http://{host}:{port}/sign-in", timeout=10).status == 200
    for connection in idle:
        connection.close()
