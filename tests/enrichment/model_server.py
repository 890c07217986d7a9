"""A model endpoint of our own for tests: a real server that speaks the OpenAI protocol and answers as it is told."""

import json
import re
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

KEY = "sk-canary-0123456789abcdef"


@contextmanager
def model_server(*script):
    """Each request gets the next answer of `script`, the last one again and again. An answer is a dict (the body), or a
    function of the request's body and the handler that returns one, or (status, headers, bytes), or None when it has
    answered by itself. Yields `url`, `script`, `requests` (bodies) and `headers` (of each, in whatever case).
    """
    model = SimpleNamespace(script=list(script), requests=[], headers=[], over=threading.Event())
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"model": model}))
    server.handle_error = lambda *_: None  # who asked has gone
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    model.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield model
    finally:
        model.over.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.path == "/v1/chat/completions", self.path
        self.model.requests.append(body)
        self.model.headers.append(self.headers)
        script = self.model.script
        answer = script.pop(0) if len(script) > 1 else script[0]
        answer = answer(body, self) if callable(answer) else answer
        if answer is None:
            self.close_connection = True
            return
        status, headers, sent = answer if isinstance(answer, tuple) else (200, {}, json.dumps(answer).encode())
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": len(sent), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *_):
        pass


def says(content, *, finish="stop", used=(900, 100), **message):
    """An answer in words; what is no text is written as JSON."""
    content = content if content is None or isinstance(content, str) else json.dumps(content)
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "test",
        "choices": [
            {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": content, **message}}
        ],
        "usage": {"prompt_tokens": used[0], "completion_tokens": used[1], "total_tokens": sum(used)},
    }


def calls(*wanted, used=(900, 100)):
    """An answer that calls tools: (name, arguments), where arguments are a dict or whatever text."""
    tools = [
        {
            "id": f"call_{number}",
            "type": "function",
            "function": {"name": name, "arguments": given if isinstance(given, str) else json.dumps(given)},
        }
        for number, (name, given) in enumerate(wanted)
    ]
    return says(None, finish="tool_calls", used=used, tool_calls=tools)


def fact(field, value, url, quote, confidence=90):
    return {"field": field, "value": value, "url": url, "quote": quote, "confidence": confidence}


def found(*facts, **options):
    return says({"facts": list(facts)}, **options)


def error(status, headers=None, **said):
    """A refusal that repeats the key it was given, as some endpoints do."""
    body = {"error": {"message": f"Trouble with key {KEY}", "type": "trouble", **said}}
    return status, headers or {}, json.dumps(body).encode()


def drops(body, handler):
    """Hang up in place of an answer."""
    handler.connection.shutdown(socket.SHUT_RDWR)


def breaks_off(body, handler):
    """Half of a body of the length that was said."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n")
    handler.wfile.write(json.dumps(says("x")).encode()[:120])
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_RDWR)


def hangs(body, handler):
    """No answer, for as long as the test goes on."""
    handler.model.over.wait(20)


def drips(body, handler):
    """A byte now and then, for as long as the test goes on."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n")
    while not handler.model.over.wait(0.02):
        try:
            handler.wfile.write(b" ")
            handler.wfile.flush()
        except OSError:
            return


_ORDER = re.compile(r"ORDER (\w+) (\{.*?\})(?=[\s\"\\<]|$)")


def obedient(*facts):
    """A model that calls every tool that any text it was given orders it to, once, then answers with `facts` and with
    all that it was ever told.
    """
    done = []

    def answer(body, handler):
        told = " ".join(str(message.get("content")) for message in body["messages"]).replace('\\"', '"')
        orders = [order for order in _ORDER.findall(told) if order not in done][:4]
        if orders and body.get("tools"):
            done.extend(orders)
            return calls(*orders)
        return found(*facts, fact("description", told[:1500], "https://acme.example/", ""))

    return answer
