"""Pages, signed in, through waitress, against a raw sqlite3 + Jinja page of the same bytes (page_peer.py).

Twice: as a page is seen again while its rows have not changed (its drawn regions are kept), and as it is seen first,
with nothing kept. The client reads answers by itself: http.client's header parser costs more than a small page.
"""

import http.client
import json
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

from common import ROOT, environment, free_port, paired, program, report, temporary_folder, wait_for
from seed import make_workspace

LEADS = 1000
REQUESTS = 40  # a round and connection
ROUNDS = 5
PASSWORD = "correct horse battery"
PEER = ROOT / "bench" / "page_peer.py"


def sign_in(port):
    """The Cookie header of a fresh session."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/sign-in")
    answer = connection.getresponse()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.read().decode()).group(1)
    cookie = answer.headers["Set-Cookie"].split(";")[0]
    form = urllib.parse.urlencode({"email": "bench@galena.example", "password": PASSWORD, "csrf_token": token})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    connection.request("POST", "/sign-in", form, headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 303:
        raise RuntimeError(f"signing in answered {answer.status}")
    return answer.headers["Set-Cookie"].split(";")[0]


def load(port, path, cookie, connections, requests=REQUESTS):
    """Milliseconds a page, with so many connections kept busy."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n".encode()

    def work():
        with socket.create_connection(("127.0.0.1", port)) as connection:
            for _ in range(requests):
                connection.sendall(request)
                read_answer(connection, path)

    threads = [threading.Thread(target=work) for _ in range(connections)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (time.perf_counter() - started) * 1000 / requests / connections


def read_answer(connection, path):
    """The body of one answer that says how long it is."""
    head, data = b"", b""
    while not head:
        data += connection.recv(262_144)
        head, _, rest = data.partition(b"\r\n\r\n") if b"\r\n\r\n" in data else (b"", b"", b"")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"{path} answered {head[:40]}")
    length = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
    pieces, missing = [rest], length - len(rest)
    while missing > 0:
        pieces.append(connection.recv(262_144))
        missing -= len(pieces[-1])
    return b"".join(pieces)


def fetch(port, path, cookie):
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode())
        return read_answer(connection, path)


def main():
    with temporary_folder() as folder:
        pages = make_workspace(folder, leads=LEADS, password=PASSWORD)
        port, first_port, peer_port = free_port(), free_port(), free_port()
        with program(folder, "web", port=port), program(folder, "web", port=first_port, first_views=True):
            cookie = sign_in(port)
            spec = {
                "port": peer_port,
                "host": f"127.0.0.1:{port}",
                "cookie": cookie,
                "database": str(folder / "galena.db"),
                "pages": pages,
            }
            peer = subprocess.Popen([sys.executable, str(PEER), json.dumps(spec)], env=environment(folder))
            try:
                wait_for(f"http://127.0.0.1:{peer_port}/sign-in", peer)
                for path in pages:
                    compare(path, {"again": port, "first": first_port}, peer_port, cookie)
            finally:
                peer.terminate()
                peer.wait()


def compare(path, ports, peer_port, cookie):
    other = "/page?" + urllib.parse.urlencode({"path": path})
    name = re.sub(r"\d+", "<id>", path)
    for view, port in ports.items():
        size = same_size(path, lambda: fetch(port, path, cookie), lambda: fetch(peer_port, other, ""))  # noqa: B023
        load(port, path, cookie, 1, 30), load(peer_port, other, "", 1, 30)
        for connections in (1, 4):
            ours, limit, ratio = paired(
                lambda: load(port, path, cookie, connections),  # noqa: B023  called at once
                lambda: load(peer_port, other, "", connections),  # noqa: B023
                ROUNDS,
            )
            label = f"page {name}, seen {view}, {connections} conn, ms"
            report(label, ours, limit, ROUNDS, "<= 1.6", ratio=ratio, kb=size // 1000)


def same_size(path, ours, peers):
    """The bytes of both pages. Asked again if they differ: an age may have got a digit more in between."""
    for _ in range(3):
        mine, size = len(ours()), len(peers())
        if mine == size:
            return size
    raise RuntimeError(f"{path} has {mine} bytes, the peer's {size}")


if __name__ == "__main__":
    main()
