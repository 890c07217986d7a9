"""The websites of made-up companies, all from one server on this machine that takes its time.

    python bench/company_web.py [--delay MS]

Prints its port. Each host called companyN.example has a home page that links to /about and /contact, and a robots.txt;
/requests of any host tells how many pages were asked for so far, robots.txt among them. Programs reach it that call
lead_there(port) first: names, addresses and encryption are made up then, and all else is real.
"""

import argparse
import asyncio
import json
import socket
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen
from types import SimpleNamespace

ADDRESS = "93.184.215.14"  # as which every host of this web is known
PARAGRAPH = "<p>We make anvils, springs and rockets, and ship them to every desert within a day or two.</p>\n"
SIZE = 30_000  # bytes of a page, about


def lead_there(port):
    """Let this process reach the companies' websites, and nothing else."""
    from webapp.core import connections

    def places(host, _, allowed):
        if not host.endswith(".example"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [ADDRESS]

    def dial(place, _, seconds):
        assert place == ADDRESS, place
        return socket.create_connection(("127.0.0.1", port), timeout=seconds)

    connections.places, connections.dial = places, dial
    connections.tls = lambda: SimpleNamespace(wrap_socket=lambda sock, **_: sock)


def page_of(host, path):
    """(status, content type, body) of a page."""
    number = host.removeprefix("www.").removeprefix("company").partition(".")[0]
    name = f"Company {number}"
    if path == "/robots.txt":
        return 200, "text/plain", "User-agent: *\nDisallow: /admin/\n"
    if path not in ("/", "/about", "/contact"):
        return 404, "text/html; charset=utf-8", "<!doctype html><title>Not found</title>"
    known = {
        "/": {"name": name, "url": f"https://{host}/", "description": f"{name} makes anvils, springs and rockets."},
        "/about": {"foundingDate": str(1900 + int(number) % 100), "numberOfEmployees": {"value": int(number) + 3}},
        "/contact": {"telephone": f"+49 30 {int(number):07d}", "email": f"info@{host}"},
    }
    block = json.dumps({"@context": "https://schema.org", "@type": "Organization", **known[path]})
    links = '<nav><a href="/">Home</a> <a href="/about">About us</a> <a href="/contact">Contact</a></nav>'
    head = f'<title>{name}</title><meta charset="utf-8"><script type="application/ld+json">{block}</script>'
    text = PARAGRAPH * (SIZE // len(PARAGRAPH))
    body = f'<!doctype html><html lang="en"><head>{head}</head><body>{links}<main>{text}'
    return 200, "text/html; charset=utf-8", f"{body}</main></body></html>"


class Connection(asyncio.Protocol):
    requests = 0

    def __init__(self, delay):
        self.delay, self.buffer = delay, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
            line, *headers = head.decode("latin-1").split("\r\n")
            host = next(header[6:] for header in headers if header.lower().startswith("host: "))
            path = line.split(" ")[1]
            if path == "/requests":
                self._answer(200, "text/plain", str(Connection.requests))
                continue
            Connection.requests += 1
            answer = page_of(host.partition(":")[0], path)
            asyncio.get_running_loop().call_later(self.delay, self._answer, *answer)

    def _answer(self, status, kind, body):
        if not self.transport.is_closing():
            body = body.encode()
            head = f"HTTP/1.1 {status} OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
            self.transport.write(head.encode() + body)


@contextmanager
def company_web(delay):
    """The port of these websites, which take `delay` seconds for each page."""
    command = [sys.executable, str(Path(__file__).resolve()), "--delay", str(delay * 1000)]
    process = Popen(command, stdin=PIPE, stdout=PIPE, text=True)
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(10)


def requests_to(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/requests", timeout=10) as answer:
        return int(answer.read())


async def main(delay):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(delay), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)  # ends with whoever started it


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=200)
    asyncio.run(main(parser.parse_args().delay / 1000))
