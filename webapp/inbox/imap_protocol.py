"""One connection to an IMAP server (RFC 3501): to a checked address, encrypted, each wait bounded by a deadline.

By itself imapclient dials whatever DNS says, and its timeout is one of each read: a server that sends a byte at a time
could hold it for hours, or fill the memory with one literal.
"""

import imaplib
import re
import socket
import ssl
from datetime import UTC, datetime, timedelta

from imapclient import IMAPClient
from imapclient.datetime_util import format_criteria_date
from imapclient.exceptions import ProtocolError

from webapp import config
from webapp.core.clock import now
from webapp.core.connections import Channel, FetchError, first_that_answers, in_time, seconds_left, tls
from webapp.core.networks import Barred, places
from webapp.mail import reasons
from webapp.mail.faults import NotLetIn, Unavailable
from webapp.mail.signing_in import clean

from .imap_faults import Broken, Refused

LINE_LIMIT = 10_000_000  # bytes; the numbers of a million mails that a search finds
OPEN_SIZE = 1_000_000  # bytes that a server may say before we are in
PASSING = ("UNAVAILABLE", "INUSE", "LIMIT", "OVERQUOTA", "THROTTLED")  # response codes (RFC 5530) for "not now"
_UID, _SIZE = re.compile(rb"\bUID (\d+)", re.I), re.compile(rb"\bRFC822\.SIZE (\d+)", re.I)
_DATE = re.compile(rb'INTERNALDATE "([ \d]\d)-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"', re.I)
_MONTHS = {
    name: number for number, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}  # in any locale
_BYTES = re.compile(r"""b(['"])(.*?)\1""")  # imaplib and imapclient quote what a server said as Python does


class Protocol(imaplib.IMAP4):
    """imaplib's client over a Channel that is connected already."""

    def __init__(self, channel, server):
        self.channel = channel
        super().__init__(server.host, server.port)

    def open(self, host="", port=0, timeout=None):
        self.host, self.port, self.sock = host, port, self.channel.sock
        self.reader = self.channel.makefile("rb")

    def read(self, size):
        if size > self.channel.allowance:
            raise FetchError("its answer is too large", "large")
        return self.reader.read(size)

    def readline(self):
        return self.reader.readline(LINE_LIMIT)

    def send(self, data):
        self.channel.sendall(data)

    def shutdown(self):
        self.channel.shut()

    def encrypt(self):
        """STARTTLS. What came before it is forgotten: anybody on the way can have said it."""
        kind, said = self._simple_command("STARTTLS")
        if kind != "OK":
            raise self.error(f"STARTTLS failed: {said}")
        self.channel.sock.settimeout(self.channel.left())
        self.channel.sock = self.sock = tls().wrap_socket(self.channel.sock, server_hostname=self.host)
        self.reader = self.channel.makefile("rb")
        self._get_capabilities()


class Client(IMAPClient):
    """imapclient over a Protocol; times come back aware."""

    def __init__(self, protocol):
        self._protocol = protocol
        super().__init__(protocol.host, protocol.port, ssl=False)
        self.normalise_times = False
        protocol.debug = 0  # imapclient writes each line into a log that nobody reads

    def _create_IMAP4(self):
        return self._protocol

    def _set_read_timeout(self):
        """The Channel sets one for each read."""

    def heads(self, uids, head):
        """What fetch() says of INTERNALDATE, RFC822.SIZE and `head` of these mails, as (uid, date, size, bytes).

        imapclient takes an answer apart sign by sign, which for a hundred thousand mails is most of what reading costs.
        """
        items = f"(UID INTERNALDATE RFC822.SIZE {head})"
        kind, found = self._protocol.uid("FETCH", ",".join(map(str, uids)), items)
        self._checkok("fetch", kind, found)
        asked = set(uids)
        about = {told[0]: told for told in _told_of(found) if told[0] in asked}
        return [about[uid] for uid in sorted(about)]

    def count(self, first, last, since):
        """How many mails have such UIDs and came `since` that day or (None) ever."""
        day = f" SINCE {format_criteria_date(since).decode()}" if since else ""
        kind, found = self._protocol.uid("SEARCH", f"UID {first}:{last}{day}")
        self._checkok("search", kind, found)
        return sum(line.count(b" ") + 1 for line in found if line)


def _told_of(found):
    """(uid, date, size, bytes) of each mail in what imaplib found: literals come in pairs with what is before them, and
    what is after one stands for itself. Lines without any are flags that nobody asked for.
    """
    for position, item in enumerate(found):
        if isinstance(item, tuple):
            after = found[position + 1] if position + 1 < len(found) else b""
            said = item[0] + (after if isinstance(after, bytes) else b"")
            uid, size, date = _UID.search(said), _SIZE.search(said), _DATE.search(said)
            if not (uid and size):
                raise ProtocolError("no UID or size")
            yield int(uid[1]), _moment(date), int(size[1]), item[1]
        elif item and b"BODY[" in item:  # a head that is no literal is empty
            yield int(_UID.search(item)[1]), _moment(_DATE.search(item)), int(_SIZE.search(item)[1]), b""


def _moment(date):
    """When the server says that a mail came; one that knows no such time says nonsense, or nothing."""
    try:
        day, month, year, hour, minute, second, sign, hours, minutes = date.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        moment = datetime(int(year), _MONTHS[month.lower()], *map(int, (day, hour, minute, second)), tzinfo=UTC)
        return moment + offset if sign == b"-" else moment - offset
    except (AttributeError, KeyError, ValueError, OverflowError):
        return now()


def connect(server, deadline):
    """A Client that is signed in to `server` (an smtp.Server), and its Channel. Raises Unavailable and NotLetIn."""
    where, channel = where_of(server), None
    try:
        channel = _dial(server, deadline)
        protocol = Protocol(channel, server)
        if server.tls == "required":
            if "STARTTLS" not in protocol.capabilities:
                raise Unavailable(reasons.no_encryption(where, server), lasting=True)
            protocol.encrypt()
        client = Client(protocol)
        _sign_in(client, server, where)
        return client, channel
    except BaseException as error:
        if channel is not None:
            channel.shut()
        if isinstance(error, Unavailable) or not isinstance(error, Exception):
            raise
        raise _not_open(error, where, server, shaken=channel is not None) from error


def where_of(server):
    """What sentences call it."""
    return f"The mail server {server.host}:{server.port}"


def _dial(server, deadline):
    allowed = config.current().fetch_allow
    found = in_time(lambda host, port: places(host, port, allowed), server.host, server.port, deadline)
    sock = first_that_answers(found, server.port, deadline)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if server.tls == "always":
            sock.settimeout(seconds_left(deadline))
            sock = tls().wrap_socket(sock, server_hostname=server.host)
    except BaseException:
        sock.close()
        raise
    channel = Channel(sock)
    channel.deadline, channel.allowance = deadline, OPEN_SIZE
    return channel


def _not_open(error, where, server, *, shaken):
    if isinstance(error, FetchError):
        return Unavailable(f"{where} cannot be reached: {error}.")
    if isinstance(error, (OSError, Barred)):
        return reasons.unavailable(error, where, server, shaken=shaken)
    if isinstance(error, imaplib.IMAP4.error):
        return Unavailable(f"{where} turned us away: {words(error, server)}")
    return Unavailable(f"{where} speaks something that is not IMAP.")


def _sign_in(client, server, where):
    try:
        if server.token:
            client.oauth2_login(server.user, server.token)
        elif "AUTH=PLAIN" in client._protocol.capabilities:
            client.plain_login(server.user, server.password)
        elif "LOGINDISABLED" in client._protocol.capabilities:
            raise NotLetIn(f"{where} offers no way to sign in that we know (PLAIN or LOGIN).")
        else:
            client.login(server.user, server.password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        said = words(error, server)
        if _passes(said):
            raise Unavailable(f"{where} cannot let us in right now: {said}") from None
        what = f"access that {server.user} gave" if server.token else "user name or password"
        raise NotLetIn(f"{where} refused the {what}: {said}") from None


def _passes(said):
    return any(f"[{code}" in said.upper() for code in PASSING)


def told(error, server):
    """The Unavailable for what a command on an open connection raised."""
    where = where_of(server)
    if isinstance(error, (imaplib.IMAP4.abort, OSError, FetchError)):
        if isinstance(error, (TimeoutError, ssl.SSLWantReadError)):
            return Broken(f"{where} stopped answering.")
        if isinstance(error, FetchError):
            return Broken(f"{where} sent more than we can take: {error}.")
        return Broken(f"{where} ended the connection: {words(error, server)}")
    if isinstance(error, imaplib.IMAP4.error) and not isinstance(error, ProtocolError):
        said = words(error, server)
        return Unavailable(f"{where} asks us to wait: {said}") if _passes(said) else Refused(f"{where} said no: {said}")
    return Broken(f"{where} answered with something that is not IMAP.")


def words(error, server):
    """What the server said, on one line, without what must stay secret."""
    said = clean(" ".join(_BYTES.sub(r"\2", str(error)).split()), server)[:300]
    said = said.replace("socket error: EOF", "it hung up")
    return said if said.endswith((".", "!", "?")) else f"{said}."
