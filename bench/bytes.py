"""What a first visit downloads, font included, and what swapping 50 rows does; compressed as a browser gets them."""

import http.client
import re

from common import free_port, program, report, temporary_folder
from page import LEADS, PASSWORD, sign_in
from seed import make_workspace

BROWSER = {"Accept-Encoding": "gzip, br"}
PART = {"HX-Request": "true", "HX-Request-Type": "partial", **BROWSER}


def body(port, path, cookie="", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path, headers={"Cookie": cookie, **headers})
    return connection.getresponse().read()


def size(port, path, cookie=""):
    return len(body(port, path, cookie, **BROWSER))


def first_visit(port, path, cookie):
    """Bytes of the page and of every file its head names, and the icons."""
    page = body(port, path, cookie).decode()
    files = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page))
    return size(port, path, cookie) + sum(size(port, file.replace("&amp;", "&")) for file in files)


def main():
    with temporary_folder() as folder:
        make_workspace(folder, leads=LEADS, password=PASSWORD)
        port = free_port()
        with program(folder, "web", port=port):
            cookie = sign_in(port)
            for path in ("/leads", "/leads/board", "/sign-in"):
                who = "" if path == "/sign-in" else cookie
                report(f"bytes: first visit of {path}, KB", first_visit(port, path, who) / 1000, 120, 1, "<= 1")
            swap = len(body(port, "/leads", cookie, **PART)) / 1000
            report("bytes: a swap of 50 rows, KB", swap, 12, 1, "<= 1")


if __name__ == "__main__":
    main()
