"""Reading a mailbox over IMAP. Nothing is changed there: folders are opened by EXAMINE, mails fetched by BODY.PEEK."""

import re
import socket
import time
from contextlib import contextmanager, suppress
from datetime import datetime
from email import message_from_bytes, policy
from typing import NamedTuple

from webapp.core.errors import NotFound
from webapp.mail import access
from webapp.mail.faults import NotLetIn
from webapp.mail.smtp import Server
from webapp.mail.transports import TLS, password_of

from . import large_mails

OPEN_SECONDS, COMMAND_SECONDS, MAIL_SECONDS = 20, 30, 90  # what one step may take, whatever the deadline leaves
WHOLE = 25_000_000  # bytes up to which a mail is fetched as it is
ANSWER = 40_000_000  # bytes that one answer may have
HEAD = (
    "MESSAGE-ID", "REFERENCES", "IN-REPLY-TO", "FROM", "SENDER", "TO", "CC", "REPLY-TO", "DELIVERED-TO",
    "X-ORIGINAL-TO", "ENVELOPE-TO", "SUBJECT", "DATE", "CONTENT-TYPE", "LIST-ID", "LIST-POST", "PRECEDENCE",
    "AUTO-SUBMITTED", "RETURN-PATH", "X-FAILED-RECIPIENTS",
)  # fmt: skip
_HEAD = f"BODY.PEEK[HEADER.FIELDS ({' '.join(HEAD)})]"
_PART = re.compile(r"[1-9]\d*(\.[1-9]\d*)*|TEXT")
_NEWS = re.compile(rb"\* \d+ EXISTS\b", re.I)
_ENDS = re.compile(rb"\* BYE\b", re.I)


class Listed(NamedTuple):
    name: str
    flags: frozenset  # in lower case: "\\sent"


class Opened(NamedTuple):
    """A folder as EXAMINE tells of it. New mails will have `uid_next` and more."""

    uid_validity: int
    uid_next: int
    exists: int


class Head(NamedTuple):
    uid: int
    received_at: datetime
    size: int
    raw: bytes


@contextmanager
def open_mailbox(mailbox, *, deadline):
    """An Imap that is signed in to `mailbox` until the end of the block, or `deadline` (a moment of time.monotonic()),
    whichever is first. Raises NotLetIn and Unavailable.
    """
    imap = connect(mailbox, deadline)
    try:
        yield imap
    finally:
        imap.close()


def connect(mailbox, deadline):
    """The same without an end: it has to be closed."""
    try:
        return Imap(server_of(mailbox), deadline)
    except NotLetIn:
        if not access.has_tokens(mailbox):
            raise
        return Imap(server_of(mailbox, fresh=True), deadline)  # a token can end before its time


def server_of(mailbox, *, fresh=False):
    """The smtp.Server that its mail lies at, with what lets us in; `fresh`: with a new token. Raises Unavailable."""
    by_token = access.has_tokens(mailbox)
    token = access.access_token(mailbox, fresh=fresh) if by_token else ""
    password = "" if by_token else password_of(mailbox)
    tls = TLS[mailbox.imap_security]
    return Server(mailbox.imap_host, mailbox.imap_port, mailbox.username, password, tls, typed=True, token=token)


class Imap:
    """Each method raises Refused when the server says no, and Broken when the connection is over."""

    def __init__(self, server, deadline):
        from . import imap_protocol  # heavy: imapclient, loaded on first use

        self._told, self._server, self.deadline = imap_protocol.told, server, deadline
        soon = min(deadline, time.monotonic() + OPEN_SECONDS)
        self._client, self._channel = imap_protocol.connect(server, soon)
        self.opened = None

    @contextmanager
    def _command(self, seconds=None):
        self._channel.deadline = min(self.deadline, time.monotonic() + (seconds or COMMAND_SECONDS))
        self._channel.allowance = ANSWER
        try:
            yield self._client
        except Exception as error:
            raise self._told(error, self._server) from error

    def close(self):
        """Say goodbye without waiting for an answer."""
        with suppress(Exception):
            self._channel.deadline = time.monotonic() + 1
            self._channel.sendall(b"bye LOGOUT\r\n")
        self._channel.shut()

    @property
    def can_push(self):
        """Whether it tells of new mail by itself (IDLE, RFC 2177)."""
        with self._command() as client:
            return client.has_capability("IDLE")

    def folders(self):
        """Its folders that can hold mails, as Listed."""
        with self._command() as client:
            found = [
                Listed(name if isinstance(name, str) else name.decode("utf-8", "replace"), _lowered(flags))
                for flags, _, name in client.list_folders()
            ]
        return [one for one in found if not one.flags & {"\\noselect", "\\nonexistent"}]

    def examine(self, name):
        """Open a folder, to read only; returns its Opened."""
        with self._command() as client:
            self.opened = None
            answer = client.select_folder(name, readonly=True)
            exists, uid_next = answer.get(b"EXISTS", 0), answer.get(b"UIDNEXT")
            if uid_next is None:  # some servers keep it to themselves
                uid_next = max(client.search(["UID", "*"]), default=0) + 1 if exists else 1
            self.opened = Opened(answer[b"UIDVALIDITY"], uid_next, exists)
        return self.opened

    def uids(self, first, last, since=None):
        """The UIDs of the open folder from `first` to `last` of mails that came `since` that day, ascending."""
        wish = ["UID", f"{first}:{last}", *(("SINCE", since) if since else ())]
        with self._command() as client:
            return sorted(uid for uid in client.search(wish) if first <= uid <= last)

    def count(self, first, last, since=None):
        """How many those are; none of their numbers is kept, there may be a million."""
        if first > last:
            return 0
        with self._command() as client:
            return client.count(first, last, since)

    def with_message_id(self, message_id):
        """The UIDs of the open folder of mails with this Message-ID."""
        with self._command() as client:
            return sorted(client.search(["HEADER", "Message-ID", message_id]))

    def heads(self, uids):
        """The Heads of those of `uids` that are still there, ascending."""
        with self._command() as client:
            return [Head(*told) for told in client.heads(uids, _HEAD)]

    def mail(self, uid, size=0):
        """All of a mail, or of one that is larger than WHOLE its texts (see large_mails.py); None when it is gone."""
        if size > WHOLE:
            return large_mails.texts(self, uid)
        return self.fetch(uid, ["BODY.PEEK[]"]).get(b"BODY[]")

    def fetch(self, uid, items):
        """What the server says of `items` of one mail, by their names."""
        with self._command(MAIL_SECONDS) as client:
            return client.fetch([uid], items).get(uid, {})

    def begin_waiting(self):
        """IDLE: from now on wait() hears of new mail in the open folder."""
        with self._command() as client:
            client.idle()

    def wait(self, seconds):
        """Whether new mail came within so many seconds."""
        self._channel.deadline, self._channel.allowance = time.monotonic() + seconds, ANSWER
        try:
            while line := self._client._protocol.readline():
                if _NEWS.match(line):
                    return True
                if _ENDS.match(line):
                    break
        except TimeoutError:
            return False
        except OSError as error:
            raise self._told(error, self._server) from error
        raise self._told(ConnectionError("it hung up"), self._server)

    def end_waiting(self):
        with self._command() as client:
            client.idle_done()

    def hang_up(self):
        """Cut the connection, from another thread: whoever waits at it wakes with Broken."""
        with suppress(OSError):
            socket.socket.shutdown(self._channel.sock, socket.SHUT_RDWR)  # of the socket below its encryption


def _lowered(flags):
    return frozenset(flag.decode("ascii", "replace").lower() for flag in flags)


def fetch_part(message, part):
    """The bytes of an attachment of `message` (a ThreadMessage): of its `part`, as parsing.py numbers them. Raises
    NotFound when the mail is gone from its mailbox, and Unavailable.
    """
    if message.mailbox is None or not message.uid or not _PART.fullmatch(part):
        raise NotFound("This attachment is not to be had any more: its mailbox is not connected here.")
    with open_mailbox(message.mailbox, deadline=time.monotonic() + MAIL_SECONDS) as imap:
        uid = _uid_of(imap, message)
        said = imap.fetch(uid, [f"BODY.PEEK[{part}.MIME]", f"BODY.PEEK[{part}]"]) if uid else {}
    body = said.get(f"BODY[{part}]".encode())
    if not body:
        raise NotFound("This attachment is not in the mailbox any more: the mail was moved or deleted there.")
    head = said.get(f"BODY[{part}.MIME]".encode()) or b"\r\n"
    return message_from_bytes(head + body, policy=policy.compat32).get_payload(decode=True) or b""


def _uid_of(imap, message):
    """Its UID now; after the server numbered its mails anew it is looked for by its Message-ID."""
    if imap.examine(message.folder).uid_validity == message.uid_validity:
        return message.uid
    found = imap.with_message_id(message.message_id)
    return found[-1] if found else None
