"""SIGKILLs an import of 50,000 rows 50 times at random moments, and then its undoing 50 times: the database must equal
that of an import, and of an undo, that were never killed.

In between, somebody edits some of the leads. KILLS and ROWS in the environment change how often and how much;
BENCH_DATABASE=postgres runs it on a Postgres of its own. A killed run's lease is set to the past instead of waited for:
the next life claims the import as the sweeper's job would. Prints a line of JSON for each; exits 1 if anything differs.
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
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from db import db  # noqa: E402
from webapp import config, create_app, processes  # noqa: E402
from webapp.accounts.members import member_of  # noqa: E402
from webapp.accounts.models import Role  # noqa: E402
from webapp.accounts.workspaces import add_member, create_user, create_workspace  # noqa: E402
from webapp.core.clock import now  # noqa: E402
from webapp.imports import running, starting, turns, undoing, uploading  # noqa: E402
from webapp.imports.models import Import, ImportRow, UndoKept  # noqa: E402
from webapp.leads.editing import edit_lead  # noqa: E402
from webapp.leads.models import Activity, Lead, StageTotal, with_keys  # noqa: E402

ROWS = int(os.environ.get("ROWS", "50000"))
KILLS = int(os.environ.get("KILLS", "50"))
DEADLINE = 900  # seconds for the kills of one kind
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


def life(work, imported, started):
    """One process that goes on with the import or its undoing; returns its id when it has begun."""
    pid = os.fork()
    if pid == 0:
        try:
            with db.connection_context():
                os.write(started, b".")
                work(imported.id)
        finally:
            os._exit(0)
    return pid


def kill_and_go_on(work, imported, seconds):
    """Kill at random moments until KILLS have hit a run; then let it finish. Returns how many hit."""
    dice = random.Random(20)
    reader, writer = os.pipe()
    began, kills = time.monotonic(), 0
    while time.monotonic() - began < DEADLINE:
        pid = life(work, imported, writer)
        os.read(reader, 1)
        if kills < KILLS:
            time.sleep(dice.random() * 1.6 * seconds / KILLS)
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        with db.connection_context():
            row = Import.get_by_id(imported.id)
            if row.state not in turns.WORKING:
                break
            kills += 1
            Import.update(lease_until=row.created_at).where(Import.id == row.id).execute()
        db.obj.close_all()  # no connection is shared with the next life
    return kills


def content_of(imported):
    """Digests of all that is in an import's workspace, without ids and times, and its counts."""
    workspace = imported.workspace_id
    fields = [field for field in Lead._meta.sorted_fields if field.name in (*TEXTS, "employees", "origin_row")]
    fields += [Lead.company_key, Lead.name_key, Lead.search_text, Lead.deleted_at.is_null(), Lead.merged_into]
    leads = Lead.of(workspace).select(*fields).order_by(Lead.id).tuples()
    outcomes = ImportRow.of(workspace).select(
        ImportRow.number, ImportRow.outcome, ImportRow.reason, ImportRow.cells, ImportRow.before, ImportRow.after
    )
    activities = Activity.of(workspace).select(Activity.kind, Activity.data).order_by(Activity.id).tuples()
    entries = [(kind, {k: v for k, v in data.items() if k not in ("import_id", "import")}) for kind, data in activities]
    totals = StageTotal.of(workspace).select(StageTotal.stage, StageTotal.leads).order_by(StageTotal.stage).tuples()
    kept = UndoKept.of(workspace).select(UndoKept.field, UndoKept.wrote, UndoKept.found).order_by(UndoKept.id).tuples()
    parts = (list(leads), list(outcomes.order_by(ImportRow.number).tuples()), entries, list(totals), list(kept))
    imported = Import.get_by_id(imported.id)
    counts = {name: getattr(imported, name) for name in ("rows", "created", "updated", "skipped", "failed")}
    digests = [hashlib.sha256(repr(part).encode()).hexdigest() for part in parts]
    return digests, counts, imported.undo, imported.tallies, imported.state.value


def work_on(imported):
    """What somebody does before the undo: it stays."""
    kim = member_of(imported.workspace, imported.actor)
    for lead in list(Lead.of(imported.workspace_id).order_by(Lead.id).limit(ROWS))[::97]:
        edit_lead(lead, {"phone": "+47 99 00 00 00"}, actor=kim)
    undoing.undo_import(imported, actor=kim)


def compared(name, work, clean, killed, ends_as):
    """Do `work` with both, with one of them at once; whether they end alike. Prints how it went."""
    with db.connection_context():
        began = time.monotonic()
        work(clean.id)
        seconds = time.monotonic() - began
    db.obj.close_all()
    kills = kill_and_go_on(work, killed, seconds)
    with db.connection_context():
        first, second = content_of(clean), content_of(killed)
    counts, undo = second[1], {name: second[2][name] for name in ("rows", "leads", "kept")} if second[2] else {}
    whole = counts["rows"] == ROWS == sum(counts.values()) - counts["rows"]
    ok = first == second and whole and second[-1] == ends_as and kills >= KILLS * 3 // 4
    told = {"bench": f"kill_{name}", "ok": ok, "kills": kills, "equal": first == second, "seconds": round(seconds, 1)}
    print(json.dumps({**told, **counts, **({"undone": undo} if undo else {})}), flush=True)
    return ok


@contextmanager
def database(folder):
    """The settings that choose a database: a file below `folder`, or a Postgres that runs meanwhile."""
    if os.environ.get("BENCH_DATABASE") != "postgres":
        yield {}
        return
    from tests.servers import postgres_server  # heavy: unpacks a server

    with postgres_server() as server:
        server.create("galena")
        yield {"DATABASE_URL": server.url("galena")}
        db.obj.close_all()


def main():
    folder = Path(tempfile.mkdtemp(prefix="galena-kills-"))
    with database(folder) as chosen:
        settings = config.load({"DATA_DIR": str(folder), "QUEUE_URL": "memory://", **chosen}, dotenv=None)
        processes.migrate(settings)
        create_app(settings)
        content = file_of_all_kinds()
        with db.connection_context():
            clean, killed = workspace_with(content, "clean"), workspace_with(content, "killed")
        ok = compared("import", running.run_import, clean, killed, "done")
        with db.connection_context():
            for imported in (clean, killed):
                work_on(Import.get_by_id(imported.id))
        ok &= compared("undo", undoing.run_undo, clean, killed, "undone")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
