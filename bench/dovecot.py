"""Dovecot on loopback with a Maildir of so many mails (apt-get install dovecot-imapd; it is started as root).

Every `every`-th mail is from a lead: lead<number>@imap.example, where the number is its place among the mails.
"""

import os
import pwd
import socket
import subprocess
import time
from contextlib import contextmanager

from common import free_port

USER, PASSWORD = "box", "secret"
TEXT = "Thank you for your message. Please call me on Tuesday, I would like to hear more about it.\r\n" * 12
HEAD = """Received: from mx.imap.example (mx.imap.example [192.0.2.1]) by mail.halden.example with ESMTPS id {number}
Received: from app.imap.example (app.imap.example [192.0.2.2]) by mx.imap.example with ESMTPSA id {number}
DKIM-Signature: v=1; a=rsa-sha256; d=imap.example; h=from:to:subject:date; bh={signature}; b={signature}
From: Somebody {number} <{who}@imap.example>
To: box@halden.example
Subject: Mail {number}
Message-ID: <{number}@imap.example>
Date: Sun, 22 Nov 2026 09:00:00 +0000
References: <a{number}@imap.example> <b{number}@imap.example>
In-Reply-To: <b{number}@imap.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

""".replace("\n", "\r\n")
SETTINGS = """
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap
ssl = no
disable_plaintext_auth = no
listen = 127.0.0.1
first_valid_uid = 1
mail_location = maildir:{folder}/mail
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


@contextmanager
def mailbox(folder, mails, every):
    """The port of a server with so many mails, kept in `folder`."""
    nobody, port = pwd.getpwnam("nobody"), free_port()
    _fill(folder, mails, every, nobody)
    settings = folder / "dovecot.conf"
    about = {"folder": folder, "port": port, "password": PASSWORD, "uid": nobody.pw_uid, "gid": nobody.pw_gid}
    settings.write_text(SETTINGS.format(**about))
    process = subprocess.Popen(["dovecot", "-F", "-c", str(settings)])
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _fill(folder, mails, every, owner):
    folder.chmod(0o755)
    for path in (folder / "home", folder / "mail", *(folder / "mail" / name for name in ("cur", "new", "tmp"))):
        path.mkdir()
        os.chown(path, owner.pw_uid, owner.pw_gid)
    began = int(time.time()) - mails
    for number in range(1, mails + 1):
        who = f"lead{number}" if number % every == 0 else f"somebody{number}"
        mail = HEAD.format(number=number, who=who, signature="x" * 150) + TEXT
        path = folder / "mail" / "cur" / f"{began + number}.M1P1.bench,S={len(mail)}:2,"
        path.write_bytes(mail.encode())
        os.utime(path, (began + number, began + number))
        os.chown(path, owner.pw_uid, owner.pw_gid)


def _wait_for(port, process):
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"Dovecot ended with code {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("Dovecot did not answer")
