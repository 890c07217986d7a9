"""A small SMTP client (RFC 5321) for one kept connection.

smtplib has one timeout per read and sends a mail in one call. The ledger needs two things more: a pause between "the
server takes this address" and DATA, in which it writes down what is about to happen, and deadlines that no server can
stretch by answering a byte at a time. It also saves a round trip where the server offers PIPELINING (RFC 2920).
"""

import contextlib
import ipaddress
import socket
import ssl
import struct
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from webapp import config
from webapp.core.networks import Barred, places

from . import reasons
from .faults import Dropped, Rejected, Unanswered, Unavailable
from .signing_in import sign_in

OPEN_SECONDS = 15  # to connect, greet, encrypt and sign in
MAIL_SECONDS = 20  # for everything about one mail: below the campaign's lease
REPLY_LIMIT = 100_000


@dataclass(frozen=True)
class Server:
    """`token` (of OAuth) stands in the password's place. A `typed` one was named by a member, not by whoever runs this
    machine: it must be at an address that people may be led to.
    """

    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    tls: str  # "always" (smtps), "no", "auto" (when offered), "required"
    token: str = field(default="", repr=False)
    typed: bool = False

    @classmethod
    def of(cls, url):
        """The server that `smtp[s]://user:password@host:port[?starttls=no]` names.

        Encryption is used when offered. It is required on port 587 and where a password goes out, except to this
        machine itself; `?starttls=no` does without, `?starttls=required` insists.
        """
        parts = urlsplit(url)
        wish = parse_qs(parts.query).get("starttls", [""])[0]
        port = parts.port or (465 if parts.scheme == "smtps" else 587)
        if parts.scheme == "smtps":
            tls = "always"
        elif wish in ("no", "required"):
            tls = wish
        else:
            tls = "required" if (port == 587 or parts.username) and not _is_loopback(parts.hostname) else "auto"
        user, password = parts.username, parts.password
        return cls(parts.hostname, port, user and unquote(user), unquote(password or ""), tls)


def _is_loopback(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Connection:
    """Open on creation; raises Unavailable. Close it with close()."""

    def __init__(self, server, *, name, seconds=OPEN_SECONDS):
        self.server, self.name = server, name
        self.socket, self.buffer, self.extensions = None, b"", {}
        self.deadline = time.monotonic() + seconds
        self.armed = 0.0  # the seconds that the kernel's timer was last set to
        self.unfinished = False  # whether a MAIL is open that RSET must end
        self.mails = 0  # how many it took: one that took some and broke may just have been idle for too long
        where = f"The mail server {server.host}:{server.port}"
        try:
            self._open(where)
        except Unavailable:
            self.close()
            raise
        except (OSError, Dropped, Barred, UnicodeError) as error:  # UnicodeError: a name that DNS has no form for
            self.close()
            raise reasons.unavailable(error, where, server, shaken=self.shaken) from error

    def _open(self, where):
        server = self.server
        self._connect()
        if server.tls == "always":
            self._encrypt()
        code, text = self._reply()
        if code != 220:
            raise Unavailable(f"{where} turned us away: {code} {text}")
        self._hello(where)
        if server.tls in ("auto", "required") and "STARTTLS" in self.extensions:
            code, text = self._command("STARTTLS")
            if code != 220:
                raise Unavailable(f"{where} offers encryption but refused it: {code} {text}")
            self._encrypt()
            self._hello(where)
        elif server.tls == "required":
            raise Unavailable(reasons.no_encryption(where, server), lasting=True)
        if server.user:
            sign_in(self._command, server, self.extensions.get("AUTH", []), where)
        self.pipelining = "PIPELINING" in self.extensions

    def _connect(self):
        server, self.shaken = self.server, False
        found = places(server.host, server.port, config.current().fetch_allow) if server.typed else [server.host]
        for place in found[:-1]:
            with contextlib.suppress(OSError):
                self.socket = socket.create_connection((place, server.port), timeout=self._left() / len(found))
                break
        else:
            self.socket = socket.create_connection((found[-1], server.port), timeout=self._left())
        self.shaken = True
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _hello(self, where):
        code, text = self._command(f"EHLO {self.name}")
        if code != 250:
            code, text = self._command(f"HELO {self.name}")
            if code != 250:
                raise Unavailable(f"{where} refused our greeting: {code} {text}")
            text = ""
        words = [line.split() for line in text.splitlines()[1:]]
        self.extensions = {line[0].upper(): [word.upper() for word in line[1:]] for line in words if line}

    def _encrypt(self):
        self.buffer = b""  # what came unencrypted before the handshake is not to be trusted
        self.socket.settimeout(self._left())
        self.socket = ssl.create_default_context().wrap_socket(self.socket, server_hostname=self.server.host)

    # ------------------------------------------------------------- one mail

    def offer(self, sender, *addresses):
        """MAIL and RCPT to each: all of them or none. Raises Rejected (which says for whom), Dropped, or Unavailable
        when the server takes nothing from `sender`.
        """
        self.deadline = time.monotonic() + MAIL_SECONDS
        commands = ["RSET"] if self.unfinished else []
        commands += [f"MAIL FROM:<{sender}>", *(f"RCPT TO:<{address}>" for address in addresses)]
        replies = self._commands(commands)
        self.unfinished = True
        code, text = replies[-1 - len(addresses)]
        if code in (530, 535, 538):
            raise Unavailable(f"The mail server wants us to sign in: {code} {text}", lasting=True)
        if code >= 500:
            raise Unavailable(f"The mail server takes no mail from {sender}: {code} {text}", lasting=True)
        if code >= 400:
            raise self._refusal(code, text, blames_sender=True)
        for address, (code, text) in zip(addresses, replies[-len(addresses) :], strict=True):
            if code >= 400:
                raise self._refusal(code, text, email=address)

    def _refusal(self, code, text, **about):
        if code == 421:  # the server is closing the channel
            self.close()
        return Rejected(code, text, **about)

    def hand_over(self, raw, meanwhile=None):
        """DATA and the message; returns the server's words. Raises Rejected, Dropped or Unanswered.

        `meanwhile` is called while the server works on it, and must not raise.
        """
        code, text = self._command("DATA")
        if code != 354:
            raise self._refusal(code, text)
        stuffed = raw.replace(b"\r\n.", b"\r\n..") if b"\r\n." in raw else raw
        if not stuffed.endswith(b"\r\n"):
            stuffed += b"\r\n"
        self._send(stuffed + b".\r\n")  # when this fails, the final dot never left
        if meanwhile is not None:
            meanwhile()
            self.deadline = max(self.deadline, time.monotonic() + 1)  # the answer may have been here for long
        try:
            code, text = self._reply()
        except Dropped as error:
            raise Unanswered("The connection ended before the server answered.") from error
        self.unfinished = False
        self.mails += 1
        if code >= 400:
            raise self._refusal(code, text)
        return text

    def close(self):
        """Say goodbye without waiting for an answer."""
        if self.socket is not None:
            with contextlib.suppress(OSError):
                self.socket.settimeout(1)
                self.socket.sendall(b"QUIT\r\n")
            with contextlib.suppress(OSError):
                self.socket.close()
            self.socket = None

    # ---------------------------------------------------------------- lines

    def _left(self):
        return max(0.05, self.deadline - time.monotonic())

    def _arm(self):
        """Let nothing wait beyond the deadline. The kernel's own timer saves a poll() a read; TLS cannot use it."""
        left = self._left()
        if isinstance(self.socket, ssl.SSLSocket):
            self.socket.settimeout(left)
        elif abs(left - self.armed) > 0.5 or left < 1:
            self.socket.settimeout(None)
            value = struct.pack("@ll", int(left), int(left % 1 * 1_000_000))
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, value)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, value)
            self.armed = left

    def _commands(self, lines):
        """The replies to `lines`, sent at once where the server allows it."""
        if getattr(self, "pipelining", False):
            self._send("".join(f"{line}\r\n" for line in lines).encode("ascii"))
            return [self._reply() for _ in lines]
        replies = []
        for line in lines:
            replies.append(self._command(line))
            if replies[-1][0] >= 400:
                replies += [replies[-1]] * (len(lines) - len(replies))
                break
        return replies

    def _command(self, line):
        self._send(f"{line}\r\n".encode("ascii"))
        return self._reply()

    def _send(self, data):
        if self.socket is None:  # the server said 421 to the mail before
            raise Dropped("The connection is closed.")
        try:
            self._arm()
            self.socket.sendall(data)
        except OSError as error:
            raise Dropped(f"The connection broke: {error}") from error

    def _reply(self):
        """(code, text) of one reply, which may have several lines."""
        texts, size = [], 0
        while True:
            line = self._line()
            size += len(line)
            if size > REPLY_LIMIT or len(line) < 3 or not line[:3].isdigit():
                raise Dropped("The server answered with something that is not SMTP.")
            texts.append(line[4:].decode("utf-8", "replace").strip())
            if line[3:4] != b"-":
                return int(line[:3]), "\n".join(texts)

    def _line(self):
        while (end := self.buffer.find(b"\n")) < 0:
            if len(self.buffer) > REPLY_LIMIT or time.monotonic() > self.deadline:
                raise Dropped("The server did not answer in time.")
            try:
                self._arm()
                received = self.socket.recv(65536)
            except OSError as error:
                raise Dropped(f"The connection broke: {error}") from error
            if not received:
                raise Dropped("The server closed the connection.")
            self.buffer += received
        line, self.buffer = self.buffer[:end].rstrip(b"\r"), self.buffer[end + 1 :]
        return line
