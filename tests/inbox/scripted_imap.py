"""A small IMAP server on loopback that answers rightly, except where a test tells it not to."""

import re
import socket
import threading
import time
from base64 import b64decode
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from tests.imap_server import PASSWORD, USER
from webapp.mail.mailbox_models import Security

CAPABILITIES = "IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 IDLE"


class ScriptedImap:
    """`folders` are {name: {uid: raw}}; `flags`, of a folder's LIST line. `lines` is what clients said, `connections`
    how often one came. `tricks` are what on() has added.
    """

    def __init__(self, port, tls):
        self.port, self._tls = port, tls
        self.folders, self.flags = {"INBOX": {}}, {}
        self.uid_validity, self.tells_uid_next, self.capabilities = 7, True, CAPABILITIES
        self.token = "a token"
        self.lines, self.connections, self.tricks = [], 0, []
        self.ends = threading.Event()

    def mailbox_fields(self, **changes):
        fields = {
            "imap_host": "127.0.0.1", "imap_port": self.port, "imap_security": Security.NONE, "username": USER,
            "password": PASSWORD,
        }  # fmt: skip
        return {**fields, **changes}

    def append(self, *raws, folder="INBOX"):
        mails = self.folders.setdefault(folder, {})
        for raw in raws:
            mails[max(mails, default=0) + 1] = raw

    def on(self, command, trick, times=1):
        """The next `times` (None: each time) that a client's line holds `command`, let `trick(talk, tag, answer)`
        answer in place of the server: it says what it likes, and returns False to hang up.
        """
        self.tricks.append([command, trick, times])

    def said(self, command):
        """How many lines of clients hold this."""
        return sum(command in line for line in self.lines)


class Talk:
    """One connection; `say()` sends bytes."""

    def __init__(self, server, connection):
        self.server, self.connection = server, connection
        self.reader, self.folder = connection.makefile("rb"), None

    def say(self, *answers):
        for answer in answers:
            self.connection.sendall(answer)

    def run(self):
        self.say(b"* OK ready\r\n")
        while line := self.reader.readline():
            line = line.decode().strip()
            self.server.lines.append(line)
            tag, _, command = line.partition(" ")
            answer = self._answer(tag, command)
            trick = next((one for one in self.server.tricks if one[0] in line and one[2] != 0), None)
            if trick is None:
                self.say(answer)
            else:
                trick[2] = trick[2] and trick[2] - 1
                if trick[1](self, tag.encode(), answer) is False:
                    return
            if command.upper() == "LOGOUT":
                return
            if command.upper() == "STARTTLS":
                self.connection = self.server._tls.wrap_socket(self.connection, server_side=True)
                self.reader = self.connection.makefile("rb")

    def _answer(self, tag, command):
        name, _, rest = command.partition(" ")
        name = name.upper()
        if name == "UID":
            name, _, rest = rest.partition(" ")
        words = getattr(self, f"_{name.lower()}", lambda rest: (b"", "OK done"))(rest)
        return words[0] + f"{tag} {words[1]}\r\n".encode()

    def _capability(self, rest):
        return f"* CAPABILITY {self.server.capabilities}\r\n".encode(), "OK done"

    def _authenticate(self, rest):
        self.say(b"+ \r\n")
        given = b64decode(self.reader.readline()).decode()
        if rest.upper().startswith("PLAIN"):
            return b"", "OK in" if given == f"\0{USER}\0{PASSWORD}" else "NO [AUTHENTICATIONFAILED] Who are you?"
        if given == f"user={USER}\1auth=Bearer {self.server.token}\1\1":
            return b"", "OK in"
        self.say(b"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n")
        self.reader.readline()
        return b"", "NO [AUTHENTICATIONFAILED] Invalid credentials"

    def _list(self, rest):
        lines = [f'* LIST ({self.server.flags.get(name, "")}) "/" "{name}"\r\n' for name in self.server.folders]
        return "".join(lines).encode(), "OK done"

    def _examine(self, rest):
        self.folder = rest.strip('"')
        if self.folder not in self.server.folders:
            return b"", "NO [NONEXISTENT] No such folder"
        mails = self.server.folders[self.folder]
        uid_next = f"* OK [UIDNEXT {max(mails, default=0) + 1}] next\r\n" if self.server.tells_uid_next else ""
        head = f"* {len(mails)} EXISTS\r\n* OK [UIDVALIDITY {self.server.uid_validity}] valid\r\n{uid_next}"
        return head.encode(), "OK [READ-ONLY] open"

    def _search(self, rest):
        mails = self.server.folders[self.folder]
        if match := re.search(r"UID (\d+):(\d+)", rest):
            found = [uid for uid in mails if int(match[1]) <= uid <= int(match[2])]
        elif "UID *" in rest:
            found = [max(mails)] if mails else []
        else:
            wanted = re.search(r"Message-ID \"?([^\"]+)", rest)[1]
            found = [uid for uid, raw in mails.items() if wanted.encode() in raw]
        return f"* SEARCH {' '.join(map(str, found))}\r\n".encode(), "OK done"

    def _fetch(self, rest):
        uids, _, items = rest.partition(" ")
        mails = self.server.folders[self.folder]
        return b"".join(self.fetched(int(uid), items) for uid in uids.split(",") if int(uid) in mails), "OK done"

    def fetched(self, uid, items, shift=0):
        """The FETCH answer for a mail; `shift` makes its literal's length wrong."""
        mails = self.server.folders[self.folder]
        raw, number = mails[uid], list(mails).index(uid) + 1
        head, _, _ = raw.partition(b"\r\n\r\n")
        name, body = (b"BODY[HEADER.FIELDS (X)]", head + b"\r\n\r\n") if "HEADER.FIELDS" in items else (b"BODY[]", raw)
        if "<0." in items:
            name, body = b"BODY[]<0>", raw[:1024]
        when = datetime.now(UTC).strftime('"%d-%b-%Y %H:%M:%S +0000"').encode()
        about = b"UID %d INTERNALDATE %s RFC822.SIZE %d " % (uid, when, len(raw))
        return b"* %d FETCH (%s%s {%d}\r\n%s)\r\n" % (number, about, name, len(body) + shift, body)

    def _idle(self, rest):
        self.say(b"+ idling\r\n")
        self.reader.readline()
        return b"", "OK done"


# ------------------------------------------------------------------- tricks


def drops(talk, tag, answer):
    """The connection ends in the middle of the answer."""
    talk.say(answer[: len(answer) // 2])
    return False


def stalls(talk, tag, answer):
    """Half an answer, and then nothing until the client gives up."""
    talk.say(answer[: len(answer) // 2])
    talk.reader.readline()
    return False


def trickles(talk, tag, answer):
    """A byte now and then, each in time for itself."""
    for position in range(len(answer)):
        talk.say(answer[position : position + 1])
        if talk.server.ends.wait(0.02):
            break
    return False


def bye(talk, tag, answer):
    talk.say(b"* BYE Going down for maintenance\r\n")
    return False


def says_no(words):
    return lambda talk, tag, answer: talk.say(b"%s NO %s\r\n" % (tag, words.encode()))


def literal_off_by(shift):
    """The length of each literal is wrong."""

    def wrong(talk, tag, answer):
        talk.say(re.sub(rb"\{(\d+)\}", lambda match: b"{%d}" % (int(match[1]) + shift), answer))

    return wrong


def about(uid, trick):
    """`trick` whenever a mail with this UID is in the answer, else what is right."""

    def maybe(talk, tag, answer):
        return trick(talk, tag, answer) if b"(UID %d " % uid in answer else talk.say(answer)

    return maybe


@contextmanager
def scripted_imap(tls=None):
    """A ScriptedImap until the end of the block; `tls` is the ssl.SSLContext of its STARTTLS."""
    listener = socket.create_server(("127.0.0.1", 0))
    server, threads = ScriptedImap(listener.getsockname()[1], tls), []

    def talk(connection):
        with connection, suppress(OSError):  # the client may go away
            Talk(server, connection).run()

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            server.connections += 1
            threads.append(threading.Thread(target=talk, args=(connection,), daemon=True))
            threads[-1].start()

    accepting = threading.Thread(target=serve, daemon=True)
    accepting.start()
    try:
        yield server
    finally:
        server.ends.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(5)
        ends_at = time.monotonic() + 5
        for thread in threads:
            thread.join(max(0, ends_at - time.monotonic()))
