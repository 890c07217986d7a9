"""An IMAP server on loopback, in a process of its own, with so many mails that it makes up as they are asked for.

It knows no more than EXAMINE, UID SEARCH, and UID FETCH of heads and whole mails: what it costs is next to nothing.
Prints its port. Every `every`-th mail is from a lead: lead<number>@imap.example.
"""

import re
import socketserver
import sys

MAILS, EVERY = int(sys.argv[1]), int(sys.argv[2])
TEXT = b"Thank you for your message. Please call me on Tuesday, I would like to hear more about it.\r\n" * 12
REST = (
    b"Received: from mx.imap.example (mx.imap.example [192.0.2.1]) by mail.halden.example with ESMTPS\r\n" * 4
    + b"DKIM-Signature: v=1; a=rsa-sha256; d=imap.example; bh=" + b"x" * 300 + b"\r\n"
)  # fmt: skip


def head(uid):
    who = f"lead{uid}" if uid % EVERY == 0 else f"somebody{uid}"
    return (
        f"From: Somebody {uid} <{who}@imap.example>\r\nTo: box@halden.example\r\nSubject: Mail {uid}\r\n"
        f"Message-ID: <{uid}@imap.example>\r\nDate: Sun, 22 Nov 2026 09:00:00 +0000\r\n"
        f"References: <a{uid}@imap.example> <b{uid}@imap.example>\r\nIn-Reply-To: <b{uid}@imap.example>\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
    ).encode()


def fetched(uid, whole):
    top = head(uid)
    name = b"BODY[]" if whole else b"BODY[HEADER.FIELDS (X)]"
    body = top + REST + b"\r\n" + TEXT if whole else top + b"\r\n"
    about = b'UID %d INTERNALDATE "22-Nov-2026 09:00:00 +0000" RFC822.SIZE 2500 ' % uid
    return b"* %d FETCH (%s%s {%d}\r\n%s)\r\n" % (uid, about, name, len(body), body)


def numbers(words):
    for part in words.split(","):
        first, _, last = part.partition(":")
        yield from range(int(first), min(MAILS, int(last or first)) + 1)


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"* OK ready\r\n")
        for line in self.rfile:
            tag, _, command = line.decode().strip().partition(" ")
            if command.startswith("AUTHENTICATE"):
                self.wfile.write(b"+ \r\n")
                self.rfile.readline()
            self.wfile.write(self.answer(command) + f"{tag} OK done\r\n".encode())

    def answer(self, command):
        if command.startswith("UID FETCH"):
            uids, _, items = command.removeprefix("UID FETCH ").partition(" ")
            return b"".join(fetched(uid, "HEADER.FIELDS" not in items) for uid in numbers(uids))
        if command.startswith("UID SEARCH"):
            found = numbers(re.search(r"UID (\S+)", command.removeprefix("UID SEARCH "))[1])
            return f"* SEARCH {' '.join(map(str, found))}\r\n".encode()
        if command.startswith("EXAMINE"):
            return b"* %d EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT %d] x\r\n" % (MAILS, MAILS + 1)
        if command.startswith("LIST"):
            return b'* LIST () "/" "INBOX"\r\n'
        return b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" if command.startswith("CAPABILITY") else b""


with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()
