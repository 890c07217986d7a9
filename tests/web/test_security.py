import re
import secrets

import brotli
import pytest
from flask import Flask, session

from webapp.accounts.models import Role, User
from webapp.accounts.workspaces import add_member
from webapp.config import ROOT, load
from webapp.web import security
from webapp.web.guards import own_path


@pytest.fixture
def csrf_on(app):
    app.config["WTF_CSRF_ENABLED"] = True
    yield
    app.config["WTF_CSRF_ENABLED"] = False


def test_every_answer_carries_the_headers(app, cast, sign_in):
    for answer in (app.test_client().get("/sign-in"), sign_in(cast.alice).get("/"), app.test_client().get("/nowhere")):
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy and "frame-ancestors 'none'" in policy and "default-src 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_change_without_a_csrf_token_is_refused_also_from_htmx(cast, sign_in, csrf_on, htmx):
    client = sign_in(cast.alice)
    assert client.post("/theme", data={"theme": "dark"}).status_code == 400
    answer = client.post("/theme", data={"theme": "dark"}, headers=htmx)
    assert answer.status_code == 400 and "Reload it" in answer.text and "<html" not in answer.text


def test_a_page_of_the_former_workspace_can_send_nothing_into_the_next_one(cast, sign_in, csrf_on):
    add_member(cast.other, User.get_by_id(cast.alice.user_id), role=Role.OWNER)
    client = sign_in(cast.alice)
    stolen = client.get_cookie("galena").value

    def token():
        text = client.get("/settings/members/invite").text
        return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)[1]

    for path, data in (
        ("/workspaces/switch", {"workspace_id": cast.other.id}),
        ("/workspaces/new", {"name": "Side project", "time_zone": "UTC"}),
    ):
        stale = token()
        assert client.post(path, data={**data, "csrf_token": stale}).status_code == 303
        invited = client.post("/settings/members/invite", data={"addresses": "a@b.example", "csrf_token": stale})
        assert invited.status_code == 400 and "Reload it" in invited.text
    client.set_cookie("galena", stolen)
    assert client.get("/leads").location.startswith("/sign-in")


@pytest.mark.parametrize("path", ["/theme", "/leads/1/move", "/campaigns/save", "/imports/new"])
def test_whose_session_is_gone_is_sent_to_sign_in_whatever_was_pressed(app, cast, csrf_on, htmx, path):
    assert app.test_client().post(path).location.startswith("/sign-in")
    assert app.test_client().post(path, headers=htmx).headers["HX-Redirect"].startswith("/sign-in")


@pytest.mark.parametrize(
    "target", ["//evil.example", "/\\evil.example", "https://evil.example", "/\tx", "", "evil", "/a\nb"]
)
def test_only_own_paths_are_gone_to(target):
    assert own_path(target) is None


def test_signing_in_goes_on_to_the_page_that_was_asked_for(app, cast):
    answer = app.test_client().get("/theme-that-is-not-there?x=1")
    assert answer.status_code == 404
    answer = app.test_client().post("/theme")
    assert answer.status_code == 303 and answer.location.startswith("/sign-in")


def test_an_ended_session_leaves_by_redirect_header_when_htmx_asks(app, htmx):
    answer = app.test_client().get("/", headers=htmx)
    assert answer.status_code == 204 and answer.headers["HX-Redirect"].startswith("/sign-in")


def test_a_form_over_the_limit_is_told_its_limit(cast, sign_in):
    answer = sign_in(cast.alice).post("/theme", data={"theme": "x" * 1_100_000})
    assert answer.status_code == 413 and "1 MB" in answer.text


def test_a_failure_shows_a_sentence_and_no_trace(app, cast, sign_in, monkeypatch, caplog):
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.view_functions, "monitoring.health", broken := lambda: 1 / 0)
    broken.policy = "public"
    answer = app.test_client().get("/health")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text and "ZeroDivision" not in answer.text
    assert "ZeroDivision" in caplog.text


def test_static_files_are_kept_for_a_year_under_an_address_of_their_content(app):
    client = app.test_client()
    page = client.get("/sign-in").text
    address = page.split('href="/static/app.css')[1].split('"')[0]
    answer = client.get(f"/static/app.css{address}", headers={"Accept-Encoding": "gzip, br"})
    assert "immutable" in answer.headers["Cache-Control"]
    assert "immutable" not in client.get("/static/app.css?v=old").headers["Cache-Control"]


def test_static_files_come_packed_for_browsers_that_unpack_them_and_plain_for_others(app):
    client, plain = app.test_client(), (ROOT / "static/app.css").read_bytes()
    packed = client.get("/static/app.css", headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "br" and "Accept-Encoding" in packed.headers["Vary"]
    assert brotli.decompress(packed.data) == plain and int(packed.headers["Content-Length"]) == len(packed.data)
    seen = {"If-None-Match": packed.headers["ETag"], "Accept-Encoding": "br"}
    assert client.get("/static/app.css", headers=seen).status_code == 304
    assert client.get("/static/app.css").data == plain
    part = client.get("/static/app.css", headers={"Range": "bytes=0-9", "Accept-Encoding": "br"})
    assert part.status_code == 206 and part.data == plain[:10]
    font = client.get("/static/vendor/geist-latin-5.3.0.woff2", headers={"Accept-Encoding": "br"})
    assert "Content-Encoding" not in font.headers


def test_the_request_log_names_the_request_and_no_secret(app, cast, sign_in, caplog):
    with caplog.at_level("INFO", logger="galena.request"):
        sign_in(cast.alice).get("/?token=hush")
        app.test_client().post("/sign-in", data={"email": "a@b.example", "password": "hush"})
    first, second = [record.fields for record in caplog.records if hasattr(record, "fields")]
    assert (first["method"], first["path"], first["status"]) == ("GET", "/", 200)
    assert (first["user"], first["workspace"]) == (cast.alice.user_id, cast.acme.id)
    assert second["status"] == 422 and "hush" not in caplog.text


def test_served_over_https_the_cookie_is_secure_and_bound_to_the_host(tmp_path):
    app = Flask("bare")
    config = load({"DATA_DIR": str(tmp_path), "BASE_URL": "https://galena.example"}, dotenv=None)
    security.register(app, config)
    app.secret_key = config.secret_key

    @app.get("/")
    def index():
        session["signed"] = "in"
        return "hello"

    answer = app.test_client().get("/", base_url="https://galena.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-galena=") and "Secure" in cookie and "Path=/" in cookie
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Domain" not in cookie
    assert "max-age" in answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize(
    ("method", "path", "logged"),
    [
        ("GET", "/reset-password/{}/", "/reset-password/*/ 404"),
        ("GET", "/Invitations/{}", "/Invitations/* 404"),
        ("GET", "/invitations/{}/join", "/invitations/*/join 405"),
        ("DELETE", "/verify/{}", "/verify/* 405"),
        ("GET", "/nowhere/at-all", "/nowhere/at-all 404"),
    ],
)
def test_the_request_log_holds_no_token_of_a_mistyped_link_either(app, caplog, method, path, logged):
    with caplog.at_level("INFO", logger="galena.request"):
        app.test_client().open(path.format(secrets.token_urlsafe(24)), method=method)
    assert f"{method} {logged} " in caplog.text
