"""Pages of 50 KB from a local server that takes 200 ms for each, by so many threads at once, against what that latency
allows: concurrency ÷ 0.2 pages a second.

"fetch" is the client alone (core.http.fetch); "fetch-pages" reads as enrichment does, each thread from a host of its
own: robots.txt, the turn at the host, and the page kept in the database. Every page is read and compared in length.
"""

import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

from common import ROOT, environment, report, temporary_folder

DELAY, SIZE = 0.2, 50_000
CONCURRENCY = (1, 4, 16, 64)
EACH, ROUNDS = 9, 3  # pages that a thread reads a round
READER_PAGES = 3  # of one company


@contextmanager
def slow_web(ports):
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "bench/slow_web.py"), "--delay", str(DELAY * 1000), "--size", str(SIZE),
         "--ports", str(ports)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield [f"http://127.0.0.1:{port}" for port in process.stdout.readline().split()]
    finally:
        process.stdin.close()
        process.wait(10)


def together(work, places):
    """The seconds that work(place) takes for all places, a thread each."""
    failures = []

    def run(place):
        try:
            work(place)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(place,)) for place in places]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    if failures:
        raise failures[0]
    return seconds


def by_client(session):
    from webapp import config
    from webapp.core.http import fetch

    def read(place, pages=EACH):
        for number in range(pages):
            response = fetch(
                f"{place}/{number}", allowed=config.current().fetch_allow, agent="Galena-bench", session=session,
                deadline=time.monotonic() + 15, max_bytes=2_000_000,
            )  # fmt: skip
            assert len(response.body) == SIZE

    return read


def by_reader(session):
    from webapp.enrichment.pages import Reader

    rounds = iter(range(10**9))

    def read(place, pages=EACH):
        reader, run = Reader(session), next(rounds)
        for number in range(pages):
            if number % READER_PAGES == 0:
                reader = Reader(session)
            page = reader.read(f"{place}/{run}-{number}")
            assert len(page.text) == SIZE, page

    return read


def measure(name, reading, places):
    from webapp.core.http import Session

    for concurrency in CONCURRENCY:
        with Session() as session:
            work = reading(session)
            used = places[:concurrency]
            work(used[0], 1)  # what is loaded on first use is
            speeds = [concurrency * EACH / together(work, used) for _ in range(ROUNDS)]
        ideal = concurrency / DELAY
        ours = statistics.median(speeds)
        report(f"{name}, {concurrency} at once, pages/s", ours, ideal, concurrency * EACH, ">= 0.9")


def main():
    from db import db
    from webapp import config, create_app, processes

    with temporary_folder() as folder, slow_web(max(CONCURRENCY)) as places:
        settings = config.load(environment(folder, FETCH_ALLOW="127.0.0.1/32"), dotenv=None)
        processes.migrate(settings)
        create_app(settings)
        measure("fetch", by_client, places)
        measure("fetch-pages", by_reader, places)
        db.obj.close_all()


if __name__ == "__main__":
    main()
