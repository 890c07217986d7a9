"""What SQLite's pragmas are worth: small commits and list reads over 50,000 leads, under other settings than db.py's.

A row's `ratio` is the time under the setting ÷ the time under db.py's own, so over 1 means db.py's choice is quicker.
"""

import os
import random
import sqlite3
import time

from common import environment, report, temporary_folder
from seed import make_workspace

LEADS = 50_000
COMMITS, READS = 1500, 3000
SETTINGS = {
    "as in db.py": {},
    "synchronous=full": {"synchronous": "full"},
    "cache_size 2 MB": {"cache_size": -2048},
    "cache_size 32 MB": {"cache_size": -32768},
    "mmap_size 256 MB": {"mmap_size": 268435456},
    "temp_store=default": {"temp_store": 0},
}
PAGE = """SELECT id, company, first_name, last_name, stage, value FROM lead
    WHERE workspace_id = 1 AND deleted_at IS NULL AND (value, id) < (?, ?) ORDER BY value DESC, id DESC LIMIT 50"""
MOVE = "UPDATE lead SET stage = ?, touched_at = ? WHERE id = ?"


def connect(path, changes):
    from db import SQLITE_PRAGMAS

    connection = sqlite3.connect(path, isolation_level=None)
    for name, value in {**SQLITE_PRAGMAS, **changes}.items():
        connection.execute(f"PRAGMA {name} = {value}")
    return connection


def seconds(path, changes):
    """(of small commits, of list reads) under the settings."""
    connection, dice = connect(path, changes), random.Random(5)
    started = time.perf_counter()
    for _ in range(COMMITS):
        moment = f"2026-01-01 00:00:{dice.randrange(60):02}.{dice.randrange(10**6):06}"
        connection.execute(MOVE, (dice.choice(("new", "lost")), moment, dice.randrange(1, LEADS)))
    wrote = time.perf_counter()
    for _ in range(READS):
        connection.execute(PAGE, (dice.randrange(50) * 1000, dice.randrange(LEADS))).fetchall()
    ended = time.perf_counter()
    connection.close()
    return wrote - started, ended - wrote


def main():
    with temporary_folder() as folder:
        os.environ.update(environment(folder))
        make_workspace(folder, leads=LEADS, password="correct horse battery")
        path = folder / "galena.db"
        rounds = [{name: seconds(path, changes) for name, changes in SETTINGS.items()} for _ in range(3)]
        base = [min(one["as in db.py"][kind] for one in rounds) for kind in (0, 1)]
        for name in SETTINGS:
            for kind, what in enumerate(("commits", "reads")):
                best = min(one[name][kind] for one in rounds)
                report(f"pragmas: {name}, {what}, s", best, base[kind], 3, "")


if __name__ == "__main__":
    main()
