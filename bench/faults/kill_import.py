"""SIGKILLs an import of 20,000 rows 20 times at random moments: the database must equal that of a run never killed.

KILLS and ROWS in the environment change how often and how much. A killed run's lease is set to the past instead of
waited for: the next life claims the import as the sweeper's job would. Prints one line of JSON; exits 1 if anything
differs.
"""

import hashlib
import io
import json
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from db import db  # noqa: E402
from webapp import config, create_app, processes  # noqa: E402
from webapp.accounts.members import member_of  # noqa: E402
from webapp.accounts.models import Role  # noqa: E402
from webapp.accounts.workspaces import add_member, create_user, create_workspace  # noqa: E402
from webapp.core.clock import now  # noqa: E402
from webapp.imports import running, starting, uploading  # noqa: E402
from webapp.imports.models import Import, ImportRow, ImportState  # noqa: E402
from webapp.leads.models import Activity, Lead, StageTotal, with_keys  # noqa: E402

ROWS = int(os.environ.get("ROWS", "20000"))
KILLS = int(os.environ.get("KILLS", "20"))
DEADLINE = 600
TEXTS = ("company", "first_name", "last_name", "title", "email", "phone", "website", "domain", "linkedin", "industry",
         "city", "region", "country", "source")  # fmt: skip


def file_of_all_kinds():
    """New people, people who are here, people twice, people without an address, rows that cannot be leads."""
    dice = random.Random(5)
    out = io.StringIO("Company,First name,Last name,E-mail,Phone,Employees\n")
    out.seek(0, io.SEEK_END)
    for number in range(ROWS):
        kind = dice.random()
        who = dice.randrange(number + 1) if kind < 0.1 else number
        email = f"person{who}@halden.example"
        email = "" if 0.1 < kind < 0.15 else "not an address" if 0.15 < kind < 0.18 else email
        company = "" if 0.18 < kind < 0.2 else f"Company {who % 997}"
        phone = f"+47 22 {number:06d}" if kind > 0.3 else ""
        out.write(f"{company},Ann,Bo {who},{email},{phone},{'many' if kind > 0.98 else ''}\n")
    return out.getvalue().encode()


def workspace_with(content, name):
    """A workspace with some of the file's people in it and the file matched and started; returns its Import."""
    workspace = create_workspace(name)
    user = create_user(full_name="Kim Kill", email=f"kim@{name}.example", password_hash="")
    add_member(workspace, user, role=Role.OWNER)
    known = [
        with_keys({**dict.fromkeys(TEXTS, ""), "company": f"Company {n % 997}", "email": f"person{n}@halden.example"})
        for n in range(0, ROWS, 50)
    ]
    moment = now()
    with db.atomic():
        for start in range(0, len(known), 200):
            rows = [{"workspace": workspace, "touched_at": moment, **fields} for fields in known[start : start + 200]]
            Lead.insert_many(rows).execute()
    imported = uploading.upload(member_of(workspace, user), "killed.csv", io.BytesIO(content))
    starting.keep_options(imported, policy="fill", basis="interest")
    starting.start_import(imported)
    return imported


def life(imported, started):
    """One process that goes on with the import; returns its id when it has begun."""
    pid = os.fork()
    if pid == 0:
        try:
            with db.connection_context():
                os.write(started, b".")
                running.run_import(imported.id)
        finally:
            os._exit(0)
    return pid


def kill_and_go_on(imported, seconds):
    """Kill at random moments until KILLS have hit a run; then let it finish. Returns how many hit."""
    dice = random.Random(20)
    reader, writer = os.pipe()
    began, kills = time.monotonic(), 0
    while time.monotonic() - began < DEADLINE:
        pid = life(imported, writer)
        os.read(reader, 1)
        if kills < KILLS:
            time.sleep(dice.random() * 1.6 * seconds / KILLS)
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        with db.connection_context():
            row = Import.get_by_id(imported.id)
            if row.state is not ImportState.RUNNING and row.state is not ImportState.QUEUED:
                break
            kills += 1
            Import.update(lease_until=row.created_at).where(Import.id == row.id).execute()
        db.obj.close_all()  # no connection is shared with the next life
    return kills


def content_of(imported):
    """A digest of all that an import wrote, without ids and times, and its counts."""
    workspace = imported.workspace_id
    fields = [field for field in Lead._meta.sorted_fields if field.name in (*TEXTS, "employees", "origin_row")]
    fields += [Lead.company_key, Lead.name_key, Lead.search_text]
    leads = Lead.of(workspace).select(*fields).order_by(Lead.id).tuples()
    outcomes = ImportRow.of(workspace).select(
        ImportRow.number, ImportRow.outcome, ImportRow.reason, ImportRow.cells, ImportRow.before
    )
    activities = Activity.of(workspace).select(Activity.kind, Activity.data).order_by(Activity.id).tuples()
    entries = [(kind, {k: v for k, v in data.items() if k != "import_id"}) for kind, data in activities]
    totals = StageTotal.of(workspace).select(StageTotal.stage, StageTotal.leads).order_by(StageTotal.stage).tuples()
    parts = (list(leads), list(outcomes.order_by(ImportRow.number).tuples()), entries, list(totals))
    imported = Import.get_by_id(imported.id)
    counts = {name: getattr(imported, name) for name in ("rows", "created", "updated", "skipped", "failed")}
    return [hashlib.sha256(repr(part).encode()).hexdigest() for part in parts], counts, imported.state.value


def main():
    folder = Path(tempfile.mkdtemp(prefix="galena-kills-"))
    settings = config.load({"DATA_DIR": str(folder), "QUEUE_URL": "memory://"}, dotenv=None)
    processes.migrate(settings)
    create_app(settings)
    content = file_of_all_kinds()
    with db.connection_context():
        clean, killed = workspace_with(content, "clean"), workspace_with(content, "killed")
        began = time.monotonic()
        running.run_import(clean.id)
        seconds = time.monotonic() - began
    db.obj.close_all()
    kills = kill_and_go_on(killed, seconds)
    with db.connection_context():
        first, second = content_of(clean), content_of(killed)
    counts = second[1]
    whole = counts["rows"] == ROWS == sum(counts.values()) - counts["rows"]
    ok = first == second and whole and second[2] == "done" and kills >= KILLS * 3 // 4
    print(json.dumps({"bench": "kill_import", "ok": ok, "kills": kills, "equal": first == second, **counts}))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
