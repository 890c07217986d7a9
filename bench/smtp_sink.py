"""A fast SMTP server that takes every mail, in a process of its own, for benchmarks and fault tests.

    python bench/smtp_sink.py [--delay MS] [--record FILE]

Prints its port. `--delay` waits before answering a message, as a relay does; `--record` appends the Message-ID and the
recipient of each mail to FILE before answering. It offers PIPELINING, as Postfix and Exim do.
"""

import argparse
import asyncio
import os
import re
import sys

_MESSAGE_ID = re.compile(rb"^Message-ID: <([^>]+)>", re.MULTILINE | re.IGNORECASE)


class Session(asyncio.Protocol):
    def __init__(self, options):
        self.options, self.buffer, self.in_message, self.to = options, b"", False, b""

    def connection_made(self, transport):
        self.transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data):
        self.buffer += data
        while self._take():
            pass

    def _take(self):
        if self.in_message:
            end = self.buffer.find(b"\r\n.\r\n")
            if end < 0:
                return False
            message, self.buffer = self.buffer[:end], self.buffer[end + 5 :]
            self.in_message = False
            self._answer_later(message)
            return True
        end = self.buffer.find(b"\r\n")
        if end < 0:
            return False
        line, self.buffer = self.buffer[:end], self.buffer[end + 2 :]
        self.transport.write(self._answer(line))
        return True

    def _answer(self, line):
        verb = line[:4].upper()
        if verb == b"EHLO":
            return b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
        if verb == b"RCPT":
            self.to = line
        if verb == b"DATA":
            self.in_message = True
            return b"354 go on\r\n"
        return b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n"

    def _answer_later(self, message):
        if self.options.record:
            found = _MESSAGE_ID.search(message)
            line = (found[1] if found else b"-") + b" " + self.to.partition(b"<")[2].rstrip(b">") + b"\n"
            os.write(self.options.file, line)
        if self.options.delay:
            asyncio.get_running_loop().call_later(self.options.delay / 1000, self._done)
        else:
            self._done()

    def _done(self):
        if not self.transport.is_closing():
            self.transport.write(b"250 taken\r\n")


async def main(options):
    if options.record:
        options.file = os.open(options.record, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Session(options), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)  # ends with whoever started it
    server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--record")
    asyncio.run(main(parser.parse_args()))
