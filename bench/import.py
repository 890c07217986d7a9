"""An import with all checks on, against a bare `executemany` of ready tuples into the same table, in the same commits.

Rows have the columns of leads-500.csv; BENCH_ROWS sets how many (default 100,000), BENCH_PAIRS how often. The limit's
tuples are made before its clock starts: it neither reads, cleans, looks up nor remembers anything. Each run has a
process and a migrated database of its own; the peak is the importing process's, interpreter and libraries included.
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

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
PAIRS = int(os.environ.get("BENCH_PAIRS", "3"))
HEADER = "Company,First name,Last name,Job title,E-mail,Phone,Website,Industry,Sub-industry,City,State,Founded"
FIRST = ("Markus", "Ralph", "Otilia", "Michael", "William", "Ryan", "Tomasz", "Roger", "Stéphane", "Crystal")
LAST = ("Flantz", "Williams", "Burgos", "Brown", "Johnson", "Jones", "Pedrycz", "Serrano", "Hauffer", "Aguilar")
CITIES = (("Saint Paul", "Minnesota"), ("Milwaukee", "Wisconsin"), ("North Chicago", "Illinois"), ("Dallas", "Texas"))
TITLES = ("Procurement Manager", "CTO", "Head of Sales", "VP Marketing", "Purchasing Lead")
INDUSTRIES = (("Industrials", "Building Products"), ("Health Care", "Biotechnology"), ("Utilities", "Multi-Utilities"))


def write_file(path):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER.split(","))
        for number in range(ROWS):
            company = f"Company {number * 7919 % ROWS:07d}"
            host = f"company{number * 7919 % ROWS:07d}.example"
            first, last = FIRST[number % 10], LAST[number // 10 % 10]
            email = f"{last}.{number}@{host}".lower()
            phone, site = f"+1 555 {number % 1000:03d} {number % 10000:04d}", f"https://www.{host}/"
            lines, places = INDUSTRIES[number % 3], CITIES[number % 4]
            writer.writerow(
                [company, first, last, TITLES[number % 5], email, phone, site, *lines, *places, 1900 + number % 100]
            )


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
    """Upload, match and run; the clock is on from the first byte of the upload to the last row."""
    member = open_app()
    from webapp.imports import running, starting, uploading
    from webapp.imports.models import Import

    began = time.perf_counter()
    with open(path, "rb") as stream:
        imported = uploading.upload(member, "bench.csv", stream)
    starting.keep_options(imported, policy="fill", basis="interest")
    starting.start_import(imported)
    running.run_import(imported.id)
    took = time.perf_counter() - began
    imported = Import.get_by_id(imported.id)
    if (imported.created, imported.rows) != (ROWS, ROWS):
        raise SystemExit(f"imported {imported.created} of {ROWS}: {imported.error}")
    return took


def limit(path):
    """The same rows by the standard library alone."""
    member = open_app()
    from db import SQLITE_PRAGMAS, db
    from webapp.imports.running import BATCH

    db.close()
    data = ready_tuples(path, member.workspace.id)
    connection = sqlite3.connect(db.database, isolation_level=None)
    for name, value in SQLITE_PRAGMAS.items():
        connection.execute(f"PRAGMA {name} = {value}")
    marks = ", ".join("?" * len(COLUMNS))
    sql = f"INSERT INTO lead ({', '.join(COLUMNS)}) VALUES ({marks})"
    began = time.perf_counter()
    for start in range(0, len(data), BATCH):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(sql, data[start : start + BATCH])
        connection.execute("COMMIT")
    return time.perf_counter() - began


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
    """(rows per second, peak MB) of one run in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, what, str(path)],
        env=environment(folder, BENCH_ROWS=str(ROWS)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    result = json.loads(done.stdout.splitlines()[-1])
    return ROWS / result["seconds"], result["peak_mb"]


def main():
    pairs, peaks = [], []
    with temporary_folder() as folder:
        path = folder / "bench.csv"
        write_file(path)
        for pair in range(PAIRS):
            speeds = {}
            for what in ("ours", "limit"):
                home = folder / f"{what}-{pair}"
                home.mkdir()
                speeds[what], peak = measure(what, path, home)
                if what == "ours":
                    peaks.append(peak)
            pairs.append((speeds["ours"], speeds["limit"]))
    first, second = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    report("import", first, second, ROWS, ">= 0.35", ratio=ratio, peak_mb=round(max(peaks), 1))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        seconds = {"ours": ours, "limit": limit}[sys.argv[1]](sys.argv[2])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(json.dumps({"seconds": seconds, "peak_mb": peak}))
    else:
        main()
