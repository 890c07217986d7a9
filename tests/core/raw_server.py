"""A server on this machine that answers with bytes, exactly as a test wants them."""

import socket
import threading
from contextlib import contextmanager
from types import SimpleNamespace


@contextmanager
def raw_server(answer, address="127.0.0.1", port=0):
    """Calls answer(connection, head) for each request, in a thread a connection; `head` is bytes up to the empty line.
    Bytes that it returns are sent; None closes the connection. Yields `port`, `url`, and `heads`, what was asked.
    """
    listener = socket.create_server((address, port))
    server = SimpleNamespace(port=listener.getsockname()[1], heads=[], connections=0, open=[])
    server.url = f"http://{address}:{server.port}"
    accepting = threading.Thread(target=_accept, args=(listener, server, answer), daemon=True)
    accepting.start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in server.open:
            connection.close()
        accepting.join(5)


def _accept(listener, server, answer):
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server.connections += 1
        server.open.append(connection)
        threading.Thread(target=_serve, args=(connection, server, answer), daemon=True).start()


def _serve(connection, server, answer):
    try:
        with connection, connection.makefile("rb") as file:
            while head := _head(file):
                server.heads.append(head)
                said = answer(connection, head)
                if said is None:
                    return
                connection.sendall(said)
    except OSError:  # whoever asked has gone
        pass


def _head(file):
    lines = []
    while line := file.readline():
        lines.append(line)
        if line == b"\r\n":
            return b"".join(lines)
    return b""


def page(body=b"hello", *headers, status="200 OK"):
    """The bytes of a whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + body


def redirect(location, *headers, status="302 Found"):
    if isinstance(location, str):
        location = location.encode()
    lines = "".join(f"{line}\r\n" for line in headers).encode()
    return f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n".encode() + lines + b"Location: " + location + b"\r\n\r\n"
