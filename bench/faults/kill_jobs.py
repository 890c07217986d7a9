"""SIGKILLs the worker while it assigns waiting leads, hands leads on, erases a workspace and sends its own mails.

Each of KILLS lives of a worker is ended at a random moment of its work. The leases of a killed life are set to the past
instead of waited for, but for those of the last one: behind it, with an empty queue, a worker has 60 seconds to end
everything. Nothing may be done twice. LEADS and KILLS in the environment change how much and how often. Prints one line
of JSON; exits 1 if anything is wrong.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from db import db  # noqa: E402
from webapp import config, create_app, processes  # noqa: E402
from webapp.accounts import centers, team, workspaces  # noqa: E402
from webapp.accounts.erasing import _belonging  # noqa: E402
from webapp.accounts.members import member_of  # noqa: E402
from webapp.accounts.models import (  # noqa: E402
    Assignment,
    Center,
    Departure,
    Notice,
    NoticeKind,
    NoticeState,
    Role,
    Workspace,
)
from webapp.accounts.notices import owe  # noqa: E402
from webapp.core import jobs  # noqa: E402
from webapp.core.clock import now  # noqa: E402
from webapp.leads import assignment  # noqa: E402
from webapp.leads.models import HandOver, Lead  # noqa: E402

LEADS = int(os.environ.get("LEADS", "40000"))
KILLS = int(os.environ.get("KILLS", "8"))
MAILS = 300
SECONDS = 60  # in which a worker has to end what was killed
UNSENT = (NoticeState.QUEUED, NoticeState.SENDING)


def person(workspace, name, role=Role.MEMBER):
    user = workspaces.create_user(full_name=name, email=f"{name}@kill.example".lower(), password_hash="")
    workspaces.add_member(workspace, user, role=role)
    return member_of(workspace, user)


def add_leads(workspace, **fields):
    rows = [{"workspace": workspace, "company": f"Company {number}", **fields} for number in range(LEADS)]
    with db.atomic():
        for start in range(0, LEADS, 500):
            Lead.insert_many(rows[start : start + 500]).execute()


def make_work():
    """Begin all four jobs; returns (the center, who left, their heir, the workspace to erase, the one that stays)."""
    home, doomed = workspaces.create_workspace("Home"), workspaces.create_workspace("Doomed")
    ann, bob, cleo, dora = (person(home, name, Role.OWNER) for name in ("Ann", "Bob", "Cleo", "Dora"))
    eve = person(doomed, "Eve", Role.OWNER)
    center = centers.create_center(home, "Berlin")
    centers.set_assignment(center, Assignment.ROUND_ROBIN, actor=ann)
    for member in (ann, cleo):
        centers.put_in(center, member.user_id, actor=ann)
    add_leads(home, center=center)
    add_leads(home, owner=bob.user_id)
    add_leads(doomed, owner=eve.user_id)
    assignment.assign_waiting(center, actor=ann)
    team.remove_member(home, bob.user_id, actor=ann, heir_id=dora.user_id)
    workspaces.give_up(doomed, typed_name="Doomed", actor=eve)
    for _ in range(MAILS):
        owe(NoticeKind.RESET, ann.email, user=ann.user_id)
    return center, bob, dora, doomed, home


def left_to_do(center, bob, doomed):
    """{job: how much of it is left}; the row that says so counts, too."""
    return {
        "assign": Lead.select().where(Lead.center == center, Lead.owner.is_null()).count(),
        "hand_on": Departure.select().count() + Lead.select().where(Lead.owner == bob).count(),
        "erase": Workspace.select().where(Workspace.id == doomed).count() + Lead.of(doomed).count(),
        "send": Notice.select().where(Notice.state.in_(UNSENT)).count(),
    }


def worker(folder):
    return subprocess.Popen(
        [sys.executable, str(ROOT / "run.py"), "worker"],
        env={**os.environ, "DATA_DIR": str(folder)},
        stderr=subprocess.DEVNULL,
    )


def forget_leases():
    past = now() - timedelta(minutes=5)
    Center.update(assigning_until=past).where(Center.assigning_until.is_null(False)).execute()
    Departure.update(due_at=past).execute()
    Workspace.update(deleted_at=past).where(Workspace.deleted_at.is_null(False)).execute()
    Notice.update(due_at=past).where(Notice.state.in_(UNSENT)).execute()


def kill_lives(folder, left):
    """End KILLS lives while they work; returns {job: how many of these kills found it begun and unfinished}."""
    dice, hits = random.Random(4), Counter()
    for number in range(KILLS):
        before, life = left(), worker(folder)
        while left() == before:
            time.sleep(0.01)
        time.sleep(dice.random() * 1.5)
        life.kill()
        life.wait()
        after = left()
        hits.update(job for job in after if 0 < after[job] < before[job])
        if number < KILLS - 1:
            forget_leases()
    jobs.huey.flush()
    return hits


def seconds_to_end(folder, left):
    """How long one more worker takes to end everything, or None when it has not after SECONDS."""
    began, life = time.monotonic(), worker(folder)
    try:
        while time.monotonic() - began < SECONDS:
            if not any(left().values()):
                return round(time.monotonic() - began, 1)
            time.sleep(0.1)
        return None
    finally:
        life.terminate()
        life.wait()


def wrongs(center, bob, dora, doomed, home):
    """What is not as one run without a kill leaves it, in words."""
    handed = HandOver.select().where(HandOver.former == bob.user_id)
    assigned = HandOver.select().where(HandOver.center == center)
    shares = Counter(lead.owner_id for lead in Lead.select(Lead.owner).where(Lead.center == center))
    checks = {
        "assigned twice or not at all": assigned.count() == len({row.lead_id for row in assigned}) == LEADS,
        "turns lost": None not in shares and max(shares.values()) - min(shares.values()) <= 1,
        "handed on twice or not at all": handed.count() == len({row.lead_id for row in handed}) == LEADS,
        "leads not with the heir": Lead.select().where(Lead.owner == dora.user_id).count() == LEADS,
        "rows of the erased workspace": not any(
            key.model.select().where(key == doomed.id).exists() for key in _belonging()
        ),
        "leads of the other workspace": Lead.of(home).count() == 2 * LEADS,
        "mails": Notice.select().where(Notice.state == NoticeState.CAPTURED).count() == MAILS,
        "references": not db.execute_sql("PRAGMA foreign_key_check").fetchall(),
    }
    return [name for name, right in checks.items() if not right]


def main():
    folder = Path(tempfile.mkdtemp(prefix="galena-kills-"))
    settings = config.load({"DATA_DIR": str(folder)}, dotenv=None)
    processes.migrate(settings)
    create_app(settings)
    with db.connection_context():
        work = make_work()
        left = partial(left_to_do, work[0].id, work[1].user_id, work[3].id)
        hits = kill_lives(folder, left)
        seconds = seconds_to_end(folder, left)
        wrong = wrongs(*work)
    ok = seconds is not None and not wrong and len(hits) == 4
    told = {"ok": ok, "kills": KILLS, "hits": hits, "seconds": seconds, "wrong": wrong}
    print(json.dumps({"bench": "kill_jobs", **told}))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
