"""A migrated database is built once; each test gets a copy. TEST_DATABASE=postgres runs the same on a real Postgres."""

import dataclasses
import os
import shutil
from types import SimpleNamespace

import hypothesis
import pytest
from playhouse import migrations

from db import db, open_database
from tests import factories
from tests.belongings import belongings
from tests.campaigns.smtp_servers import mail_server
from tests.imap_server import imap_server
from tests.servers import EMPTY, UNWATCHED, postgres_server
from webapp import create_app
from webapp.accounts.models import Role
from webapp.auth import passwords, sessions
from webapp.config import ROOT, Config, activate, current
from webapp.core import jobs
from webapp.core.networks import read_allowed

POSTGRES = os.environ.get("TEST_DATABASE") == "postgres"
hypothesis.settings.register_profile("same", derandomize=True, deadline=None)  # the same examples on every run
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))  # "default": new ones
passwords.ROUNDS = 4  # bcrypt's least; its cost is not what these tests are about


def pytest_collection_modifyitems(config, items):
    """On Postgres only what touches a database is run again."""
    if POSTGRES:
        items[:] = [item for item in items if "app" in item.fixturenames]


@pytest.fixture(scope="session")
def open_empty_database(tmp_path_factory):
    """A function that opens a migrated database without a row: a copy, or on Postgres the same one emptied, over the
    same connection, unless it must be `new`.
    """
    if not POSTGRES:
        template = tmp_path_factory.mktemp("databases") / "template.db"
        _migrate(f"sqlite:///{template}")

        def open_copy(path, new=False):
            shutil.copy(template, path / "galena.db")
            open_database(f"sqlite:///{path}/galena.db")
            with db.connection_context():  # rows that nobody ordered come the other way round than on Postgres
                db.pragma("reverse_unordered_selects", 1, permanent=True)

        yield open_copy
        return
    with postgres_server() as server:
        server.create("galena_template")
        _migrate(server.url("galena_template"))
        server.create("galena_test", "galena_template")
        kept = None

        def open_emptied(path, new=False):
            nonlocal kept
            if new:
                server.create("galena_new", "galena_template")
                open_database(server.url("galena_new"))
                with db.connection_context():
                    db.execute_sql(UNWATCHED)
                return
            if kept is None or db.obj is not kept:
                kept = open_database(server.url("galena_test")).obj
            with db.connection_context():
                db.execute_sql(EMPTY)

        yield open_emptied
        db.obj.close_all()


def _migrate(url):
    open_database(url)
    with db.connection_context():
        migrations.run(db.obj, str(ROOT / "migrations"))
    db.obj.close_all()


@pytest.fixture(scope="session")
def _app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    config = Config(
        data_dir=folder,
        database_url=f"sqlite:///{folder}/unused.db",
        queue_url="memory://",
        secret_key="a key for tests, long enough to be one",
        base_url="http://galena.test",
        mail_from="hello@galena.test",
        fetch_allow=read_allowed("127.0.0.1/32"),
        testing=True,
    )
    app = create_app(config)
    app.config.update(WTF_CSRF_ENABLED=False)
    return app


@pytest.fixture
def app(_app, open_empty_database, tmp_path, request):
    """The app over a fresh, migrated database and an empty queue."""
    activate(_app.config["GALENA"])
    open_empty_database(tmp_path, new=bool(request.node.get_closest_marker("new_database")))
    jobs.open_queue("memory://")
    with db.connection_context():
        yield _app


@pytest.fixture
def cast(app):
    """Alice owns Acme, Bob is a member there, Vera only looks; Charlie owns another workspace."""
    acme, other = factories.workspace("Acme"), factories.workspace("Other")
    return SimpleNamespace(
        acme=acme,
        other=other,
        alice=factories.member(acme, "Alice Archer", role=Role.OWNER),
        bob=factories.member(acme, "Bob Baker"),
        vera=factories.member(acme, "Vera Viewer", role=Role.VIEWER),
        charlie=factories.member(other, "Charlie Chase", role=Role.OWNER),
    )


@pytest.fixture
def sign_in(app):
    """A test client signed in as the given member."""

    def sign_in(member):
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = sessions.start(member.user_id, member.workspace, remembered=True)
        return client

    return sign_in


@pytest.fixture
def alice(cast, sign_in):
    """A test client signed in as Alice."""
    return sign_in(cast.alice)


@pytest.fixture
def settings(app):
    """Change settings for this test: settings(sign_up="invite")."""

    def change(**changes):
        activate(dataclasses.replace(current(), **changes))

    return change


@pytest.fixture
def mail_url(settings):
    """Set MAIL_URL for this test: mail_url(url)."""
    return lambda url: settings(mail_url=url)


@pytest.fixture
def inbox(mail_url):
    """A real mail server that takes everything; MAIL_URL points at it."""
    with mail_server() as inbox:
        mail_url(inbox.url)
        yield inbox


@pytest.fixture
def imap(app):
    """A real IMAP server, an ImapServer, whose accounts are empty."""
    with imap_server() as server:
        yield server


@pytest.fixture
def rows(cast, run_jobs):
    """One row of everything in Acme, by the name its id has in addresses."""
    return belongings(cast, run_jobs)


@pytest.fixture
def htmx():
    return {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def run_jobs(app):
    """Run what waits in the queue, and what that enqueues, raising what a job raises. Delayed jobs stay scheduled."""

    def run_jobs(limit=1000):
        for _ in range(limit):
            task = jobs.huey.dequeue()
            if task is None:
                return
            if jobs.huey.ready_to_run(task):
                task.execute()
            else:
                jobs.huey.add_schedule(task)
        raise AssertionError(f"the queue still had jobs after {limit}")

    return run_jobs
