"""A web server that takes its time, in a process of its own, for benchmarks.

    python bench/slow_web.py [--delay MS] [--size BYTES] [--ports N]

Prints its ports. Answers every request with a page of `--size` bytes after `--delay`, over connections that stay open;
/robots.txt at once with 404.
"""

import argparse
import asyncio
import sys


class Connection(asyncio.Protocol):
    def __init__(self, page, delay):
        self.page, self.delay, self.buffer = page, delay, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
            if b"/robots.txt " in head:
                self.transport.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            else:
                asyncio.get_running_loop().call_later(self.delay, self._answer)

    def _answer(self):
        if not self.transport.is_closing():
            self.transport.write(self.page)


def page(size):
    """A page of paragraphs, with its head."""
    paragraph = b"<p>Acme has made anvils since 1919, and ships them to every desert within a day.</p>\n"
    body = (b"<!doctype html><title>Acme</title>\n" + paragraph * (size // len(paragraph) + 1))[:size]
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def main(options):
    loop, answer = asyncio.get_running_loop(), page(options.size)
    servers = [
        await loop.create_server(lambda: Connection(answer, options.delay / 1000), "127.0.0.1", 0)
        for _ in range(options.ports)
    ]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)  # ends with whoever started it


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=200)
    parser.add_argument("--size", type=int, default=50_000)
    parser.add_argument("--ports", type=int, default=1)
    asyncio.run(main(parser.parse_args()))
