"""Reading a mailbox of 100,000 mails at a Dovecot, of which every hundredth is from a lead: mails a second as a ratio
to what one writes with imaplib, and how much memory that takes beyond a tenth of the mails.

    INBOX_MAILS=20000 python bench/inbox.py

That loop fetches the same heads in batches as large, reads in each whom it is from, and fetches those from leads whole.
"fetching alone" reads nothing and knows by itself which mails are from leads. Neither keeps anything.
"""

import imaplib
import json
import os
import resource
import subprocess
import sys
import time
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from pathlib import Path

from common import ROOT, paired, report, temporary_folder
from dovecot import PASSWORD, USER, mailbox

from webapp.inbox.imap import HEAD

MAILS = int(os.environ.get("INBOX_MAILS", 100_000))
EVERY, BATCH, PAIRS = 100, 250, int(os.environ.get("INBOX_PAIRS", 3))
FIELDS = f"BODY.PEEK[HEADER.FIELDS ({' '.join(HEAD)})]"


def bare(port, mails, reads=True):
    """Mails a second of the loop; of fetching alone, unless it `reads`."""
    client = imaplib.IMAP4("127.0.0.1", port)
    client.login(USER, PASSWORD)
    client.select("INBOX", readonly=True)
    leads, parser = {f"lead{number}@imap.example" for number in range(EVERY, mails + 1, EVERY)}, BytesHeaderParser()
    began, whole = time.perf_counter(), 0
    for first in range(1, mails + 1, BATCH):
        _, said = client.uid("FETCH", f"{first}:{first + BATCH - 1}", f"(INTERNALDATE RFC822.SIZE {FIELDS})")
        heads = [part for part in said if isinstance(part, tuple)]
        if reads:
            wanted = [about for about, head in heads if parseaddr(parser.parsebytes(head)["From"])[1].lower() in leads]
            wanted = [about.partition(b"UID ")[2].split()[0].decode() for about in wanted]
        else:
            wanted = [str(uid) for uid in range(first, first + BATCH) if uid % EVERY == 0]
        for uid in wanted:
            client.uid("FETCH", uid, "(BODY.PEEK[])")
            whole += 1
    seconds = time.perf_counter() - began
    client.logout()
    assert whole == mails // EVERY
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
            workspace=workspace, kind=MailboxKind.SMTP, user=user, email="box@halden.example", username=USER,
            secret=encrypt(PASSWORD, SECRET), imap_host="127.0.0.1", imap_port=port, imap_security=Security.NONE,
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
    with temporary_folder() as folder:
        for name in ("large", "small"):
            (folder / name).mkdir()
        folder.chmod(0o755)
        results = []
        with mailbox(folder / "large", MAILS, EVERY) as port:
            bare(port, MAILS)  # the server has read every mail once, and keeps their heads

            def run():
                results.append(ours(folder, port, MAILS))
                return results[-1][0]

            mine, limit, ratio = paired(run, lambda: bare(port, MAILS), PAIRS)
            alone = bare(port, MAILS, reads=False)
        with mailbox(folder / "small", MAILS // 10, EVERY) as port:
            _, small, _ = ours(folder, port, MAILS // 10)
    peak = max(result[1] for result in results)
    report("inbox", mine, limit, MAILS, ">= 0.5", ratio=ratio, unit="mails/s", kept=results[0][2])
    report("inbox, against fetching alone", mine, alone, MAILS, "none", unit="mails/s")
    report("inbox memory", peak, small, MAILS, "<= 1.15", unit="MB at the peak, against a tenth of the mails")


if __name__ == "__main__":
    if sys.argv[1:2] == ["read"]:
        read(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
