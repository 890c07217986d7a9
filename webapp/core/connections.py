"""Connections to servers of strangers: to an address that was checked, each wait bounded by one deadline."""

import io
import select
import socket
import ssl
import threading
import time
from contextlib import suppress
from functools import lru_cache
from queue import Empty, SimpleQueue

import certifi

from .networks import Barred, is_allowed, is_barred, places

DNS_SECONDS, CONNECT_SECONDS = 5, 8  # for one host, whatever the deadline leaves
NEXT_SECONDS = 3  # after which the next address of a host is tried
IDLE_SECONDS = 20  # for which an unused connection is kept
IDLE_CONNECTIONS = 64
PUBLIC_PORTS = (80, 443)


class FetchError(Exception):
    """Why there is no answer: the message goes on after "Not read, ". `kind` is url, barred, dns, connect, tls, time,
    large, redirects, protocol or packing.
    """

    def __init__(self, message, kind):
        super().__init__(message)
        self.kind = kind


class Session:
    """Keeps connections for the next request to the same server. Threads may share it; close it at the end."""

    def __init__(self):
        self._idle, self._lock, self._is_closed = [], threading.Lock(), False  # _idle: (key, channel, since)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def take(self, key):
        """A Channel that was kept for `key`, for the caller alone, or None."""
        with self._lock:
            for index in reversed(range(len(self._idle))):
                if self._idle[index][0] == key:
                    _, channel, since = self._idle.pop(index)
                    if time.monotonic() - since < IDLE_SECONDS and channel.is_quiet():
                        return channel
                    channel.shut()
        return None

    def keep(self, key, channel):
        with self._lock:
            if not self._is_closed:
                self._idle.append((key, channel, time.monotonic()))
                channel = self._idle.pop(0)[1] if len(self._idle) > IDLE_CONNECTIONS else None
        if channel is not None:
            channel.shut()

    def close(self):
        with self._lock:
            idle, self._idle, self._is_closed = self._idle, [], True
        for _, channel, _ in idle:
            channel.shut()


class Channel:
    """What http.client sees of a connection. Each wait ends at `deadline`, however little comes at a time, and no more
    than `allowance` bytes come in.
    """

    def __init__(self, sock):
        self.sock, self.deadline, self.allowance = sock, 0.0, 0

    def left(self):
        return seconds_left(self.deadline)

    def sendall(self, data):
        self.sock.settimeout(self.left())
        self.sock.sendall(data)

    def makefile(self, mode):
        return io.BufferedReader(_Incoming(self), 65536)

    def close(self):
        """http.client calls this while the body of a last answer is still to be read: shut() is the end."""

    def is_quiet(self):
        """Whether the server has neither closed nor said anything that nobody asked for."""
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return not poll.poll(0)

    def shut(self):
        with suppress(OSError):
            self.sock.close()


class _Incoming(io.RawIOBase):
    def __init__(self, channel):
        self.channel = channel

    def readable(self):
        return True

    def readinto(self, buffer):
        channel = self.channel
        channel.sock.settimeout(channel.left())
        size = channel.sock.recv_into(buffer)
        channel.allowance -= size
        if channel.allowance < 0:
            raise FetchError("its answer is too large", "large")
        return size


def seconds_left(deadline):
    """Until a moment of time.monotonic(); raises TimeoutError when it is over."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the deadline is over")
    return left


def connect(parts, allowed, is_trusted, deadline):
    """A new Channel to the server of `parts` (urls.Parts). Raises FetchError and OSError."""
    found = addresses(parts, allowed, is_trusted, deadline)
    sock = first_that_answers(found, parts.port, deadline)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if parts.scheme == "https":
            sock.settimeout(seconds_left(deadline))  # of the whole handshake
            sock = tls().wrap_socket(sock, server_hostname=parts.host)
    except BaseException:
        sock.close()
        raise
    return Channel(sock)


def first_that_answers(found, port, deadline):
    """A socket that is connected to one of these addresses. Raises OSError."""
    for number, place in enumerate(found, 1):
        is_last = number == len(found)
        share = seconds_left(deadline) / (len(found) - number + 1)
        try:
            return dial(place, port, min(share, CONNECT_SECONDS if is_last else NEXT_SECONDS))
        except OSError:
            if is_last:
                raise
    raise OSError("no address")


def dial(place, port, seconds):
    """A socket that is connected to this very address."""
    return socket.create_connection((place, port), timeout=seconds)


def addresses(parts, allowed, is_trusted, deadline):
    """The addresses of a host, all of which may be connected to. Raises FetchError."""
    if is_trusted:
        return in_time(_all_places, parts.host, parts.port, deadline)
    if is_barred(parts.host, parts.port, allowed):
        raise _barred(parts)
    try:
        found = in_time(lambda host, port: places(host, port, allowed), parts.host, parts.port, deadline)
    except Barred:
        raise _barred(parts) from None
    if parts.port not in PUBLIC_PORTS and not all(is_allowed(place, parts.port, allowed) for place in found):
        raise FetchError(f"{parts.authority} is not at the web's own ports (80 and 443)", "barred")
    return found


def _all_places(host, port):
    return list(dict.fromkeys(place[0] for *_, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def _barred(parts):
    return FetchError(f"{parts.host} is at an address that is not of the public internet", "barred")


def in_time(look_up, host, port, deadline):
    """What look_up(host, port) answers. The system's resolver knows no deadline: it works in a thread of its own.
    Raises FetchError when DNS has no answer.
    """
    answers = SimpleQueue()

    def work():
        try:
            answers.put((look_up(host, port), None))
        except Exception as error:
            answers.put((None, error))

    threading.Thread(target=work, daemon=True, name="look-up").start()
    try:
        found, error = answers.get(timeout=min(seconds_left(deadline), DNS_SECONDS))
    except Empty:
        raise FetchError(f"the name servers did not say in time where {host} is", "dns") from None
    if isinstance(error, (socket.gaierror, UnicodeError)):
        raise FetchError(f"there is no {host}", "dns") from None
    if error is not None:
        raise error
    return found


@lru_cache
def tls():
    """One for the process: loading the certificates takes longer than most pages."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())  # beside the system's, which a small container may not have
    return context
