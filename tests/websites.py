"""A small web of our own for tests: hosts with pages, all served by one real server on this machine."""

import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

from webapp.core import connections

ADDRESS = "93.184.215.14"  # as which every host of this web is known


@contextmanager
def websites(monkeypatch, pages):
    """`pages` is {"host/path": answer}, and may change meanwhile. An answer is text, bytes, (status, headers, body), or
    a function of the request (http.server's handler) that returns one of these. Over http and https alike. Yields
    `asked`, a list of "host/path", and `requests`, a list of (host/path, headers).

    Names, addresses and encryption are made up; all else is real. Hosts without a page do not exist.
    """
    web = SimpleNamespace(pages=pages, asked=[], requests=[])
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"web": web}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()

    def places(host, port, allowed):
        if not any(page.partition("/")[0] == host for page in web.pages):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [ADDRESS]

    def dial(place, port, seconds):
        assert place == ADDRESS, place
        return socket.create_connection(server.server_address, timeout=seconds)

    monkeypatch.setattr(connections, "places", places)
    monkeypatch.setattr(connections, "_all_places", lambda host, port: places(host, port, ()))  # of our services
    monkeypatch.setattr(connections, "dial", dial)
    monkeypatch.setattr(connections, "tls", lambda: SimpleNamespace(wrap_socket=lambda sock, **_: sock))
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # else head and body go out apart, and the second waits 40 ms

    def do_GET(self):
        page = self.headers["Host"] + self.path
        self.web.asked.append(page)
        self.web.requests.append((page, dict(self.headers)))
        answer = self.web.pages.get(page, (404, {}, "There is no such page."))
        answer = answer(self) if callable(answer) else answer
        if answer is None:  # the function has answered by itself
            self.close_connection = True
            return
        status, headers, body = answer if isinstance(answer, tuple) else (200, {}, answer)
        body = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in {"Content-Type": "text/html; charset=utf-8", "Content-Length": len(body), **headers}.items():
            if value is not None:
                self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass
