"""Pages and writes while an import runs, and while it is undone, against idle times.

A whole program (web and worker) with BENCH_LEADS leads (default 100,000) and an import of BENCH_ROWS rows (default
40,000) of bench/import.py; one person opens the table, the board and leads in turn and writes a note after each.
BENCH_DATABASE=postgres runs it on a Postgres of its own from the pip wheel.
"""

import os
import subprocess
import sys
import time
from contextlib import ExitStack

from common import ROOT, environment
from leads_file import write_file
from person import Person, report_quiet, served, together

LEADS = int(os.environ.get("BENCH_LEADS", "100000"))
ROWS = int(os.environ.get("BENCH_ROWS", "40000"))
MOST = 120  # seconds of an import, or of its undo
BUSY = 'hx-trigger="every 1s"'  # what the page of an import has while it works
DO = """
import sys
from pathlib import Path
from webapp import create_app
from webapp.accounts.members import member_of
from webapp.accounts.models import Membership
from webapp.imports import starting, undoing, uploading
from webapp.imports.models import Import
from db import db

create_app()
with db.connection_context():
    owner = Membership.select().order_by(Membership.id).first()
    member = member_of(owner.workspace, owner.user)
    if sys.argv[1] == "undo":
        undoing.undo_import(Import.get(), actor=member)
    else:
        with open(sys.argv[2], "rb") as stream:
            imported = uploading.upload(member, "bench.csv", stream)
        starting.keep_options(imported, basis="interest")
        starting.start_import(imported)
        print(imported.id)
"""


def during(person, import_id):
    """What the person measures while the import, or its undo, works; how many rows a second that is."""
    began = checked = time.monotonic()

    def ended():
        nonlocal checked
        if time.monotonic() - checked < 0.5:
            return False
        checked = time.monotonic()
        return checked - began > MOST or BUSY not in person.ask("GET", f"/imports/{import_id}")

    times = person.work(ended)
    return times, ROWS / (time.monotonic() - began)


def main():
    with ExitStack() as stack:
        folder, port, more = served(stack, LEADS)
        path = folder / "bench.csv"
        write_file(path, ROWS)

        def tell(*words):
            command = [sys.executable, "-c", DO, *map(str, words)]
            done = subprocess.run(command, cwd=ROOT, env=environment(folder, **more), capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(done.stderr)
            return done.stdout.strip()

        person = Person(port, LEADS)
        idle = [person.idle()]
        import_id = tell("start", path)
        importing = during(person, import_id)
        idle.append(person.idle())
        tell("undo")
        undoing = during(person, import_id)
    for name, (times, speed) in (("import", importing), ("undo of an import", undoing)):
        report_quiet(name, times, together(idle), rows_a_second=round(speed))


if __name__ == "__main__":
    main()
