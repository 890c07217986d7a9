"""Reading a mailbox of 100,000 mails, of which every hundredth is from a lead: mails a second as a ratio to a bare loop
that fetches the same heads with imaplib and throws them away, and how much memory that takes beyond the first 10,000.

Each is a process of its own over a server that makes its mails up as they are asked for (imap_source.py).
"""

import imaplib
import json
import os
import resource
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from common import ROOT, paired, report, temporary_folder

MAILS = int(os.environ.get("INBOX_MAILS", 100_000))
EVERY, BATCH, PAIRS = 100, 250, 3
FIELDS = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID REFERENCES IN-REPLY-TO FROM TO CC SUBJECT DATE CONTENT-TYPE)]"


@contextmanager
def source(mails):
    """The port of a server with so many mails."""
    command = [sys.executable, str(Path(__file__).parent / "imap_source.py"), str(mails), str(EVERY)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(10)


def bare(port, mails):
    """Mails a second of a loop that fetches the heads of all, and those mails whole that are from leads."""
    client = imaplib.IMAP4("127.0.0.1", port)
    client.authenticate("PLAIN", lambda _: b"\0box\0secret")
    client.select("INBOX", readonly=True)
    began = time.perf_counter()
    for first in range(1, mails + 1, BATCH):
        client.uid("FETCH", f"{first}:{first + BATCH - 1}", f"(INTERNALDATE RFC822.SIZE {FIELDS})")
        for uid in range(first, first + BATCH):
            if uid % EVERY == 0:
                client.uid("FETCH", str(uid), "(BODY.PEEK[])")
    seconds = time.perf_counter() - began
    client.shutdown()
    return mails / seconds


def ours(folder, port, mails):
    """The same of ours, in a process of its own; (mails a second, peak memory in MB, mails kept)."""
    (folder / f"read-{port}-{time.monotonic_ns()}").mkdir()
    command = [
        sys.executable,
        __file__,
        "read",
        str(max(folder.iterdir(), key=os.path.getmtime)),
        str(port),
        str(mails),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return json.loads(done.stdout.splitlines()[-1])


def read(folder, port, mails):
    """In that process: a new installation with a mailbox at this port is read to the end."""
    sys.path.insert(0, str(ROOT))
    from db import db
    from webapp import config, create_app, processes
    from webapp.accounts.models import Role
    from webapp.accounts.workspaces import add_member, create_user, create_workspace
    from webapp.core import jobs
    from webapp.inbox import reading
    from webapp.inbox.models import ThreadMessage
    from webapp.inbox.reading_models import MailboxReading
    from webapp.leads.models import Lead, with_keys
    from webapp.mail.mailbox_models import Mailbox, MailboxKind, Security
    from webapp.mail.mailboxes import SECRET, encrypt

    values = {"DATA_DIR": str(folder), "QUEUE_URL": "memory://", "FETCH_ALLOW": "127.0.0.1/32"}
    settings = config.load(values)
    processes.migrate(settings)
    create_app(settings)
    with db.connection_context():
        workspace = create_workspace("Bench")
        user = create_user(full_name="Bea Bench", email="bea@halden.example", password_hash="")
        add_member(workspace, user, role=Role.OWNER)
        rows = [{"workspace": workspace, **with_keys(_lead(number))} for number in range(EVERY, mails + 1, EVERY)]
        with db.atomic():
            for start in range(0, len(rows), 200):
                Lead.insert_many(rows[start : start + 200]).execute()
        box = Mailbox.create(
            workspace=workspace, kind=MailboxKind.SMTP, user=user, email="box@halden.example", username="box",
            secret=encrypt("secret", SECRET), imap_host="127.0.0.1", imap_port=port, imap_security=Security.NONE,
        )  # fmt: skip
        reading.enrol()
        MailboxReading.update(back_days=3650).execute()
        began = time.perf_counter()
        while True:
            reading.read_mailbox(box.id)
            row = MailboxReading.get()
            if row.last_error:
                raise SystemExit(row.last_error)
            if not reading.folders.of(box)[0].first_uid:
                break
        seconds = time.perf_counter() - began
        kept = ThreadMessage.select().count()
    assert jobs.huey
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(json.dumps([mails / seconds, peak, kept]))


def _lead(number):
    fields = (
        "company", "first_name", "last_name", "title", "phone", "website", "domain", "linkedin", "industry", "city",
        "region", "country", "source",
    )  # fmt: skip
    return {**dict.fromkeys(fields, ""), "email": f"lead{number}@imap.example"}


def main():
    with temporary_folder() as folder, source(MAILS) as port:
        results = []

        def run():
            results.append(ours(folder, port, MAILS))
            return results[-1][0]

        mine, limit, ratio = paired(run, lambda: bare(port, MAILS), PAIRS)
        _, small, _ = ours(folder, port, MAILS // 10)
        peak = max(result[1] for result in results)
        report("inbox", mine, limit, MAILS, ">= 0.5", ratio=ratio, unit="mails/s", kept=results[0][2])
        report("inbox memory", peak, small, MAILS, "<= 1.15", unit="MB at the peak, against a tenth of the mails")


if __name__ == "__main__":
    if sys.argv[1:2] == ["read"]:
        read(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
