"""Pages, signed in, through waitress, against a raw sqlite3 + Jinja page of the same bytes served by the same waitress.

The peer opens the same database and reads as many rows with plain SQL, in as few statements, without a session, guards,
CSRF token or log. It renders a compiled template to the same length with values as dense as on our pages: a row of the
leads' table has 44 places where Jinja puts an escaped value into 2,013 bytes, one every 46, so the peer prints the
rows' columns and then a value of 46 bytes, again and again, until the page is as long as ours. It keeps nothing.
BENCH_DENSE=1000000 fills up with constant text instead, which costs the peer next to nothing: the strictest reading.
"""

import http.client
import json
import os
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
DENSE = int(os.environ.get("BENCH_DENSE", 46))  # bytes a value on our pages: 2,013 ÷ 44 in a row of the table
PASSWORD = "correct horse battery"

PEER = """
import json, sqlite3, sys, threading
import flask, waitress
spec = json.loads(sys.argv[1])
app = flask.Flask("peer")
local = threading.local()
CELLS = "{% for cell in row %}<i>{{ cell }}</i>{% endfor %}{% for value in fill %}{{ value }}{% endfor %}"
ROW = "{% for row in rows %}<div>" + CELLS + "</div>{% endfor %}"
template = app.jinja_env.from_string(ROW + "{% for value in rest %}{{ value }}{% endfor %}")
def connection():
    if not hasattr(local, "connection"):
        local.connection = sqlite3.connect(spec["database"], isolation_level=None)
    return local.connection
def rows_of(statements):
    return [row for sql in statements for row in connection().execute(sql)]
def pieces(length):
    whole, over = divmod(length, spec["dense"])
    return ["x" * spec["dense"]] * whole + ["x" * over] * bool(over)
fillers = {}
with app.app_context():
    for path, page in spec["pages"].items():
        rows = rows_of(page["sql"])
        bare = len(template.render(rows=rows, fill=[], rest=[]).encode())
        each = max(0, (page["bytes"] - bare) * 3 // 4 // max(1, len(rows))) if len(rows) >= 20 else 0
        rest = page["bytes"] - bare - each * len(rows)
        fillers[path] = (pieces(each), pieces(rest))
@app.get("/sign-in")
def ready():
    return "ready"
@app.get("/page")
def page():
    path = flask.request.args["path"]
    fill, rest = fillers[path]
    return template.render(rows=rows_of(spec["pages"][path]["sql"]), fill=fill, rest=rest)
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
                "dense": DENSE,
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
