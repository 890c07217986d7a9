"""From enqueueing a job to its start, on an idle queue (SQLite, a worker process as run.py starts it)."""

import random
import statistics
import sys
import time

from common import ROOT, environment, report, temporary_folder

SAMPLES = 60
LIMIT_MS = 120


def worker():
    """The worker process, with one job more: it writes down how long it waited."""
    from webapp import processes
    from webapp.config import load

    processes.run_worker(load())


def declare(path):
    from webapp.core.jobs import job

    @job()
    def stamp(sent):
        with open(path, "a") as file:
            file.write(f"{time.time() - sent}\n")

    return stamp


def main():
    import os
    import subprocess

    with temporary_folder() as folder:
        path = folder / "waits"
        os.environ.update(environment(folder))
        subprocess.run([sys.executable, str(ROOT / "run.py"), "migrate"], check=True, stdout=subprocess.DEVNULL)
        process = subprocess.Popen([sys.executable, __file__, str(path)])
        try:
            from db import db
            from webapp import create_app
            from webapp.core.jobs import later

            create_app()
            declare(path)
            dice = random.Random(3)
            with db.connection_context():
                for _ in range(SAMPLES):
                    time.sleep(dice.uniform(0.3, 1.2))
                    later("stamp", time.time())
            time.sleep(1)
        finally:
            process.terminate()
            process.wait(60)
        waits = sorted(float(line) * 1000 for line in path.read_text().split())[3:]
        report("latency: p95 ms", statistics.quantiles(waits, n=20)[-1], LIMIT_MS, len(waits), "<= 1")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        declare(sys.argv[1])
        worker()
    else:
        main()
