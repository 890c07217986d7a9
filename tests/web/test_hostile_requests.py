"""What no browser of ours sends: numbers no row can have, addresses that are none, a database that does not answer."""

from datetime import timedelta

import pytest
from peewee import OperationalError

from db import db
from webapp.auth.models import Session
from webapp.core.clock import now
from webapp.core.paging import encode
from webapp.web.guards import policy_of


@pytest.fixture
def broken_shown(app, monkeypatch):
    """A failure is answered as in production, not raised."""
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)


@pytest.mark.parametrize("number", [2**31, 2**63, 2**70])
def test_an_id_that_no_row_can_have_is_not_found(app, cast, sign_in, broken_shown, number):
    client = sign_in(cast.alice)
    with app.app_context():
        rules = [rule for rule in app.url_map.iter_rules() if any(name.endswith("_id") for name in rule.arguments)]
        assert rules and all(policy_of(rule.endpoint) for rule in rules)
    for rule in rules:
        url = rule.rule
        for name in rule.arguments:
            url = url.replace(f"<int:{name}>", str(number)).replace(f"<{name}>", "title")
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            assert client.open(url, method=method).status_code in (404, 405), f"{method} {url}"


LISTS = ("/todos", "/settings/tags", "/leads/bin", "/leads/history", "/leads", "/leads?sort=due", "/leads/board/new")


@pytest.mark.parametrize("key", ["", "foo", 5, 1.5, "2026-W47-6", "2026-11-21x10:00", "2026-11-21 10:00:00,5"])
def test_a_cursor_that_somebody_made_up_shows_a_page(cast, rows, sign_in, broken_shown, key):
    client = sign_in(cast.alice)
    for keys in ((key, 5), (0, key, 5), (1, key, 5)):
        cursor = encode("older", *keys)
        urls = [f"{url}{'&' if '?' in url else '?'}page={cursor}" for url in LISTS]
        for url in (*urls, f"/leads/{rows['lead_id']}?entries={cursor}"):
            assert client.get(url).status_code == 200, (url, keys)


@pytest.mark.parametrize("number", ["", "x", "-1", "0", str(2**63), "9" * 5000])
def test_a_workspace_that_no_row_can_have_is_not_found(cast, sign_in, broken_shown, number):
    assert sign_in(cast.alice).post("/workspaces/switch", data={"workspace_id": number}).status_code == 404


def test_a_page_whose_address_is_none_leads_to_the_sign_in(app, htmx, broken_shown):
    answer = app.test_client().get("/leads", headers={**htmx, "HX-Current-URL": "http://["})
    assert answer.headers["HX-Redirect"] == "/sign-in"


def test_the_way_on_after_signing_in_is_written_as_headers_can_be(app, htmx):
    form = {
        "full_name": "Mara",
        "email": "mara@halden.example",
        "password": "correct horse",
        "workspace_name": "Halden",
    }
    app.test_client().post("/sign-up", data=form)
    answer = app.test_client().post("/sign-in", data={**form, "next": "/leads?q=5 €".replace(" ", "+")}, headers=htmx)
    assert answer.headers["HX-Redirect"] == "/leads?q=5+%E2%82%AC"


def locked(monkeypatch, *, reading=True):
    """Let the database refuse every write, and every read too where `reading` is False."""
    execute = db.obj.execute_sql

    def refuse(sql, *args, **options):
        if reading and sql.startswith("SELECT"):
            return execute(sql, *args, **options)
        raise OperationalError("database is locked")

    monkeypatch.setattr(db.obj, "execute_sql", refuse)


def test_while_the_database_is_locked_pages_are_read_and_changes_refused(cast, sign_in, monkeypatch, broken_shown):
    client = sign_in(cast.alice)
    Session.update(last_seen_at=now() - timedelta(hours=1)).execute()
    locked(monkeypatch)
    assert client.get("/leads").status_code == 200
    answer = client.post("/theme", data={"theme": "dark"})
    assert answer.status_code == 503 and "Nothing was saved" in answer.text and answer.headers["Retry-After"] == "30"
    monkeypatch.undo()
    assert client.post("/theme", data={"theme": "dark"}).status_code == 303


def test_a_database_that_does_not_answer_at_all_is_a_sentence_too(cast, sign_in, monkeypatch, broken_shown, htmx):
    client = sign_in(cast.alice)
    locked(monkeypatch, reading=False)
    for headers in ({}, htmx):
        answer = client.get("/leads", headers=headers)
        assert answer.status_code == 503 and "The database is busy" in answer.text


def test_what_is_logged_of_a_failure_is_one_line_without_a_token(app, cast, monkeypatch, broken_shown, caplog):
    locked(monkeypatch, reading=False)
    client = app.test_client()
    client.get("/leads/board/%0aFORGED")
    token = client.get("/u/hush.hush")
    assert token.status_code == 404
    app.view_functions["campaigns.unsubscribe"], kept = _fail, app.view_functions["campaigns.unsubscribe"]
    client.get("/u/hush.hush")
    app.view_functions["campaigns.unsubscribe"] = kept
    assert "hush" not in caplog.text and "\nFORGED" not in caplog.text


def _fail(token):
    raise OperationalError("database is locked")


_fail.policy = "public"
