"""Whoever types or links an address must not make this server look around in the network that it stands in.

What is connected to is watched at the socket itself (an audit hook of the interpreter), beside a canary that must never
be asked.
"""

import socket
import sys
import time
from types import SimpleNamespace

import pytest

from tests.core.raw_server import page, raw_server, redirect
from webapp.core.http import FetchError, Response, Session, fetch, redirected
from webapp.core.networks import read_allowed

watched = []  # a list of addresses while a test looks


def _watch(event, args):
    if event in ("socket.connect", "socket.sendto") and watched and args[0].family != socket.AF_UNIX:
        watched[0].append(args[1][:2])
        if not args[1][0].startswith("127."):
            raise RuntimeError("no test leaves this machine")


sys.addaudithook(_watch)

NAMES = {
    "public.example": ["8.8.8.8"],
    "localhost": ["127.0.0.1"],
    "anvil.localhost": ["127.0.0.1"],
    "inside.example": ["127.0.0.1"],
    "127.0.0.1.nip.example": ["127.0.0.1"],
    "metadata": ["169.254.169.254"],
    "metadata.google.internal": ["169.254.169.254"],
    "mixed.example": ["8.8.8.8", "10.0.0.1"],
    "mixed-late.example": ["8.8.8.8", "2a00:1450:4001::1", "fd00::1"],
    "six.example": ["::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "compatible.example": ["::127.0.0.1"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "6to4.example": ["2002:7f00:1::"],
    "teredo.example": ["2001:0:7f00:1::1"],
    "link-local.example": ["fe80::1"],
    "multicast.example": ["224.0.0.1"],
    "broadcast.example": ["255.255.255.255"],
    "carrier.example": ["100.64.0.1"],
    "zero.example": ["0.0.0.0"],
    "benchmark.example": ["198.18.0.1"],
    "xn--bcher-kva.example": ["10.0.0.7"],
}


@pytest.fixture
def names(monkeypatch):
    """Names are looked up in NAMES; what is written as an address is read by the system, as always."""
    known, usual = dict(NAMES), socket.getaddrinfo

    def getaddrinfo(host, port, *args, **options):
        found = known.get(host)
        found = found(host) if callable(found) else found
        if found is None:
            return usual(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known


@pytest.fixture
def net(names):
    """A server that may be asked, at `port`; and a canary that must not."""
    answers = []
    with (
        raw_server(lambda *_: answers.pop(0) if answers else page()) as server,
        raw_server(lambda *_: page(b"secret")) as canary,
    ):
        allowed = read_allowed(f"127.0.0.1/32:{server.port}")
        watched[:] = [[]]
        net = SimpleNamespace(server=server, canary=canary, answers=answers, allowed=allowed, names=names)
        net.connected = lambda: set(watched[0])
        try:
            yield net
        finally:
            watched.clear()
        assert canary.connections == 0


def get(url, net, **options):
    with Session() as session:
        return fetch(
            url,
            **{"allowed": net.allowed, "agent": "Test", "deadline": time.monotonic() + 5, "max_bytes": 10_000}
            | {"session": session}
            | options,
        )


BARRED = [  # {port} is the canary's
    "http://127.0.0.1/", "http://127.0.0.1:{port}/", "http://127.0.0.1:{port}", "https://127.0.0.1:{port}/",
    "HTTP://127.0.0.1:{port}/", "http://127.1:{port}/", "http://127.0.1:{port}/", "http://127.0.0.01:{port}/",
    "http://0177.0.0.1:{port}/", "http://0x7f.0.0.1:{port}/", "http://0x7f000001:{port}/", "http://2130706433:{port}/",
    "http://017700000001:{port}/", "http://0:{port}/", "http://0.0.0.0:{port}/", "http://127.0.0.1.:{port}/",
    "http://127.255.255.254:{port}/", "http://[::1]:{port}/", "http://[::]:{port}/", "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/", "http://[::ffff:7f00:1]:{port}/", "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/", "http://[2002:7f00:1::]:{port}/", "http://[2001:0:7f00:1::1]/",
    "http://[fe80::1]/", "http://[fe80::1%25lo]/", "http://[fe80::1%lo]/", "http://[::1%25lo]:{port}/", "http://[fc00::1]/",
    "http://[ff02::1]/", "http://[::1]@127.0.0.1:{port}/", "http://10.0.0.1/", "http://172.16.0.1/",
    "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data/", "http://169.254.169.254:80/", "http://100.64.0.1/",
    "http://192.0.0.1/", "http://198.18.0.1/", "http://224.0.0.1/", "http://240.0.0.1/", "http://255.255.255.255/",
    "http://192.88.99.1/", "http://localhost:{port}/", "http://LOCALHOST:{port}/", "http://localhost.:{port}/",
    "http://anvil.localhost:{port}/", "http://inside.example:{port}/", "http://INSIDE.example.:{port}/",
    "http://inside.example/", "http://127.0.0.1.nip.example:{port}/", "http://metadata/", "http://metadata.google.internal/",
    "http://mixed.example/", "http://mixed-late.example/", "http://six.example/", "http://mapped.example/",
    "http://compatible.example/", "http://nat64.example/", "http://6to4.example/", "http://teredo.example/",
    "http://link-local.example/", "http://multicast.example/", "http://broadcast.example/", "http://carrier.example/",
    "http://zero.example/", "http://benchmark.example/", "http://bücher.example/", "http://BÜCHER.example/",
    "http://１２７.０.０.１:{port}/", "http://127。0。0。1:{port}/", "http://①②⑦.0.0.1:{port}/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/", "http://loc\u00adalhost:{port}/", "http://%31%32%37.0.0.1:{port}/",
    "http://127.0.0.1%2f.example/", "http://user@127.0.0.1:{port}/", "http://public.example@127.0.0.1:{port}/",
    "http://public.example:80@127.0.0.1:{port}/", "http://127.0.0.1:{port}@public.example/",
    "http://public.example\\@127.0.0.1:{port}/", "http://127.0.0.1:{port}\\@public.example/",
    "http://127.0.0.1:{port}#.public.example/", "http://127.0.0.1:{port}?.example/",
    "http:\\\\127.0.0.1:{port}/", "http:/127.0.0.1:{port}/", "http:127.0.0.1:{port}/", "//127.0.0.1:{port}/",
    "127.0.0.1:{port}",
    "http:///127.0.0.1:{port}/", "http://127.0.0.1 :{port}/", "http://127.0.0.1\t:{port}/", "http://127.0.0.1\x00.example/",
    "http://127.0.0.1\r\nHost: public.example/", "http://public.example\r\n@127.0.0.1:{port}/",
    "http://public.example:22/", "http://public.example:8080/", "https://public.example:8443/", "http://public.example:0/",
    "http://public.example:/", "http://public.example:65616/", "http://public.example:-80/", "http://public.example:８０80/",
    "file:///etc/passwd", "file://127.0.0.1/etc/passwd", "ftp://127.0.0.1:{port}/", "gopher://127.0.0.1:{port}/_GET",
    "dict://127.0.0.1:{port}/", "ldap://127.0.0.1:{port}/", "unix:///var/run/docker.sock", "data:text/html,hello",
    "javascript:alert(1)", "jar:http://127.0.0.1:{port}!/", "netdoc:///etc/passwd", "http+unix://%2Fvar%2Frun/",
    "", "   ", "http://", "https://.", "http://..", "http://-a.example/", "http://a_b..example/",
    "http://" + "a" * 64 + ".example/",
    "http://" + "a." * 130 + "example/", "http://public.example/" + "a" * 3000, "http://[127.0.0.1]:{port}/", "http://[::1/",
    "http://::1:{port}/", "http://[v1.fe80::1]/",
]  # fmt: skip


@pytest.mark.parametrize("url", BARRED)
def test_an_address_within_or_of_no_web_page_is_refused_before_anything_is_connected(net, url):
    with pytest.raises(FetchError) as error:
        get(url.replace("{port}", str(net.canary.port)), net)
    assert error.value.kind in ("url", "barred", "dns") and not net.connected()


def test_these_are_many_forms():
    assert len(set(BARRED)) >= 120


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.1:{port}/", "//127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::ffff:127.0.0.1]:{port}/",
     "http://169.254.169.254/latest/", "http://inside.example:{port}/", "http://2130706433:{port}/", "file:///etc/passwd",
     "http://mixed.example/", "http://a@127.0.0.1:{port}/", "gopher://127.0.0.1:{port}/"],
)  # fmt: skip
def test_a_redirect_is_checked_like_any_address(net, status, location):
    net.answers.append(redirect(location.replace("{port}", str(net.canary.port)), status=status))
    with pytest.raises(FetchError) as error:
        get(net.server.url, net)
    assert error.value.kind in ("url", "barred")
    assert net.connected() == {("127.0.0.1", net.server.port)}


@pytest.mark.parametrize(
    "location",
    ["\\\\127.0.0.1:{port}/", "/\\127.0.0.1:{port}/", "http:127.0.0.1:{port}/", "http:/127.0.0.1:{port}/",
     "/%0d%0aHost:%20127.0.0.1:{port}/", "?//127.0.0.1:{port}", "/http://127.0.0.1:{port}/", ";//127.0.0.1:{port}/"],
)  # fmt: skip
def test_what_only_looks_like_another_host_stays_with_the_first(net, location):
    net.answers.append(redirect(location.replace("{port}", str(net.canary.port))))
    try:
        assert get(net.server.url, net).body == b"hello"
    except FetchError as error:
        assert error.kind in ("url", "barred")
    assert net.connected() == {("127.0.0.1", net.server.port)}
    assert all(head.count(b"\r\nHost:") == 1 for head in net.server.heads)


def test_a_chain_of_redirects_is_checked_at_its_last_step_too(net):
    net.answers += [redirect("/a"), redirect("/b"), redirect(f"{net.canary.url}/")]
    with pytest.raises(FetchError):
        get(net.server.url, net)
    assert net.connected() == {("127.0.0.1", net.server.port)}


def test_a_redirect_from_https_to_http_is_refused():
    response = Response("https://acme.example/", 302, {"location": "http://acme.example/login"})
    with pytest.raises(FetchError, match="without encryption"):
        redirected(response)
    assert redirected(response._replace(headers={"location": "//acme.example/x#y"})) == "https://acme.example/x"


def test_a_name_that_leads_elsewhere_a_moment_later_is_asked_only_once(net):
    asked = []

    def rebinding(host):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    net.names["rebinding.example"] = rebinding
    with raw_server(lambda *_: page(b"secret"), "127.0.0.2", net.server.port) as other:
        assert get(f"http://rebinding.example:{net.server.port}/", net).body == b"hello"
        assert asked == ["rebinding.example"] and net.connected() == {("127.0.0.1", net.server.port)}
        with pytest.raises(FetchError):
            get(f"http://rebinding.example:{net.server.port}/", net)
        assert other.connections == 0


def test_a_name_that_leads_elsewhere_at_the_redirect_is_refused_there(net):
    answers = iter((["127.0.0.1"], ["127.0.0.2"]))
    net.names["rebinding.example"] = lambda host: next(answers)
    net.answers.append(redirect("/again", "Connection: close"))
    with raw_server(lambda *_: page(b"secret"), "127.0.0.2", net.server.port) as other:
        with pytest.raises(FetchError) as error:
            get(f"http://rebinding.example:{net.server.port}/", net)
        assert error.value.kind == "barred" and other.connections == 0


def test_a_host_is_tried_at_each_of_its_addresses(net):
    net.names["two.example"] = ["127.0.0.2", "127.0.0.1"]
    allowed = read_allowed(f"127.0.0.0/8:{net.server.port}")
    assert get(f"http://two.example:{net.server.port}/", net, allowed=allowed).body == b"hello"
    assert net.connected() == {("127.0.0.1", net.server.port), ("127.0.0.2", net.server.port)}


def test_a_kept_connection_serves_only_its_own_host_and_those_who_may(net):
    net.names["one.example"] = net.names["two.example"] = ["127.0.0.1"]
    one, two = (f"http://{name}.example:{net.server.port}/" for name in ("one", "two"))
    with Session() as session:
        get(one, net, session=session), get(one, net, session=session)
        assert net.server.connections == 1
        get(two, net, session=session)
        assert net.server.connections == 2
        with pytest.raises(FetchError):  # who may not connect may not share either
            get(one, net, session=session, allowed=())


def test_a_service_of_the_installation_may_be_anywhere_but_leads_nowhere(net):
    service = net.server.url
    assert get(service, net, allowed=(), trusted=(service,)).status == 200
    net.answers.append(redirect(net.canary.url))
    with pytest.raises(FetchError) as error:
        get(service, net, allowed=(), trusted=(service,))
    assert error.value.kind == "barred"
    with pytest.raises(FetchError):
        get(net.canary.url, net, allowed=(), trusted=(service,))


def test_proxies_and_passwords_of_the_environment_are_ignored(net, monkeypatch, tmp_path):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, net.canary.url)
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login bob password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert get(net.server.url, net).body == b"hello"
    assert b"uthorization" not in net.server.heads[0]


def test_no_cookie_comes_back_and_what_was_meant_for_one_server_goes_to_no_other(net):
    net.names["two.example"] = ["127.0.0.1"]
    onward = f"http://two.example:{net.server.port}/"
    net.answers += [redirect("/own", "Set-Cookie: sid=secret; Path=/"), redirect(onward, "Set-Cookie: a=b")]
    response = get(net.server.url, net, headers={"X-For-One": "secret"})
    assert response.url == onward and response.redirects == (f"{net.server.url}/", f"{net.server.url}/own")
    first, own, other = net.server.heads
    assert b"Cookie" not in own + other and b"Referer" not in own + other
    assert b"X-For-One" in first and b"X-For-One" in own and b"X-For-One" not in other
    net.answers.append(page(b"", "Set-Cookie: sid=secret; Path=/", "Set-Cookie: theme=dark"))
    assert get(net.server.url, net).headers["set-cookie"] == "sid, theme"


def test_what_is_asked_for_is_written_so_that_it_stays_one_line(net):
    get(f"{net.server.url}/a b\u00fc?q=\u00fc x&r=%0d%0aX:y#part", net)
    assert net.server.heads[0].startswith(b"GET /a%20b%C3%BC?q=%C3%BC%20x&r=%0d%0aX:y HTTP/1.1\r\n")
    assert f"\r\nHost: 127.0.0.1:{net.server.port}\r\n".encode() in net.server.heads[0]
    assert b"\r\nUser-Agent: Test\r\n" in net.server.heads[0]
