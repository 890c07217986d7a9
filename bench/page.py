"""Pages, signed in, through waitress, against a raw sqlite3 + Jinja page of the same bytes served by the same waitress.

The peer opens the same database and reads as many rows with plain SQL, in as few statements, without a session, guards,
CSRF token, shell or log. It renders a compiled template whose output has the same length and which prints, a row, as
many escaped values as ours does: a row of the table has 44 places where a value stands (text, addresses, labels, form
fields, options), so the peer prints its ten columns four times and fills up with constant text.
"""

import http.client
import json
import re
import subprocess
import sys
import threading
import time
import urllib.parse

from common import environment, free_port, paired, program, report, temporary_folder, wait_for
from seed import make_workspace

LEADS = 1000
REQUESTS = 150  # a round and connection
ROUNDS = 5
TIMES = 4  # how often the peer prints a row's columns
PASSWORD = "correct horse battery"

PEER = """
import json, sqlite3, sys, threading
import flask, waitress
spec = json.loads(sys.argv[1])
app = flask.Flask("peer")
local = threading.local()
CELLS = "{% for cell in row %}<i>{{ cell }}</i>{% endfor %}" * spec["times"]
ROW = "{% for row in rows %}<div>" + CELLS + "{{ filler }}</div>{% endfor %}"
template = app.jinja_env.from_string(ROW + "{{ rest }}")
def connection():
    if not hasattr(local, "connection"):
        local.connection = sqlite3.connect(spec["database"], isolation_level=None)
    return local.connection
def rows_of(statements):
    return [row for sql in statements for row in connection().execute(sql)]
fillers = {}
with app.app_context():
    for path, page in spec["pages"].items():
        rows = rows_of(page["sql"])
        bare = len(template.render(rows=rows, filler="", rest="").encode())
        each = max(0, (page["bytes"] - bare) // 2 // max(1, len(rows)))
        rest = page["bytes"] - bare - each * len(rows)
        fillers[path] = ("x" * each, "y" * max(0, rest))
@app.get("/sign-in")
def ready():
    return "ready"
@app.get("/page")
def page():
    path = flask.request.args["path"]
    filler, rest = fillers[path]
    return template.render(rows=rows_of(spec["pages"][path]["sql"]), filler=filler, rest=rest)
waitress.serve(app, host="127.0.0.1", port=spec["port"], threads=8)
"""


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

    def work():
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for _ in range(requests):
            connection.request("GET", path, headers={"Cookie": cookie})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{path} answered {answer.status}")

    threads = [threading.Thread(target=work) for _ in range(connections)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (time.perf_counter() - started) * 1000 / requests / connections


def body(port, path, cookie, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path, headers={"Cookie": cookie, **headers})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    return text


def main():
    with temporary_folder() as folder:
        pages = make_workspace(folder, leads=LEADS, password=PASSWORD)
        port, peer_port = free_port(), free_port()
        with program(folder, "web", port=port):
            cookie = sign_in(port)
            spec = {
                "port": peer_port,
                "times": TIMES,
                "database": str(folder / "galena.db"),
                "pages": {path: {"sql": sql, "bytes": len(body(port, path, cookie))} for path, sql in pages.items()},
            }
            peer = subprocess.Popen([sys.executable, "-c", PEER, json.dumps(spec)], env=environment(folder))
            try:
                wait_for(f"http://127.0.0.1:{peer_port}/sign-in", peer)
                compare(spec, port, peer_port, cookie)
            finally:
                peer.terminate()
                peer.wait()


def compare(spec, port, peer_port, cookie):
    for path, page in spec["pages"].items():
        other = "/page?" + urllib.parse.urlencode({"path": path})
        load(port, path, cookie, 1, 30), load(peer_port, other, "", 1, 30)
        for connections in (1, 4):
            ours, limit, ratio = paired(
                lambda: load(port, path, cookie, connections),  # noqa: B023  called at once
                lambda: load(peer_port, other, "", connections),  # noqa: B023
                ROUNDS,
            )
            name = re.sub(r"\d+", "<id>", path)
            kilobytes = page["bytes"] // 1000
            report(f"page {name}, {connections} conn, ms", ours, limit, ROUNDS, "<= 1.6", ratio=ratio, kb=kilobytes)


if __name__ == "__main__":
    main()
