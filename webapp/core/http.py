"""Reading addresses that strangers typed or linked: only the public web, in bounded time and space.

A host is looked up once, each of its addresses must be one that may be connected to (networks.py), and it is one of
these that the connection goes to: a name may lead elsewhere a moment later. Every redirect is checked again. Nothing
of this machine goes along: no cookies, no proxies or passwords of the environment.
"""

import http.client
import re
import ssl
import time
from typing import NamedTuple

from .connections import FetchError, Session, connect
from .unpacking import ACCEPTED, Broken, unpacker
from .urls import Unusable, join, take_apart

HEAD_LIMIT = 256_000  # bytes of status line and headers, of interim answers too
CHUNK = 65536
REDIRECTS = (301, 302, 303, 307, 308)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_STALE = (http.client.HTTPException, ConnectionError)  # how a kept connection ends that the server had given up


class Response(NamedTuple):
    """`url` is where the answer came from, after `redirects` (the addresses before it). `headers` have names in lower
    case and several values joined by ", "; of cookies only the names. `body` is unpacked; `is_cut` when there was more.
    """

    url: str
    status: int
    headers: dict
    body: bytes = b""
    redirects: tuple = ()
    milliseconds: int = 0
    is_cut: bool = False


def fetch(url, *, max_redirects=5, session=None, headers=None, **options):
    """The Response at `url`, after at most so many redirects. Raises FetchError. `options` are those of ask()."""
    if session is None:
        with Session() as session:
            return fetch(url, max_redirects=max_redirects, session=session, headers=headers, **options)
    began, redirects = time.monotonic(), []
    while True:
        response = ask(url, session=session, headers=headers, **options)
        onward = redirected(response)
        if onward is None:
            milliseconds = round((time.monotonic() - began) * 1000)
            return response._replace(redirects=tuple(redirects), milliseconds=milliseconds)
        if len(redirects) == max_redirects:
            raise FetchError(f"it redirects more than {max_redirects} times", "redirects")
        redirects.append(response.url)
        if take_apart(onward).origin != take_apart(response.url).origin:
            headers = None  # what was meant for one server is no other's business
        url = onward


def ask(url, *, allowed, agent, deadline, max_bytes, session, headers=None, accepts=None, cut=False, trusted=()):
    """The Response to one request; a redirect is returned as it is. Raises FetchError.

    `allowed`: networks.Alloweds beside the public internet, at any port; public servers only at 80 and 443. `agent`
    names us. `deadline`: the moment of time.monotonic() by which all is done. `max_bytes` of the unpacked body; a
    larger one is an error, or is `cut` there. `accepts`: a function (status, headers); where it says no, the body is
    not read. `trusted`: addresses of services that whoever runs this installation named: they may be anywhere.
    """
    parts, began = _parts(url), time.monotonic()
    is_trusted = parts.origin in {_parts(one).origin for one in trusted}
    key = (parts.origin, tuple(allowed), is_trusted)
    sent = {"User-Agent": agent, "Accept": "*/*", **(headers or {}), "Accept-Encoding": ACCEPTED}
    channel = session.take(key)
    try:
        answer = channel and _answer_of_kept(channel, parts, sent, deadline)
        if answer is None:
            channel = connect(parts, allowed, is_trusted, deadline)
            answer = _answer(channel, parts, sent, deadline)
        response = _read(answer, channel, parts, max_bytes, accepts, cut)
        if answer.isclosed() and not answer.will_close:
            session.keep(key, channel)
            channel = None
    except (http.client.HTTPException, OSError, Broken, ValueError) as error:  # ValueError: chunks of negative sizes
        raise _explained(error, parts) from error
    finally:
        if channel is not None:
            channel.shut()
    return response._replace(milliseconds=round((time.monotonic() - began) * 1000))


def _parts(url):
    try:
        return take_apart(url)
    except Unusable as error:
        raise FetchError(str(error), "url") from None


def redirected(response):
    """Where a Response sends us, None when it does not. Raises FetchError for where it may not."""
    location = response.headers.get("location")
    if response.status not in REDIRECTS or not location:
        return None
    try:
        onward = take_apart(join(response.url, location))
    except Unusable as error:
        raise FetchError(f"it redirects, but {error}", "url") from None
    if response.url.startswith("https:") and onward.scheme == "http":
        raise FetchError("it redirects to an address without encryption", "url")
    return onward.url


def _answer(channel, parts, headers, deadline):
    """The http.client.HTTPResponse whose head was read."""
    channel.deadline, channel.allowance = deadline, HEAD_LIMIT + CHUNK
    connection = http.client.HTTPConnection(parts.host)
    connection.sock, connection.auto_open = channel, 0
    connection.putrequest("GET", parts.target, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", parts.authority)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    return connection.getresponse()


def _answer_of_kept(channel, parts, headers, deadline):
    """The answer over a connection that was used before; None when the server had given it up."""
    try:
        return _answer(channel, parts, headers, deadline)
    except _STALE:
        channel.shut()
        return None


def _read(answer, channel, parts, max_bytes, accepts, cut):
    headers = _headers(answer)
    response = Response(parts.url, answer.status, headers)
    if answer.status in REDIRECTS or (accepts and not accepts(answer.status, headers)):
        if answer.length is not None and answer.length <= CHUNK:
            answer.read(
                CHUNK
            )  # so that the connection can be used again; of a longer one we would only wait for the end
        return response
    channel.allowance = 2 * max_bytes + CHUNK  # for what packing or chunks may add; nothing honest needs more
    unpacked, body, size = unpacker(headers.get("content-encoding", "")), [], 0
    while data := answer.read(CHUNK):
        body.append(unpacked(data, max_bytes + 1 - size))
        size += len(body[-1])
        if size > max_bytes:
            if not cut:
                raise FetchError(f"it is larger than {max_bytes // 1000:,} KB", "large")
            return response._replace(body=b"".join(body)[:max_bytes], is_cut=True)
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)
    return response._replace(body=b"".join(body))


def _headers(answer):
    found = {}
    for name, value in answer.headers.items():
        name, value = name.lower(), _CONTROLS.sub(" ", value)
        if name == "set-cookie":
            value = value.partition("=")[0].strip()
        elif name == "location" and not value.isascii():
            value = _as_sent(value)
        found[name] = f"{found[name]}, {value}" if name in found and name != "location" else value
    return found


def _as_sent(value):
    """http.client reads headers as Latin-1; servers that write an address with other letters mostly mean UTF-8."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def _explained(error, parts):
    where = parts.authority
    if isinstance(error, ssl.SSLCertVerificationError):
        return FetchError(f"the certificate of {where} is not valid ({error.verify_message})", "tls")
    if isinstance(error, ssl.SSLError):
        return FetchError(f"{where} speaks no encryption that we know", "tls")
    if isinstance(error, TimeoutError):
        return FetchError(f"{where} did not answer in time", "time")
    if isinstance(error, Broken):
        return FetchError(f"{where} packs its pages in a way that cannot be opened", "packing")
    if isinstance(error, (http.client.IncompleteRead, ConnectionResetError, http.client.RemoteDisconnected)):
        return FetchError(f"{where} hung up in the middle", "protocol")
    if isinstance(error, (http.client.HTTPException, ValueError)):
        return FetchError(f"{where} does not speak the web's protocol", "protocol")
    if isinstance(error, ConnectionRefusedError):
        return FetchError(f"{where} refuses connections", "connect")
    return FetchError(f"{where} cannot be reached", "connect")
