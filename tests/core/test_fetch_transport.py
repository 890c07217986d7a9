"""What hostile and broken servers do to who reads from them: it ends in time, in bounded space, with a sentence."""

import contextlib
import gzip
import itertools
import socket
import ssl
import threading
import time
import tracemalloc
import zlib

import brotli
import pytest

from tests.core.certificates import authority, certified, tls_server
from tests.core.raw_server import page, raw_server, redirect
from webapp.core import connections
from webapp.core.http import FetchError, Session, fetch
from webapp.core.networks import read_allowed

LOOPBACK = read_allowed("127.0.0.0/8")
SHORT = 0.3  # seconds that a reader has here
ZEROS = bytes(30_000_000)


def get(url, seconds=5.0, **options):
    given = {"allowed": LOOPBACK, "agent": "Test", "deadline": time.monotonic() + seconds, "max_bytes": 100_000}
    return fetch(url, **given | options)


def refused(url, kind, seconds=5.0, **options):
    """The sentence of the FetchError, which has to be of that kind and to come in time."""
    began = time.monotonic()
    with pytest.raises(FetchError) as error:
        get(url, seconds, **options)
    assert error.value.kind == kind, error.value
    assert time.monotonic() - began < max(seconds, 0) + 1
    return str(error.value)


# ------------------------------------------------------------------ redirects


def test_endless_redirects_end_after_five():
    numbers = itertools.count()
    with raw_server(lambda *_: redirect(f"/{next(numbers)}")) as server:
        assert refused(server.url, "redirects") == "it redirects more than 5 times"
        assert len(server.heads) == 6
    with raw_server(lambda *_: redirect("/")) as server:
        refused(server.url, "redirects", max_redirects=2)
        assert len(server.heads) == 3


def test_five_redirects_are_followed_over_one_connection():
    answers = [redirect(f"/{number}") for number in range(5)] + [page(b"here")]
    with raw_server(lambda *_: answers.pop(0)) as server:
        response = get(server.url)
        assert response.body == b"here" and response.url == f"{server.url}/4" and len(response.redirects) == 5
        assert server.connections == 1


def test_a_redirect_without_a_place_is_an_answer():
    with raw_server(lambda *_: page(b"", status="302 Found")) as server:
        assert get(server.url).status == 302


def test_a_redirect_may_be_written_in_letters_of_its_own():
    answers = [redirect("/über uns".encode()), page(b"here")]
    with raw_server(lambda *_: answers.pop(0)) as server:
        assert get(server.url).url == f"{server.url}/%C3%BCber%20uns"


# ------------------------------------------------------------------ packed bodies


def _raw_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKED = {
    "gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress,
    "br": lambda data: brotli.compress(data, quality=1),
}  # fmt: skip


@pytest.mark.parametrize("coding", PACKED)
def test_a_packed_body_is_unpacked(coding):
    body = b"<p>Acme makes anvils</p>" * 2000
    with raw_server(lambda *_: page(PACKED[coding](body), f"Content-Encoding: {coding}")) as server:
        assert get(server.url).body == body


def test_deflate_without_its_header_and_gzip_in_several_parts_are_unpacked():
    with raw_server(lambda *_: page(_raw_deflate(b"hello " * 100), "Content-Encoding: deflate")) as server:
        assert get(server.url).body == b"hello " * 100
    parts = gzip.compress(b"hello ") + gzip.compress(b"you") + b"\0\0\0"
    with raw_server(lambda *_: page(parts, "Content-Encoding: gzip")) as server:
        assert get(server.url).body == b"hello you"


@pytest.mark.parametrize("coding", PACKED)
def test_a_bomb_is_not_unpacked_beyond_the_cap(coding):
    bomb = PACKED[coding](ZEROS)
    with raw_server(lambda *_: page(bomb, f"Content-Encoding: {coding}")) as server:
        tracemalloc.start()
        try:
            assert refused(server.url, "large") == "it is larger than 100 KB"
            response = get(server.url, cut=True)
            assert response.is_cut and len(response.body) == 100_000
            assert tracemalloc.get_traced_memory()[1] < 2_000_000 + len(bomb)
        finally:
            tracemalloc.stop()


def test_a_body_that_unpacks_to_nothing_for_ever_ends():
    def endless(connection, head):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
        while True:
            connection.sendall(gzip.compress(b"") * 1000)

    with raw_server(endless) as server:
        refused(server.url, "large", max_bytes=1_000_000)


@pytest.mark.parametrize("coding", ["gzip, gzip", "br, gzip", "zstd", "compress", "gzip, identity", "nonsense"])
def test_a_packing_that_nobody_asked_for_is_refused(coding):
    body = gzip.compress(gzip.compress(b"hello"))
    with raw_server(lambda *_: page(body, f"Content-Encoding: {coding}")) as server:
        assert "cannot be opened" in refused(server.url, "packing")


@pytest.mark.parametrize("coding", PACKED)
def test_a_body_that_is_not_packed_as_it_says_is_refused(coding):
    with raw_server(lambda *_: page(b"<p>plain</p>" * 50, f"Content-Encoding: {coding}")) as server:
        refused(server.url, "packing")


# ------------------------------------------------------------------ slow ones


def dripping(start, drop=b"x", pause=0.02):
    """Sends `start`, and then a drop again and again."""

    def answer(connection, head):
        connection.sendall(start)
        for _ in range(500):
            connection.sendall(drop)
            time.sleep(pause)

    return answer


def silent(start):
    """Sends `start` and no more until the other side hangs up."""

    def answer(connection, head):
        connection.sendall(start)
        connection.recv(1)

    return answer


SLOW = {
    "body": dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"),
    "body without a length": dripping(b"HTTP/1.1 200 OK\r\n\r\n"),
    "chunks": dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "one chunk": dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\n"),
    "trailers": dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n"),
    "packed": dripping(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"x" * 999)[:12], b"\0"),
    "status": dripping(b"HTTP/1.1 "),
    "header": dripping(b"HTTP/1.1 200 OK\r\nX-Long: "),
    "headers": dripping(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n", 0.05),
    "interim answers": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "silence": silent(b""),
    "silence after the head": silent(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
    "redirect": dripping(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 900\r\n\r\n"),
}


@pytest.mark.parametrize("which", SLOW)
def test_a_byte_at_a_time_does_not_stretch_the_deadline(which):
    with raw_server(SLOW[which]) as server:
        assert refused(server.url, "time", SHORT) == f"127.0.0.1:{server.port} did not answer in time"


def test_redirects_share_one_deadline():
    def answer(connection, head):
        time.sleep(0.12)
        return redirect("/x", "Connection: close")

    with raw_server(answer) as server:
        refused(server.url, "time", SHORT)
        assert len(server.heads) <= 4


def test_a_server_that_accepts_and_never_shakes_hands_ends():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        refused(f"https://127.0.0.1:{listener.getsockname()[1]}/", "time", SHORT)


def test_a_handshake_a_byte_at_a_time_ends():
    def answer(connection):
        for byte in itertools.chain(b"\x16\x03\x03\x40\x00", itertools.repeat(0, 500)):
            connection.sendall(bytes([byte]))
            time.sleep(0.02)

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept():
            connection, _ = listener.accept()
            with contextlib.suppress(OSError):
                answer(connection)

        threading.Thread(target=accept, daemon=True).start()
        refused(f"https://127.0.0.1:{listener.getsockname()[1]}/", "time", SHORT)


def test_name_servers_that_never_answer_do_not_hold_us(monkeypatch):
    forever = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: forever.wait(20))
    assert "slow.example" in refused("http://slow.example/", "dns", SHORT)
    forever.set()


def test_a_deadline_that_is_over_asks_nobody():
    with raw_server(lambda *_: page()) as server:
        refused(server.url, "time", -1)
        assert server.connections == 0


def test_a_port_where_nobody_listens_says_so():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert refused(f"http://127.0.0.1:{port}/", "connect") == f"127.0.0.1:{port} refuses connections"


def test_a_host_that_does_not_exist_says_so(monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "no")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert refused("http://nobody.example/", "dns") == "there is no nobody.example"


# ------------------------------------------------------------------ liars


def said(raw):
    """A server that says these bytes and hangs up."""

    def answer(connection, head):
        connection.sendall(raw)

    return raw_server(answer)


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (OK + b"Content-Length: 5000\r\n\r\nhello", "protocol"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "protocol"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n", "protocol"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n", "protocol"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 70_000 + b"\r\n", "protocol"),
        (b"220 mail.example ESMTP\r\n", "protocol"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", "protocol"),
        (b"<html>hello</html>", "protocol"),
        (b"HTTP/9.9 200 OK\r\n\r\nhello", "protocol"),
        (b"HTTP/1.1 2OO OK\r\n\r\nhello", "protocol"),
        (b"HTTP/1.1 99999 OK\r\n\r\nhello", "protocol"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "protocol"),
        (b"", "protocol"),
        (OK, "protocol"),
        (OK + b"X-Long: " + b"a" * 70_000 + b"\r\n\r\n", "protocol"),
        (OK + b"X-A: b\r\n" * 200 + b"\r\nhello", "protocol"),
        (OK + b"".join(b"X-A%d: %s\r\n" % (n, b"b" * 60_000) for n in range(90)) + b"\r\nhello", "large"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 50_000, "large"),
        (b"\r\n" * 400_000, "protocol"),
    ],
)
def test_what_is_no_answer_or_not_all_of_it_is_refused(raw, kind):
    with said(raw) as server:
        if raw == OK:  # headers may end with the connection: then this is an empty page
            assert get(server.url).body == b""
        else:
            refused(server.url, kind)


@pytest.mark.parametrize(
    "head",
    ["Content-Length: 5", "Content-Length: -5", "Content-Length: five", "Content-Length: 5\r\nContent-Length: 5000",
     "Content-Length: 3\r\nTransfer-Encoding: chunked", "Content-Type: image/png\r\nContent-Type: text/html",
     "No-Colon",
     "Content-Length: 99999999999999999999\r\nTransfer-Encoding: chunked", "X-Nul: a\0b", ": empty", "X-8bit: \xff"],
)  # fmt: skip
def test_headers_that_lie_or_are_broken_cost_no_more_than_the_page(head):
    body = b"5\r\nhello\r\n0\r\n\r\n" if "chunked" in head else b"hello"
    with said(OK + head.encode("latin-1") + b"\r\n\r\n" + body) as server:
        try:
            assert get(server.url).body in (b"hello", b"")
        except FetchError as error:
            assert error.kind == "protocol"


def test_an_endless_body_is_cut_or_refused_at_the_cap():
    def endless(connection, head):
        connection.sendall(OK + b"\r\n")
        while True:
            connection.sendall(b"<p>" * 10_000)

    with raw_server(endless) as server:
        refused(server.url, "large")
        assert get(server.url, cut=True).body == (b"<p>" * 40_000)[:100_000]


def test_a_body_that_nobody_wants_is_not_read():
    def endless(connection, head):
        connection.sendall(OK + b"Content-Type: video/mp4\r\n\r\n")
        while True:
            connection.sendall(b"\0" * 10_000)

    with raw_server(endless) as server:
        response = get(server.url, accepts=lambda status, headers: "html" in headers["content-type"])
        assert response.status == 200 and response.body == b"" and not response.is_cut


# ------------------------------------------------------------------ connections that are kept


def test_a_connection_that_the_server_gave_up_meanwhile_is_made_anew():
    answers = [page(b"one"), None, page(b"two")]
    with raw_server(lambda *_: answers.pop(0)) as server, Session() as session:
        assert get(server.url, session=session).body == b"one"
        assert get(server.url, session=session).body == b"two"
        assert server.connections == 2


def test_a_server_that_always_hangs_up_is_not_asked_for_ever():
    with raw_server(lambda *_: None) as server:
        assert "hung up" in refused(server.url, "protocol")
        assert server.connections == 1


def test_what_a_server_says_unasked_is_no_answer_to_the_next_question():
    smuggled = page(b"one") + page(b"smuggled")
    answers = [smuggled, page(b"two")]
    with raw_server(lambda *_: answers.pop(0)) as server, Session() as session:
        assert get(server.url, session=session).body == b"one"
        server.open[0].sendall(page(b"smuggled"))
        assert get(server.url, session=session).body == b"two"
        assert server.connections == 2


def test_a_closed_session_keeps_no_connection():
    with raw_server(lambda *_: page()) as server:
        session = Session()
        get(server.url, session=session)
        session.close()
        get(server.url, session=session)
        assert server.connections == 2 and session.take(session) is None


def test_threads_share_a_session_and_never_a_connection():
    def answer(connection, head):
        time.sleep(0.05)
        return page(head.split()[1])

    with raw_server(answer) as server, Session() as session:
        found = {}

        def read(number):
            for turn in range(3):
                found[number, turn] = get(f"{server.url}/{number}-{turn}", session=session).body

        threads = [threading.Thread(target=read, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert found == {(n, t): f"/{n}-{t}".encode() for n in range(8) for t in range(3)}
        assert server.connections == 8


# ------------------------------------------------------------------ encryption


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    return authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def trusting(ca, monkeypatch):
    context = ssl.create_default_context()
    context.load_verify_locations(ca.path)
    monkeypatch.setattr(connections, "tls", lambda: context)


def test_a_certificate_that_is_good_is_taken_and_the_name_is_told(ca, trusting, monkeypatch):
    monkeypatch.setattr(connections, "places", lambda *_: ["127.0.0.1"])
    with tls_server(certified(ca, "acme.example")) as server:
        response = get(f"https://acme.example:{server.port}/")
        assert response.body == b"hello" and server.names == ["acme.example"]


@pytest.mark.parametrize(("name", "valid"), [("other.example", True), ("acme.example", False)])
def test_a_certificate_of_another_or_that_is_over_is_refused(ca, trusting, monkeypatch, name, valid):
    monkeypatch.setattr(connections, "places", lambda *_: ["127.0.0.1"])
    with tls_server(certified(ca, name, valid=valid)) as server:
        assert "certificate" in refused(f"https://acme.example:{server.port}/", "tls")


def test_a_certificate_that_nobody_vouches_for_is_refused(ca, monkeypatch):
    monkeypatch.setattr(connections, "places", lambda *_: ["127.0.0.1"])
    with tls_server(certified(ca, "acme.example")) as server:
        assert "certificate" in refused(f"https://acme.example:{server.port}/", "tls")


def test_a_server_that_speaks_no_encryption_is_named():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept():
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=accept, daemon=True).start()
        refused(f"https://127.0.0.1:{listener.getsockname()[1]}/", "tls")
