"""Downloads stream after the request is over, which only a real server shows."""

import threading
import urllib.request

import pytest
from werkzeug.serving import make_server

from tests.imports.files import DATA, imported_from, run


@pytest.fixture
def site(app):
    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever, args=(0.005,))
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_rejected_rows_arrive_whole(cast, sign_in, site):
    imported = run(imported_from(cast.alice, DATA / "leads-messy-cp1252.csv"))
    cookie = sign_in(cast.alice).get_cookie("galena").value
    for listed, count in (("rejected", imported.failed), ("duplicate", imported.tallies["duplicate"])):
        url = f"{site}/imports/{imported.id}/{listed}.csv"
        request = urllib.request.Request(url, headers={"Cookie": f"galena={cookie}"})
        text = urllib.request.urlopen(request, timeout=20).read().decode("utf-8-sig")
        assert text.startswith("Full Name,") and text.count("\r\n") >= count + 1 > 1
